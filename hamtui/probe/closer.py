"""A close look at threads: the call that each is in, where in the kernel it sleeps, and what it waits on."""

import os
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hamtui.contract.vitals import End, ProcessVital, ThreadVital
from hamtui.probe import calls, procs
from hamtui.probe.budget import Budget
from hamtui.probe.ends import Ends
from hamtui.probe.interest import Interest, Told
from hamtui.probe.memory import Memory

#: Threads looked at closely in one sample, and descriptors of one of them.
MOST_THREADS = 64
MOST_ENDS = 16
_PATH_BYTES = 256
_POLLFD = struct.Struct("=ihh")
_TFD = re.compile(rb"^tfd:\s*(\d+)", re.MULTILINE)


def look(
    processes: list[ProcessVital], interest: Interest, memory: Memory, budget: Budget
) -> list[ProcessVital]:
    """The same processes with close looks at their threads of interest; what the budget leaves out is as it was."""
    if not interest:
        return processes
    ends = Ends([process.pid for process in processes], memory, budget)
    late = _with_late_threads(processes, interest)
    wanted = {
        (process.pid, thread.native_id)
        for process in processes
        for thread in process.threads
        if interest.wants(process.pid, thread, below_late=process.ppid in late)
    }
    # Threads that are late come before what is looked at for their sake.
    order = sorted(wanted, key=lambda each: each[1] not in interest.threads)[:MOST_THREADS]
    by_id = {(process.pid, thread.native_id): thread for process in processes for thread in process.threads}
    for pid, native_id in order:
        if budget.spent():
            break
        disk = any(
            thread.state == "D" for process in processes if process.pid == pid for thread in process.threads
        )
        by_id[pid, native_id] = _thread(
            pid,
            by_id[pid, native_id],
            interest.threads.get(native_id),
            ends,
            memory,
            budget,
            may_read=not disk,
        )
    return [_with_command(process, by_id, memory, budget) for process in processes]


def _with_late_threads(processes: list[ProcessVital], interest: Interest) -> set[int]:
    """The processes that have a thread of interest, and all below them."""
    found: set[int] = set()
    for process in processes:
        here = process.pid in interest.silent or any(
            thread.native_id in interest.threads for thread in process.threads
        )
        if here or process.ppid in found:
            found.add(process.pid)
    return found


def _with_command(
    process: ProcessVital, by_id: dict[tuple[int, int], ThreadVital], memory: Memory, budget: Budget
) -> ProcessVital:
    threads = [by_id[process.pid, thread.native_id] for thread in process.threads]
    command = None if budget.spent() else memory.command(process.pid)
    return replace(process, threads=threads, command=command)


def _thread(
    pid: int,
    vital: ThreadVital,
    told: Told | None,
    ends: Ends,
    memory: Memory,
    budget: Budget,
    *,
    may_read: bool,
) -> ThreadVital:
    """``may_read``: the process' memory. A thread that waits for a disk may keep that from everybody who asks."""
    folder = f"/proc/{pid}/task/{vital.native_id}"
    call, arguments = calls.parse(procs.read(folder + "/syscall", 4096))
    moved = procs.bytes_moved(folder)
    seen = replace(vital, call=call, read_bytes=moved[0], write_bytes=moved[1])
    if call == calls.RUNNING:
        return seen
    kept = memory.same(pid, seen, arguments)
    if kept is not None:
        return replace(seen, wchan=kept.vital.wchan, ends=kept.vital.ends)
    # Without what the compiler added to the name (``.constprop.0``).
    wchan = procs.read(folder + "/wchan", 256).decode("ascii", "replace").partition(".")[0].strip()
    seen = replace(seen, wchan=None if wchan in {"", "0"} else wchan)
    found = list(_ends(pid, seen, arguments, told, ends, may_read=may_read))
    seen = replace(seen, ends=found)
    if not budget.spent():
        memory.keep(pid, seen, arguments)
    return seen


def _ends(
    pid: int, seen: ThreadVital, arguments: tuple[int, ...], told: Told | None, ends: Ends, *, may_read: bool
) -> Iterator[End]:
    """What the thread waits on: what the process told of itself, where it speaks of this call; else its arguments."""
    if told is not None and told.fds and seen.call in {None, told.call}:
        fds: Sequence[int] = told.fds if told.call not in calls.EPOLLS else watched(pid, told.fds[0])
    else:
        fds = descriptors(pid, seen.call, arguments, may_read=may_read)
        if seen.call in calls.OPENS and may_read:
            path = _path(pid, arguments[calls.OPENS[seen.call]])
            end = ends.opening(path, seen.wchan) if path else None
            if end is not None:
                yield end
    for fd in list(dict.fromkeys(fds))[:MOST_ENDS]:
        end = ends.of(pid, fd, seen.call, seen.wchan)
        if end is not None:
            yield end


def descriptors(
    pid: int, call: str | None, arguments: tuple[int, ...], *, may_read: bool = True
) -> list[int]:
    """The descriptors that a call with these arguments waits on."""
    if call is None or not arguments:
        return []
    if call in calls.ON_FIRST or (call == "fcntl" and arguments[1] in calls.LOCK_COMMANDS):
        return [_int(arguments[0])]
    if call in calls.ON_TWO:
        return [_int(arguments[at]) for at in calls.ON_TWO[call]]
    if call in calls.EPOLLS:
        return watched(pid, _int(arguments[0]))
    if not may_read:
        return []
    if call in calls.POLLS:
        data = _memory(pid, arguments[0], _POLLFD.size * min(arguments[1], MOST_ENDS))
        whole = len(data) - len(data) % _POLLFD.size
        return [fd for fd, _, _ in _POLLFD.iter_unpack(data[:whole]) if fd >= 0]
    if call in calls.SELECTS:
        return list(_selected(pid, arguments))
    return []


def watched(pid: int, epoll: int) -> list[int]:
    """The descriptors that an epoll watches."""
    info = procs.read(f"/proc/{pid}/fdinfo/{epoll}")
    return [int(fd) for fd in _TFD.findall(info)[:MOST_ENDS]]


def _selected(pid: int, arguments: tuple[int, ...]) -> Iterator[int]:
    """The bits of select's three sets."""
    size = (min(_int(arguments[0]), 1024) + 7) // 8
    found: set[int] = set()
    for pointer in arguments[1:4]:
        if pointer and size > 0:
            bits = int.from_bytes(_memory(pid, pointer, size), "little")
            found |= {at for at in range(size * 8) if bits >> at & 1}
    yield from sorted(found)[:MOST_ENDS]


def _int(argument: int) -> int:
    """An argument as the C int that it is passed as."""
    low = argument & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def _path(pid: int, pointer: int) -> str | None:
    # A string at the end of what is mapped: read no further than its page.
    most = min(_PATH_BYTES, 4096 - pointer % 4096) or _PATH_BYTES
    return _memory(pid, pointer, most).partition(b"\0")[0].decode("utf-8", "replace") or None


def _memory(pid: int, pointer: int, size: int) -> bytes:
    """Bytes of the process' memory: arguments of a call, never more. Reading them stops nobody."""
    try:
        fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(fd, size, pointer) if 0 < pointer < 1 << 63 and size > 0 else b""
    except (OSError, OverflowError):
        return b""
    finally:
        os.close(fd)
