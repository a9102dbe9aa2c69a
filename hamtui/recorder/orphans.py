"""A pool's worker whose run was killed: where the supervisor was killed too, nobody is left to end it."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

#: So many beats after the TERM it leaves without asking: somebody ignores that signal.
_PATIENCE = 5


class Orphan:
    """Looked at once a beat, in a worker alone. ``busy`` says whether a node runs here: that may end first."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._parent = os.getppid()
        self._beats = 0

    def leave_if_one(self) -> None:
        """End this process if multiprocessing started it for a process that is gone. It could give its result to nobody."""
        if os.getppid() == self._parent or not _is_a_worker() or self._busy():
            return
        self._beats += 1
        if self._beats > _PATIENCE:
            os._exit(1)
        os.kill(os.getpid(), signal.SIGTERM)


def _is_a_worker() -> bool:
    """Whether multiprocessing started this process; what daemonizes itself, say, goes on as it likes."""
    process: Any = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
