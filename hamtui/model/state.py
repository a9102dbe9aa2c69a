"""The things that the screen and ``status`` speak of: launch, run, span, suspect.

The fold builds these; everybody else only reads them. Times are Unix seconds unless a name says mono
(CLOCK_MONOTONIC seconds of the run's machine).
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.stacks import Dump, Frame
from hamtui.contract.vitals import Tick

LaunchState = Literal["starting", "running", "paused", "succeeded", "failed", "killed", "crashed", "lost"]
RunState = Literal["running", "succeeded", "failed", "aborted"]
SpanState = Literal["pending", "running", "succeeded", "cached", "failed", "skipped", "aborted"]
Level = Literal["suspected", "confirmed"]
CacheWord = Literal["hit", "executed", "recomputed", "disabled", "ignored", "not-stored", "unhashable"]

SPAN_STATES: tuple[SpanState, ...] = (
    "pending",
    "running",
    "succeeded",
    "cached",
    "failed",
    "skipped",
    "aborted",
)


@dataclass(frozen=True)
class Now:
    """The instant of a look. ``mono`` only where the viewer shares the run's machine and boot."""

    unix: float
    mono: float | None = None


class SpanKey(NamedTuple):
    """What makes a span one: node name alone mixes parallel blocks up."""

    run_id: str
    task_id: str | None
    node: str


@dataclass(frozen=True)
class Error:
    """An exception as people read it."""

    type: str
    message: str
    traceback: str | None = None


class Cause(NamedTuple):
    """A node that failed, for which another was skipped or went without: ``error`` is ``"Type: message"``."""

    node: str
    task_id: str | None
    error: str


@dataclass(frozen=True)
class CacheOutcome:
    """What the cache did for a span, and why."""

    outcome: CacheWord
    why: str | None = None


@dataclass(frozen=True)
class Link:
    """A step in a chain of waiting: ``who`` (a thread, a process) stands at ``frame`` and waits for something.

    ``waits_for`` names that (``ledger_lock``, ``10.0.4.7:5432``); ``relation`` says whose turn it is (``held by
    Thread-2``); ``doing`` is the verdict on ``who``; ``node`` the node that it runs, if it runs one.
    """

    who: str
    frame: Frame | None = None
    waits_for: str | None = None
    relation: str | None = None
    doing: str | None = None
    node: str | None = None


@dataclass(frozen=True)
class Suspect:
    """The mark on a late span. ``since_s``: seconds past the threshold. ``chain`` begins with the span's own thread."""

    level: Level
    progress: bool | None
    verdict: str
    why: str
    since_s: float
    chain: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Halt:
    """A stop in the debugger: since when, at what (``contract.flight.DEBUG_WAIT``), where a person reaches it.

    ``attached``: somebody is at its prompt.
    """

    at: float | None = None
    mono: float | None = None
    stage: str | None = None
    socket: str | None = None
    attached: bool = False

    def seconds(self, now: Now) -> float:
        """How long it lasts by now. Never negative."""
        if now.mono is not None and self.mono is not None:
            return max(0.0, now.mono - self.mono)
        return 0.0 if self.at is None else max(0.0, now.unix - self.at)


@dataclass(slots=True)
class Span:
    """One execution of a node, or a planned node that has not started (``status`` pending, no times).

    ``elapsed_s`` is final, None while it runs. ``output_start`` and ``output_end`` are offsets in output.log.
    Summaries and payloads may be the JSON text of their line: `hamtui.follow.decode.told` decodes them.
    ``host`` is None for the run's own machine. ``attempts`` counts the starts by one process (a retry replaces
    what was before), ``tries`` those by all worker processes. ``settled`` says that no event ended it: its run or its process did;
    ``elapsed_told`` that its end told how long it took. ``caused_by``: the failures for which it was skipped, or of
    which ``incomplete`` items were missing in what it collected. ``mismatches``: sentences on values that are not as
    annotated. ``tick`` is the newest that it gave, ``first_tick`` the first.
    ``halt`` is set while it waits in the debugger; ``halted_s`` is how long its earlier halts lasted, ``last_halt``
    the newest of them, its times those of its end.
    """

    key: SpanKey
    status: SpanState = "pending"
    pid: int | None = None
    host: str | None = None
    thread_id: int | None = None
    native_id: int | None = None
    started_at: float | None = None
    started_mono: float | None = None
    ended_at: float | None = None
    elapsed_s: float | None = None
    threshold_s: float | None = None
    error: Error | None = None
    cache: CacheOutcome | None = None
    kept_suspect: Suspect | None = None
    kwargs_summary: Any = None
    result_summary: Any = None
    kwargs_payload: Any = None
    result_payload: Any = None
    return_type: str | None = None
    tags: dict[str, Any] | None = None
    output_start: int | None = None
    output_end: int | None = None
    ended_mono: float | None = None
    attempts: int = 0
    tries: int = 0
    settled: bool = False
    elapsed_told: bool = False
    caused_by: tuple[Cause, ...] = ()
    incomplete: int = 0
    mismatches: tuple[str, ...] = ()
    tick: Tick | None = None
    first_tick: Tick | None = None
    halt: Halt | None = None
    last_halt: Halt | None = None
    halted_s: float = 0.0

    @property
    def in_debugger(self) -> bool:
        """Whether it waits in the debugger, or somebody steps through it."""
        return self.halt is not None and self.status == "running"

    def elapsed(self, now: Now) -> float | None:
        """Seconds so far, or in all; None for a span that has not started or was skipped. Never negative."""
        if self.elapsed_s is not None:
            return self.elapsed_s
        if self.status in {"pending", "skipped"}:
            return None
        if now.mono is not None and self.started_mono is not None:
            return max(0.0, now.mono - self.started_mono)
        return None if self.started_at is None else max(0.0, now.unix - self.started_at)

    def worked(self, now: Now) -> float | None:
        """``elapsed`` without what it spent in the debugger."""
        elapsed = self.elapsed(now)
        if elapsed is None or (self.halt is None and not self.halted_s):
            return elapsed
        halted = self.halted_s + (0.0 if self.halt is None else self.halt.seconds(now))
        return max(0.0, elapsed - halted)


