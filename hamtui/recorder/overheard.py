"""The user's own Hamilton cache: its events told in the launch's cache_logs.jsonl, its ways left as they are."""

import threading
from typing import Any

from hamilton.caching.adapter import HamiltonCacheAdapter

from hamtui.contract import layout
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.cache import row_of
from hamtui.recorder.guard import FAULTS, attempt


class OverheardCache(HamiltonCacheAdapter):
    """Hamilton's cache, of which each event is written as it is logged. Made of the user's own object; it pickles as it did."""

    def _log_event(self, run_id: str, node_name: str, *rest: Any, **said: Any) -> None:
        super()._log_event(run_id, node_name, *rest, **said)
        _, error = attempt(self._tell, run_id, node_name, rest, said)
        if error is not None:
            FAULTS.note("cache log", error)

    def _tell(self, run_id: str, node_name: str, rest: tuple[Any, ...], said: dict[str, Any]) -> None:
        given = dict(zip(("actor", "event_type", "msg", "value", "task_id"), rest, strict=False)) | said
        row = row_of(run_id, node_name, **given)
        self.hamtui_recorder.journal(layout.CACHE_LOG).write(row.encode("ascii"))


_mutex = threading.Lock()


def overhear(cache: HamiltonCacheAdapter, recorder: Recorder) -> None:
    """Have this cache's events told; a class of the user's own, or of ours, is left alone."""
    if type(cache) is HamiltonCacheAdapter:
        cache.hamtui_recorder = recorder
        cache.__class__ = OverheardCache
