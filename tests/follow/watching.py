"""A follower in its thread, as the screen runs it."""

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.follow.follower import Batch, Follower
from hamtui.follow.launches import LaunchRef
from hamtui.model.fold import Launch
from hamtui.model.state import Unread

DEADLINE_S = 20.0


def ref_of(folder: Path, *, flat: bool = False) -> LaunchRef:
    return LaunchRef(folder.name, folder, flat, 0.0)


class Watching:
    """Folds what comes; ``until`` waits for a condition and fails when it never holds."""

    def __init__(self, ref: LaunchRef, *, poll: bool = False) -> None:
        self.follower = Follower(ref, poll)
        self.launch = Launch(ref.id)
        self.nodes: list[str | None] = []
        self.batches = 0
        self.unread = Unread()
        self.notified = self.gone = False
        self.stop = threading.Event()
        self._queue: queue.Queue[Batch | None] = queue.Queue()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        for batch in self.follower.batches(self.stop):
            self._queue.put(batch)
        self._queue.put(None)

    def __enter__(self) -> "Watching":  # noqa: PYI034 - Self came with 3.11
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()

    def _take(self, batch: Batch) -> None:
        self.batches += 1
        self.unread, self.notified, self.gone = batch.unread, batch.notified, batch.gone
        for source, record in batch.records:
            self.launch.apply(source, record)
            if isinstance(record, (FlightEvent, NodeEvent)):
                self.nodes.append(record.node)

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not holds():
            assert time.monotonic() < deadline, f"never so; read {self.nodes[-9:]}, {self.unread}"
            try:
                batch = self._queue.get(timeout=0.1)
            except queue.Empty:
                continue
            if batch is not None:
                self._take(batch)
