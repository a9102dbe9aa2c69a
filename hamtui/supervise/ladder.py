"""The stop ladder: INT, then TERM, then KILL, to everything in the run's session, each with a wait."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import single

#: How long each rung may take before the next, seconds; together well within 20.
INT_WAIT_S = 8.0
TERM_WAIT_S = 5.0
KILL_WAIT_S = 3.0
LADDER = ((signal.SIGINT, INT_WAIT_S), (signal.SIGTERM, TERM_WAIT_S), (signal.SIGKILL, KILL_WAIT_S))

#: What a left-over worker gets to leave by itself, then to be gone.
LEFTOVER_WAIT_S = 1.0
#: What a stopped process gets to be running again.
RESUME_WAIT_S = 1.0
#: And to be past the kernel's own work of resuming each thread, in which it takes no signal of its own.
RESUME_SETTLE_S = 0.2
_PACE_S = 0.05

Wait = Callable[[float], bool]


@dataclass(frozen=True)
class Target:
    """A run: its main process and descendants seen of it.

    One that we started leads a session, whose members are the run's too; a program that records itself may lead none.
    """

    main: Known
    descendants: tuple[Known, ...] = field(default_factory=tuple)

    def main_is_there(self) -> bool:
        """Whether the main process still runs."""
        return procs.is_there(self.main)

    def members(self) -> list[Known]:
        """What still runs of it.

        A session's number is not given out again while the session has members, so a process of that
        number with another start means that none of ours is left in it.
        """
        found = procs.stat(self.main.pid)
        ours = []
        if found is None or found.start == self.main.start:
            ours = procs.in_session(self.main.pid, self.main.start)
        here = {known.pid for known in ours}
        seen = (self.main, *self.descendants)
        ours += [known for known in seen if known.pid not in here and procs.is_there(known)]
        return [known for known in ours if known.pid != os.getpid()]


def send(target: Target, number: int) -> bool:
    """Signal the run's group, checked to be the run's at this instant; whether anybody was there to get it.

    What is stopped (Ctrl-Z, SIGSTOP) can't act on INT or TERM, so it is continued. Its main process is
    continued first: a signal that waits for a stopped process goes to any of its threads on resume, and only
    the main thread would be woken by it.
    """
    polite = number != signal.SIGKILL
    if not (target.main_is_there() and _leads_its_group(target.main.pid)):
        sent = [single.send(member, number) for member in target.members()]
        if polite:
            for member in target.members():
                single.send(member, signal.SIGCONT)
        return any(sent)
    with single.group_of(target.main) as group:
        if polite and single.is_stopped(target.main):
            group(signal.SIGCONT)
            deadline = time.monotonic() + RESUME_WAIT_S
            while single.is_stopped(target.main) and time.monotonic() < deadline:
                time.sleep(_PACE_S)
            time.sleep(RESUME_SETTLE_S)
        sent_to_group = target.main_is_there() and group(number)
        if polite and not group(signal.SIGCONT):
            for member in target.members():
                single.send(member, signal.SIGCONT)
    return sent_to_group


def stop(
    target: Target,
    wait: Wait | None = None,
    rungs: tuple[tuple[signal.Signals, float], ...] = LADDER,
) -> Iterator[signal.Signals]:
    """Climb down until the run's main process is gone, yielding each signal as it is sent.

    ``wait(seconds)`` blocks for at most that long and says whether the run is over; by default the
    process table is asked. A caller that wants the next rung at once lets ``wait`` return early.
    """
    wait = wait or gone_within(target)
    for number, seconds in rungs:
        if not target.main_is_there():
            return
        if send(target, number):
            yield number
        if wait(seconds):
            return


def gone_within(target: Target) -> Wait:
    """A ``wait`` that watches the process table."""

    def wait(seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while target.main_is_there():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PACE_S)
        return True

    return wait


def clear(target: Target, pause: Callable[[float], object] = time.sleep) -> list[Known]:
    """End what a dead run left behind: TERM, a short wait, KILL, a short wait. Returns what was signalled."""
    left = target.members()
    for number in (signal.SIGTERM, signal.SIGKILL):
        members = target.members()
        for member in members:
            single.send(member, number)
            if number != signal.SIGKILL:
                single.send(member, signal.SIGCONT)
        deadline = time.monotonic() + LEFTOVER_WAIT_S
        while any(procs.is_there(member) for member in members) and time.monotonic() < deadline:
            pause(_PACE_S)
    return left


def _leads_its_group(pid: int) -> bool:
    """Whether ``pid`` leads its own group; a run that joined somebody else's is signalled alone."""
    try:
        return os.getpgid(pid) == pid
    except OSError:
        return False
