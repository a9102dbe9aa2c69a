"""How a node is executed where more than one has a say: graceful(checked(cache(debugger(node)))).

Hamilton takes one adapter that executes nodes, so its cache, GracefulErrorAdapter and PDBDebugger exclude each other.
Here they are steps of one: ``Execution`` with the cache off, ``ComposedCache``, which ``Driver.cache`` finds, with it on.
"""

import functools
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol

from hamilton.caching.adapter import CachingEventType
from hamilton.lifecycle import base
from hamilton.node import NodeType

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import checks, failures
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.cache import LaunchCache
from hamtui.recorder.failures import Failure
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.lines import error_keys
from hamtui.recorder.spans import SpanKey

logger = logging.getLogger("hamtui.keep_going")

Said = dict[str, Any]


class Debugger(Protocol):
    """Runs a node's function, under a debugger where it is aimed at that node."""

    def wants(self, node: Any) -> bool:
        """Whether it is aimed at this node."""

    def call(self, node: Any, function: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
        """``function(**kwargs)`` for this node."""


class _Call:
    """One execution of a node. ``ran``: its function was called; ``items`` of a Parallelizable so far."""

    __slots__ = ("items", "node", "ran", "span")

    def __init__(self, node: Any, span: SpanKey) -> None:
        self.node = node
        self.span = span
        self.ran = False
        self.items: list[Any] = []


class _Here(threading.local):
    """The execution that this thread is in; a node may execute a Driver of its own."""

    call: _Call | None = None


_here = _Here()


class Steps:
    """What is wanted around a node's own function."""

    def __init__(self, recorder: Recorder, wanted: Diagnostics, debugger: Debugger | None = None) -> None:
        self.recorder = recorder
        self.keep_going = wanted.keep_going
        self.check = checks.BY_NAME[wanted.type_check] if wanted.type_check else None
        self.debugger = debugger
        recorder.goes_on = recorder.goes_on or wanted.keep_going

    def debugs(self, node: Any) -> bool:
        """Whether the debugger is aimed at this node."""
        return self.debugger is not None and self.debugger.wants(node)

    def failures(self, said: Said) -> tuple[list[Failure], list[Failure]]:
        """The failures for which the node is skipped, and those that it is executed without."""
        return failures.look(said["node_"], said["kwargs"]) if self.keep_going else ([], [])

    def execute(self, said: Said, go: Callable[[Said], Any]) -> Any:
        """The outer steps around ``go``, which finds or computes the node's result by way of ``call``."""
        blocked, missing = self.failures(said)
        if blocked:
            return self.skip(said, blocked)
        outer, call = _here.call, _Call(said["node_"], _span(said))
        _here.call = call
        try:
            if not self.keep_going:
                return self._checked(call, said, go)
            caught, result = failures.Caught(), None
            with caught:
                result = self._checked(call, said, go, lacks=bool(missing))
            return self.outcome(said, result, caught.error, missing, call.items)
        finally:
            _here.call = outer

    def outcome(
        self,
        said: Said,
        result: Any,
        error: Exception | None,
        missing: list[Failure],
        items: Iterable[Any] = (),
    ) -> Any:
        """What is passed on of a node that was executed, without what is ``missing``, and may have raised."""
        if error is not None:
            return self._failed(said, error, missing, items)
        if missing:
            lacking = failures.caused_by(failures.skipped(missing))
            self.recorder.remark(_span(said), f'"incomplete":{len(missing)},{lacking}')
        return result

    def _checked(self, call: _Call, said: Said, go: Callable[[Said], Any], lacks: bool = False) -> Any:
        if self.check is not None:
            self.check.inputs(self.recorder, call.span, call.node, said["kwargs"])
        result = go({**said, "kwargs": failures.without(said["kwargs"])} if lacks else said)
        if self.check is not None and not call.ran:  # a result that was found, not made
            self.check.result(self.recorder, call.span, call.node, result)
        return result

    def call(self, node: Any, function: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
        """The inner steps: the node's own function, under the debugger if that wants it, and a look at what it gave."""
        call = _here.call
        if call is None:  # somebody else's way to a node's function
            return function(**kwargs)
        call.ran = True
        if self.keep_going and node.node_role is NodeType.EXPAND:
            function = _gathering(function, call.items)
        if self.debugger is not None and self.debugger.wants(node):
            result = self.debugger.call(node, function, kwargs)
        else:
            result = function(**kwargs)
        if self.check is not None:
            broken_off, call.items = call.items, []
            self.check.result(self.recorder, call.span, node, result)
            call.items = broken_off
        return result

    def skip(self, said: Said, blocked: list[Failure]) -> Any:
        """What is passed on of a node that is not executed."""
        failure = failures.skipped(blocked)
        span = _span(said)
        self.recorder.remark(span, failures.skipped_keys(failure, said.get("task_id")), failed=True)
        return failures.result_of(said["node_"], span, failure)

    def _failed(self, said: Said, error: Exception, missing: list[Failure], items: Iterable[Any]) -> Any:
        """The node raised. One that was executed without what is missing did so for that: it counts as skipped."""
        span = _span(said)
        _, task_id, name = span
        if missing:
            failure = failures.skipped(missing)
            keys = failures.skipped_keys(failure, task_id, error)
        else:
            failure = failures.failed(name, task_id, error)
            keys = error_keys(error)
            self.recorder.went_on(span, failure)
            attempt(logger.error, "%s failed, the run goes on", name, exc_info=error)
        self.recorder.remark(span, keys, failed=True)
        return failures.result_of(said["node_"], span, failure, items)

    def finish(self, said: Said) -> None:
        """A run ended: its caller gets ``None`` where there is no result, as from GracefulErrorAdapter."""
        results = said.get("results")
        if self.keep_going and type(results) is dict:
            results.update(failures.without({k: v for k, v in results.items() if failures.of(v) is not None}))


def _span(said: Said) -> SpanKey:
    return said["run_id"], said.get("task_id"), said["node_"].name


def _gathering(function: Callable[..., Any], items: list[Any]) -> Callable[..., Any]:
    """A Parallelizable's function, what it gives kept one by one: an error midway does not cost what came before.

    Task-based execution has put ``list`` around the user's generator; what is inside is called in its stead.
    """
    inner = function.keywords.get("_callable") if isinstance(function, functools.partial) else None
    return functools.partial(_gather, items, inner or function)


def _gather(items: list[Any], function: Callable[..., Any], **kwargs: Any) -> list[Any]:
    for item in function(**kwargs):
        items.append(item)  # noqa: PERF402 - extend would lose what came before an error
    return items


class Execution(base.BaseDoNodeExecute, base.BasePostGraphExecute):
    """Executes nodes by ``steps``, with no cache."""

    #: One of ours: see ``own.placed``.
    hamtui_instrument = True

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def do_node_execute(self, **said: Any) -> Any:
        """The node's result."""
        return self.steps.execute(said, self._go)

    def _go(self, said: Said) -> Any:
        node = said["node_"]
        return self.steps.call(node, node.callable, said["kwargs"])

    def post_graph_execute(self, **said: Any) -> None:
        """Leave no failure among the results."""
        _, error = attempt(self.steps.finish, said)
        if error is not None:
            FAULTS.note("results", error)


class ComposedCache(LaunchCache):
    """The cache of a launch, with ``steps`` around it and within it.

    Some nodes are executed past the cache, nothing of them being looked up or stored: those that lack an input that
    failed, those downstream of these (their results hold less than the whole), and those that the debugger is
    aimed at, because whoever stops there wants to stop there, and may change what comes out by hand.
    """

    def __init__(self, path: str, recorder: Recorder, recompute: Collection[str], steps: Steps) -> None:
        super().__init__(path, recorder, recompute)
        self.steps = steps
        #: Nodes of each run that were executed without an input that failed.
        self._incomplete: dict[str, set[str]] = {}
        #: Open spans that are executed past the cache, and why.
        self._past: dict[SpanKey, str] = {}

    def pre_node_execute(self, **said: Any) -> None:
        """Make the cache key, where one is needed."""
        why = self._why_past(said)
        if why is None:
            super().pre_node_execute(**said)
        else:
            self._past[_span(said)] = why

    def _why_past(self, said: Said) -> str | None:
        node, run_id = said["node_"], said["run_id"]
        blocked, missing = self.steps.failures(said)
        if blocked:
            return ""
        if missing:
            self._incomplete.setdefault(run_id, set()).add(node.name)
            return "an input of it failed"
        if self._incomplete.get(run_id) and _is_below(node, self._incomplete[run_id]):
            return "a node upstream of it lacks an input that failed"
        return "it is debugged" if self.steps.debugs(node) else None

    def do_node_execute(self, **said: Any) -> Any:
        """Find the node's result, or execute it."""
        return self.steps.execute(said, self._go)

    def _go(self, said: Said) -> Any:
        if _span(said) not in self._past:
            return super().do_node_execute(**said)
        node = said["node_"]
        return self._execute_node(
            run_id=said["run_id"],
            node_name=node.name,
            node_callable=node.callable,
            node_kwargs=self._resolve_default_parameter_values(node, said["kwargs"]),
            task_id=said.get("task_id"),
        )

    def _execute_node(self, **said: Any) -> Any:
        call, function = _here.call, said["node_callable"]
        if call is not None:
            said["node_callable"] = lambda **kwargs: self.steps.call(call.node, function, kwargs)
        return super()._execute_node(**said)

    def post_node_execute(self, **said: Any) -> None:
        """Store the result, if it is one."""
        span = _span(said)
        run_id, task_id, name = span
        why, failure = self._past.pop(span, None), failures.told(said)
        if failure is not None:
            self._unfinished.discard((run_id, name, task_id))
            if failure.own:
                told = failure.causes[0].error
                self._tell((run_id, name, task_id), "adapter", CachingEventType.FAILED_EXECUTION, told)
        elif why is None:
            super().post_node_execute(**said)
        else:
            told = f"not stored, because {why}"
            self._tell((run_id, name, task_id), "result_store", CachingEventType.SET_RESULT, told)

    def post_graph_execute(self, **said: Any) -> None:
        """Leave no failure among the results, and forget the run."""
        super().post_graph_execute(**said)
        self._incomplete.pop(said["run_id"], None)
        _, error = attempt(self.steps.finish, said)
        if error is not None:
            FAULTS.note("results", error)


def _is_below(node: Any, names: set[str]) -> bool:
    """Whether any of the names is upstream of the node."""
    seen, ahead = {node.name}, list(node.dependencies)
    while ahead:
        one = ahead.pop()
        if one.name in names:
            return True
        if one.name not in seen:
            seen.add(one.name)
            ahead.extend(one.dependencies)
    return False
