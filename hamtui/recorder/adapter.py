"""The recorder: Hamilton's lifecycle hooks, each an event in the flight file."""

from collections.abc import Callable
from typing import Any

from hamtui.contract import layout
from hamtui.recorder.flight import journal
from hamtui.recorder.here import HERE
from hamtui.recorder.spans import SPANS


class Recorder:
    """STUB, final signature. The first adapter of the Driver."""

    def __init__(
        self,
        launch_dir: str,
        *,
        main_pid: int,
        main_host: str | None = None,
        hang_after: float | None = None,
        dump_every: float = 30.0,
        cache_on: bool = False,
        on_worker: tuple[Callable[["Recorder"], object], ...] = (),
    ) -> None:
        self.launch_dir = launch_dir
        self.main_pid = main_pid
        self.main_host = main_host or HERE.host
        self.hang_after = hang_after
        self.dump_every = dump_every
        self.cache_on = cache_on
        self.worker_starts = on_worker
        self.spans = SPANS
        self.flight = journal(launch_dir, layout.FLIGHT, main_pid, self.main_host)

    def on_worker(self, start: Callable[["Recorder"], object]) -> None:
        """Call ``start(recorder)`` once in each worker process, at its first event.

        ``start`` is a function of a module: it travels by its name.
        """
        self.worker_starts = (*self.worker_starts, start)

    def journal(self, name: str) -> Any:
        """The journal for a file of this launch (``layout.STACKS``, ``layout.VITALS``, …)."""
        return journal(self.launch_dir, name, self.main_pid, self.main_host)
