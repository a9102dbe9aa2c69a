"""What the kernel says of this process' threads, read without letting the GIL go.

Python's own ``open`` and ``read`` let it go, and a busy process takes milliseconds to give it back; these files are
made by the kernel as they are read, and never block. So nothing of the user's Python runs in between, either.
"""

import ctypes
import functools
import os
import platform
import re
import resource
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_X86 = {
    0: "read", 1: "write", 2: "open", 3: "close", 7: "poll", 16: "ioctl", 17: "pread64", 18: "pwrite64", 19: "readv",
    20: "writev", 23: "select", 24: "sched_yield", 34: "pause", 35: "nanosleep", 40: "sendfile", 42: "connect",
    43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg", 56: "clone", 58: "vfork", 61: "wait4",
    65: "semop", 70: "msgrcv", 72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync", 76: "truncate", 77: "ftruncate",
    82: "rename", 87: "unlink", 128: "rt_sigtimedwait", 130: "rt_sigsuspend", 202: "futex", 208: "io_getevents",
    217: "getdents64", 219: "restart_syscall", 220: "semtimedop", 230: "clock_nanosleep", 232: "epoll_wait",
    242: "mq_timedsend", 243: "mq_timedreceive", 247: "waitid", 257: "openat", 262: "newfstatat", 270: "pselect6",
    271: "ppoll", 275: "splice", 281: "epoll_pwait", 285: "fallocate", 288: "accept4", 295: "preadv", 296: "pwritev",
    299: "recvmmsg", 307: "sendmmsg", 326: "copy_file_range", 332: "statx", 426: "io_uring_enter", 435: "clone3",
    441: "epoll_pwait2", 449: "futex_waitv",
}  # fmt: skip
_ARM = {
    22: "epoll_pwait", 25: "fcntl", 29: "ioctl", 32: "flock", 35: "unlinkat", 45: "truncate", 46: "ftruncate",
    47: "fallocate", 56: "openat", 57: "close", 61: "getdents64", 63: "read", 64: "write", 65: "readv", 66: "writev",
    67: "pread64", 68: "pwrite64", 69: "preadv", 70: "pwritev", 71: "sendfile", 72: "pselect6", 73: "ppoll",
    76: "splice", 79: "newfstatat", 82: "fsync", 83: "fdatasync", 95: "waitid", 98: "futex", 101: "nanosleep",
    115: "clock_nanosleep", 124: "sched_yield", 128: "restart_syscall", 133: "rt_sigsuspend", 137: "rt_sigtimedwait",
    192: "semtimedop", 193: "semop", 202: "accept", 203: "connect", 206: "sendto", 207: "recvfrom", 211: "sendmsg",
    212: "recvmsg", 220: "clone", 242: "accept4", 243: "recvmmsg", 260: "wait4", 269: "sendmmsg", 285: "copy_file_range",
    291: "statx", 426: "io_uring_enter", 435: "clone3", 441: "epoll_pwait2", 449: "futex_waitv",
}  # fmt: skip
_NAMES = {"x86_64": _X86, "aarch64": _ARM}.get(platform.machine(), {})

_FIRST_IS_FD = frozenset(
    [
        "read",
        "write",
        "close",
        "ioctl",
        "pread64",
        "pwrite64",
        "readv",
        "writev",
        "preadv",
        "pwritev",
        "connect",
        "accept",
        "accept4",
        "sendto",
        "recvfrom",
        "sendmsg",
        "recvmsg",
        "recvmmsg",
        "sendmmsg",
        "fcntl",
        "flock",
        "fsync",
        "fdatasync",
        "ftruncate",
        "fallocate",
        "getdents64",
        "epoll_wait",
        "epoll_pwait",
        "epoll_pwait2",
        "io_uring_enter",
    ]
)
#: Where in its arguments a call keeps its time limit, a pointer that is 0 for none.
_LIMIT_AT = {"futex": 3, "ppoll": 2, "select": 4, "pselect6": 4, "semtimedop": 3, "epoll_pwait2": 3}
#: The same, milliseconds in an int, -1 for none.
_MS_AT = {"poll": 2, "epoll_wait": 3, "epoll_pwait": 3}
_ALWAYS_TIMED = frozenset({"nanosleep", "clock_nanosleep", "restart_syscall"})

