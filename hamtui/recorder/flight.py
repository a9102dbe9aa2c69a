"""Appending lines to the launch folder: one ``os.write`` an event, so that nothing finished is lost on kill -9.

No lock anywhere: a lock held while the disk blocks would stop every node, and one held across a fork
would stop the child for ever. O_APPEND keeps whole lines apart between threads.
"""

import errno
import fcntl
import itertools
import os
import time
from _thread import allocate_lock
from collections import deque
from dataclasses import replace
from typing import Any

from hamtui.contract import encode, files, layout
from hamtui.recorder import reach
from hamtui.recorder.guard import is_the_users
from hamtui.recorder.here import HERE

#: Our descriptors live above this number, out of the way of code that closes and reuses low ones.
_LOW_FD = 200


def high(fd: int) -> int:
    """The same file under a descriptor that nobody else's ``open`` will be given, should somebody close ours."""
    try:
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _LOW_FD)
    except OSError:
        return fd  # a low limit on open files
    os.close(fd)
    return moved


#: Bytes of lines that a disk had no room for, which one file keeps to write later; what is more is lost.
MOST_KEPT = 256 * 1024

#: Ours, whatever the user's code puts in its place.
_write = os.write


class OpenFile:
    """One file of the launch folder as this process writes it.

    ``late`` counts lines that were written later than they should have been. ``rotating`` is held by the thread that
    sets the file aside, or writes what was kept; nobody ever waits for it.
    """

    __slots__ = (
        "_dropped",
        "_full",
        "_kept",
        "_kept_bytes",
        "_opened",
        "fd",
        "late",
        "next_seq",
        "path",
        "rotating",
        "torn",
        "trouble",
    )

    def __init__(self, path: str) -> None:
        self.path = path
        self.fd = -1
        self._opened: tuple[int, int] | None = None
        self._full = False
        self._kept: deque[bytes] = deque()
        self._kept_bytes = 0
        self._dropped = 0
        self.late = 0
        self.torn = False
        self.trouble: str | None = None
        self.rotating = allocate_lock()
        self.next_seq = itertools.count().__next__

    @property
    def lost(self) -> int:
        """Writes that are not in the file, those that wait for room among them."""
        return self._dropped + len(self._kept)

    def write(self, data: bytes) -> bool:
        """Append whole lines in one write. False, and ``lost`` one more, where the system refuses: never an OSError of its own."""
        try:
            if not self.torn and _write(self.fd, data) == len(data):
                return True
        except OSError as error:
            return self._refused(error, data) or self._keep(data)
        self.torn = True
        return self._again(data) or self._keep(data)

    def _refused(self, error: OSError, data: bytes) -> bool:
        # A bad descriptor: never open, or closed by somebody who closes all there are.
        if error.errno != errno.EBADF or not self.reopen():
            return self._fail(error)
        return self._again(data)

    def _keep(self, data: bytes) -> bool:
        """For ``catch_up``, within bounds: a disk that is full for a while costs nothing."""
        if self._full or self._kept_bytes + len(data) > MOST_KEPT:
            self._dropped += 1
        else:
            self._kept_bytes += len(data)
            self._kept.append(data)
        return False

    def catch_up(self) -> bool:
        """Write what was kept, as far as there is room; whether nothing is kept now. Costs nothing where nothing was."""
        if not self._kept or not self._is_ours() or not self.rotating.acquire(blocking=False):
            return not self._kept
        try:
            while self._kept and self._again(self._kept[0]):
                self._kept_bytes -= len(self._kept.popleft())
                self.late += 1
            if not self._kept:
                self._kept_bytes = 0  # threads that lost lines at once may have miscounted
        finally:
            self.rotating.release()
        return not self._kept

    def _is_ours(self) -> bool:
        """Whether the descriptor is the file that we opened, and not what somebody put in its place."""
        try:
            return _identity(os.fstat(self.fd)) == self._opened
        except OSError:
            return False

    def _again(self, data: bytes) -> bool:
        """Once more, on a line of its own if half a line stands before it."""
        was_torn = self.torn
        whole = b"\n" + data if was_torn else data
        try:
            written = _write(self.fd, whole)
        except OSError as error:
            return self._fail(error)
        if written == len(whole):
            self.torn = False
            return True
        if written:
            self.torn = written > was_torn
        self.trouble = "short write"
        return False

    def _fail(self, error: OSError) -> bool:
        if is_the_users(error):
            raise error  # a handler's TimeoutError is an OSError too
        self.trouble = f"{type(error).__name__}: {error}"
        return False

    def reopen(self) -> bool:
        """Open the file by its absolute path, made anew if it is gone."""
        low = self._open()
        if low < 0:
            return False
        self.fd = high(low)
        return True

    def _open(self) -> int:
        """A descriptor for the file that has the path now; -1 where the system refuses."""
        try:
            low = files.open_to_append(self.path)
            self._opened = _identity(os.fstat(low))
        except OSError as error:
            if is_the_users(error):
                raise
            self.trouble = f"{type(error).__name__}: {error}"
            return -1
        return low

    def check(self) -> None:
        """Write what was kept, in the file that has the path now, where ours was deleted, rotated or replaced.

        Costs two stats: for the sampler's beat. The number stays the same and never stands for nothing in between,
        so that another thread's write lands in one file or the other. A number that no longer is the file we
        opened is somebody else's by now, and left to him.
        """
        if self._full:
            return
        self._follow()
        self.catch_up()

    def _follow(self) -> None:
        try:
            held = _identity(os.fstat(self.fd))
        except OSError:
            return  # closed under us: the next write opens it
        try:
            if _identity(os.stat(self.path)) == held:
                return
        except FileNotFoundError:
            pass
        except OSError:
            return
        self._go_on(ours=held == self._opened)

    def set_aside(self, name: str) -> bool:
        """Rename the file to ``name`` and go on in a new one; False where the path is somebody else's file by now.

        Raises OSError where that cannot be. A write that is under way meanwhile lands at the end of the part.
        """
        if _identity(os.stat(self.path)) != _identity(os.fstat(self.fd)):
            return False
        os.rename(self.path, name)
        self._go_on(ours=True)
        return True

    def _go_on(self, *, ours: bool) -> None:
        """Write into the file that has the path now; into the old one where none can be had: ``check`` tries again."""
        low = self._open()
        if low < 0:
            return
        if ours:
            os.dup2(low, self.fd, inheritable=False)
            os.close(low)
        else:
            self.fd = high(low)

    def refuse(self, *, full: bool) -> None:
        """Lose and count what is written from here on, as on a full disk; or write again. The number stays the same."""
        try:
            low = (
                os.open("/dev/full", os.O_WRONLY | os.O_CLOEXEC) if full else files.open_to_append(self.path)
            )
        except OSError:
            return
        if not full:
            self._opened = _identity(os.fstat(low))
        self._full = full
        os.dup2(low, self.fd, inheritable=False)
        os.close(low)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


