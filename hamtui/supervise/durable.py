"""What a launch wrote, made to survive a loss of power: each second, and by a thread that may hang on a sick disk."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

#: A loss of power costs so many seconds.
EVERY_S = 1.0
#: What the end of a run waits for the last pass.
LAST_WITHIN_S = 2.0
#: Files of one folder that are looked after; workers' come by the hundred.
_MOST_FILES = 4096

Sync = Callable[[int], object]


class Durable:
    """The files of one launch folder, those that changed alone. ``sync`` and ``sync_folder`` stand for the disk in tests."""

    def __init__(self, folder: Path, sync: Sync | None = None, sync_folder: Sync = os.fsync) -> None:
        self._folder = folder
        # macOS has no fdatasync.
        self._sync: Sync = sync if sync is not None else getattr(os, "fdatasync", os.fsync)
        self._sync_folder = sync_folder
        self._synced: dict[str, tuple[int, int, int]] = {}
        self._names: frozenset[str] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="durable", daemon=True)

    def start(self) -> None:
        """Begin; nobody waits for the thread but ``finish``, and that only for a while."""
        self._thread.start()

    def finish(self, seconds: float = LAST_WITHIN_S) -> bool:
        """One last pass; whether it was done in time."""
        self._over.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _keep(self) -> None:
        self._one(self._folder.parent, self._sync_folder, os.O_DIRECTORY)
        while not self._over.wait(EVERY_S):
            self.keep_once()
        self.keep_once()

    def keep_once(self) -> None:
        """Every file that changed since the last pass, then the folder, if it holds other names."""
        found = self._files()
        for name, now in found.items():
            if self._synced.get(name) != now and self._one(self._folder / name, self._sync):
                self._synced[name] = now
        self._synced = {name: was for name, was in self._synced.items() if name in found}
        names = frozenset(found)
        if names != self._names and self._one(self._folder, self._sync_folder, os.O_DIRECTORY):
            self._names = names

    def _files(self) -> dict[str, tuple[int, int, int]]:
        """The folder's files as they are: inode, size, and when they were written."""
        found: dict[str, tuple[int, int, int]] = {}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
                        seen = entry.stat(follow_symlinks=False)
                        found[entry.name] = seen.st_ino, seen.st_size, seen.st_mtime_ns
                    if len(found) >= _MOST_FILES:
                        break
        except OSError:
            return found
        return found

    def _one(self, path: Path, sync: Sync, flags: int = 0) -> bool:
        """Whether it is on the disk now; what is gone by now, or can't be, is tried again when it is there."""
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | flags)
        except OSError:
            return False
        try:
            sync(fd)
        except OSError:
            return False
        finally:
            os.close(fd)
        return True
