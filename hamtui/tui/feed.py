"""The thread that reads a launch's files for the screen, no faster than the screen takes them in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from textual.message import Message

from hamtui.follow.follower import Batch
from hamtui.tui.messages import Arrived, FeedEnded


class Batches(Protocol):
    """What the feed reads from: `hamtui.follow.follower.Follower`, or a test's own."""

    def batches(self, stop: threading.Event) -> Iterator[Batch]:
        """Block and yield what comes until ``stop`` is set."""


def feed(source: Batches, stop: threading.Event, post: Callable[[Message], object], generation: int) -> None:
    """Post every batch and wait until it is folded. Runs in a thread of its own; ends soon after ``stop``."""
    try:
        for batch in source.batches(stop):
            folded = threading.Event()
            post(Arrived(batch, folded, generation))
            while not folded.wait(0.1):
                if stop.is_set():
                    return
            if stop.is_set():
                return
    except OSError as error:
        if not stop.is_set():
            post(FeedEnded(f"{error.strerror or error}: {error.filename or 'the launch folder'}", generation))