class Journal:
    """A growing file of the launch folder; in a worker process, that worker's own file. Get one by ``journal``."""

    def __init__(self, launch_dir: str, name: str, main_pid: int, main_host: str) -> None:
        self.launch_dir = launch_dir
        self.name = name
        self.main_pid = main_pid
        self.main_host = main_host
        self._files: dict[int, OpenFile] = {}

    def here(self) -> OpenFile:
        """The file of this process, opened at the first call."""
        return self._files.get(HERE.pid) or self._open()

    def _open(self) -> OpenFile:
        file = OpenFile(self.path)
        file.reopen()
        kept = self._files.setdefault(HERE.pid, file)
        if kept is not file and file.fd >= 0:
            os.close(file.fd)
        return kept

    @property
    def is_main(self) -> bool:
        """Whether this is the process that executes Hamilton, not a worker of it."""
        return HERE.pid == self.main_pid and HERE.host == self.main_host

    @property
    def path(self) -> str:
        """The absolute path of this process' file."""
        name = self.name if self.is_main else layout.worker_name(self.name, HERE.host, HERE.pid)
        return os.path.join(reach.folder(self.launch_dir), name)

    @property
    def lost(self) -> int:
        """Lines that this process could not write."""
        file = self._files.get(HERE.pid)
        return 0 if file is None else file.lost

    def write(self, data: bytes) -> bool:
        """Append whole lines, newline included."""
        return self.here().write(data)

    def append(self, record: Any) -> bool:
        """Append a contract record, its ``ts``, ``mono``, ``pid`` and ``seq`` filled in where it has them empty."""
        file = self.here()
        filled: dict[str, Any] = {}
        for key, value in (
            ("ts", time.time),
            ("mono", time.monotonic),
            ("pid", lambda: HERE.pid),
            ("seq", file.next_seq),
        ):
            if getattr(record, key, record) is None:
                filled[key] = value()
        return file.write(encode.line(replace(record, **filled)))

    def opened(self) -> OpenFile | None:
        """The file of this process, if it was opened."""
        return self._files.get(HERE.pid)

    def beside(self, name: str) -> "Journal":
        """The journal of another file of the same launch."""
        return journal(self.launch_dir, name, self.main_pid, self.main_host)

    def check(self) -> None:
        """See ``OpenFile.check``; a file that this process has not opened is left alone."""
        file = self._files.get(HERE.pid)
        if file is not None:
            file.check()

    def refuse(self, *, full: bool) -> None:
        """See ``OpenFile.refuse``; a file that this process has not opened is left alone."""
        file = self._files.get(HERE.pid)
        if file is not None and file.fd >= 0:
            file.refuse(full=full)

    def __reduce__(self) -> tuple[Any, ...]:
        return journal, (self.launch_dir, self.name, self.main_pid, self.main_host)


_journals: dict[tuple[str, str, int, str], Journal] = {}


def journal(launch_dir: str, name: str, main_pid: int, main_host: str | None = None) -> Journal:
    """The journal of this file in this process: always the same object, so that ``seq`` counts per file."""
    key = (os.path.abspath(launch_dir), name, main_pid, main_host or HERE.host)
    return _journals.get(key) or _journals.setdefault(key, Journal(*key))


def journals() -> list[Journal]:
    """All that this process writes, or its parent wrote."""
    return list(_journals.values())


def check_all() -> None:
    """See ``OpenFile.check``: every file that this process writes."""
    for known in journals():
        known.check()


def refuse(folder: str, *, full: bool) -> None:
    """See ``OpenFile.refuse``: every file that this process writes in this folder."""
    for known in list(_journals.values()):
        if os.path.dirname(known.path) == folder:
            known.refuse(full=full)
