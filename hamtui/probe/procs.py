"""Processes as the kernel sees them: straight from /proc on Linux, by psutil elsewhere.

One file of /proc costs about 15 us, so a sample reads no more than it must and never lists /proc itself.
"""

import os
import sys
from dataclasses import dataclass

from hamtui.contract.vitals import ProcessVital, ThreadVital

LINUX = sys.platform == "linux"
MAX_CHILDREN = 16
MAX_THREADS = 64
#: Threads read of all children together.
MAX_CHILD_THREADS = 64

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_CHUNK = 65536


@dataclass(frozen=True)
class Known:
    """A process and its start, so that a reused pid is never taken for it. ``start`` in seconds, by one clock."""

    pid: int
    start: float


@dataclass(frozen=True)
class Stat:
    """/proc/PID/stat: ``state`` letter, ``cpu_s`` and ``start`` in seconds, ``rss`` in bytes."""

    name: str
    state: str
    ppid: int
    session: int
    cpu_s: float
    start: float
    rss: int


def read(path: str) -> bytes:
    """The first 64 KiB of a file of /proc; nothing where it is gone or not ours to read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, _CHUNK)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _parse_stat(data: bytes) -> Stat | None:
    head, paren, tail = data.rpartition(b")")
    fields = tail.split()
    if not paren or len(fields) < 22:
        return None
    name = head.partition(b"(")[2].decode("utf-8", "replace")
    cpu = (int(fields[11]) + int(fields[12])) / _TICK
    start, rss = int(fields[19]) / _TICK, int(fields[21]) * _PAGE
    return Stat(name, chr(fields[0][0]), int(fields[1]), int(fields[3]), cpu, start, rss)


def stat(pid: int) -> Stat | None:
    """What the kernel says of process ``pid``; None where it is gone."""
    if LINUX:
        return _parse_stat(read(f"/proc/{pid}/stat"))
    from hamtui.probe import elsewhere  # noqa: PLC0415  psutil is megabytes that Linux need not carry

    return elsewhere.stat(pid)


def known(pid: int) -> Known | None:
    """Process ``pid`` with its start; None where it is gone or only waits to be reaped."""
    found = stat(pid)
    return None if found is None or found.state in "ZX" else Known(pid, found.start)


def is_there(process: Known) -> bool:
    """Whether this very process still runs (a zombie does not)."""
    return known(process.pid) == process


def _children_of(pid: int, thread: str) -> list[int]:
    return [int(child) for child in read(f"/proc/{pid}/task/{thread}/children").split()]


def _thread(pid: int, thread: str) -> ThreadVital | None:
    found = _parse_stat(read(f"/proc/{pid}/task/{thread}/stat"))
    if found is None:
        return None
    status = read(f"/proc/{pid}/task/{thread}/status")
    _, key, rest = status.partition(b"\nvoluntary_ctxt_switches:")
    switches = int(rest.split(None, 1)[0]) if key else None
    return ThreadVital(int(thread), found.state, found.cpu_s, switches)


def _bytes_moved(pid: int) -> tuple[int | None, int | None]:
    """Bytes read and written by ``pid`` so far, pipes and page cache included (rchar, wchar)."""
    fields = read(f"/proc/{pid}/io").split()
    if len(fields) < 4:
        return None, None
    return int(fields[1]), int(fields[3])


def _process(pid: int, found: Stat, max_threads: int) -> tuple[ProcessVital, list[int]]:
    try:
        threads = sorted(os.listdir(f"/proc/{pid}/task"), key=int)
    except OSError:
        threads = []
    looked = [_thread(pid, thread) for thread in threads[:max_threads]]
    children = [child for thread in threads[:MAX_THREADS] for child in _children_of(pid, thread)]
    read_bytes, write_bytes = _bytes_moved(pid)
    vital = ProcessVital(
        pid,
        found.ppid,
        found.name,
        found.state,
        found.cpu_s,
        found.rss,
        read_bytes,
        write_bytes,
        [thread for thread in looked if thread is not None],
    )
    return vital, children


def tree(root: int) -> tuple[list[ProcessVital], list[Known]]:
    """Process ``root`` and those below it, the root first, breadth first; bounded by MAX_*.

    Also each of them with its start, so that what outlives the root can be told from strangers.
    """
    if not LINUX:
        from hamtui.probe import elsewhere  # noqa: PLC0415

        return elsewhere.tree(root)
    vitals: list[ProcessVital] = []
    seen: list[Known] = []
    queue, spare = [root], MAX_CHILD_THREADS
    while queue and len(vitals) <= MAX_CHILDREN:
        pid = queue.pop(0)
        found = stat(pid)
        if found is None:
            continue
        vital, children = _process(pid, found, MAX_THREADS if pid == root else spare)
        if pid != root:
            spare = max(0, spare - len(vital.threads))
        vitals.append(vital)
        seen.append(Known(pid, found.start))
        queue.extend(children)
    return vitals, seen


def in_session(session: int, not_before: float) -> list[Known]:
    """Every process of a session that started at ``not_before`` or later. Lists the machine's processes: rare use."""
    if not LINUX:
        from hamtui.probe import elsewhere  # noqa: PLC0415

        return elsewhere.in_session(session, not_before)
    members = []
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        found = stat(int(name))
        if found is not None and found.session == session and found.state not in "ZX":
            members.append(Known(int(name), found.start))
    return [member for member in members if member.start >= not_before]
