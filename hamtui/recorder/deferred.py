"""Nodes that an adapter only hands on: DaskGraphAdapter's hooks fire while its graph is built, the work comes later.

There the recorder says that the node was submitted, and what dask gets in the stead of the node's function tells its
start and its end from where it is called. What travels holds by value all that it needs to run: on a worker that has
no hamtui the function is called as if we were not there, and its times are not known.
"""

import functools
import pickle
import sys
import threading
from collections.abc import Callable
from typing import Any

from hamtui.contract import flight
from hamtui.recorder import events
from hamtui.recorder.guard import FAULTS, attempt

#: DaskGraphAdapter's module: looked for among those that the user has imported, never imported by us.
_DASK = "hamilton.plugins.h_dask"


class _Submitting(threading.local):
    """The recorder and the run whose node this thread submits just now."""

    recorder: Any = None
    run_id: str | None = None


_submitting = _Submitting()


class Stand:
    """As much of a node as its lines need, and nothing of the graph that hangs on one."""

    def __init__(self, name: str, input_types: list[str], tags: dict[str, Any]) -> None:
        self.name = name
        self.input_types = input_types
        self.tags = tags


class Told:
    """Tells the start and the end of a node's function where it is called. It crosses to workers by pickle."""

    def __init__(self, recorder: Any, run_id: str, node: Stand) -> None:
        self.recorder = recorder
        self.run_id = run_id
        self.node = node

    def __call__(self, function: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
        """The function's result; what it raises passes."""
        said = {"run_id": self.run_id, "node_": self.node, "kwargs": kwargs, "task_id": None}
        result = None
        self.recorder.pre_node_execute(**said)
        try:
            result = function(**kwargs)
        finally:
            # An exception in flight is seen by the hook itself.
            self.recorder.post_node_execute(**said, success=True, error=None, result=result)
        return result


def _telling(function: Callable[..., Any], packed: bytes) -> Callable[..., Any]:
    """``function``, told of. Made so that dask's pickle takes it by value: nothing in it needs hamtui to be there."""

    def call(**kwargs: Any) -> Any:
        import pickle  # noqa: PLC0415 - a worker has only what stands in here

        try:
            tell = pickle.loads(packed)
        except (ImportError, AttributeError, TypeError, ValueError, OSError, EOFError, pickle.PickleError):
            return function(**kwargs)
        return tell(function, kwargs)

    call.__name__ = getattr(function, "__name__", "call")
    return call


class _Node:
    """What an adapter's ``execute_node`` gets in a node's stead: the same, with a function that tells."""

    def __init__(self, node: Any, function: Callable[..., Any]) -> None:
        self._node = node
        self.callable = function

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)


def _execute_node(original: Callable[..., Any], node: Any, kwargs: dict[str, Any]) -> Any:
    """``DaskGraphAdapter.execute_node`` of one adapter, for a node that a recorder has just said to be submitted."""
    recorder, run_id = _submitting.recorder, _submitting.run_id
    if recorder is None or run_id is None:
        return original(node, kwargs)
    handed, error = attempt(_handed, recorder, run_id, node)
    if error is not None or handed is None:
        FAULTS.note("deferred", error or TypeError("nothing to hand on"))
        handed = node
    return original(handed, kwargs)


def _handed(recorder: Any, run_id: str, node: Any) -> _Node:
    stand = Stand(node.name, list(node.input_types), dict(node.tags or {}))
    packed = pickle.dumps(Told(recorder, run_id, stand))
    return _Node(node, _telling(node.callable, packed))


class Deferred:
    """The runs of a recorder whose nodes are submitted, not executed: ``runs``, by id."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder
        self.runs: set[str] = set()

    def start(self, run_id: str, graph: Any) -> None:
        """A run starts: look at its driver's adapters."""
        module = sys.modules.get(_DASK)
        if module is None:
            return
        for adapter in getattr(getattr(graph, "adapter", None), "adapters", ()):
            if isinstance(adapter, module.DaskGraphAdapter) and adapter.use_delayed:
                self.runs.add(run_id)
                original = adapter.execute_node
                if getattr(original, "func", None) is not _execute_node:
                    adapter.execute_node = functools.partial(_execute_node, original)

    def takes(self, said: dict[str, Any]) -> bool:
        """Whether a node that "starts" is only submitted; it is said then."""
        if said["run_id"] not in self.runs or type(said["node_"]) is Stand:
            return False
        _submitting.recorder, _submitting.run_id = self._recorder, said["run_id"]
        about = {"node": said["node_"].name, "task_id": said.get("task_id"), "deferred": True}
        events.write(self._recorder.flight, flight.NODE_SUBMIT, said["run_id"], about)
        return True

    def gives(self, said: dict[str, Any]) -> bool:
        """Whether a node that "ended" was only submitted."""
        if said["run_id"] not in self.runs or type(said["node_"]) is Stand:
            return False
        _submitting.recorder = _submitting.run_id = None
        return True

    def end(self, run_id: str, results: Any) -> dict[str, Any]:
        """What a run's end says more, where its results are still to be computed."""
        if run_id not in self.runs:
            return {}
        self.runs.discard(run_id)
        parts = [results, *results.values()] if isinstance(results, dict) else [results]
        lazy = any(hasattr(type(one), "__dask_graph__") for one in parts)
        return {"deferred": True} if lazy else {}
