"""Linux' system calls by what a thread does in them."""

#: Data moves when they complete.
READS = frozenset(
    {"read", "pread64", "readv", "preadv", "preadv2", "recvfrom", "recvmsg", "recvmmsg", "accept", "accept4"}
)
WRITES = frozenset(
    {
        "write",
        "pwrite64",
        "writev",
        "pwritev",
        "pwritev2",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "sendfile",
        "splice",
        "copy_file_range",
        "fsync",
        "fdatasync",
        "sync_file_range",
        "msync",
        "connect",
        "openat",
        "close",
    }
)
MOVES = READS | WRITES
POLLS = frozenset({"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"})
SELECTS = frozenset({"select", "pselect6"})
SLEEPS = frozenset({"clock_nanosleep", "nanosleep"})
WAITS = frozenset({"wait4", "waitid", "waitpid"})
FILE_LOCKS = frozenset({"flock", "fcntl"})
WANTS_SOCKET = frozenset(
    {"recvfrom", "recvmsg", "recvmmsg", "accept", "accept4", "sendto", "sendmsg", "sendmmsg", "connect"}
)
