"""One look at a launch: its files folded, its processes asked, the clock read."""

import time
from dataclasses import dataclass
from pathlib import Path

from hamtui.cli.refuse import Refused
from hamtui.contract import layout
from hamtui.follow import launches, process
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import LaunchRef, NoLaunch
from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact

_PACE_S = 0.05


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


def found(directory: Path, launch: str | None) -> LaunchRef:
    """The launch that is meant.

    Raises:
        Refused: there is none.
    """
    try:
        return launches.find(directory, launch)
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
    fact, now = process.look(launch.info), process.now(launch.info)
    settle(launch, fact, now, past)
    return Look(ref, launch, fact, now)


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
