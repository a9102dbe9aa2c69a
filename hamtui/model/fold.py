"""State is a fold over records: live, replay, test and bug report are the same code over the same lines."""

from collections import deque
from collections.abc import Callable
from typing import Any

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Source
from hamtui.contract.logs import CacheEvent, LogRecord, Request
from hamtui.contract.stacks import Dump
from hamtui.contract.vitals import BACK, BEAT, GONE, PROBE, SAMPLE, Vital
from hamtui.model import attempts, halts, keeping, lost, old_runs, runs, tasks, trail
from hamtui.model.errors import error_of
from hamtui.model.history import At, History
from hamtui.model.older import Older
from hamtui.model.records import Record
from hamtui.model.state import Error, Run, Span, Unread
from hamtui.model.trail import Spot, Trail

MAX_DUMPS = MAX_REQUESTS = 200
#: Kinds of events that nobody knows, counted by name; the rest of a flood of names goes uncounted.
MAX_UNKNOWN = 100
MAX_SAMPLES = 120


class Launch:
    """Everything that is known of one launch. ``apply`` records in any order between files; read the rest.

    ``runs`` is oldest first; where ``keeping.watch`` was asked for, those before the newest thousands are only counted
    in ``older``. ``dumps`` the last 200. ``beats`` the newest heartbeat by pid, ``samples`` the supervisor's last two
    minutes. ``heard_at``: the run's newest sign of life in Unix seconds, what the supervisor and other onlookers write
    not counted. ``unread`` is the follower's count: set it from each batch. ``history`` is what diagnosis rests on: the
    same vitals by process and thread; ``shelf`` the dumps by thread, made by ``hamtui.model.stacks``. ``cut_off``: ids
    of runs with spans that were cut off, last judged by the history's revision ``judged_by``. ``unknown`` counts event
    kinds that nobody knows, ``faults`` what the recorder swallowed, ``rotated`` by file the parts and the bytes that are
    gone because it had grown too big. Call ``hamtui.model.ending.settle`` after each batch and after each look at the
    processes.
    """

    def __init__(self, launch_id: str | None = None) -> None:
        self.id = launch_id
        self.info: LaunchInfo | None = None
        self.exit: ExitInfo | None = None
        self.runs: dict[str, Run] = {}
        self.graphs: dict[str, Graph] = {}
        self.dumps: deque[tuple[Source, Dump]] = deque(maxlen=MAX_DUMPS)
        self.beats: dict[int, Vital] = {}
        self.samples: deque[Vital] = deque(maxlen=MAX_SAMPLES)
        self.history = History()
        self.shelf: Any = None
        self.error: Error | None = None
        self.heard_at: float | None = None
        self.unread = Unread()
        self.requests: dict[str, Request] = {}
        self.unknown: dict[str, int] = {}
        self.faults: dict[str, int] = {}
        self.rotated: dict[str, tuple[int, int]] = {}
        self.notices: dict[str, str] = {}  # sentences for whoever watches, each with its level
        self.trails: dict[Spot, Trail] = {}
        self.behaviors: dict[tuple[str, str], str] = {}
        self.plans: dict[str, runs.Plan] = {}
        self.rivals: attempts.Rivals = {}
        self.whole = keeping.Whole(keeping.MAX_RUNS)
        self.restored: deque[str] = deque()
        self.troubled = keeping.Whole(keeping.MAX_TROUBLED)
        self.older = Older()
        self.lost: lost.Lost = {}
        self.cut_off: set[str] = set()
        self.judged_by = 0
        self.debugged = False  # whether anything in it ever stopped in the debugger

    def apply(self, source: Source, record: Record) -> None:
        """Take in one record. Never raises, whatever the record's fields hold."""
        take = _BY_TYPE.get(type(record))
        if take is not None:
            take(self, source, record)
        elif isinstance(record, NodeEvent):
            _BY_TYPE[type(record)] = _node_event  # the reader's own class
            _node_event(self, source, record)

    @property
    def sample(self) -> Vital | None:
        """The supervisor's newest sample of the run's processes."""
        return self.samples[-1] if self.samples else None

    def planned(self, span: Span) -> PlannedNode | None:
        """What the plan says of the span's node; None where no plan was read."""
        run = self.runs.get(span.key.run_id)
        return None if run is None else run.nodes.get(span.key.node)

    def run(self, run_id: str | None, ts: float | None) -> Run:
        """The run of this id, made at its first mention; one that is only counted has a line that nobody shows."""
        run = self.runs.get(run_id or "")
        if run is None and self.older.has(run_id or ""):
            return Run(run_id or "", line=keeping.counted())
        if run is None:
            run = self.runs[run_id or ""] = Run(run_id or "", first_ts=ts)
            runs.order(self, run)
            return run
        if run.line is None:
            run.closed = False
        if ts is not None and (run.first_ts is None or ts < run.first_ts):
            run.first_ts = ts
            if run.started_at is None:
                runs.order(self, run)
        return run

    def hear(self, ts: float | None) -> None:
        """A sign of life at this instant."""
        if ts is not None and (self.heard_at is None or ts > self.heard_at):
            self.heard_at = ts

    def look_again(self) -> None:
        """What ended runs were settled by is known better now."""
        for run in self.runs.values():
            run.closed = run.line is not None


