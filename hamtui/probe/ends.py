"""What a descriptor leads to, and who is at its other end: from /proc alone, and never through the file itself.

A path is not looked up and a file not asked: where its server or its disk is gone, that would hang us too.
"""

import os
import re
import stat
from collections.abc import Collection
from dataclasses import replace

from hamtui.contract import vitals
from hamtui.contract.vitals import End, Party
from hamtui.probe import calls, procs, sockets
from hamtui.probe.budget import Budget
from hamtui.probe.locks import FileLocks
from hamtui.probe.memory import Memory
from hamtui.probe.openers import Found, modes, owner
from hamtui.probe.sockets import Row, Tables

#: Processes that are named at one other end.
MOST_PARTIES = 4
_INODE = re.compile(r"\A(\w+):\[(\d+)\]\Z")
_TTYS = ("/dev/tty", "/dev/pts/", "/dev/console", "/dev/ptmx", "/dev/hvc")
#: Kernel functions in which a thread sleeps on a pipe, with or without a name, or on the opening of one.
_PIPE_SLEEPS = ("pipe_read", "pipe_write", "wait_for_partner", "fifo_open")
#: File systems that answer from this machine's memory, whatever becomes of a server.
_LOCAL = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "f2fs", "devtmpfs", "ramfs"}
)
_MOST_MOUNTS = 1024 * 1024
_NOT_ACCEPTED = "not accepted yet"