@dataclass
class Task:
    """One block of a Parallelizable/Collect section, or any other task of a task-based run.

    ``blocks``: how many blocks its ``Parallelizable`` gave, where it holds one that has ended.
    """

    task_id: str
    spawning_task_id: str | None = None
    purpose: str | None = None
    nodes: tuple[str, ...] = ()
    submitted_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    success: bool | None = None
    blocks: int | None = None


@dataclass(slots=True)
class Run:
    """One ``Driver.execute()``. ``plan`` is topologically sorted.

    ``spans`` is in the order in which they were read; ``counts.in_order`` sorts them by their start.
    ``first_ts`` is the earliest time that any event of the run tells, for runs whose start was not read.
    ``path_len`` is Hamilton's count of nodes to execute, overridden ones left out, where it was said;
    ``path`` their names. ``mismatched``: spans with values that are not as annotated. ``submitted``: when nodes went to an engine that runs them later, by name; ``deferred``: it was
    still to compute them when the run ended. ``workers``: host and pid of the processes other than the main one that
    started spans. ``settled`` says that no event ended the run: its process did. ``closed``: it is over,
    nothing in it is open, and nothing came since that was found. ``kept``: it counts among the ended runs that are kept
    whole; ``line``, a ``keeping.Line``, is what is left of one that no longer is: it has no spans and no plan then.
    """

    run_id: str
    state: RunState = "running"
    pid: int | None = None
    targets: tuple[str, ...] = ()
    started_at: float | None = None
    started_mono: float | None = None
    ended_at: float | None = None
    elapsed_s: float | None = None
    error: Error | None = None
    graph_hash: str | None = None
    plan: tuple[str, ...] = ()
    nodes: dict[str, PlannedNode] = field(default_factory=dict)
    others: dict[str, PlannedNode] = field(default_factory=dict)
    spans: dict[SpanKey, Span] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    inputs_summary: Any = None
    inputs_payload: Any = None
    results_summary: Any = None
    first_ts: float | None = None
    ended_mono: float | None = None
    end_pid: int | None = None
    path_len: int | None = None
    path: tuple[str, ...] = ()
    submitted: dict[str, float | None] = field(default_factory=dict)
    deferred: bool = False
    workers: set[tuple[str, int]] = field(default_factory=set)
    mismatched: set[SpanKey] | None = None
    settled: bool = False
    closed: bool = False
    kept: bool = False
    line: Any = None


@dataclass(frozen=True)
class Unread:
    """What no reader could make sense of."""

    lines: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class ProcessFact:
    """What a look at the machine said of a launch's processes; None is "can't be told from here".

    ``alive`` is true only when pid and process start match launch.json. ``paused`` says that it is stopped.
    """

    alive: bool | None = None
    paused: bool = False
    supervisor_alive: bool | None = None


__all__ = [
    "SPAN_STATES",
    "CacheOutcome",
    "CacheWord",
    "Cause",
    "Dump",
    "Error",
    "Graph",
    "Halt",
    "LaunchState",
    "Level",
    "Link",
    "Now",
    "PlannedNode",
    "ProcessFact",
    "Run",
    "RunState",
    "Span",
    "SpanKey",
    "SpanState",
    "Suspect",
    "Task",
    "Unread",
]
