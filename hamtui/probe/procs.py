"""Processes as the kernel sees them: straight from /proc on Linux, by psutil elsewhere.

One file of /proc costs about 15 us, so a sample reads no more than it must and never lists /proc itself.
"""

import os
import sys
from collections import deque
from collections.abc import Container, Iterable
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


def read(path: str, most: int = _CHUNK) -> bytes:
    """The first 64 KiB (or ``most`` bytes) of a file of /proc; nothing where it is gone or not ours to read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, most)
    except OSError:
        return b""
    finally:
        os.close(fd)


def user(pid: int) -> int | None:
    """The real user id of process ``pid``; None where it is gone. The owner of /proc/PID is root's for many."""
    if not LINUX:
        import psutil  # noqa: PLC0415  megabytes that Linux need not carry

        try:
            return psutil.Process(pid).uids().real
        except psutil.Error:
            return None
    for row in read(f"/proc/{pid}/status").splitlines():
        if row.startswith(b"Uid:"):
            return int(row.split()[1])
    return None


def read_all(path: str, most: int) -> bytes:
    """All of a file of /proc that tells more than one read takes, up to ``most`` bytes."""
    parts: list[bytes] = []
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        while most > 0 and (part := os.read(fd, min(most, _CHUNK))):
            parts.append(part)
            most -= len(part)
    except OSError:
        pass
    finally:
        os.close(fd)
    return b"".join(parts)


def _parse_stat(data: bytes) -> Stat | None:
    head, paren, tail = data.rpartition(b")")
    fields = tail.split()
    if not paren or len(fields) < 22:
        return None
    name = head.partition(b"(")[2].decode("utf-8", "replace")
    try:
        cpu = (int(fields[11]) + int(fields[12])) / _TICK
        start, rss = int(fields[19]) / _TICK, int(fields[21]) * _PAGE
        return Stat(name, chr(fields[0][0]), int(fields[1]), int(fields[3]), cpu, start, rss)
    except ValueError:
        return None


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


def numbers(words: Iterable[bytes]) -> list[int]:
    """Those of the words that are numbers."""
    return [int(word) for word in words if word.isdigit()]


def _children_of(pid: int, thread: int) -> list[int]:
    return numbers(read(f"/proc/{pid}/task/{thread}/children").split())


def thread(pid: int, native_id: int) -> ThreadVital | None:
    """A thread's state, CPU, voluntary switches and time in the queue; None where it is gone."""
    folder = f"/proc/{pid}/task/{native_id}"
    found = _parse_stat(read(folder + "/stat"))
    if found is None:
        return None
    _, key, rest = read(folder + "/status").partition(b"\nvoluntary_ctxt_switches:")
    switches = numbers(rest.split(None, 1)[:1]) if key else []
    # Nanoseconds on a CPU and in the queue for one: finer than the hundredths of stat.
    on_cpu = numbers(read(folder + "/schedstat").split()[:2])
    cpu_s, queued_s = (on_cpu[0] / 1e9, on_cpu[1] / 1e9) if len(on_cpu) == 2 else (found.cpu_s, None)
    return ThreadVital(
        native_id, found.state, round(cpu_s, 4), next(iter(switches), None), _rounded(queued_s)
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def bytes_moved(folder: str) -> tuple[int | None, int | None]:
    """Bytes read and written so far, pipes and page cache included (rchar, wchar), by a process' or thread's folder."""
    fields = read(folder + "/io").split()
    if len(fields) < 4 or not (fields[1].isdigit() and fields[3].isdigit()):
        return None, None
    return int(fields[1]), int(fields[3])


def _process(pid: int, found: Stat, first: Container[int], most: int) -> tuple[ProcessVital, list[int]]:
    """One process and its children; at most so many threads, those among ``first`` before others."""
    try:
        threads = sorted(int(name) for name in os.listdir(f"/proc/{pid}/task") if name.isdecimal())
    except OSError:
        threads = []
    children = [child for one in threads[:MAX_THREADS] for child in _children_of(pid, one)]
    if len(threads) > most:
        threads = sorted(sorted(threads, key=lambda one: one not in first)[:most])
    looked = [thread(pid, one) for one in threads]
    vital = ProcessVital(
        pid,
        found.ppid,
        found.name,
        found.state,
        found.cpu_s,
        found.rss,
        *bytes_moved(f"/proc/{pid}"),
        threads=[one for one in looked if one is not None],
    )
    return vital, children


def tree(root: int, first: Container[int] = ()) -> tuple[list[ProcessVital], list[Known]]:
    """Process ``root`` and those below it, the root first, breadth first; bounded by MAX_*.

    Of too many threads those whose native ids are among ``first`` are read before others. Also each process
    with its start, so that what outlives the root can be told from strangers.
    """
    if not LINUX:
        from hamtui.probe import elsewhere  # noqa: PLC0415

        return elsewhere.tree(root)
    vitals: list[ProcessVital] = []
    seen: list[Known] = []
    queue, spare = deque([root]), MAX_CHILD_THREADS
    while queue and len(vitals) <= MAX_CHILDREN:
        pid = queue.popleft()
        found = stat(pid)
        if found is None:
            continue
        vital, children = _process(pid, found, first, MAX_THREADS if pid == root else max(1, spare))
        if pid != root:
            spare -= len(vital.threads)
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