def _show_cache(span: Span | None, found: Trail | None) -> None:
    if span is None or found is None:
        return
    if span.status == "succeeded" and found.hit:
        span.status = "cached"
    elif span.status == "cached" and not found.hit:
        span.status = "succeeded"


def _show_ticks(launch: Launch, span: Span) -> None:
    """The first and newest tick of the attempt that is shown; those of an earlier one are not its own."""
    told = launch.history.ticks_since(span.key, span.started_mono)
    span.first_tick, span.tick = told if told is not None else (None, None)


def _flight(launch: Launch, source: Source, event: FlightEvent) -> None:
    ts = event.ts
    if ts is not None and (launch.heard_at is None or ts > launch.heard_at):
        launch.heard_at = ts
    take = _BY_EVENT.get(event.event)
    if take is not None:
        take(launch, source, event)
    else:
        _unknown(launch, event.event)


def _node_event(launch: Launch, source: Source, event: NodeEvent) -> None:
    ts = event.ts
    if ts is not None and (launch.heard_at is None or ts > launch.heard_at):
        launch.heard_at = ts
    name = event.event
    if name == flight.NODE_START:
        _node_start(launch, source, event)
    elif name == flight.NODE_END:
        _node_end(launch, source, event)
    elif name == flight.NODE_SUBMIT:
        _node_submit(launch, source, event)
    elif name not in _BY_EVENT:
        _unknown(launch, name)


def _unknown(launch: Launch, name: str) -> None:
    if name in launch.unknown or len(launch.unknown) < MAX_UNKNOWN:
        launch.unknown[name] = launch.unknown.get(name, 0) + 1


def _node_start(launch: Launch, source: Source, event: FlightEvent | NodeEvent) -> None:
    node = event.node
    if node is None:
        return
    run = launch.run(event.run_id, event.ts)
    if run.line is not None:
        return
    span = attempts.start(run, source, event, node, launch.rivals)
    if launch.history.ticks:
        _show_ticks(launch, span)
    if launch.history.memo:
        launch.history.changed()
    if launch.trails:
        _show_cache(span, launch.trails.get(span.key))


def _node_end(launch: Launch, source: Source, event: FlightEvent | NodeEvent) -> None:
    node = event.node
    if node is None:
        return
    run = launch.run(event.run_id, event.ts)
    if run.line is not None:
        run.line.late(event)
        return
    span = attempts.end(run, source, event, node, launch.rivals)
    if launch.history.memo:
        launch.history.changed()
    if launch.trails:
        _show_cache(span, launch.trails.get(span.key))


