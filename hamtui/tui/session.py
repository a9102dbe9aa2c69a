"""One launch as the app has it open: what was folded, what the machine said, which run is shown."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hamtui.contract.vitals import Vital
from hamtui.follow.follower import Batch
from hamtui.follow.launches import LaunchRef
from hamtui.model import keeping, verdict
from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.estimate import Estimator, stands_still
from hamtui.model.estimate import Left as TimeLeft
from hamtui.model.fold import Launch
from hamtui.model.state import Error, LaunchState, Now, ProcessFact, Run, SpanKey, Suspect
from hamtui.probe.interest import Interest
from hamtui.probe.onlooker import SOURCE, Onlooker, interest_of, is_unguarded
from hamtui.tui.attend import Told
from hamtui.tui.glance import GONE, Glance, elsewhere, look_at

#: Marks are judged about once a second, at most so many in one.
_JUDGE_S, _MARKS_A_SECOND = 0.9, 500
#: How often the time left is reckoned: each second, and a second more for so many planned nodes.
_RECKON_S, _PLAN_A_SECOND = 1.0, 1000
_REFUSED = 2  # the exit code of a run that its own process refused


@dataclass(frozen=True)
class Left:
    """How the dashboard was left.

    ``live``: the run may still go on. ``state``, ``exit_code``, ``signal`` and ``error`` as last known.
    ``refused``: the run's own process refused it (exit code 2, no run), and the app left by itself.
    ``stopped``: the stop ladder was used from the dashboard.
    """

    ref: LaunchRef
    live: bool
    state: LaunchState | None = None
    exit_code: int | None = None
    signal: int | None = None
    error: Error | None = None
    refused: bool = False
    stopped: bool = False


class Session:
    """Opened by the app with a number of its own; ``stop`` ends its feed."""

    def __init__(self, ref: LaunchRef, generation: int) -> None:
        self.ref = ref
        self.generation = generation
        self.stop = threading.Event()
        self.launch = Launch(ref.id)
        keeping.watch(self.launch)
        self.fact = ProcessFact()
        self.past: Past = NO_PAST
        self.picked: str | None = None
        self.told: Told | None = None
        self.toasts: dict[str, float] = {}
        self.glance: Glance | None = None
        self._estimator = Estimator()
        self._reckoned: tuple[float, object, TimeLeft | None] = (0.0, None, None)
        self._revision = 0
        self._caught_up = False
        self._polling = False
        self._lost: str | None = None
        self._share = 0.0
        self._onlooker = Onlooker(ref.dir)
        self._judged_at = 0.0

    def fold(self, batch: Batch) -> bool:
        """Take a batch in; whether anything is different now.

        What a live run says of itself twice a second (beats, samples, ticks) is no event: the next tick of the
        screen's clock shows what it changed, and only those cells.
        """
        for source, record in batch.records:
            self.launch.apply(source, record)
        before = self._caught_up, self._polling, self.launch.unread, self._lost
        self.launch.unread = batch.unread
        self._caught_up = self._caught_up or batch.caught_up
        self._polling = not batch.notified
        self._lost = GONE if batch.gone else None
        further = not self._caught_up and batch.share != self._share
        self._share = batch.share
        live = self.glance is not None and self.glance.caught_up and self.glance.live
        news = any(not (live and isinstance(record, Vital)) for _, record in batch.records)
        if news:
            self._revision += 1
        return news or further or before != (self._caught_up, self._polling, batch.unread, self._lost)

    def look(self, fact: ProcessFact) -> bool:
        """What the machine said of the processes; whether that is news."""
        if fact == self.fact:
            return False
        self.fact = fact
        self._revision += 1
        return True

    def interest(self, now: Now) -> Interest:
        """Which threads are worth a close look, if samples have to be taken from here."""
        glance = self.glance
        late = glance.marks if glance is not None else {}
        run = self.run
        return interest_of(self.launch, [run.spans[key] for key in late if run and key in run.spans], now)

    def sample(self, fact: ProcessFact, interest: Interest) -> Vital | None:
        """A sample, where something is late and no supervisor lives to take one. Blocks: for another thread."""
        info = self.launch.info
        if not interest or info is None or info.pid is None or not is_unguarded(fact):
            return None
        return self._onlooker.look(info.pid, interest)

    def take_in(self, sample: Vital) -> None:
        """Fold a sample of our own as if it had been read."""
        self.launch.apply(SOURCE, sample)
        self._revision += 1

    def remember(self, past: Past) -> None:
        """What earlier launches tell."""
        self.past = past
        for run in self.launch.runs.values():
            run.closed = False  # the marks that its spans kept were judged without
        self._revision += 1

    def restore(self, whole: Launch, run_id: str) -> None:
        """Show a run whole that was read again."""
        keeping.restore(self.launch, whole, run_id)
        self._revision += 1

    def lose(self, sentence: str) -> None:
        """Nothing more can be read."""
        self._lost = sentence
        self._caught_up = True

    @property
    def caught_up(self) -> bool:
        """Whether everything that was there at the beginning is read."""
        return self._caught_up

    @property
    def run(self) -> Run | None:
        """The run to show: the picked one, else the newest."""
        runs = self.launch.runs
        if self.picked in runs:
            return runs[self.picked]
        return next(reversed(runs.values()), None)

    def whole(self, now: Now) -> Glance:
        """Look at everything."""
        before, self._judged_at = self.glance, now.unix
        if not self._caught_up and self.launch.heard_at is not None:
            now = Now(self.launch.heard_at)
        glance = look_at(
            self.launch,
            self.ref,
            self.run,
            self.fact,
            now,
            self.past,
            revision=self._revision,
            caught_up=self._caught_up,
            polling=self._polling,
            lost=self._lost,
            share=self._share,
        )
        if before is not None and (before.state, before.run_state) != (glance.state, glance.run_state):
            # What settling closed changes rows too.
            self._revision += 1
            glance = replace(glance, revision=self._revision)
        self.glance = replace(glance, left=self._left(glance))
        return self.glance

    def _left(self, glance: Glance) -> TimeLeft | None:
        """How long the run still takes; reckoned anew now and then, for it walks through the whole plan."""
        run = glance.run
        if run is None or not glance.run_live or not glance.caught_up or stands_still(glance.marks.values()):
            return None
        of = (run.run_id, id(self.past))
        until, known_of, known = self._reckoned
        every = _RECKON_S + len(run.plan) / _PLAN_A_SECOND
        if known_of == of and until - every <= glance.now.unix < until:
            return known
        known = self._estimator.left(self.launch, run, glance.now, self.past)
        self._reckoned = glance.now.unix + every, of, known
        return known

    def later(self, now: Now) -> tuple[Glance, bool]:
        """The same a little later; whether more than the time is different: another mark, another state."""
        glance = self.glance
        if glance is None or glance.run is None:
            return self.whole(now), True
        if not self._caught_up:
            return self.reading(), False
        marks = self._marks(glance, now)
        said = {key: (mark.level, mark.verdict, mark.progress) for key, mark in marks.items()}
        if said != {key: (mark.level, mark.verdict, mark.progress) for key, mark in glance.marks.items()}:
            return self.whole(now), True
        judged = marks is not glance.marks and glance.many
        if judged and elsewhere(self.launch, self.run, self.fact, now, self.past) != glance.elsewhere:
            return self.whole(now), True
        if verdict.launch_state(self.launch, self.fact, now) != glance.state:
            return self.whole(now), True
        glance = replace(glance, now=now, marks=marks)
        self.glance = replace(glance, left=self._left(glance))
        return self.glance, False

    def _marks(self, glance: Glance, now: Now) -> Mapping[SpanKey, Suspect]:
        """The marks at this instant, judged anew once a second; where very many spans are late, not so often."""
        every = max(_JUDGE_S, len(glance.marks) / _MARKS_A_SECOND)
        if 0 <= now.unix - self._judged_at < every:
            return glance.marks
        self._judged_at = now.unix
        return {
            span.key: mark
            for span in glance.flying
            if (mark := verdict.suspect(self.launch, span, self.fact, now, self.past)) is not None
        }

    def reading(self) -> Glance:
        """The same as before, and how much was read since."""
        assert self.glance is not None
        self.glance = replace(self.glance, share=self._share)
        return self.glance

    def left(self, *, refused: bool, stopped: bool) -> Left:
        """How it stands when the dashboard is left."""
        glance, ending = self.glance, self.launch.exit
        return Left(
            ref=self.ref,
            live=glance.live if glance is not None else True,
            state=glance.state if glance is not None else None,
            exit_code=ending.exit_code if ending is not None else None,
            signal=ending.signal if ending is not None else None,
            error=self.launch.error,
            refused=refused,
            stopped=stopped,
        )

    @property
    def refused(self) -> bool:
        """Whether the run's own process refused to start: an unknown target, a missing input."""
        launch = self.launch
        return (
            launch.exit is not None
            and launch.exit.exit_code == _REFUSED
            and launch.error is not None
            and not launch.runs
        )
