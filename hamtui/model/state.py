"""The things that the screen and ``status`` speak of: launch, run, span, suspect.

The fold builds these; everybody else only reads them. Times are Unix seconds unless a name says mono
(CLOCK_MONOTONIC seconds of the run's machine).
"""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.stacks import Dump, Frame
from hamtui.contract.vitals import Tick

T = TypeVar("T")
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


class Who(NamedTuple):
    """Which process and which thread of it run a span. ``host`` is None for the run's own machine."""

    pid: int | None = None
    host: str | None = None
    thread_id: int | None = None
    native_id: int | None = None


NOBODY = Who()


@dataclass(slots=True, unsafe_hash=True)
class Rare:
    """What few spans have: kept apart, because a long run has a million of the others."""

    error: Error | None = None
    kept_suspect: Suspect | None = None
    kwargs_payload: Any = None
    result_payload: Any = None
    told_tries: int | None = None
    settled: bool = False
    reckoned: bool = False
    caused_by: tuple[Cause, ...] = ()
    incomplete: int = 0
    mismatches: tuple[str, ...] = ()
    tick: Tick | None = None
    first_tick: Tick | None = None
    halt: Halt | None = None
    last_halt: Halt | None = None
    halted_s: float = 0.0


#: That of the spans that have nothing of it. Nobody writes to it.
COMMON = Rare()


class _Rarely(Generic[T]):
    """A field of ``Span.rare`` as one of the span's own; where all spans are asked, ``rare`` itself is quicker."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._read = attrgetter(name)
        self._default = self._read(COMMON)

    def __get__(self, span: "Span", owner: type["Span"]) -> T:
        found: T = self._read(span.rare)
        return found

    def __set__(self, span: "Span", value: T) -> None:
        if span.rare is COMMON:
            if value == self._default:
                return
            span.rare = Rare()
        setattr(span.rare, self._name, value)


@dataclass(slots=True)
class Span:
    """One execution of a node, or a planned node that has not started (``status`` pending, no times).

    ``elapsed_s`` is final, None while it runs; ``reckoned`` says that its end did not tell it. ``output_start`` and
    ``output_end`` are offsets in output.log. Summaries and payloads may be the JSON text of their line, or say where
    that stands: `hamtui.follow.decode.told_of` reads them. ``attempts`` counts the starts by one process (a retry
    replaces what was before), ``told_tries`` those by all worker processes, where there are several. ``settled`` says
    that no event ended it: its run or its process did. ``caused_by``: the failures for which it was skipped, or of
    which ``incomplete`` items were missing in what it collected. ``mismatches``: sentences on values that are not as
    annotated. ``tick`` is the newest that it gave, ``first_tick`` the first.
    ``halt`` is set while it waits in the debugger; ``halted_s`` is how long its earlier halts lasted, ``last_halt``
    the newest of them, its times those of its end.
    """

    key: SpanKey
    status: SpanState = "pending"
    who: Who = NOBODY
    started_at: float | None = None
    started_mono: float | None = None
    ended_at: float | None = None
    ended_mono: float | None = None
    elapsed_s: float | None = None
    kwargs_summary: Any = None
    result_summary: Any = None
    return_type: str | None = None
    tags: dict[str, Any] | None = None
    output_start: int | None = None
    output_end: int | None = None
    attempts: int = 0
    rare: Rare = COMMON

    error = _Rarely[Error | None]("error")
    kept_suspect = _Rarely[Suspect | None]("kept_suspect")
    kwargs_payload = _Rarely[Any]("kwargs_payload")
    result_payload = _Rarely[Any]("result_payload")
    settled = _Rarely[bool]("settled")
    reckoned = _Rarely[bool]("reckoned")
    caused_by = _Rarely[tuple[Cause, ...]]("caused_by")
    incomplete = _Rarely[int]("incomplete")
    mismatches = _Rarely[tuple[str, ...]]("mismatches")
    tick = _Rarely[Tick | None]("tick")
    first_tick = _Rarely[Tick | None]("first_tick")
    halt = _Rarely[Halt | None]("halt")
    last_halt = _Rarely[Halt | None]("last_halt")
    halted_s = _Rarely[float]("halted_s")
    told_tries = _Rarely[int | None]("told_tries")

    @property
    def pid(self) -> int | None:
        """Of the process that runs it."""
        return self.who.pid

    @property
    def host(self) -> str | None:
        """Of that process; None for the run's own machine."""
        return self.who.host

    @property
    def thread_id(self) -> int | None:
        """Python's number of the thread."""
        return self.who.thread_id

    @property
    def native_id(self) -> int | None:
        """The system's number of the thread."""
        return self.who.native_id

    @property
    def tries(self) -> int:
        """How often worker processes began with it; where one process did, how often that did."""
        told = self.rare.told_tries
        return self.attempts if told is None else told

    @property
    def in_debugger(self) -> bool:
        """Whether it waits in the debugger, or somebody steps through it."""
        return self.status == "running" and self.rare.halt is not None

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
        if elapsed is None or self.rare is COMMON:
            return elapsed
        halted = self.halted_s + (0.0 if self.halt is None else self.halt.seconds(now))
        return max(0.0, elapsed - halted)


@dataclass(slots=True)
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
    "COMMON",
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
    "Who",
]
