"""Processes where there is no /proc, by psutil."""

import os

import psutil

from hamtui.contract.vitals import ProcessVital
from hamtui.probe.procs import MAX_CHILDREN, Known, Stat

_LETTERS = {
    psutil.STATUS_RUNNING: "R",
    psutil.STATUS_STOPPED: "T",
    psutil.STATUS_ZOMBIE: "Z",
    psutil.STATUS_DISK_SLEEP: "D",
    psutil.STATUS_DEAD: "X",
}


def _stat_of(process: psutil.Process) -> Stat:
    with process.oneshot():
        times = process.cpu_times()
        return Stat(
            process.name(),
            _LETTERS.get(process.status(), "S"),
            process.ppid(),
            os.getsid(process.pid),
            times.user + times.system,
            process.create_time(),
            process.memory_info().rss,
        )


def stat(pid: int) -> Stat | None:
    """As ``procs.stat``; ``start`` is Unix seconds here."""
    try:
        return _stat_of(psutil.Process(pid))
    except (psutil.Error, OSError):
        return None


def tree(root: int) -> tuple[list[ProcessVital], list[Known]]:
    """As ``procs.tree``, without threads and bytes moved: nothing says them to a stranger."""
    try:
        top = psutil.Process(root)
        processes = [top, *top.children(recursive=True)[:MAX_CHILDREN]]
    except (psutil.Error, OSError):
        return [], []
    vitals, seen = [], []
    for process in processes:
        found = stat(process.pid)
        if found is None:
            continue
        vitals.append(ProcessVital(process.pid, found.ppid, found.name, found.state, found.cpu_s, found.rss))
        seen.append(Known(process.pid, found.start))
    return vitals, seen


def in_session(session: int, not_before: float) -> list[Known]:
    """As ``procs.in_session``."""
    members = []
    for pid in psutil.pids():
        found = stat(pid)
        if found is not None and found.session == session and found.state not in "ZX":
            members.append(Known(pid, found.start))
    return [member for member in members if member.start >= not_before]
