"""One look at a launch: its files folded, its processes asked, the clock read."""

import time
from dataclasses import dataclass
from pathlib import Path

from hamtui.cli.refuse import Refused
from hamtui.contract import layout
from hamtui.follow import launches, process
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import LaunchRef, NoLaunch
from hamtui.model import verdict
from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact
from hamtui.probe.onlooker import SOURCE, Onlooker, interest_of, is_unguarded

_PACE_S = 0.05
#: What a single look takes itself of a late run that nobody samples: a verdict needs two windows between samples.
SAMPLES, _BETWEEN_S = 3, 0.5


@dataclass(frozen=True)
class Look:
    """A launch as it is at one instant."""

    ref: LaunchRef
    launch: Launch
    fact: ProcessFact
    now: Now

    @property
    def over(self) -> bool:
        """Whether its process is known to be gone."""
        return self.launch.exit is not None or self.fact.alive is False


def found(directory: Path, launch: str | None, *, trust: bool) -> LaunchRef:
    """The launch that is meant.

    Raises:
        Refused: there is none.
    """
    try:
        return launches.find(directory, launch, trust=trust)
    except NoLaunch as nothing:
        raise Refused(str(nothing)) from None


def ref_of(folder: Path) -> LaunchRef:
    """A launch of our own making, whatever stands in its folder already."""
    return LaunchRef(folder.name, folder, flat=False, written_at=time.time())


def at(ref: LaunchRef, past: Past = NO_PAST) -> Look:
    """Read the launch and ask for its processes."""
    return of(ref, read_launch(ref), past)


def of(ref: LaunchRef, launch: Launch, past: Past = NO_PAST) -> Look:
    """Ask for the processes of a launch that was read just now."""
    fact, now = process.look(launch.info, ref.dir), process.now(launch.info)
    settle(launch, fact, now, past)
    return Look(ref, launch, fact, now)


def closer(look: Look, past: Past = NO_PAST) -> Look:
    """The same, and where something is late and no supervisor is left to sample it, samples of our own."""
    onlooker = Onlooker(look.ref.dir)
    if not add_sample(look, onlooker, past):
        return look
    for _ in range(SAMPLES - 1):
        time.sleep(_BETWEEN_S)
        add_sample(look, onlooker, past)
    return of(look.ref, look.launch, past)


def add_sample(look: Look, onlooker: Onlooker, past: Past = NO_PAST) -> bool:
    """Fold a sample of our own, if nobody else takes any and something is late; whether that is so."""
    launch, info = look.launch, look.launch.info
    if info is None or info.pid is None or not is_unguarded(look.fact):
        return False
    late = [
        run.spans[key]
        for run in launch.runs.values()
        for key in verdict.marks(launch, run, look.fact, look.now, past)
    ]
    sample = onlooker.look(info.pid, interest_of(launch, late, look.now)) if late else None
    if sample is not None:
        launch.apply(SOURCE, sample)
    return sample is not None


def wait_for(folder: Path, name: str, seconds: float) -> bool:
    """Wait for a file that is written by rename, such as exit.json; whether it came."""
    deadline = time.monotonic() + seconds
    while not (folder / name).exists():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PACE_S)
    return True


def wait_for_exit(look: Look, seconds: float) -> None:
    """Give a supervisor that still lives the time to say how the run ended."""
    if not look.ref.flat and look.fact.supervisor_alive is not False:
        wait_for(look.ref.dir, layout.EXIT, seconds)