RUNNING = "running"
#: Of a ``poll`` so many descriptors are read, of a ``select`` the lowest so many looked at.
MOST_FDS = 16
_MOST_SELECT = 256
_NAP_US = 100
#: What the kernel adds to a thread's id to name the clock of its CPU time.
_THREAD_CPU = 6
_SWITCHES = re.compile(rb"\nvoluntary_ctxt_switches:\s*(\d+)")


@dataclass(frozen=True)
class Call:
    """The system call that a thread is in; ``name`` is ``running`` where it is in none, or its CPU runs it."""

    name: str
    args: tuple[int, ...] = ()

    @property
    def asleep(self) -> bool:
        """Whether it waits in the kernel."""
        return self.name != RUNNING

    @property
    def timed(self) -> bool | None:
        """Whether the wait ends by itself; None where there is no wait."""
        if not self.args:
            return None
        if self.name in _ALWAYS_TIMED:
            return True
        if self.name in _LIMIT_AT:
            return self.args[_LIMIT_AT[self.name]] != 0
        if self.name in _MS_AT:
            return ctypes.c_int(self.args[_MS_AT[self.name]] & 0xFFFFFFFF).value >= 0
        return False

    @property
    def futex(self) -> int:
        """The address of the futex that it waits on; 0 for none."""
        return self.args[0] if self.name == "futex" else 0

    @property
    def sleeps(self) -> bool:
        """A sleep and nothing else: 3.10's ``time.sleep`` is a ``select`` without descriptors."""
        return self.name in ("nanosleep", "clock_nanosleep") or (
            self.name in ("select", "pselect6") and self.args[0] == 0
        )

    @property
    def child(self) -> int:
        """The pid that it waits for by ``wait4`` or ``waitid``; 0 for none, or any."""
        if self.name == "wait4":
            return max(ctypes.c_int(self.args[0] & 0xFFFFFFFF).value, 0)
        return self.args[1] if self.name == "waitid" and self.args[0] == 1 else 0


def parsed(text: bytes) -> Call | None:
    """A call from the text of /proc/PID/syscall."""
    words = text.split()
    if not words:
        return None
    if words[0] == b"running":
        return Call(RUNNING)
    try:
        number = int(words[0])
        args = tuple(int(word, 16) for word in words[1:7])
    except ValueError:
        return None
    if number < 0 or len(args) < 6:
        return Call("none")
    return Call(_NAMES.get(number, f"syscall {number}"), args)


