"""Reading what was added to a growing file since the last look."""

import os
from pathlib import Path

from hamtui.contract.owner import is_owners

#: What one look takes at most; a file that grew by more is caught up over several looks.
_AT_MOST = 4 * 1024 * 1024


class Tail:
    """Whole lines added to ``path`` since the last look. A file cut short or replaced is read from its start.

    ``owners``: only while nobody but the owner of its folder can have written it.
    """

    def __init__(self, path: Path, *, owners: bool = False) -> None:
        self.path = path
        self._owners = owners
        self.offset = 0
        self._inode = 0
        self._half = b""

    def lines(self) -> list[bytes]:
        """The lines that were finished since the last call, without their newlines."""
        try:
            found = os.stat(self.path)
            size = found.st_size
            if size < self.offset or found.st_ino != self._inode:
                self.offset, self._half, self._inode = 0, b"", found.st_ino
            if size == self.offset or (self._owners and not is_owners(self.path)):
                return []
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                data = os.pread(fd, min(size - self.offset, _AT_MOST), self.offset)
            finally:
                os.close(fd)
        except OSError:
            return []
        self.offset += len(data)
        *whole, self._half = (self._half + data).split(b"\n")
        if len(self._half) > _AT_MOST:
            self._half = b""
        return whole

    def skip(self) -> None:
        """Pass over what was added since the last look, to the start of the line being written."""
        try:
            found = os.stat(self.path)
        except OSError:
            return
        if found.st_size != self.offset or found.st_ino != self._inode:
            self.offset, self._half, self._inode = found.st_size, b"", found.st_ino
