"""What stays in the file that tells of it: a long launch's summaries, read when somebody looks at a node.

Of each a number is kept that says where its line stands. It takes a quarter of the room that the text does. It is of a
kind that no JSON has, so that nobody's value is taken for one: a complex one, whose real part is exact to 53 bits.
"""

import os
from typing import NamedTuple

from hamtui.follow import here_and_there, parts

#: Fields of a line that stay where they are.
FIELDS = ("kwargs_summary", "result_summary", "kwargs_payload", "result_payload")
#: The bits of a place: field, offset of the line, number of the file.
_FIELD, _OFFSET, _FILE = 2, 37, 14
#: Behind so many bytes of a file nothing stays.
_FARTHEST = 1 << _OFFSET
#: A line that begins a byte later has a place that is so much more.
STEP = 1 << _FIELD

#: Files in which something stays, by their numbers: path, and what they are known by whatever their name is now.
_files: list[tuple[str, parts.Identity]] = []
_numbers: dict[tuple[str, parts.Identity], int] = {}


class Staying(NamedTuple):
    """What of a file stays in it: lines that begin before ``until``. ``number`` is the file's."""

    number: int
    until: int

    def place(self, offset: int) -> int | None:
        """Where a line stands, and so its first field; that of the next ones is one more each. None: it is to be kept."""
        return (self.number << _OFFSET | offset) << _FIELD if offset < self.until else None


def staying(path: str, fd: int, least: int) -> Staying:
    """Of a file that has ``least`` bytes or more all stays that stands in it by now. Raises OSError."""
    found = os.fstat(fd)
    known = path, (found.st_dev, found.st_ino)
    if found.st_size < least or (known not in _numbers and len(_files) >= 1 << _FILE):
        return Staying(0, 0)
    if known not in _numbers:
        _numbers[known] = len(_files)
        _files.append(known)
    return Staying(_numbers[known], min(found.st_size, _FARTHEST - 1))


def read(where: complex) -> tuple[str, bytes] | None:
    """The field's name and its line; None where that can't be read any more."""
    rest, field = divmod(int(where.real), STEP)
    file, offset = divmod(rest, _FARTHEST)
    fd = parts.open_known(*_files[file]) if file < len(_files) else None
    if fd is None:
        return None
    try:
        return FIELDS[field], here_and_there.line(fd, offset)
    except OSError:
        return None
    finally:
        os.close(fd)
