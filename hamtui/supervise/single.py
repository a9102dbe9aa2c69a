"""Signals to one process of a run, never to a stranger that has its number by now."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator

from hamtui.probe import procs
from hamtui.probe.procs import Known

#: What a process gets to leave by itself, then to be gone.
TERM_WAIT_S = 5.0
KILL_WAIT_S = 3.0
LADDER = ((signal.SIGTERM, TERM_WAIT_S), (signal.SIGKILL, KILL_WAIT_S))
_PACE_S = 0.05
#: PIDFD_SIGNAL_PROCESS_GROUP of <linux/pidfd.h>, Linux 6.9.
_TO_GROUP = 4


def send(process: Known, number: int) -> bool:
    """Signal this very process; False where it is gone or not ours to signal.

    Where the kernel has handles on processes (Linux 5.3), its start is checked between taking one and signalling
    by it, so that no other process can come in between.
    """
    opened = getattr(os, "pidfd_open", None)
    if opened is None:
        return procs.is_there(process) and _kill(process.pid, number)
    try:
        handle = opened(process.pid)
    except ProcessLookupError:
        return False
    except OSError:
        return procs.is_there(process) and _kill(process.pid, number)
    try:
        if not procs.is_there(process):
            return False
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(handle, number)  # type: ignore[attr-defined,unused-ignore]
            return True
        return False
    finally:
        os.close(handle)


@contextlib.contextmanager
def group_of(leader: Known) -> Iterator[Callable[[int], bool]]:
    """What signals the group that this very process leads, and says whether anybody got it.

    Where the kernel takes a group's signal by a handle (Linux 6.9), the handle is taken now and reaches what is left
    of the group when its leader is gone too. Elsewhere the leader's start is checked right before each signal.
    """
    handle = _handle(leader)
    try:
        yield lambda number: _to_group(leader, handle, number)
    finally:
        if handle is not None:
            os.close(handle)


def _handle(process: Known) -> int | None:
    opened = getattr(os, "pidfd_open", None)
    with contextlib.suppress(OSError):
        handle: int | None = None if opened is None else opened(process.pid)
        if handle is not None and not procs.is_there(process):
            os.close(handle)
            return None
        return handle
    return None


def _to_group(leader: Known, handle: int | None, number: int) -> bool:
    if handle is not None:
        try:
            signal.pidfd_send_signal(handle, number, None, _TO_GROUP)  # type: ignore[attr-defined,unused-ignore]
        except ProcessLookupError:
            return False
        except OSError:
            pass  # an older kernel
        else:
            return True
    if not procs.is_there(leader):
        return False
    with contextlib.suppress(OSError):
        os.killpg(leader.pid, number)
        return True
    return False


def _kill(pid: int, number: int) -> bool:
    with contextlib.suppress(OSError):
        os.kill(pid, number)
        return True
    return False


def is_stopped(process: Known) -> bool:
    """Whether this very process is stopped by a signal (not by a debugger)."""
    found = procs.stat(process.pid)
    return found is not None and found.start == process.start and found.state == "T"


def resume(process: Known) -> bool:
    """Continue a stopped process; whether it was stopped and got the signal."""
    return is_stopped(process) and send(process, signal.SIGCONT)


def end(process: Known, rungs: tuple[tuple[signal.Signals, float], ...] = LADDER) -> Iterator[signal.Signals]:
    """TERM, a wait, KILL, a wait, each signal yielded as it is sent. A stopped process is continued to act on TERM."""
    for number, seconds in rungs:
        if not send(process, number):
            return
        if number != signal.SIGKILL:
            resume(process)
        yield number
        deadline = time.monotonic() + seconds
        while procs.is_there(process) and time.monotonic() < deadline:
            time.sleep(_PACE_S)
        if not procs.is_there(process):
            return
