"""The start and the end of a run, and what is still open when it ends."""

import sys
import threading
from collections.abc import Iterator
from time import monotonic_ns, time_ns
from types import FrameType
from typing import Any

from hamilton.caching.adapter import HamiltonCacheAdapter
from hamilton.execution import graph_functions

from hamtui.contract import dot, layout
from hamtui.contract import flight as said
from hamtui.recorder import events, failures, limits, missing, picture, rotate, streams, went_on
from hamtui.recorder.guard import FAULTS, attempt, error_text
from hamtui.recorder.here import HERE
from hamtui.recorder.lines import NODE_FAILED, NODE_START, error_keys, names
from hamtui.recorder.plan import Plan, Planner
from hamtui.recorder.spans import SPANS, Span
from hamtui.recorder.summaries import MOST_ITEMS, summary
from hamtui.recorder.tasks import outcome
from hamtui.recorder.text import plain, quote, quote_or_null
from hamtui.recorder.values import Values

_NO_ROOM = "the disk had no room: part of what was recorded or printed is missing"
_LATE = "the disk had no room for a while: what was recorded then was written later"
#: So many failed nodes of a run are counted.
_MOST_FAILED = 10_000

_EXECUTES = graph_functions.execute_lifecycle_for_node.__code__


class NodeEndMissingError(Exception):
    """A node's after-hook never came: another adapter's hook raised before it."""


