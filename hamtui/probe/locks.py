"""Locks on files, from /proc/locks: who waits, and who holds what it waits for."""

from dataclasses import dataclass

from hamtui.probe import procs

_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class FileLock:
    """A line of /proc/locks. ``waits``: for the lock of the same number. ``pid`` None: a lock of no process (OFD)."""

    number: int
    waits: bool
    kind: str
    pid: int | None
    inode: str


def parse(text: str) -> list[FileLock]:
    """Every line that can be read. ``inode`` is ``major:minor:inode`` as the kernel prints it."""
    found = []
    for line in text.splitlines():
        fields = line.replace("->", " -> ").split()
        waits = "->" in fields
        if waits:
            fields.remove("->")
        if len(fields) < 6 or not fields[0].rstrip(":").isdecimal():
            continue
        pid = int(fields[4]) if fields[4].isdecimal() else None
        found.append(FileLock(int(fields[0].rstrip(":")), waits, fields[1], pid, fields[5]))
    return found


class FileLocks:
    """/proc/locks, read once a sample, when it is asked for first."""

    def __init__(self) -> None:
        self._all: list[FileLock] | None = None

    def holders(self, pid: int, inode: str | None) -> list[FileLock]:
        """What stands in the way of process ``pid``, which waits for a lock on ``inode`` (None: on any).

        By its own line among those that wait; where the kernel shows none, every lock that others hold there.
        """
        if self._all is None:
            self._all = parse(procs.read_all("/proc/locks", _MOST_BYTES).decode("ascii", "replace"))
        there = [lock for lock in self._all if inode is None or lock.inode.endswith(inode)]
        numbers = {lock.number for lock in there if lock.waits and lock.pid == pid}
        if numbers:
            return [lock for lock in there if not lock.waits and lock.number in numbers]
        if inode is None:
            return []
        return [lock for lock in there if not lock.waits and lock.pid != pid]
