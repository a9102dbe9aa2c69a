"""The same around the nodes of an AsyncDriver: graceful(checked(node)), what is awaited in it.

That driver has an adapter of its own for its nodes, and room for no other. Here each node is handed to it with a
function that takes the steps. Hamilton gives it no cache, and pdb would stop the whole event loop.
"""

import asyncio
import contextlib
import functools
import sys
from typing import Any

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import failures
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.composed import Said, Steps
from hamtui.recorder.guard import FAULTS, attempt


class _Node:
    """What Hamilton's adapter gets in a node's stead: the same, with another function."""

    def __init__(self, node: Any, function: Any) -> None:
        self._node = node
        self.callable = function

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)


class AsyncSteps:
    """``Steps`` around what is awaited."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def place(self, graph: Any) -> None:
        """A run starts: stand before its driver's adapter. A second call changes nothing. Never raises."""
        _, error = attempt(self._place, graph)
        if error is not None:
            FAULTS.note("async steps", error)

    def _place(self, graph: Any) -> None:
        module = sys.modules["hamilton.async_driver"]
        for adapter in graph.adapter.adapters:
            if isinstance(adapter, module.AsyncGraphAdapter):
                original = adapter.do_node_execute
                if getattr(original, "func", None) != self._execute:
                    adapter.do_node_execute = functools.partial(self._execute, original)

    def _execute(self, original: Any, *, run_id: str, node_: Any, kwargs: Any, task_id: Any = None) -> Any:
        said = {"run_id": run_id, "node_": node_, "task_id": task_id}
        handed = _Node(node_, functools.partial(self._call, said))
        return original(run_id=run_id, node_=handed, kwargs=kwargs, task_id=task_id)

    async def _call(self, said: Said, **kwargs: Any) -> Any:
        steps = self._steps
        said = {**said, "kwargs": kwargs}
        blocked, missing = steps.failures(said)
        if blocked:
            return steps.skip(said, blocked)
        caught, result = failures.Caught(), None
        with caught if steps.keep_going else contextlib.nullcontext():
            result = await self._checked(said, failures.without(kwargs) if missing else kwargs)
        return steps.outcome(said, result, caught.error, missing)

    async def _checked(self, said: Said, kwargs: dict[str, Any]) -> Any:
        node, recorder, check = said["node_"], self._steps.recorder, self._steps.check
        span = said["run_id"], said["task_id"], node.name
        if check is not None:
            check.inputs(recorder, span, node, said["kwargs"])
        function = node.callable
        result = await function(**kwargs) if asyncio.iscoroutinefunction(function) else function(**kwargs)
        if check is not None:
            check.result(recorder, span, node, result)
        return result

    def finish(self, said: Said) -> None:
        """A run ended: its caller gets ``None`` where there is no result. Never raises."""
        _, error = attempt(self._steps.finish, said)
        if error is not None:
            FAULTS.note("results", error)


def steps(recorder: Recorder, wanted: Diagnostics) -> AsyncSteps | None:
    """What is wanted around the nodes of an AsyncDriver; None where nothing is."""
    if not wanted.keep_going and not wanted.type_check:
        return None
    return AsyncSteps(Steps(recorder, wanted))
