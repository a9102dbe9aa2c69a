"""What the kernel tells of a few folders, as it tells it: nothing to wake up for while nothing changes. Linux alone."""

import errno
import os
import select
import struct
from collections.abc import Sequence

try:
    import ctypes

    _libc = ctypes.CDLL(None, use_errno=True)
except (ImportError, OSError):  # a Python that was built without
    _libc = None  # type: ignore[assignment]

#: From <sys/inotify.h>; see inotify(7).
_MODIFY, _ATTRIB, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x4, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _UNMOUNT, _OVERFLOW, _IGNORED = 0x400, 0x800, 0x2000, 0x4000, 0x8000
_ONLY_FOLDERS = 0x1000000
_ASKED = (
    _MODIFY
    | _ATTRIB
    | _MOVED_FROM
    | _MOVED_TO
    | _CREATE
    | _DELETE
    | _DELETE_SELF
    | _MOVE_SELF
    | _ONLY_FOLDERS
)
_GONE = _DELETE_SELF | _MOVE_SELF | _UNMOUNT | _IGNORED
_HEAD = struct.Struct("iIII")
_ROOM = 64 * 1024

#: Whether this system has it.
HERE = hasattr(_libc, "inotify_init1")


class FolderGone(Exception):  # noqa: N818 - it reads as what it says
    """A folder that was watched is no longer under its name."""


class Watch:
    """Watches folders, nothing below them; those behind the first only where they may be read.

    Raises OSError (FileNotFoundError for a folder) where that can't be.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders: dict[int, str] = {}
        self._fd = _checked(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), "inotify")
        try:
            for folder in folders:
                self._add(folder)
        except BaseException:
            self.close()
            raise
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)

    def _add(self, folder: str) -> None:
        name = ctypes.c_char_p(os.fsencode(folder))
        try:
            number = _checked(_libc.inotify_add_watch(self._fd, name, ctypes.c_uint32(_ASKED)), folder)
        except PermissionError:
            if not self._folders:
                raise
        else:
            self._folders[number] = folder

    def close(self) -> None:
        """Watch no longer."""
        os.close(self._fd)

    def wait(self, seconds: float) -> set[str] | None:
        """The paths that are told of within so long, a folder's own too; None where there were more than the kernel keeps.

        Raises:
            FolderGone: see there.
        """
        if not self._poll.poll(seconds * 1000):
            return set()
        paths: set[str] = set()
        data = os.read(self._fd, _ROOM)
        at, overflown = 0, False
        while at < len(data):
            number, mask, _, length = _HEAD.unpack_from(data, at)
            at += _HEAD.size + length
            folder = self._folders.get(number)
            if mask & _GONE:
                raise FolderGone(folder)
            overflown = overflown or bool(mask & _OVERFLOW)
            name = data[at - length : at].rstrip(b"\0")
            if folder is not None:
                paths.add(os.path.join(folder, os.fsdecode(name)) if name else folder)
        return None if overflown else paths


def _checked(told: int, what: str) -> int:
    if told < 0:
        number = ctypes.get_errno() or errno.EIO
        raise OSError(number, os.strerror(number), what)
    return told
