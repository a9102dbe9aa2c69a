"""System calls by number: the ones that a thread can be found waiting in, on x86-64 and on 64-bit ARM.

Numbers are the kernel's own (asm/unistd_64.h, asm-generic/unistd.h).
"""

import platform

_X86_64 = {
    0: "read", 1: "write", 2: "open", 3: "close", 7: "poll", 9: "mmap", 11: "munmap", 16: "ioctl", 17: "pread64",
    18: "pwrite64", 19: "readv", 20: "writev", 23: "select", 24: "sched_yield", 26: "msync", 28: "madvise",
    34: "pause", 35: "nanosleep", 40: "sendfile", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom",
    46: "sendmsg", 47: "recvmsg", 56: "clone", 57: "fork", 58: "vfork", 59: "execve", 60: "exit", 61: "wait4",
    65: "semop", 69: "msgsnd", 70: "msgrcv", 72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync",
    77: "ftruncate", 82: "rename", 83: "mkdir", 87: "unlink", 128: "rt_sigtimedwait", 130: "rt_sigsuspend",
    162: "sync", 202: "futex", 208: "io_getevents", 217: "getdents64", 219: "restart_syscall", 220: "semtimedop",
    230: "clock_nanosleep", 231: "exit_group", 232: "epoll_wait", 242: "mq_timedsend", 243: "mq_timedreceive",
    247: "waitid", 257: "openat", 262: "newfstatat", 270: "pselect6", 271: "ppoll", 275: "splice", 276: "tee",
    277: "sync_file_range", 281: "epoll_pwait", 285: "fallocate", 288: "accept4", 295: "preadv", 296: "pwritev",
    299: "recvmmsg", 307: "sendmmsg", 318: "getrandom", 326: "copy_file_range", 327: "preadv2", 328: "pwritev2",
    332: "statx", 426: "io_uring_enter", 435: "clone3", 441: "epoll_pwait2", 449: "futex_waitv", 455: "futex_wait",
}  # fmt: skip

_AARCH64 = {
    4: "io_getevents", 22: "epoll_pwait", 25: "fcntl", 29: "ioctl", 32: "flock", 34: "mkdirat", 35: "unlinkat",
    46: "ftruncate", 47: "fallocate", 56: "openat", 57: "close", 61: "getdents64", 63: "read", 64: "write",
    65: "readv", 66: "writev", 67: "pread64", 68: "pwrite64", 69: "preadv", 70: "pwritev", 71: "sendfile",
    72: "pselect6", 73: "ppoll", 76: "splice", 77: "tee", 79: "newfstatat", 81: "sync", 82: "fsync",
    83: "fdatasync", 84: "sync_file_range", 93: "exit", 94: "exit_group", 95: "waitid", 98: "futex",
    101: "nanosleep", 115: "clock_nanosleep", 124: "sched_yield", 128: "restart_syscall", 133: "rt_sigsuspend",
    137: "rt_sigtimedwait", 182: "mq_timedsend", 183: "mq_timedreceive", 188: "msgrcv", 189: "msgsnd",
    192: "semtimedop", 193: "semop", 202: "accept", 203: "connect", 206: "sendto", 207: "recvfrom",
    211: "sendmsg", 212: "recvmsg", 215: "munmap", 220: "clone", 221: "execve", 222: "mmap", 227: "msync",
    233: "madvise", 242: "accept4", 243: "recvmmsg", 260: "wait4", 269: "sendmmsg", 276: "renameat2",
    278: "getrandom", 285: "copy_file_range", 286: "preadv2", 287: "pwritev2", 291: "statx",
    426: "io_uring_enter", 435: "clone3", 441: "epoll_pwait2", 449: "futex_waitv", 455: "futex_wait",
}  # fmt: skip

_BY_MACHINE = {"x86_64": _X86_64, "AMD64": _X86_64, "aarch64": _AARCH64, "arm64": _AARCH64}

#: What ``Seen.name`` is of a thread that runs, or stands ready to.
RUNNING = "running"

#: Calls whose first argument is the descriptor that they wait on.
_ON_FIRST = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 recvfrom recvmsg recvmmsg sendto sendmsg
    sendmmsg accept accept4 connect flock fsync fdatasync sync_file_range ftruncate fallocate ioctl getdents64 tee
"""
ON_FIRST = frozenset(_ON_FIRST.split())
#: Calls that move bytes between two: which arguments those are.
ON_TWO = {"sendfile": (0, 1), "splice": (0, 2), "copy_file_range": (0, 2)}
POLLS = frozenset({"poll", "ppoll"})
SELECTS = frozenset({"select", "pselect6"})
EPOLLS = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2"})
ALL_POLLS = POLLS | SELECTS | EPOLLS
OPENS = {"open": 0, "openat": 1}
#: ``fcntl`` commands that wait for a lock: F_SETLKW, F_OFD_SETLKW.
LOCK_COMMANDS = frozenset({7, 38})


def name(number: int, machine: str | None = None) -> str:
    """The call's name on this machine (or on ``machine``, as ``uname -m`` says it); ``call 999`` for others."""
    table = _BY_MACHINE.get(machine or platform.machine(), {})
    return table.get(number, f"call {number}")


def parse(data: bytes, machine: str | None = None) -> tuple[str | None, tuple[int, ...]]:
    """/proc/PID/task/TID/syscall: the call's name and its six arguments.

    ``running`` for a thread that runs or stands ready; None where nothing can be told (no right to read it, or
    the thread waits outside of any call, such as for a page).
    """
    words = data.split()
    if not words:
        return None, ()
    if words[0] == RUNNING.encode():
        return RUNNING, ()
    try:
        number, values = int(words[0]), tuple(int(word, 16) for word in words[1:7])
    except ValueError:
        return None, ()
    return (None, ()) if number < 0 or len(values) < 6 else (name(number, machine), values)
