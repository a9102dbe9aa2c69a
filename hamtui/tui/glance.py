"""One instant of a launch as the whole screen draws it: made in one place, then only read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from hamtui.follow.launches import LaunchRef
from hamtui.model import counts, verdict
from hamtui.model.baseline import NO_PAST, Past, Usual
from hamtui.model.ending import settle
from hamtui.model.estimate import Left
from hamtui.model.expected import with_expected
from hamtui.model.fold import Launch
from hamtui.model.state import (
    LaunchState,
    Now,
    ProcessFact,
    Run,
    RunState,
    Span,
    SpanKey,
    SpanState,
    Suspect,
)

#: What ``RowDraw.state`` and the glyphs call a span in flight that is late.
LATE, SUSPECT = "late", "suspect"
#: And one that waits in the debugger; ``DEBUG_WORD`` is what a row says.
DEBUGGED, DEBUG_WORD = "debugged", "in the debugger"


def shown_state(span: Span) -> str:
    """A span's status; of one in the debugger ``debugged``."""
    return DEBUGGED if span.in_debugger else span.status


def state_word(state: str) -> str:
    """What a state is called on the screen."""
    return DEBUG_WORD if state == DEBUGGED else state


def mark_state(mark: Suspect) -> str:
    """``late`` for what is measurably working, else ``suspect``: the one is said calmly, the other is not."""
    return LATE if mark.progress else SUSPECT


#: Of a service with very many runs at once, these are looked through for what hangs.
_MOST_OTHERS = 20
#: What is lost of a launch whose folder was deleted. It may come back; any other loss is for good.
GONE = "the launch folder is gone; this is what was read of it last"
LIVE: frozenset[str] = frozenset({"starting", "running", "paused"})


@dataclass(frozen=True)
class Glance:
    """What is true now. ``revision`` changes with everything but the passing of time.

    ``flying``: spans in flight; ``marks`` are theirs alone (an aborted span keeps its own in the span). ``polling``: the folder does not tell of its changes. ``lost``: why nothing
    more can be read, or None. ``share``: how much of the files was read; until all is, ``now`` is the instant of
    the newest record, for of what came after it nothing is known yet. ``left``: how long the run still takes.
    ``elsewhere``: hanging spans of other runs of the launch.
    """

    launch: Launch
    ref: LaunchRef
    run: Run | None
    state: LaunchState
    run_state: RunState | None
    now: Now
    fact: ProcessFact
    past: Past = NO_PAST
    marks: Mapping[SpanKey, Suspect] = field(default_factory=dict)
    waiting: Mapping[str, SpanState] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    flying: tuple[Span, ...] = ()
    revision: int = 0
    caught_up: bool = False
    polling: bool = False
    lost: str | None = None
    share: float = 1.0
    left: Left | None = None
    elsewhere: int = 0

    @property
    def live(self) -> bool:
        """Whether the launch may still go on."""
        return self.state in LIVE

    @property
    def home(self) -> str | None:
        """The machine of the run's main process; None where that is not known."""
        return self.launch.info.host if self.launch.info is not None else None

    @property
    def run_live(self) -> bool:
        """Whether the shown run goes on."""
        return self.live and self.run is not None and self.run_state == "running"

    @property
    def unguarded(self) -> bool:
        """Whether the run goes on without the supervisor that it began with: how it ends will not be known."""
        info, fact = self.launch.info, self.fact
        began_with = info is not None and info.supervisor_pid is not None
        return self.live and began_with and fact.alive is True and fact.supervisor_alive is False

    @property
    def many(self) -> bool:
        """Whether the launch holds more runs than the shown one."""
        return len(self.launch.runs) > 1

    @property
    def lasted(self) -> float | None:
        """Seconds that the launch took, or takes so far; None where that is not known."""
        info, ending = self.launch.info, self.launch.exit
        if info is None or info.started_at is None:
            return None
        end = ending.ended_at if ending is not None else self.now.unix if self.live else self.launch.heard_at
        return None if end is None else max(0.0, end - info.started_at)

    def flying_of(self, members: Iterable[SpanKey]) -> list[Span]:
        """What of these spans is in flight: a few, of what may be a million."""
        keys = {span.key for span in self.flying}
        here = {key for key in members if key in keys} if keys else set()
        return [span for span in self.flying if span.key in here]

    @property
    def elapsed(self) -> float | None:
        """Seconds that the shown run took, or takes so far; of the launch while there is no run."""
        run = self.run
        if run is None:
            return self.lasted
        if run.elapsed_s is not None:
            return run.elapsed_s
        if not self.run_live:
            end = run.ended_at or self._last_sign(run)
            return None if end is None or run.started_at is None else max(0.0, end - run.started_at)
        if self.now.mono is not None and run.started_mono is not None:
            return max(0.0, self.now.mono - run.started_mono)
        return None if run.started_at is None else max(0.0, self.now.unix - run.started_at)

    def _last_sign(self, run: Run) -> float | None:
        """When a run that nobody closed was last known to go on."""
        exit_info = self.launch.exit
        if exit_info is not None and exit_info.ended_at is not None:
            return exit_info.ended_at
        return self.launch.heard_at or run.started_at

    def usual(self, node: str) -> Usual | None:
        """How long the node took in earlier launches with this code; None where that is not known."""
        if self.run is None or not self.past.durations:
            return None
        planned = self.run.nodes.get(node)
        return self.past.told(node, planned.version if planned is not None else None)[0]


def elsewhere(launch: Launch, run: Run | None, fact: ProcessFact, now: Now, past: Past) -> int:
    """How many spans hang in the newest runs in flight beside the shown one."""
    others = (
        other for other in reversed(launch.runs.values()) if other.state == "running" and other is not run
    )
    return sum(
        not mark.progress and other.spans[key].status == "running"
        for other in islice(others, _MOST_OTHERS)
        for key, mark in verdict.marks(launch, other, fact, now, past).items()
    )


def look_at(
    launch: Launch,
    ref: LaunchRef,
    run: Run | None,
    fact: ProcessFact,
    now: Now,
    past: Past = NO_PAST,
    *,
    revision: int = 0,
    caught_up: bool = False,
    polling: bool = False,
    lost: str | None = None,
    share: float = 1.0,
) -> Glance:
    """Settle the launch and look at all of it. Costs the run's number of spans; ticking uses ``tick``."""
    settle(launch, fact, now, past)
    # What is open in a file that is half read may have ended long ago.
    marks = verdict.marks(launch, run, fact, now, past) if run is not None and caught_up else {}
    flying = tuple(span for span in run.spans.values() if span.status == "running") if run is not None else ()
    waiting = counts.waiting(run) if run is not None else {}
    return Glance(
        launch=launch,
        ref=ref,
        run=run,
        state=verdict.launch_state(launch, fact, now),
        run_state=verdict.run_state(launch, run, fact, now) if run is not None else None,
        now=now,
        fact=fact,
        past=past,
        marks={span.key: marks[span.key] for span in flying if span.key in marks},
        waiting=waiting,
        counts=with_expected(run, counts.counts(run, marks), waiting) if run is not None else {},
        flying=flying,
        revision=revision,
        caught_up=caught_up,
        polling=polling,
        lost=lost,
        share=share,
        elsewhere=elsewhere(launch, run, fact, now, past) if caught_up and len(launch.runs) > 1 else 0,
    )
