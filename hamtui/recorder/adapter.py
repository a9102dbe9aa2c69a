"""The recorder: Hamilton's lifecycle hooks, each an event in the flight file.

It must be the Driver's first adapter: hooks run in adapter order, and one that raises stops the rest, so behind
another adapter a started node would never end. Built on the lean base classes, which cost half of the ``api`` ones.
"""

import sys
from collections.abc import Callable
from threading import get_ident, get_native_id
from time import monotonic_ns, time_ns
from typing import Any

from hamilton.lifecycle import base

from hamtui.contract import flight, layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.relay import Door
from hamtui.recorder import applog, events, failures, lines, reach, rotate, went_on
from hamtui.recorder.deferred import Deferred
from hamtui.recorder.flight import Journal, journal
from hamtui.recorder.guard import FAULTS, attempt, error_text, hook, is_the_users, traceback_text
from hamtui.recorder.here import HERE
from hamtui.recorder.lines import NODE_FAILED, Remark, Words, error_keys
from hamtui.recorder.output import Output
from hamtui.recorder.runs import Runs
from hamtui.recorder.spans import SPANS, SpanKey
from hamtui.recorder.tasks import OpenTasks, TaskHooks
from hamtui.recorder.values import Values

#: So many mismatches of types are told of one node.
_MOST_MISMATCHES = 20

_recorders: dict[tuple[Any, ...], "Recorder"] = {}


