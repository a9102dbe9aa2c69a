"""What was lately seen of each process and thread, bounded, in order of time whatever order it was read in.

Every list here holds the newest so many; taking in one more costs the same however long the launch lasts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, TypeVar

from hamtui.contract.vitals import ProcessVital, ThreadVital, Tick, Vital
from hamtui.model.state import Now

MAX_POINTS = 120
MAX_PROBES = 20
MAX_BEATS = 240
MAX_TICKS = 16
#: Threads, processes, ticking nodes and logging threads that are remembered; the one longest unheard of goes.
MAX_THREADS = 2_000
MAX_PROCESSES = 512
MAX_TICKING = 5_000
#: Bounds of one record: what is more of it is not looked at.
_MAX_LOOKS, _MAX_SEEN, _MAX_TASKS = 256, 128, 512
#: Longer than any launch: what says more is junk.
_FOREVER_S = 1e9
#: A thread that used less of a core is quiet, one that used more is busy.
QUIET_SHARE, BUSY_SHARE = 0.01, 0.5

T = TypeVar("T")


class At(NamedTuple):
    """An instant as its writer stamped it: by the wall's clock, and by the machine's own."""

    ts: float | None = None
    mono: float | None = None


def gap(later: At, earlier: At) -> float | None:
    """Seconds from one instant to another, by the machine's clock where both have it; None: can't be told."""
    (ts, mono), (earlier_ts, earlier_mono) = later, earlier
    if mono is not None and earlier_mono is not None:
        seconds = mono - earlier_mono
    elif ts is not None and earlier_ts is not None:
        seconds = ts - earlier_ts
    else:
        return None
    return seconds if -_FOREVER_S < seconds < _FOREVER_S else None


def at_of(now: Now) -> At:
    """The instant of a look."""
    return At(now.unix, now.mono)


@dataclass(slots=True)
class Point(Generic[T]):
    """One thing as it was at an instant.

    ``quiet_from``: since when it has used no CPU and not woken; ``busy_from``: since when it has kept a core busy.
    ``memo`` keeps what was made of it and the point before it, whose instant and value it names.
    """

    at: At
    value: T
    quiet_from: At
    busy_from: At
    memo: tuple[At, T, Any] | None = None


class Track(Generic[T]):
    """The newest points of one thread or process, oldest first."""

    __slots__ = ("_counters", "points")

    def __init__(self, counters: Callable[[T], tuple[float | None, int | None]]) -> None:
        self._counters = counters
        self.points: list[Point[T]] = []

    def add(self, at: At, value: T) -> None:
        """Take in a point; one of an instant that is here already, or of none, changes nothing."""
        points = self.points
        place = _place(points, at, _at)
        if place < 0:
            return
        points.insert(place, Point(at, value, at, at))
        for number in range(max(place, 1), len(points)):
            self._lengthen(points[number - 1], points[number])
        if len(points) > MAX_POINTS:
            del points[0]

    def _lengthen(self, before: Point[T], point: Point[T]) -> None:
        seconds = gap(point.at, before.at)
        cpu_before, wakes_before = self._counters(before.value)
        cpu, wakes = self._counters(point.value)
        point.quiet_from = point.busy_from = point.at
        if not seconds or cpu is None or cpu_before is None:
            return
        share = (cpu - cpu_before) / seconds
        if wakes == wakes_before and 0 <= share < QUIET_SHARE:
            point.quiet_from = before.quiet_from
        if share >= BUSY_SHARE:
            point.busy_from = before.busy_from

    def upto(self, at: At) -> int:
        """How many of the points are not after this instant."""
        return _upto(self.points, at, _at)

    def newest(self, at: At) -> Point[T] | None:
        """The last point that is not after this instant."""
        count = self.upto(at)
        return self.points[count - 1] if count else None


def _at(stamped: Any) -> At:
    at: At = stamped.at
    return at


def _itself(at: At) -> At:
    return at


def upto(known: Sequence[Any], at: At) -> int:
    """How many of points, probes or samples are not after this instant."""
    return _upto(known, at, _at)


def _upto(known: Sequence[Any], at: At, of: Callable[[Any], At]) -> int:
    """How many are not after this instant: found from the end, where what is new belongs."""
    count = len(known)
    while count and (gap(at, of(known[count - 1])) or 0.0) < 0:
        count -= 1
    return count


def _place(known: Sequence[Any], at: At, of: Callable[[Any], At]) -> int:
    """Where an instant belongs among those known; -1 where it is one of them, or is none."""
    if at.ts is None and at.mono is None:
        return -1
    count = _upto(known, at, of)
    return -1 if count and of(known[count - 1]) == at else count


@dataclass(slots=True)
class Probe:
    """A probe, and until when what it says is known to have held. ``memo`` keeps what was made of it."""

    at: At
    until: At
    vital: Vital
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Inside:
    """What a process said of itself: its beats (a probe is one too), and its probes, oldest first."""

    beats: list[At] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    stills: dict[int, At] = field(default_factory=dict)

    def beat(self, at: At) -> None:
        """A sign of life of the sampling thread."""
        place = _place(self.beats, at, _itself)
        if place >= 0:
            self.beats.insert(place, at)
            if len(self.beats) > MAX_BEATS:
                del self.beats[0]

    def still(self, seq: int, at: At) -> None:
        """What the probe of this number says held at this instant too."""
        known = self.stills.pop(seq, None)
        self.stills[seq] = at if known is None or (gap(at, known) or 0.0) > 0 else known
        while len(self.stills) > 2 * MAX_PROBES:
            del self.stills[next(iter(self.stills))]
        for probe in reversed(self.probes):
            if probe.vital.seq == seq:
                self._extend(probe)
                break

    def _extend(self, probe: Probe) -> None:
        until = self.stills.get(probe.vital.seq) if probe.vital.seq is not None else None
        if until is not None and (gap(until, probe.until) or 0.0) > 0:
            probe.until = until

    def probe(self, at: At, vital: Vital) -> None:
        """A probe was taken."""
        place = _place(self.probes, at, _at)
        if place < 0:
            return
        if len(vital.looks) > _MAX_LOOKS:
            vital = replace(vital, looks=vital.looks[:_MAX_LOOKS])
        fresh = Probe(at, at, vital)
        self._extend(fresh)
        self.probes.insert(place, fresh)
        if len(self.probes) > MAX_PROBES:
            del self.probes[0]

    def heard(self, at: At) -> At | None:
        """The last beat that is not after this instant."""
        count = _upto(self.beats, at, _itself)
        return self.beats[count - 1] if count else None


@dataclass(slots=True)
class Sampled:
    """One sample: when, which processes were there, and how many bytes the run had put out."""

    at: At
    pids: frozenset[int]
    output: int | None = None


#: The bounds of a sample's process list: one as long may lack some.
FULL_SAMPLE = 17

TickKey = tuple[str, str | None, str]
ThreadKey = tuple[int, int]
#: A worker's own host (None in the files of the run's main process) and its pid.
ProcessKey = tuple[str | None, int]


def _thread_counters(vital: ThreadVital) -> tuple[float | None, int | None]:
    return vital.cpu_s, vital.switches


def _process_counters(vital: ProcessVital) -> tuple[float | None, int | None]:
    return vital.cpu_s, None


Known = TypeVar("Known")
Key = TypeVar("Key")


def _touch(table: dict[Key, Known], key: Key, make: Callable[[], Known], bound: int) -> Known:
    """What is known of ``key``, made at its first mention; the longest unmentioned goes where there are too many."""
    found = table.pop(key, None)
    if found is None:
        found = make()
    table[key] = found
    if len(table) > bound:
        del table[next(iter(table))]
    return found


class History:
    """Samples, probes, beats and ticks of a launch. ``revision`` moves with each; ``memo`` holds for one revision."""

    def __init__(self) -> None:
        self.revision = 0
        self.memo: dict[Any, Any] = {}
        self.threads: dict[ThreadKey, Track[ThreadVital]] = {}
        self.processes: dict[int, Track[ProcessVital]] = {}
        self.insides: dict[ProcessKey, Inside] = {}
        self.samples: list[Sampled] = []
        self.ticks: dict[TickKey, list[Tick]] = {}
        self.logged: dict[TickKey, list[At]] = {}

    def changed(self) -> None:
        """Something was learnt: what was made of less is stale."""
        self.revision += 1
        if self.memo:
            self.memo = {}

    def forgot(self, at: At) -> bool:
        """Whether all samples of an instant's time have given way to newer ones."""
        return len(self.samples) == MAX_POINTS and (gap(self.samples[0].at, at) or 0.0) > 0

    def sample(self, vital: Vital) -> None:
        """Take in what the supervisor saw."""
        at = At(vital.ts, vital.mono)
        place = _place(self.samples, at, _at)
        if place < 0:
            return
        seen = vital.processes[:_MAX_SEEN]
        self.samples.insert(place, Sampled(at, frozenset(process.pid for process in seen), vital.output))
        if len(self.samples) > MAX_POINTS:
            del self.samples[0]
        for process in seen:
            _touch(self.processes, process.pid, lambda: Track(_process_counters), MAX_PROCESSES).add(
                at, process
            )
            for thread in process.threads[:_MAX_TASKS]:
                key = process.pid, thread.native_id
                _touch(self.threads, key, lambda: Track(_thread_counters), MAX_THREADS).add(at, thread)
        self.changed()

    def beat(self, host: str | None, pid: int, vital: Vital) -> None:
        """Take in a heartbeat: a sign of life, ticks, and word that a probe still holds."""
        at = At(vital.ts, vital.mono)
        inside = _touch(self.insides, (host, pid), Inside, MAX_PROCESSES)
        inside.beat(at)
        if vital.still is not None:
            inside.still(vital.still, at)
        self.changed()

    def probe(self, host: str | None, pid: int, vital: Vital) -> None:
        """Take in a probe."""
        at = At(vital.ts, vital.mono)
        inside = _touch(self.insides, (host, pid), Inside, MAX_PROCESSES)
        inside.beat(at)
        inside.probe(at, vital)
        self.changed()

    def tick(self, tick: Tick) -> TickKey:
        """Take in what a node said of itself; the first that is known of it is kept beside the newest."""
        key = (tick.run_id, tick.task_id, tick.node)
        known: list[Tick] = _touch(self.ticks, key, list, MAX_TICKING)
        if tick not in known:
            known.append(tick)
            known.sort(key=lambda one: (one.mono or 0.0, one.done))
            if len(known) > MAX_TICKS:
                del known[1]
        self.changed()
        return key

    def ticks_since(self, key: TickKey, mono: float | None) -> tuple[Tick, Tick] | None:
        """The first and the newest tick of an attempt that began at this instant."""
        known = [
            tick for tick in self.ticks.get(key, ()) if mono is None or tick.mono is None or tick.mono >= mono
        ]
        return (known[0], known[-1]) if known else None

    def log(self, key: TickKey, at: At) -> None:
        """A span's thread logged something."""
        known: list[At] = _touch(self.logged, key, list, MAX_TICKING)
        place = _place(known, at, _itself)
        if place >= 0:
            known.insert(place, at)
            del known[:-4]
