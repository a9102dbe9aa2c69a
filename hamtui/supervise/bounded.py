"""output.log within its share of ``--max-size``: its oldest part is given back to the disk, in place.

The run, and whatever it has started, hold descriptors on the file, so it can be neither renamed nor cut. A hole is
punched instead (Linux; ext4, xfs, btrfs and tmpfs can): each offset keeps its meaning, those where nodes began among them,
and what is gone reads as zeros.
"""

import ctypes
import os
from pathlib import Path

#: How much of a launch's ``--max-size`` output.log may take.
SHARE = 0.10
#: Seconds between two looks.
EVERY_S = 1.0
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
#: So far behind the place where the hole should end, a line's end is looked for.
_LINE = 64 * 1024


class Bounded:
    """A file that others append to, kept within ``most`` bytes of disk; None: let it grow."""

    def __init__(self, path: Path, most: int | None) -> None:
        self._path = path
        self._most = most
        self._looked_at = float("-inf")

    def look(self, now: float) -> None:
        """Give back what is too much; ``now`` is a monotonic clock. Where the file system can't, it grows on."""
        if self._most is None or now < self._looked_at + EVERY_S:
            return
        self._looked_at = now
        try:
            if not trim(self._path, self._most):
                self._most = None
        except OSError:
            return  # not there, or not now


def trim(path: Path, most: int) -> bool:
    """Where more than ``most`` bytes of the file are on disk, leave about half of that, from a line's beginning on.

    False where this system or file system can punch no holes. Raises OSError where the file can't be opened.
    """
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        found = os.fstat(fd)
        if found.st_blocks * 512 <= most:
            return True
        end = max(0, found.st_size - most // 2)
        end += os.pread(fd, _LINE, end).find(b"\n") + 1
        return _punch(fd, end)
    finally:
        os.close(fd)


def _punch(fd: int, end: int) -> bool:
    fallocate = getattr(ctypes.CDLL(None), "fallocate", None)
    if fallocate is None:
        return False
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return bool(fallocate(fd, _KEEP_SIZE | _PUNCH_HOLE, 0, end) == 0)
