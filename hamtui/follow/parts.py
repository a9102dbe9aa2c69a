"""A file's parts that were set aside (``hamilton_flight.jsonl.1``), and which of them is to be read next."""

import os
import stat
from typing import NamedTuple

from hamtui.contract import layout

#: Device and inode.
Identity = tuple[int, int]


class Reading(NamedTuple):
    """The file that is being read, and the number of the part that it is; None: the one that grows.

    ``after`` is the newest part before it, as far as that is known.
    """

    identity: Identity
    number: int | None
    after: int = 0


#: No file has it: what is to be read next has not been opened yet.
UNOPENED = (0, 0)
#: What is read first: the oldest part there is.
BEGINNING = Reading(UNOPENED, None)


def numbers(path: str) -> list[int]:
    """The parts of the file ``path`` that there are, oldest first."""
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []
    found = (layout.split_part(other) for other in names if other.startswith(name))
    return sorted(number for base, number in found if base == name and number is not None)


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def number_now(path: str, reading: Reading) -> int | None:
    """The number of the file that is being read: it had none while it grew."""
    if reading.number is not None:
        return reading.number
    known = reversed(numbers(path))
    return next((one for one in known if _identity(layout.part_name(path, one)) == reading.identity), None)


def behind(path: str, number: int) -> int | None:
    """The part behind this one; None: the file that grows is next."""
    return next((one for one in numbers(path) if one > number), None)


def open_next(path: str, reading: Reading) -> tuple[int, Reading] | None:
    """Open what was being read, wherever that is by now, or what comes next; a descriptor, None where there is none."""
    while True:
        name, number = _place(path, reading)
        try:
            fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return None
        found = os.fstat(fd)
        identity = found.st_dev, found.st_ino
        if not stat.S_ISREG(found.st_mode):
            os.close(fd)  # a pipe of that name
            return None
        if number is not None or reading.identity == identity:
            return fd, Reading(identity, number, reading.after)
        # The file that grows: unless parts were made of what stood between while it was opened.
        between = behind(path, reading.after)
        if (
            reading.identity != UNOPENED
            or between is None
            or _identity(layout.part_name(path, between)) == identity
        ):
            return fd, Reading(identity, None, reading.after)
        os.close(fd)


def _place(path: str, reading: Reading) -> tuple[str, int | None]:
    """Path and number of what ``open_next`` is to open."""
    if reading.number is not None:
        number = next((one for one in numbers(path) if one >= reading.number), None)
    elif reading.identity == UNOPENED:
        number = behind(path, reading.after)
    else:
        number = None if _identity(path) == reading.identity else number_now(path, reading)
    return (path, None) if number is None else (layout.part_name(path, number), number)


def open_known(path: str, identity: Identity) -> int | None:
    """A descriptor of the file that had this path, under it or as one of its parts; None where it is gone."""
    fd = _open_as(path, identity)
    if fd is not None:
        return fd
    named = (_open_as(layout.part_name(path, number), identity) for number in numbers(path))
    return next((fd for fd in named if fd is not None), None)


def _open_as(name: str, identity: Identity) -> int | None:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    found = os.fstat(fd)
    if (found.st_dev, found.st_ino) == identity:
        return fd
    os.close(fd)
    return None


def size_from(path: str, reading: Reading) -> int:
    """Bytes of what is being read and of all behind it."""
    first = number_now(path, reading)
    if first is None and reading.identity == UNOPENED:
        first = reading.after + 1
    there = [] if first is None else [one for one in numbers(path) if one >= first]
    return sum(_size(layout.part_name(path, one)) for one in there) + _size(path)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


class Left:
    """The part that was read before, kept open: a write that was under way when it was set aside lands in it late."""

    def __init__(self) -> None:
        self._fd = -1
        self._offset = 0
        self._seen = 0

    @property
    def half(self) -> int:
        """Bytes of the line at its end whose rest did not come yet."""
        return self._seen - self._offset

    def keep(self, fd: int, offset: int, seen: int) -> None:
        """Take over a descriptor that is read up to ``seen``, its whole lines up to ``offset``."""
        self.close()
        self._fd, self._offset, self._seen = fd, offset, seen

    def grew(self) -> bool:
        """Whether more stands there than was read."""
        return self._fd >= 0 and os.fstat(self._fd).st_size > self._seen

    def read(self) -> bytes:
        """What came late, as whole lines; half of one waits for its rest."""
        if not self.grew():
            return b""
        data = os.pread(self._fd, os.fstat(self._fd).st_size - self._offset, self._offset)
        whole = data[: data.rfind(b"\n") + 1]
        self._seen = self._offset + len(data)
        self._offset += len(whole)
        return whole

    def close(self) -> None:
        """Let go of it."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._offset, self._seen = -1, 0, 0