def _node_submit(launch: Launch, source: Source, event: FlightEvent | NodeEvent) -> None:  # noqa: ARG001
    if event.node is not None:
        run = launch.run(event.run_id, event.ts)
        if run.line is None:
            run.submitted[event.node] = event.ts


def _graph_start(launch: Launch, source: Source, event: FlightEvent) -> None:
    run = launch.run(event.run_id, event.ts)
    if run.line is not None:
        return
    runs.start(launch, run, source, event)
    for span in attempts.choose_again(run, launch.rivals):
        _show_cache(span, launch.trails.get(span.key))


def _graph_end(launch: Launch, source: Source, event: FlightEvent) -> None:
    run = launch.run(event.run_id, event.ts)
    if run.line is None:
        runs.end(run, source, event)
        keeping.ended(launch, run)


def _task(launch: Launch, source: Source, event: FlightEvent) -> None:  # noqa: ARG001 - one signature for all
    run = launch.run(event.run_id, event.ts)
    if run.line is None:
        tasks.apply(run, event)


def _debugger(launch: Launch, source: Source, event: FlightEvent) -> None:
    launch.debugged = True
    if event.run_id in launch.runs:
        halts.apply(launch.run(event.run_id, event.ts), source, event, launch.rivals)
        launch.history.changed()


def _launch_error(launch: Launch, source: Source, event: FlightEvent) -> None:  # noqa: ARG001
    launch.error = error_of(event) or launch.error


def _fault(launch: Launch, source: Source, event: FlightEvent) -> None:
    """The count is the writer's total so far, so the same line again changes nothing."""
    text = f"{source.name}: {event.error}"
    if text in launch.faults or len(launch.faults) < MAX_UNKNOWN:
        count = event.count if isinstance(event.count, int) else 1
        launch.faults[text] = max(launch.faults.get(text, 0), count)


def _rotated(launch: Launch, source: Source, event: FlightEvent) -> None:  # noqa: ARG001
    """The counts are totals so far: the largest is the newest."""
    if isinstance(event.file, str) and isinstance(event.count, int) and isinstance(event.bytes, int):
        known = launch.rotated.get(event.file, (0, 0))
        if event.count and (event.file in launch.rotated or len(launch.rotated) < MAX_UNKNOWN):
            launch.rotated[event.file] = max(known, (event.count, event.bytes))


def _notice(launch: Launch, source: Source, event: FlightEvent) -> None:  # noqa: ARG001
    if event.message is not None and len(launch.notices) < MAX_UNKNOWN:
        launch.notices.setdefault(str(event.message), str(event.level or flight.INFO))


def _pass(launch: Launch, source: Source, event: FlightEvent) -> None:
    """A known event that changes nothing."""


def _cache(launch: Launch, source: Source, event: CacheEvent) -> None:  # noqa: ARG001
    launch.hear(event.timestamp)
    run_id, node = event.run_id, event.node_name
    if run_id is None or node is None:
        return
    run = launch.runs.get(run_id)
    if run is not None and run.line is not None:
        run.line.cached(event)
        return
    if run is None and launch.older.has(run_id):
        return
    if event.event_type == "resolve_behavior":
        word = trail.behavior(event.value)
        if word is not None:
            launch.behaviors[run_id, node] = word
        return
    take = trail.TAKES.get(event.event_type)
    if take is None:
        return
    spot = (run_id, event.task_id, node)
    found = launch.trails.get(spot)
    if found is None:
        found = launch.trails[spot] = Trail()
    take(found, event)
    if event.timestamp is not None and event.timestamp > found.at:
        found.at = event.timestamp
    if run is not None:
        key: Any = spot
        _show_cache(run.spans.get(key), found)


def _vital(launch: Launch, source: Source, vital: Vital) -> None:
    if vital.kind == SAMPLE:
        launch.history.sample(vital)
        last = launch.sample
        if last is None or (vital.ts or 0.0) > (last.ts or 0.0):
            launch.samples.append(vital)
    elif vital.kind in {BEAT, PROBE}:
        launch.hear(vital.ts)
        pid = source.pid if vital.pid is None else vital.pid
        if pid is not None:
            _from_inside(launch, source, pid, vital)
    elif vital.kind in {GONE, BACK}:
        lost.take(launch, vital)


