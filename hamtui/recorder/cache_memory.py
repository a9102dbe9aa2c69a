"""What Hamilton's cache remembers of every run for ever, kept for the newest runs alone: a service has thousands."""

from collections import deque
from typing import Any

from hamilton.lifecycle import base

from hamtui.recorder.guard import hook
from hamtui.recorder.lines import Words
from hamtui.recorder.spans import SPANS

#: Ended runs of which everything is kept, so that ``dr.cache.logs(run_id)`` and the like tell of them.
RUNS_KEPT = 32
#: Hamilton's tables by run id.
_TABLES = (
    "_logs",
    "_fn_graphs",
    "_data_savers",
    "_data_loaders",
    "behaviors",
    "data_versions",
    "code_versions",
    "cache_keys",
)


class NewestRuns(base.BasePostGraphExecute):
    """A part of the cache adapter: at a run's end forget those that ended long before it."""

    _words: Words
    _over: deque[str]
    run_ids: list[str]

    @hook
    def post_graph_execute(self, said: dict[str, Any]) -> None:
        """A run is over. Nodes of it may still run on in their threads: it is kept until they have ended."""
        run_id = said["run_id"]
        self._words.forget(run_id)
        self._over.append(run_id)
        if len(self._over) <= RUNS_KEPT:
            return
        inside = {span.run_id for span in SPANS.all()} if SPANS.any() else ()
        for old in [self._over.popleft() for _ in range(len(self._over) - RUNS_KEPT)]:
            if old in inside:
                self._over.append(old)
            else:
                self._forget(old)

    def _forget(self, run_id: str) -> None:
        for table in _TABLES:
            vars(self).get(table, {}).pop(run_id, None)
        if run_id in self.run_ids:
            self.run_ids.remove(run_id)
