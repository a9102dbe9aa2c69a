"""A cut-off worker's files on its own disk, read as one endless stream each, though what was sent is thrown away.

A file that has grown large is renamed and a new one begun; the old one goes once the supervisor has it whole. A
stream's place is its file's base and the offset in it; bases stand in a small file, for whoever finds the spool later.
"""

import contextlib
import json
import os
import time

from hamtui.contract import files, layout
from hamtui.recorder import flight

#: A file of this size is begun anew.
ROTATE_AT = 16 * 1024 * 1024
#: All of a process' spool; what comes beyond is lost and counted, as on a full disk.
MOST_BYTES = 1024 * 1024 * 1024
#: After a file was begun anew, a write that was under way may still come to the old one, seconds.
_SETTLE_S = 0.5
#: Between looks for files that began since, seconds.
_LOOK_S = 0.2
_OLD = ".old"
BASES = "bases.json"


class Outbox:
    """The files of this process in ``folder``. To be used by one thread; hooks of others write meanwhile."""

    def __init__(self, folder: str, host: str, pid: int) -> None:
        self.folder = folder
        self._mark = f".{host}.{pid}."
        self._bases: dict[str, int] = {}
        self._have: dict[str, int] = {}
        self._begun: dict[str, float] = {}
        self._names: list[str] = []
        self._looked_at = float("-inf")
        self._is_full = False

    def names(self) -> list[str]:
        """The files that there are, under the names that they have in a launch folder."""
        now = time.monotonic()
        if now >= self._looked_at + _LOOK_S or not self._names:
            self._looked_at = now
            with contextlib.suppress(OSError):
                found = (layout.classify(name) for name in os.listdir(self.folder))
                self._names = sorted(
                    one.name for one in found if one is not None and one.host and self._mark in one.name
                )
        return self._names

    def read(self, name: str, at: int, most: int) -> bytes:
        """Bytes of the stream from ``at`` on; none where there are no more."""
        base = self._bases.get(name, 0)
        old = self._size(name + _OLD)
        if old is not None and at < base + old:
            return self._pread(name + _OLD, at - base, most)
        if name in self._begun:
            return b""  # the old one may still grow
        return self._pread(name, at - base - (old or 0), most)

    def has(self, name: str, at: int) -> None:
        """The supervisor has the stream up to ``at``."""
        self._have[name] = at

    def is_done(self) -> bool:
        """Whether it has all."""
        return all(self._have.get(name, 0) >= self._end(name) for name in self.names())

    def tidy(self, now: float) -> None:
        """Begin files anew, throw away what was sent, and hold writes back where there is too much."""
        for name in self.names():
            old = self._size(name + _OLD)
            if name in self._begun:
                if now >= self._begun[name] + _SETTLE_S:
                    del self._begun[name]
            elif old is not None:
                if self._have.get(name, 0) >= self._bases.get(name, 0) + old:
                    self._forget_old(name, old)
            elif (self._size(name) or 0) >= ROTATE_AT:
                self._begin_anew(name, now)
        too_much = sum(self._left(name) for name in self.names()) > MOST_BYTES
        if too_much != self._is_full:
            self._is_full = too_much
            flight.refuse(self.folder, full=too_much)

    def remove(self) -> None:
        """The process is at its end and all is sent."""
        with contextlib.suppress(OSError):
            for name in os.listdir(self.folder):
                if self._mark in name or name == self._bases_name():
                    os.unlink(os.path.join(self.folder, name))
            for name in (layout.REQUESTS, layout.PAST):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.folder, name))
            os.rmdir(self.folder)

    def _begin_anew(self, name: str, now: float) -> None:
        path = os.path.join(self.folder, name)
        with contextlib.suppress(OSError):
            os.rename(path, path + _OLD)
            self._begun[name] = now
            flight.check_all()

    def _forget_old(self, name: str, old: int) -> None:
        self._bases[name] = self._bases.get(name, 0) + old
        with contextlib.suppress(OSError):
            # First the base: whoever comes between finds the old one to be sent already.
            files.put(os.path.join(self.folder, self._bases_name()), json.dumps(self._bases).encode("ascii"))
            os.unlink(os.path.join(self.folder, name + _OLD))

    def _bases_name(self) -> str:
        return f"{self._mark[1:]}{BASES}"

    def _left(self, name: str) -> int:
        return max(0, self._end(name) - self._have.get(name, 0))

    def _end(self, name: str) -> int:
        return self._bases.get(name, 0) + (self._size(name + _OLD) or 0) + (self._size(name) or 0)

    def _size(self, name: str) -> int | None:
        try:
            return os.stat(os.path.join(self.folder, name)).st_size
        except OSError:
            return None

    def _pread(self, name: str, offset: int, most: int) -> bytes:
        if offset < 0:
            return b""
        try:
            fd = os.open(os.path.join(self.folder, name), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return os.pread(fd, most, offset)
        finally:
            os.close(fd)
