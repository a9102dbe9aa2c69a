"""Processes where there is no /proc, by psutil."""

import os
import socket
from dataclasses import replace
from typing import Any

import psutil

from hamtui.contract import vitals
from hamtui.contract.vitals import End, ProcessVital, ThreadVital
from hamtui.probe.commands import shortened
from hamtui.probe.interest import Interest, Told
from hamtui.probe.procs import MAX_CHILDREN, Known, Stat
from hamtui.probe.sockets import joined

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


def closer(processes: list[ProcessVital], interest: Interest) -> list[ProcessVital]:
    """The processes' command lines, and where the sockets lead that threads said they wait on.

    Calls and other ends are not told to a stranger here, and a thread of psutil's has no native id: nothing is
    guessed.
    """
    found = [replace(process, command=_command(process.pid)) for process in processes]
    if found and any(told.fds for told in interest.threads.values()):
        by_fd = {end.fd: end for end in _connections(found[0].pid)}
        threads = [_thread(native_id, told, by_fd) for native_id, told in interest.threads.items()]
        found[0] = replace(found[0], threads=[thread for thread in threads if thread.ends])
    return found


def _thread(native_id: int, told: Told, by_fd: dict[int, End]) -> ThreadVital:
    return ThreadVital(native_id, call=told.call, ends=[by_fd[fd] for fd in told.fds if fd in by_fd])


def _command(pid: int) -> str | None:
    try:
        argv = psutil.Process(pid).cmdline()
    except (psutil.Error, OSError):
        return None
    return shortened(argv) if argv else None


def _connections(pid: int) -> list[End]:
    try:
        process: Any = psutil.Process(pid)
        # Called so from psutil 6 on.
        ask = getattr(process, "net_connections", None) or process.connections
        return [_end(each) for each in ask(kind="all")]
    except (psutil.Error, OSError):
        return []


def _end(found: Any) -> End:
    if found.family == getattr(socket, "AF_UNIX", None):
        return End(found.fd, vitals.UNIX, path=found.laddr or found.raddr or None)
    tcp = found.type == socket.SOCK_STREAM
    local, peer = (joined((each[0], each[1])) if each else None for each in (found.laddr, found.raddr))
    return End(
        found.fd,
        vitals.TCP if tcp else vitals.UDP,
        local=local,
        peer=peer,
        state=found.status if tcp else None,
    )