class Kernel:
    """Reads /proc by the C library's own functions. Use one from one thread; ``works`` False where it can't be done."""

    def __init__(self) -> None:
        self._open, self._pread, self._close, self._clock, self._nap = _functions()
        self._time = (ctypes.c_long * 2)()
        self._buffer = ctypes.create_string_buffer(8192)
        self.works = self._open is not None and self.call(_native_id()) is not None

    def text(self, path: bytes, offset: int = 0, most: int = 8192) -> bytes:
        """The beginning of a file of /proc; empty where it can't be read."""
        if self._open is None:
            return b""
        fd = self._open(path, os.O_RDONLY | os.O_CLOEXEC)
        if fd < 0:
            return b""
        # Never ``read``: should somebody have closed all descriptors by now, this could be his pipe.
        got = self._pread(fd, self._buffer, most, offset)
        data = ctypes.string_at(self._buffer, got) if got > 0 else b""
        self._close(fd)
        return data

    def call(self, native_id: int, pid: int | None = None) -> Call | None:
        """The call that a thread (of this process, or the main one of a child) is in; None where it can't be told."""
        whose = f"/proc/{pid}" if pid else "/proc/self"
        return parsed(self.text(f"{whose}/task/{native_id}/syscall".encode(), 0, 256))

    def switches(self, native_id: int) -> int | None:
        """The voluntary context switches of a thread so far."""
        found = _SWITCHES.search(self.text(f"/proc/self/task/{native_id}/status".encode()))
        return int(found[1]) if found else None

    def cpu_ns(self, native_id: int) -> int | None:
        """The CPU time of a thread of this process so far, to the moment, nanoseconds."""
        if self._clock is None or self._clock((~native_id << 3) | _THREAD_CPU, self._time) != 0:
            return None
        seconds, rest = self._time
        return int(seconds) * 1_000_000_000 + int(rest)

    def nap(self) -> None:
        """Sleep for a moment with the GIL held: others get the CPU, and none of them the GIL."""
        if self._nap is not None:
            self._nap(_NAP_US)

    def own_switches(self) -> int:
        """The voluntary context switches of the thread that asks."""
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw if self.works else 0

    def tasks(self) -> int:
        """How many threads the kernel counts in this process; 0 where it can't be told."""
        after = self.text(b"/proc/self/stat", 0, 1024).rpartition(b")")[2].split()
        return int(after[17]) if len(after) > 17 else 0

    def fds(self, call: Call) -> list[int]:
        """The descriptors that a call works on, or waits for."""
        if call.name in _FIRST_IS_FD:
            return [call.args[0] & 0x7FFFFFFF]
        if call.name in ("poll", "ppoll"):
            count = min(call.args[1] & 0xFFFFFFFF, MOST_FDS)
            return [fd for fd in self._numbers(call.args[0], f"={count * 'i4x'}", 8 * count) if fd >= 0]
        if call.name in ("select", "pselect6"):
            count = min(call.args[0] & 0xFFFFFFFF, _MOST_SELECT)
            sets = [self._bits(at, count) for at in call.args[1:4] if at and count]
            return sorted(set().union(*sets))[:MOST_FDS]
        if call.name in ("sendfile", "splice", "copy_file_range"):
            return [call.args[0] & 0x7FFFFFFF, call.args[1 if call.name == "sendfile" else 2] & 0x7FFFFFFF]
        return []

    def _numbers(self, address: int, layout: str, size: int) -> tuple[int, ...]:
        """This process' own memory, read in a way that fails, and does not fault, where there is none."""
        data = self.text(b"/proc/self/mem", address, size) if 0 < address < 1 << 62 else b""
        return struct.unpack(layout, data) if size and len(data) == size else ()

    def _bits(self, address: int, count: int) -> set[int]:
        words = (count + 63) // 64
        numbers = self._numbers(address, f"={words}Q", 8 * words)
        return {bit for bit in range(count) if numbers and numbers[bit // 64] >> bit % 64 & 1}

    def number_at(self, address: int) -> int | None:
        """The 32-bit number at an address, None where there is no memory."""
        found = self._numbers(address, "=i", 4)
        return found[0] if found else None


@functools.cache
def _functions() -> tuple[Any, ...]:
    """The C library's ``open``, ``pread``, ``close``, ``clock_gettime`` and ``usleep``; Nones where it has no /proc."""
    try:
        library = ctypes.PyDLL(None)
        opened, pread, close = library.open, library.pread, library.close
        clock, nap = library.clock_gettime, library.usleep
    except (OSError, AttributeError):
        return (None,) * 5
    if not sys.platform.startswith("linux"):
        return (None,) * 5
    opened.argtypes = [ctypes.c_char_p, ctypes.c_int]
    pread.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64]
    pread.restype = ctypes.c_ssize_t
    close.argtypes = [ctypes.c_int]
    clock.argtypes = [ctypes.c_int, ctypes.c_void_p]
    nap.argtypes = [ctypes.c_uint]
    return opened, pread, close, clock, nap


def _native_id() -> int:
    from _thread import get_native_id  # noqa: PLC0415 - as it is now, patched or not: only tried

    return get_native_id()


@functools.cache
def gil_range() -> range:
    """Where the futexes of the GIL are: inside the interpreter's static state."""
    try:
        start = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    except (ValueError, AttributeError):
        return range(0)
    return range(start, start + 0x80000)


#: Where glibc keeps a thread's kernel id in what ``threading.get_ident()`` points to.
_TID_AT = 720


def native_of(kernel: Kernel, proven: Callable[[], tuple[int, int]]) -> Callable[[int], int | None]:
    """A function from a thread's ident to its kernel id, by glibc's own record, if that holds for a thread known."""
    ident, native_id = proven()
    if kernel.works and kernel.number_at(ident + _TID_AT) == native_id:
        return lambda ident: kernel.number_at(ident + _TID_AT)
    return lambda _: None
