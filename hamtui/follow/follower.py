"""A launch folder as a stream of records: each one once, none missed, half lines left until they are whole."""

import gc
import os
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Source
from hamtui.follow import process
from hamtui.follow.folder import Folder
from hamtui.follow.launches import LaunchRef
from hamtui.follow.mounts import is_remote
from hamtui.follow.wakes import Deaf, Gone, polls, tellings
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import Unread

BATCH = 2_000
#: How often to see whether anybody is left to finish a half line: seconds.
LOOK_S = 1.0
#: How often a watch that told nothing of a change is started anew before sizes are polled instead.
WATCHES = 2


@dataclass(frozen=True)
class Batch:
    """What one look brought. At most 2,000 records, save what had to wait for its run in a flat folder.

    ``unread`` is the total so far: ``launch.unread = batch.unread``. ``caught_up``: nothing more is there at
    the moment. ``notified``: the folder tells of its changes; else it is polled by size. ``share``: how much of
    what is there was read, 0 to 1. ``gone``: the folder was there, and is no longer.
    """

    records: list[tuple[Source, Record]]
    unread: Unread
    caught_up: bool
    notified: bool
    share: float = 1.0
    gone: bool = False


class Follower:
    """Follows one launch folder. One thread at a time; offsets are kept between calls.

    ``newest_first``: of a long flight file the newest run comes first, and of those before it that are over one
    ``OldRun`` each.
    """

    def __init__(self, ref: LaunchRef, poll: bool = False, *, newest_first: bool = False) -> None:
        self.ref = ref
        self.poll = poll or is_remote(str(ref.dir))
        self._folder = Folder(ref, hold=not is_remote(str(ref.dir)), newest_first=newest_first)
        self._info: LaunchInfo | None = None
        self._over = False
        self._told = Unread()
        self._next_look = 0.0
        self._deaf = 0
        self._there = self._gone = False

    def batches(self, stop: threading.Event) -> Iterator[Batch]:
        """Block and yield what comes, until ``stop`` is set (ends within 150 ms). The first comes at once."""
        try:
            self._folder.scan()
            self._there = os.path.isdir(self._folder.root)
            yield from self._news(stop, always=True)
            while not stop.is_set():
                yield from self._watched(stop)
        finally:
            self.close()

    def read_once(self) -> Batch:
        """What is there now and was not read yet, at most 2,000 records: call again until ``caught_up``."""
        if not self._folder.dirty:
            self._folder.scan()
        return self._batch()

    def close(self) -> None:
        """Let go of open files. ``batches`` does so by itself."""
        self._folder.close()

    def _watched(self, stop: threading.Event) -> Iterator[Batch]:
        """Batches until the folder must be watched anew, or otherwise."""
        if self._there and not os.path.isdir(self._folder.root):
            self._there, self._gone = False, True
            yield replace(self._batch(), gone=True)
        try:
            yield from self._woken(stop, polls(stop) if self.poll else tellings(self._folder, stop))
        except Gone:
            self._deaf = 0
        except Deaf:
            self._deaf += 1
            self.poll = self._deaf >= WATCHES

    def _woken(self, stop: threading.Event, wakes: Generator[set[str] | None, None, None]) -> Iterator[Batch]:
        """After each wake read what it named, or what a look at everything finds."""
        with closing(wakes):
            for paths in wakes:
                if paths is None:
                    self._folder.scan()
                for path in paths or ():
                    self._folder.touch(path)
                there = paths is not None or os.path.isdir(self._folder.root)
                yield from self._news(stop)
                if self._there and not there:
                    raise Gone
                self._there = there

    def _look_at_processes(self) -> None:
        if self._info is None or self._over or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_S
        fact = process.look(self._info, self._folder.root)
        self._over = fact.alive is False and not fact.supervisor_alive

    def _news(self, stop: threading.Event, *, always: bool = False) -> Iterator[Batch]:
        while not stop.is_set():
            batch = self._batch()
            if batch.records or batch.unread != self._told or always or self._gone or not batch.caught_up:
                self._told, self._gone = batch.unread, False
                yield batch
            if batch.caught_up:
                return

    def _batch(self) -> Batch:
        records = self._folder.read(BATCH)
        for _, record in records:
            if type(record) is LaunchInfo:
                self._info = record
        self._look_at_processes()
        unread = self._folder.unread(over=self._over)
        caught_up = not self._folder.dirty
        return Batch(records, unread, caught_up, not self.poll, 1.0 if caught_up else self._folder.share())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: all that is read is kept, and looking for what is not triples the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_launch(ref: LaunchRef) -> Launch:
    """The launch as its files have it now: one look, everything folded."""
    launch, follower = Launch(ref.id), Follower(ref)
    with closing(follower), _uncollected():
        while True:
            batch = follower.read_once()
            for source, record in batch.records:
                launch.apply(source, record)
            launch.unread = batch.unread
            if batch.caught_up:
                return launch
