"""A pool's worker whose run was killed: where the supervisor was killed too, nobody is left to end it."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

#: Where the functions are that a pool's processes run. Any other child of a process may be meant to outlive it.
_POOLS = frozenset({"concurrent.futures.process", "multiprocessing.pool"})
#: So many beats after the TERM it leaves without asking: somebody ignores that signal.
_PATIENCE = 5


class Orphan:
    """Looked at once a beat, in a worker alone. ``busy`` says whether a node runs here: that may end first."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._parent = os.getppid()
        self._beats = 0

    def leave_if_one(self) -> None:
        """End this process if it is a pool's whose own process is gone. It could give its result to nobody."""
        if os.getppid() == self._parent or not _is_a_worker() or self._busy():
            return
        self._beats += 1
        if self._beats > _PATIENCE:
            os._exit(1)
        os.kill(os.getpid(), signal.SIGTERM)


def _is_a_worker() -> bool:
    process: Any = sys.modules.get("multiprocessing.process")
    target = None if process is None else getattr(process.current_process(), "_target", None)
    return getattr(target, "__module__", None) in _POOLS
