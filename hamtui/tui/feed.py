"""The thread that reads a launch's files for the screen, no faster than the screen takes them in."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from textual.message import Message

from hamtui.follow.follower import Batch
from hamtui.tui.messages import Arrived, FeedEnded

#: Records that are folded at once: between two such parts keys are answered.
PART = 1_000
#: A launch that is written all the time may never be wholly read: from this share on what was there at first is.
NEARLY_ALL = 0.99


class Batches(Protocol):
    """What the feed reads from: `hamtui.follow.follower.Follower`, or a test's own."""

    def batches(self, stop: threading.Event) -> Iterator[Batch]:
        """Block and yield what comes until ``stop`` is set."""


def feed(source: Batches, stop: threading.Event, post: Callable[[Message], object], generation: int) -> None:
    """Post every batch and wait until it is folded. Runs in a thread of its own; ends soon after ``stop``."""
    try:
        with _collector() as collect:
            for batch in source.batches(stop):
                collect(batch.share)
                for part in _parts(batch):
                    folded = threading.Event()
                    post(Arrived(part, folded, generation))
                    while not folded.wait(0.1):
                        if stop.is_set():
                            return
                    if stop.is_set():
                        return
    except OSError as error:
        if not stop.is_set():
            post(FeedEnded(f"{error.strerror or error}: {error.filename or 'the launch folder'}", generation))


def _parts(batch: Batch) -> Iterator[Batch]:
    """A batch in parts that are folded in a few milliseconds each; the last one alone may have caught up."""
    records = batch.records
    if len(records) <= PART:
        yield batch
        return
    for first in range(0, len(records), PART):
        last = first + PART >= len(records)
        yield replace(batch, records=records[first : first + PART], caught_up=batch.caught_up and last)


@contextmanager
def _collector() -> Iterator[Callable[[float], None]]:
    """What to tell which share of the files was read: until it is all of what was there, the garbage collector is off.

    It may be off when this begins: nothing that the first screen is made of is garbage.
    What is read first is kept, and looking through it for what is not makes reading a long file twice as slow.
    What is kept by then is left out of later looks too. This is done once: whatever is garbage
    then stays for ever, and a launch that is written all the time is behind and caught up many times.
    """
    off, over = not gc.isenabled(), False
    gc.unfreeze()

    def told(share: float) -> None:
        nonlocal off, over
        if over:
            return
        if share < NEARLY_ALL:
            off = True
            gc.disable()
        else:
            over = True
            if off:
                off = False
                gc.freeze()
                gc.enable()

    try:
        yield told
    finally:
        if off:
            gc.enable()