def _from_inside(launch: Launch, source: Source, pid: int, vital: Vital) -> None:
    if vital.kind == PROBE:
        launch.history.probe(source.host, pid, vital)
        return
    kept = launch.beats.get(pid)
    if kept is None or (vital.ts or 0.0) >= (kept.ts or 0.0):
        launch.beats[pid] = vital
    launch.history.beat(source.host, pid, vital)
    for tick in vital.ticks:
        key: Any = launch.history.tick(tick)
        run = launch.runs.get(tick.run_id)
        span = run.spans.get(key) if run is not None else None
        if span is not None:
            _show_ticks(launch, span)


def _dump(launch: Launch, source: Source, dump: Dump) -> None:
    if dump.taken_by == "inside":
        launch.hear(dump.ts)
    if not any(dump == kept and source.name == name.name for name, kept in launch.dumps):
        launch.dumps.append((source, dump))
        launch.history.changed()
        launch.look_again()


def _log(launch: Launch, source: Source, record: LogRecord) -> None:  # noqa: ARG001
    launch.hear(record.ts)
    if record.run_id is not None and record.node is not None:
        launch.history.log((record.run_id, record.task_id, record.node), At(record.ts))


def _request(launch: Launch, source: Source, request: Request) -> None:  # noqa: ARG001
    name = request.id or f"{request.ask} {request.ts} {request.by}"
    launch.requests[name] = request
    launch.history.changed()
    while len(launch.requests) > MAX_REQUESTS:
        del launch.requests[next(iter(launch.requests))]


def _info(launch: Launch, source: Source, info: LaunchInfo) -> None:  # noqa: ARG001
    launch.info = info
    launch.history.changed()
    launch.id = launch.id or info.id
    launch.hear(info.started_at)
    launch.look_again()


def _exit(launch: Launch, source: Source, record: ExitInfo) -> None:  # noqa: ARG001
    launch.exit = record
    launch.look_again()


def _graph(launch: Launch, source: Source, graph: Graph) -> None:
    digest = source.name.removeprefix("graph.").removesuffix(".json")
    launch.graphs[digest] = graph
    launch.plans[digest] = runs.plan_of(graph)
    for run in launch.runs.values():
        if run.graph_hash == digest and run.line is None:
            runs.adopt(launch, run)


_BY_TYPE: dict[type, Callable[[Launch, Source, Any], None]] = {
    FlightEvent: _flight,
    old_runs.OldRun: old_runs.take,
    CacheEvent: _cache,
    Vital: _vital,
    Dump: _dump,
    LogRecord: _log,
    Request: _request,
    LaunchInfo: _info,
    ExitInfo: _exit,
    Graph: _graph,
}

_BY_EVENT: dict[str, Callable[[Launch, Source, FlightEvent], None]] = {
    flight.NODE_START: _node_start,
    flight.NODE_END: _node_end,
    flight.NODE_SUBMIT: _node_submit,
    flight.GRAPH_START: _graph_start,
    flight.GRAPH_END: _graph_end,
    flight.GRAPH_CONSTRUCTED: _pass,
    flight.LAUNCH_ERROR: _launch_error,
    flight.RECORDER_FAULT: _fault,
    flight.FILE_ROTATED: _rotated,
    flight.NOTICE: _notice,
    **dict.fromkeys((flight.TASK_SUBMIT, flight.TASK_START, flight.TASK_END, flight.TASK_RETURN), _task),
    **dict.fromkeys((flight.TASK_GROUPED, flight.TASK_EXPANDED), _task),
    flight.DEBUG_WAIT: _debugger,
    flight.DEBUG_ATTACHED: _debugger,
    flight.DEBUG_DONE: _debugger,
}