class Runs:
    """The runs that are open, each with the process that started it."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder
        self._planner = Planner(recorder.launch_dir)
        self._open: dict[str, tuple[int, int, BaseException | None]] = {}
        self._failed: dict[str, dict[failures.Cause, None]] = {}
        #: Which nodes failed in the newest run that went on past them, in a sentence.
        self.failed_nodes: str | None = None
        #: The starts of open runs, where files are set aside: the part that holds one may go before the run ends.
        self._starts: dict[str, bytes] = {}
        self._lost_told = (0, 0, 0)
        self._drawn = False

    def mine(self, run_id: str) -> bool:
        """Whether this process started the run; a forked child did not, though it runs on in it."""
        run = self._open.get(run_id)
        return run is not None and run[0] == HERE.pid

    def any_open(self) -> bool:
        """Whether a run of this process is open; a forked child has those of its parent too."""
        return any(self.mine(run_id) for run_id in list(self._open))

    def retell(self) -> None:
        """Write again what is open, into a part of the flight file that has just begun: a later reader must know of it."""
        file = self._recorder.flight.here()
        for run_id, line in list(self._starts.items()):
            if self.mine(run_id):
                file.write(line)
        now_ts, now = time_ns(), monotonic_ns()
        for span in SPANS.all():
            run_id, task_id, node = span.key
            began = now_ts - (now - span.mono_ns), span.mono_ns
            about = HERE.pid, file.next_seq(), span.thread_id, span.native_id
            names_of = quote(run_id), quote(node), quote_or_null(task_id)
            file.write((NODE_START % (*names_of, *began, *about, "", "null", "null")).encode("ascii"))

    def start(self, run_id: str, graph: Any, final_vars: list[Any], inputs: Any, overrides: Any) -> None:
        """Write the graph's file, then the start of the run."""
        self._open[run_id] = (HERE.pid, monotonic_ns(), sys.exc_info()[1])
        targets = [str(target) for target in final_vars]
        plan, error = attempt(self._planner.plan, graph, targets, overrides)
        if error is not None:
            FAULTS.note("plan", error)
        keys: dict[str, Any] = {
            "inputs_keys": [str(key) for key in inputs],
            "overrides_keys": [str(key) for key in overrides],
            "native_id": threading.get_native_id(),
        }
        if plan is not None:
            limits.know(plan.versions)
            _, error = attempt(self._planner.write, plan)
            if error is not None:
                FAULTS.note("graph file", error)
            else:
                keys["graph"] = plan.digest
            keys["execution_path_len"] = len(plan.names)
            self._draw(plan, targets)
        given, _ = attempt(self._recorder.values.inputs, dict(inputs))
        raw = f'"final_vars":{names(targets)}{given or ""}'
        if plan is not None:
            raw = f'{raw},"execution_path":{plan.path}'
        line = events.write(self._recorder.flight, said.GRAPH_START, run_id, keys, raw)
        if rotate.is_limited(self._recorder.launch_dir):
            self._starts[run_id] = line
        _, error = attempt(self._recorder.deferred.start, run_id, graph)
        if error is not None:
            FAULTS.note("deferred", error)
        if plan is not None and not caches_of(graph):
            self._say_cache_is_off(run_id, plan)

    def _draw(self, plan: Plan, targets: list[str]) -> None:
        """The picture of this launch's first plan."""
        wanted = self._recorder.wanted.draw
        if self._drawn or wanted == "none":
            return
        self._drawn = True
        path, error = attempt(picture.save, plan.document, self._recorder.launch_dir, targets)
        if error is not None:
            FAULTS.note("picture", error)
        elif wanted in dot.PICTURES and self._recorder.renders:
            why, error = attempt(picture.render, path, wanted, len(plan.names))
            told = f"the plan's picture: {error_text(error)}" if error is not None else why
            if told is not None:
                keys = {"message": told, "stage": "picture", "level": said.INFO}
                events.write(self._recorder.flight, said.NOTICE, None, keys)

    def _say_cache_is_off(self, run_id: str, plan: Plan) -> None:
        head = f'{{"run_id":{quote(run_id)},"timestamp":{time_ns()}e-9,"node_name":'
        tail = (
            ',"task_id":null,"actor":"adapter","event_type":"resolve_behavior","msg":null,'
            '"value":"CachingBehavior.DISABLE"}\n'
        )
        if plan.quoted:
            rows = head + (tail + head).join(plan.quoted) + tail
            self._recorder.journal(layout.CACHE_LOG).write(rows.encode("ascii"))

    def went_on(self, run_id: str, failure: failures.Failure) -> None:
        """A node failed, here or in a worker, and its run goes on. Told to the process of the run alone."""
        if not self.mine(run_id):
            return
        known = self._failed.setdefault(run_id, {})
        if len(known) < _MOST_FAILED:
            known.update(dict.fromkeys(failure.causes))

    def _gone_on(self, run_id: str, results: Any) -> failures.NodesFailedError | None:
        """What a run that went on past failures ends with."""
        for result in results.values() if isinstance(results, dict) else ():
            failure = failures.of(result)
            if failure is not None:
                self.went_on(run_id, failure)
        if self._recorder.goes_on:
            for failure in attempt(lambda: list(went_on.told(self._recorder.launch_dir, run_id)))[0] or ():
                self.went_on(run_id, failure)
        known = self._failed.pop(run_id, None)
        if not known:
            return None
        first, more = next(iter(known)), len(known) - 1
        rest = f", and {more} more node{'s' if more > 1 else ''}" if more else ""
        self.failed_nodes = (
            f"{failures.named(first)} failed: {first.error}{rest}; what does not need it was computed"
        )
        error = failures.NodesFailedError(self.failed_nodes)
        missing.went_past(run_id, error)
        return error

    def end(self, run_id: str, success: bool, error: Any, results: Any, flying: BaseException | None) -> None:
        """Close the run's spans that can no longer end, then the run. ``flying`` is the exception in flight now."""
        run = self._open.get(run_id)
        if run is None or run[0] != HERE.pid:
            return
        if success and error is None and flying is not None and flying is not run[2]:
            error = flying
        for span in SPANS.all():
            if span.run_id == run_id and not still_inside(span):
                self.close(span, error)
        gone_on = self._gone_on(run_id, results)
        error = error or gone_on
        keys: dict[str, Any] = {"elapsed_s": (monotonic_ns() - run[1]) / 1e9}
        keys |= self._recorder.deferred.end(run_id, results)
        raw = outcome(success, error)
        if success and (error is None or error is gone_on):
            told, _ = attempt(_results, self._recorder.values, results)
            raw = f"{raw},{told}" if told else raw
        events.write(self._recorder.flight, said.GRAPH_END, run_id, keys, raw)
        self._open.pop(run_id, None)  # after the write: cut off before, it can be ended again
        self._starts.pop(run_id, None)
        self._tell_lost()
        rotate.look()

    def close(self, span: Span, error: BaseException | None) -> None:
        """An end for a span whose own will never come. The error that ended the run is what stopped it."""
        if SPANS.started(span.key) is None:
            return
        if error is None:
            error = NodeEndMissingError("no end came for this node; another adapter's hook raised before it")
        now = monotonic_ns()
        file = self._recorder.flight.here()
        run_id, task_id, node = span.key
        row = NODE_FAILED % (
            quote(run_id),
            quote(node),
            quote_or_null(task_id),
            time_ns(),
            now,
            HERE.pid,
            file.next_seq(),
            span.thread_id,
            now - span.mono_ns,
            "",
            error_keys(error),
        )
        file.write(row.encode("ascii"))
        SPANS.end(span.key)

    def _tell_lost(self) -> None:
        """What the disk would not take: counted each time, and one warning for whoever watches."""
        file, unprinted = self._recorder.flight.here(), streams.lost()
        if not file.catch_up() or (file.lost, file.late, unprinted) == self._lost_told:
            return  # a count that waits for room too would be wrong by the time that there is some
        counts = (("write", file.lost, plain(file.trouble)), ("output", unprinted, "output.log had no room"))
        for stage, count, error in counts:
            if count:
                keys = {"error": error, "count": count, "stage": stage}
                events.write(self._recorder.flight, said.RECORDER_FAULT, None, keys)
        if self._lost_told == (0, 0, 0):
            message = _NO_ROOM if file.lost or unprinted else _LATE
            events.write(
                self._recorder.flight, said.NOTICE, None, {"level": said.WARNING, "message": message}
            )
        self._lost_told = file.lost, file.late, unprinted


def caches_of(graph: Any) -> list[HamiltonCacheAdapter]:
    """The caches among the adapters of the Driver that a graph belongs to, whoever put them there."""
    listed = getattr(getattr(graph, "adapter", None), "adapters", ())
    return [one for one in listed if isinstance(one, HamiltonCacheAdapter)]


def still_inside(span: Span) -> bool:
    """Whether the span's thread, or its event loop, may still be executing it: late ends are its own to write."""
    if SPANS.is_awaited(span.key):
        return True
    if span.thread_id == threading.get_ident():
        return False
    frame = sys._current_frames().get(span.thread_id)  # noqa: SLF001 - the documented way to another thread's frame
    return any(one.f_code is _EXECUTES for one in _outwards(frame))


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _results(values: Values, results: Any) -> str:
    if isinstance(results, dict):
        return f'"result_keys":{names(list(results)[:MOST_ITEMS])}{values.results(results)}'
    return f'"results_summary":{summary(results)}'