class Recorder(
    TaskHooks,
    base.BasePostGraphConstruct,
    base.BasePreGraphExecute,
    base.BasePostGraphExecute,
    base.BasePreNodeExecute,
    base.BasePostNodeExecute,
):
    """The first adapter of the Driver.

    ``launch_dir`` absolute; ``main_pid`` and ``main_host`` of the process that executes Hamilton: any other
    process writes files of its own. ``wanted`` says what is recorded, here and in workers. ``on_worker``: see the method.
    ``door``: where the supervisor listens for workers that can't write the folder.

    It crosses to workers by pickle as its arguments alone; unpickled twice in one process it is one object.
    """

    def __init__(
        self,
        launch_dir: str,
        *,
        main_pid: int,
        main_host: str | None = None,
        wanted: Diagnostics = Diagnostics(),
        on_worker: tuple[Callable[["Recorder"], object], ...] = (),
        door: Door | None = None,
    ) -> None:
        self.launch_dir = launch_dir
        self.main_pid = main_pid
        self.main_host = main_host or HERE.host
        self.wanted = wanted
        #: Gets to see each Driver's graph, and by it all the Driver's adapters, as it is built.
        self.on_graph: Callable[[Any], object] | None = None
        #: Whether a run may wait a moment for its plan's picture.
        self.renders = False
        #: Whether runs go on past nodes that fail.
        self.goes_on = False
        self.worker_starts = on_worker
        self.door = door
        self.spans = SPANS
        self.flight = self.journal(layout.FLIGHT)
        self._runs = Runs(self)
        self._tasks = OpenTasks()
        self.deferred = Deferred(self)
        self._output = Output(f"{launch_dir}/{layout.OUTPUT}")
        self.values = Values(wanted)
        self._start, self._arguments, self._end, self._result = self.values.plain()
        self._words = Words(self.values.aimed)
        #: What instruments have to add to the end of an open span.
        self.remarks: dict[SpanKey, Remark] = {}
        self._arrived = -1
        if not reach.is_cut_off(launch_dir):  # what is sent is begun anew by who sends it
            rotate.limit(launch_dir, wanted.max_size, self._is_busy, self._runs.retell)
        FAULTS.listener = self._fault
        _recorders.setdefault(self._identity(), self)

    def _is_busy(self) -> bool:
        return self._runs.any_open() or SPANS.any()

    def _identity(self) -> tuple[Any, ...]:
        return self.launch_dir, self.main_pid, self.main_host

    def __reduce__(self) -> tuple[Any, ...]:
        return _recorder, (self._identity(), (self.wanted, self.worker_starts, self.door))

    def journal(self, name: str) -> Journal:
        """The journal for a file of this launch (``layout.STACKS``, ``layout.VITALS``, …)."""
        return journal(self.launch_dir, name, self.main_pid, self.main_host)

    def on_worker(self, start: Callable[["Recorder"], object]) -> None:
        """Call ``start(recorder)`` once in each worker process, before its first event.

        ``start`` must be a function at the top of a module: it travels by its name. Register before the Driver executes.
        """
        self.worker_starts = (*self.worker_starts, start)

    def arrive(self) -> None:
        """First event in this process, which a fork may just have made."""
        self._arrived = HERE.pid
        self._output.open()
        FAULTS.listener = self._fault
        if self.flight.is_main:
            return
        if self.wanted.logs:
            applog.install(self.journal(layout.APP_LOG))
        applog.hear_the_cache(self.wanted.cache_log)
        for start in self.worker_starts:
            _, error = attempt(start, self)
            if error is not None:
                FAULTS.note("on_worker", error)

    def _fault(self, where: str, error: Exception, count: int) -> None:
        keys = {
            "error": error_text(error),
            "error_type": type(error).__name__,
            "count": count,
            "stage": where,
        }
        events.write(
            self.flight, flight.RECORDER_FAULT, None, {**keys, "traceback": traceback_text(error, 8_192)}
        )

    @hook
    def post_graph_construct(self, said: dict[str, Any]) -> None:
        """A Driver was built, or a graph extended by materializers."""
        if self._arrived != HERE.pid:
            self.arrive()
        graph, config = said["graph"], said.get("config") or {}
        if self.on_graph is not None:
            self.on_graph(graph)
        keys = [str(key) for key in config]
        about = {"graph_type": type(graph).__name__, "node_count": len(graph.nodes), "config_keys": keys}
        events.write(self.flight, flight.GRAPH_CONSTRUCTED, None, about)

    @hook
    def pre_graph_execute(self, said: dict[str, Any]) -> None:
        """A run starts: its graph's file first, then the event."""
        if self._arrived != HERE.pid:
            self.arrive()
        self._output.open()
        given = said.get("inputs") or {}, said.get("overrides") or {}
        run_id = said["run_id"]
        try:
            self._runs.start(run_id, said["graph"], list(said["final_vars"]), *given)
        except BaseException as error:
            if is_the_users(error):  # Hamilton ends no run that was cut off here
                self._runs.end(run_id, False, error, None, None)
            raise

    @hook
    def post_graph_execute(self, said: dict[str, Any]) -> None:
        """A run ends, with what is still open of it."""
        how = said["run_id"], said.get("success", True), said.get("error"), said.get("results")
        flying = sys.exc_info()[1]
        try:
            self._runs.end(*how, flying)
        except BaseException as error:
            if is_the_users(error):  # nobody will come again to end it
                self._runs.end(*how, flying)
            raise
        self._words.forget(how[0])

    @hook
    def pre_node_execute(self, said: dict[str, Any]) -> None:
        """A node starts on this thread."""
        if self._arrived != HERE.pid:
            self.arrive()
        if self.deferred.runs and self.deferred.takes(said):
            return
        node, kwargs = said["node_"], said["kwargs"]
        run_id, task_id = said["run_id"], said.get("task_id")
        words = self._words
        its = words.nodes.get(id(node)) or words.node(node)
        thread, native = get_ident(), get_native_id()
        file = self.flight.here()
        about = self.values.arguments(kwargs) if its.aimed else self._arguments(kwargs)
        ts, mono = time_ns(), monotonic_ns()
        SPANS.start((run_id, task_id, its.name), thread, native, mono, its.hang_after, sys.exc_info()[1])
        row = self._start % (
            words.quoted.get(run_id) or words.quote(run_id),
            its.quoted,
            words.quoted.get(task_id) or words.quote(task_id),
            ts,
            mono,
            HERE.pid,
            file.next_seq(),
            thread,
            native,
            self._output.key(),
            its.keys if len(kwargs) == its.keys_count else lines.names(kwargs),
            about,
        )
        file.write(row.encode("ascii"))

    @hook
    def post_node_execute(self, said: dict[str, Any]) -> None:
        """A node ended: well, by its error, or by an exception in flight that Hamilton does not tell of."""
        ts, mono = time_ns(), monotonic_ns()
        if self.deferred.runs and self.deferred.gives(said):
            return
        node, run_id, task_id = said["node_"], said["run_id"], said.get("task_id")
        words = self._words
        its = words.nodes.get(id(node)) or words.node(node)
        key = run_id, task_id, its.name
        started = SPANS.started(key)
        if started is None:
            return  # started by the process that forked this one, or closed with its run
        error, flying = said.get("error"), sys.exc_info()[1]
        if error is None and said.get("success", True) and (flying is None or flying is started[1]):
            form, result = self._end, said.get("result")
            outcome = self.values.result(result, its.name) if its.aimed else self._result(result)
        else:
            form, outcome = NODE_FAILED, error_keys(lines.true_error(error or flying))
        remark = self.remarks.pop(key, None) if self.remarks else None
        if remark is not None:
            form, outcome = (NODE_FAILED if remark.failed else form), remark.upon(outcome)
        file = self.flight.here()
        row = form % (
            words.quoted.get(run_id) or words.quote(run_id),
            its.quoted,
            words.quoted.get(task_id) or words.quote(task_id),
            ts,
            mono,
            HERE.pid,
            file.next_seq(),
            get_ident(),
            mono - started[0],
            self._output.key(),
            outcome,
        )
        file.write(row.encode("ascii"))
        SPANS.end(key)  # last: cut off before, it is closed with its run

    def close(self, key: SpanKey, error: BaseException | None) -> None:
        """Write an end for a span whose own never came, if it is open."""
        for span in SPANS.all():
            if span.key == key:
                self._runs.close(span, error)

    def remark(self, key: SpanKey, keys: str, *, failed: bool = False) -> None:
        """Add ready JSON ``keys`` to the end of an open span; ``failed``: they are its outcome, which is no success."""
        self.remarks.setdefault(key, Remark()).add(keys, failed)

    def mismatched(self, key: SpanKey, what: str) -> None:
        """Note on an open span that an input or its result is not what its annotation says."""
        found = self.remarks.setdefault(key, Remark()).mismatches
        if len(found) < _MOST_MISMATCHES:
            found.append(what)

    def went_on(self, span: SpanKey, failure: failures.Failure) -> None:
        """This node failed and its run goes on: the run is no success."""
        if self._runs.mine(span[0]):
            self._runs.went_on(span[0], failure)
        elif SPANS.started(span) is not None:  # else a forked child's, which is no worker
            _, error = attempt(went_on.tell, self.journal(layout.WENT_ON), span[0], failure)
            if error is not None:
                FAULTS.note("went on", error)

    @property
    def failed_nodes(self) -> str | None:
        """Which nodes failed in the newest run that went on past them, in a sentence; None where none did."""
        told: str | None = self._runs.failed_nodes
        return told


def _recorder(identity: tuple[str, int, str], carried: tuple[Any, ...]) -> Recorder:
    """The recorder of this launch in this process."""
    known = _recorders.get(identity)
    if known is not None:
        return known
    launch_dir, main_pid, main_host = identity
    wanted, on_worker, door = carried
    if door is not None:
        _, fault = attempt(reach.settle, launch_dir, main_pid, main_host)
        if fault is not None:
            FAULTS.note("reach", fault)
    return Recorder(
        launch_dir,
        main_pid=main_pid,
        main_host=main_host,
        wanted=wanted,
        on_worker=on_worker,
        door=door,
    )
