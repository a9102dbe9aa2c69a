"""A launch folder as a stream of records: each one once, none missed, half lines left until they are whole."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from hamtui.contract.layout import Source
from hamtui.follow.launches import LaunchRef
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import Unread


@dataclass(frozen=True)
class Batch:
    """What one look brought. At most 5,000 records.

    ``unread`` is the total so far: ``launch.unread = batch.unread``. ``caught_up``: nothing more is there at
    the moment. ``notified``: the folder tells of its changes; else it is polled by size.
    """

    records: list[tuple[Source, Record]]
    unread: Unread
    caught_up: bool
    notified: bool


class Follower:
    """Follows one launch folder. One thread at a time; offsets are kept between calls."""

    def __init__(self, ref: LaunchRef, poll: bool = False) -> None:
        self.ref = ref
        self.poll = poll

    def batches(self, stop: threading.Event) -> Iterator[Batch]:
        """Block and yield what comes, until ``stop`` is set (ends within 100 ms). The first comes at once."""
        raise NotImplementedError

    def read_once(self) -> Batch:
        """What is there now and was not read yet, at most 5,000 records: call again until ``caught_up``."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of open files. ``batches`` does so by itself."""


def read_launch(ref: LaunchRef) -> Launch:
    """The launch as its files have it now: one look, everything folded."""
    raise NotImplementedError
