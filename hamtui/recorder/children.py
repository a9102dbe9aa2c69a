"""How the run's own worker processes end: what ``multiprocessing`` knows of its children, read and never waited for."""

import sys
from typing import Any

from hamtui.recorder.guard import attempt


class Children:
    """The children of this process that ``multiprocessing`` started: pools' workers, a local Dask cluster's."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}

    def ended(self) -> list[tuple[int, int]]:
        """Those that ended badly since the last call, each with its exit code, minus the signal as ``Process.exitcode``."""
        module = sys.modules.get("multiprocessing.process")
        children: Any = getattr(module, "_children", ())
        found: list[Any] | None = attempt(list, children)[0]
        for child in found or ():
            popen = getattr(child, "_popen", None)
            if popen is not None:
                self._known[popen.pid] = popen
        ended = []
        for pid, popen in list(self._known.items()):
            code = getattr(popen, "returncode", None)
            if code is not None:
                del self._known[pid]
                if code != 0:
                    ended.append((pid, code))
        return ended