class Ends:
    """The other ends of one sample. ``near``: the run's own processes, which are looked at before strangers."""

    def __init__(self, near: Collection[int], memory: Memory, budget: Budget) -> None:
        self._near = near
        self._memory = memory
        self._budget = budget
        self._tables: dict[str, Tables] = {}
        self._locks = FileLocks()
        self._mounts: dict[int, str] | None = None

    def of(self, pid: int, fd: int, call: str | None, wchan: str | None) -> End | None:
        """What descriptor ``fd`` of process ``pid`` leads to; None where it is closed or can't be read."""
        path = f"/proc/{pid}/fd/{fd}"
        try:
            link = os.readlink(path)
            reads, writes = modes(path)
        except OSError:
            return None
        named = _INODE.match(link)
        if named is not None and named[1] == "socket":
            return self._socket(pid, fd, int(named[2]))
        if link.startswith(_TTYS):
            return End(fd, vitals.TTY, path=link)
        if named is not None and named[1] == "pipe":
            return self._pipe(pid, End(fd, vitals.PIPE), link, reads, writes)
        asleep = any(sleep in (wchan or "") for sleep in _PIPE_SLEEPS)
        if link.startswith("/") and (asleep or (call in calls.ALL_POLLS and self._is_fifo(pid, fd))):
            return self._pipe(pid, End(fd, vitals.PIPE, path=link), link, reads, writes)
        if link.startswith("/"):
            end = End(fd, vitals.FILE, path=link)
            return self._locked(pid, end, link) if call in {"flock", "fcntl"} else end
        return self._other(pid, fd, link)

    def _is_fifo(self, pid: int, fd: int) -> bool:
        """Whether a file that is polled is a named pipe: asked of it only where that can't hang."""
        mount = _told_by(pid, fd, b"\nmnt_id:")
        if self._mounts is None:
            self._mounts = file_systems(procs.read_all("/proc/self/mountinfo", _MOST_MOUNTS))
        if mount is None or self._mounts.get(mount) not in _LOCAL:
            return False
        try:
            return stat.S_ISFIFO(os.stat(f"/proc/{pid}/fd/{fd}").st_mode)
        except OSError:
            return False

    def opening(self, path: str, wchan: str | None) -> End | None:
        """A named pipe that waits to be opened at its other end; None for any other file."""
        if any(sleep in (wchan or "") for sleep in _PIPE_SLEEPS):
            return End(-1, vitals.PIPE, path=path, detail="nobody has opened its other end")
        return None

    def _party(self, pid: int) -> Party:
        return Party(pid, self._memory.command(pid))

    def _parties(self, pids: Collection[int]) -> list[Party]:
        return [self._party(pid) for pid in list(dict.fromkeys(pids))[:MOST_PARTIES]]

    def _who(self, link: str, pid: int) -> Found:
        uid = owner(pid)
        if uid is None:
            return Found(link)
        return self._memory.openers.of(link, self._near, uid, self._budget)

    def _pipe(self, pid: int, end: End, link: str, reads: bool, writes: bool) -> End:
        """Who has the other end: who writes where we read; others first, for the process may have both ends."""
        found = self._who(link, pid)
        wanted = [
            opener
            for opener in found.openers
            if (opener.writes if reads and not writes else opener.reads if writes and not reads else True)
            and (opener.pid, opener.fd) != (pid, end.fd)
        ]
        pids = sorted((opener.pid for opener in wanted), key=lambda each: each == pid)
        return replace(end, parties=self._parties(pids), closed=_closed(pids, found))

    def _locked(self, pid: int, end: End, link: str) -> End:
        holders = self._locks.holders(pid, _inode(pid, end.fd))
        there = [lock.pid for lock in holders if lock.pid is not None and procs.known(lock.pid) is not None]
        if holders and not there:
            # The lock belongs to the open file, and whoever took it is gone or unknown: its other openers hold it.
            there = [opener.pid for opener in self._who(link, pid).openers if opener.pid != pid]
        kind = {"POSIX": "fcntl", "OFDLCK": "fcntl", "FLOCK": "flock"}.get(holders[0].kind if holders else "")
        return replace(end, parties=self._parties(there), detail=kind)

    def _other(self, pid: int, fd: int, link: str) -> End:
        """Descriptors without a name; one that stands for a process leads there."""
        end = End(fd, vitals.OTHER, path=link.removeprefix("anon_inode:").strip("[]"))
        if "pidfd" in link:
            child = _told_by(pid, fd, b"\nPid:")
            return end if child is None else replace(end, parties=self._parties([child]))
        return end

    def _socket(self, pid: int, fd: int, inode: int) -> End:
        tables = self._tables_of(pid)
        peer = sockets.unix_peer(pid, inode)
        if peer is not None or tables.is_unix(inode):
            return self._unix(pid, fd, inode, peer, tables)
        found = tables.find(inode)
        if found is None:
            return End(fd, vitals.OTHER, path="socket")
        end = sockets.end_of(fd, found)
        if found.kind == vitals.TCP and found.remote[1] and sockets.is_local(found):
            return self._within(pid, end, found, tables)
        return end

    def _tables_of(self, pid: int) -> Tables:
        """Read once a network: the run's processes nearly always share one."""
        try:
            network = os.readlink(f"/proc/{pid}/ns/net")
        except OSError:
            network = str(pid)
        if network not in self._tables:
            self._tables[network] = Tables(pid, self._budget)
        return self._tables[network]

    def _within(self, pid: int, end: End, mine: Row, tables: Tables) -> End:
        """A connection within this machine: whose socket is at the other end.

        Where none is found nothing is said: what looks local may be handed on elsewhere (a container's port).
        """
        other = tables.opposite(mine)
        if other is None:
            return end
        if other.inode:
            found = self._who(f"socket:[{other.inode}]", pid)
            pids = [opener.pid for opener in found.openers]
            return replace(end, parties=self._parties(pids), closed=_closed(pids, found))
        if other.state not in {"ESTABLISHED", "SYN_RECV", "CLOSE_WAIT"}:
            # The kernel alone keeps it, to say goodbye.
            return replace(end, closed=True)
        listener = tables.listener(other.local)
        if listener is None:
            return end
        pids = [opener.pid for opener in self._who(f"socket:[{listener.inode}]", pid).openers]
        return replace(end, parties=self._parties(pids), detail=_NOT_ACCEPTED)

    def _unix(self, pid: int, fd: int, inode: int, peer: int | None, tables: Tables) -> End:
        path = tables.unix_path(inode) or (tables.unix_path(peer) if peer else None)
        end = End(fd, vitals.UNIX, path=path)
        if peer is None:
            return end
        found = self._who(f"socket:[{peer}]", pid)
        pids = [opener.pid for opener in found.openers]
        return replace(end, parties=self._parties(pids), closed=_closed(pids, found))


def _closed(pids: list[int], found: Found) -> bool | None:
    """Whether nobody has the other end. That is known only where every process was looked at, and our own end seen."""
    if pids:
        return False
    return True if found.whole and found.openers else None


def _inode(pid: int, fd: int) -> str | None:
    """The inode of an open file as /proc/locks ends with it, ``:4711``; None on kernels that do not say it (< 5.14)."""
    number = _told_by(pid, fd, b"\nino:")
    return None if number is None else f":{number}"


def _told_by(pid: int, fd: int, key: bytes) -> int | None:
    """A number that /proc/PID/fdinfo/FD tells."""
    info = procs.read(f"/proc/{pid}/fdinfo/{fd}", 4096)
    return next(iter(procs.numbers(info.partition(key)[2].split(None, 1)[:1])), None)


def file_systems(mountinfo: bytes) -> dict[int, str]:
    """The type of each mount, by its number (proc(5): the word after the ``-``)."""
    found: dict[int, str] = {}
    for line in mountinfo.splitlines():
        head, _, tail = line.partition(b" - ")
        number, kind = procs.numbers(head.split(None, 1)[:1]), tail.split(None, 1)[:1]
        if number and kind:
            found[number[0]] = kind[0].decode("ascii", "replace")
    return found
