"""A look at the machine: do the launch's processes live, and what time is it for them?"""

import os
import time

import psutil

from hamtui.contract import holding, identity
from hamtui.contract.launch import LaunchInfo
from hamtui.model.state import Now, ProcessFact

#: Two readings of one process' start differ by less: the kernel counts in hundredths of a second.
_SAME_BOOT_S = 0.05
#: By the wall clock, which may be corrected between the readings.
_SAME_START_S = 2.0
_STOPPED, _DEAD = "T", frozenset("ZXx")


def look(info: LaunchInfo | None, folder: "str | os.PathLike[str] | None" = None) -> ProcessFact:
    """Whether the run and its supervisor live, and whether the run is stopped; None what can't be told here.

    A pid alone is nothing: it lives only if the process of that pid started when launch.json says. On
    another host nothing can be told; after another boot of this one, everything is gone. Where ``folder``, the
    launch's, is held by a supervisor that is not seen, they live in another pid namespace: nothing can be told.
    """
    if info is None or not _is_here(info):
        return ProcessFact()
    if _rebooted(info):
        return ProcessFact(alive=False, supervisor_alive=False)
    state = _state(info.pid, info.process_start, info)
    alive = None if info.pid is None else state is not None
    supervisor = _state(info.supervisor_pid, info.supervisor_start, info) is not None
    if not supervisor and folder is not None and holding.is_held(folder):
        return ProcessFact()
    return ProcessFact(alive=alive, paused=state == _STOPPED, supervisor_alive=supervisor)


def now(info: LaunchInfo | None) -> Now:
    """This instant; ``mono`` only on the run's own machine and boot."""
    shared = info is not None and _is_here(info) and not _rebooted(info)
    return Now(time.time(), time.monotonic() if shared else None)


def _is_here(info: LaunchInfo) -> bool:
    return info.host is not None and info.host == identity.host()


def _rebooted(info: LaunchInfo) -> bool:
    here = identity.boot_id()
    return info.boot_id is not None and here is not None and info.boot_id != here


def _state(pid: int | None, start: float | None, info: LaunchInfo) -> str | None:
    """The letter of the process' state, None where there is no such process (any more)."""
    if pid is None or pid <= 0:
        return None
    since_boot = identity.start_since_boot(pid)
    if since_boot is None:
        return _state_elsewhere(pid, start)
    state = _letter(pid)
    if state is None or state in _DEAD:
        return None
    if start is None:
        return None  # nothing to match: a pid alone may be anybody's by now
    if info.boot_time is not None and abs(start - info.boot_time - since_boot) < _SAME_BOOT_S:
        return state
    if info.boot_time is not None and info.boot_id is not None:
        return None
    began = identity.process_start(pid)
    return state if began is not None and abs(start - began) < _SAME_START_S else None


def _letter(pid: int) -> str | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0].decode("ascii")
    except (OSError, IndexError, UnicodeDecodeError):
        return None


def _state_elsewhere(pid: int, start: float | None) -> str | None:
    """Where there is no /proc, or no such process."""
    try:
        process = psutil.Process(pid)
        if start is None or abs(process.create_time() - start) >= _SAME_START_S:
            return None
        status = process.status()
    except (psutil.Error, OverflowError, ValueError):
        return None
    if status in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
        return None
    return _STOPPED if status == psutil.STATUS_STOPPED else "S"
