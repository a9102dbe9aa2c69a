"""What stays in the file that tells of it: a long launch's summaries, read when somebody looks at a node.

Of each a number is kept that says where its line stands. It takes a quarter of the room that the text does. It is of a
kind that no JSON has, so that nobody's value is taken for one: a complex one, whose real part is exact to 53 bits.
"""

import os

from hamtui.follow import here_and_there, parts

#: The bits of a place: offset of the line, number of the file.
_OFFSET, _FILE = 39, 14
#: Files that are held open, so that what stands in them can be read when their names are gone.
_MOST_OPEN = 64


class _File:
    """One in which something stays: its path, and what it is known by whatever its name is now. ``fd``: -1 if not held."""

    def __init__(self, path: str, identity: parts.Identity) -> None:
        self.path, self.identity, self.fd = path, identity, -1


#: By their numbers.
_files: list[_File] = []


class Stays:
    """What of one growing file stays in it, and in its parts: lines that stood there when each was opened."""

    def __init__(self, path: str, *, wanted: bool, hold: bool) -> None:
        self._path, self._wanted, self._hold = path, wanted, hold
        self._mine: dict[parts.Identity, int] = {}
        self._known = False
        self._first = self._until = 0

    def begin(self, fd: int, least: int) -> None:
        """The file is opened. Of one of fewer bytes nothing stays. Raises OSError."""
        if self._known or not self._wanted:
            return
        self._known = True
        found = os.fstat(fd)
        if found.st_size >= least:
            number = self._number((found.st_dev, found.st_ino), fd)
            if number is not None:
                self._first = number << _OFFSET
                self._until = min(found.st_size, 1 << _OFFSET)

    def _number(self, identity: parts.Identity, fd: int) -> int | None:
        if identity not in self._mine:
            if len(_files) >= 1 << _FILE:
                return None
            file = _File(self._path, identity)
            if self._hold and sum(one.fd >= 0 for one in _files) < _MOST_OPEN:
                file.fd = os.dup(fd)
            self._mine[identity] = len(_files)
            _files.append(file)
        return self._mine[identity]

    def restart(self) -> None:
        """Another file is read from here on, or this one from its start: all is kept until it is opened."""
        self._known, self._until = False, 0

    def place(self, offset: int) -> int | None:
        """Where the line stands that begins there; of a line so many bytes behind it so much more. None: it is to be kept."""
        return self._first + offset if offset < self._until else None

    def close(self) -> None:
        """Hold no file any more; what stays is then found by the files' names, as long as they are there."""
        for number in self._mine.values():
            file = _files[number]
            if file.fd >= 0:
                os.close(file.fd)
                file.fd = -1


def read(where: complex) -> bytes | None:
    """The line that stands, or stood, there; None where the file is gone."""
    number, offset = divmod(int(where.real), 1 << _OFFSET)
    if number >= len(_files):
        return None
    file = _files[number]
    fd = file.fd if file.fd >= 0 else parts.open_known(file.path, file.identity)
    if fd is None:
        return None
    try:
        return here_and_there.line(fd, offset)
    except OSError:
        return None
    finally:
        if fd != file.fd:
            os.close(fd)
