"""The standard library's own functions that wait, known by their code: a stack is read by these, not by names."""

import os
import sys
from collections.abc import Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any

_NAMES = {
    "threading": [
        "Condition.wait", "Condition.wait_for", "Condition.__enter__", "Event.wait", "Semaphore.acquire",
        "Barrier.wait", "Barrier._wait", "Barrier._enter", "Thread.join", "Thread._wait_for_tstate_lock",
    ],
    "queue": ["Queue.get", "Queue.put", "Queue.join"],
    "concurrent.futures._base": ["Future.result", "Future.exception", "wait", "as_completed"],
    "concurrent.futures.thread": ["_worker", "_WorkItem.run", "ThreadPoolExecutor.shutdown"],
    "concurrent.futures.process": ["_ExecutorManagerThread.run"],
    "multiprocessing.pool": ["ApplyResult.wait", "ApplyResult.get", "IMapIterator.next"],
    "multiprocessing.synchronize": ["Condition.wait", "Condition.wait_for", "Event.wait"],
    "multiprocessing.queues": ["Queue.get", "Queue.put"],
    "multiprocessing.popen_fork": ["Popen.poll", "Popen.wait"],
    "multiprocessing.popen_forkserver": ["Popen.poll"],
    "subprocess": ["Popen.wait", "Popen._wait", "Popen._try_wait", "Popen.communicate", "Popen._communicate"],
    "asyncio.base_events": ["BaseEventLoop.run_forever"],
    "hamilton.execution.executors": ["run_graph_to_completion"],
}  # fmt: skip

#: A thread in it has let its condition's lock go.
CONDITION_WAIT = "threading:Condition.wait"

#: Hamilton's loop over a run's tasks, which waits for them without sleeping.
_DRIVER = "hamilton.execution.executors:run_graph_to_completion"

_STDLIB = os.path.dirname(os.__file__) + os.sep
_SITE = (_STDLIB + "site-packages", _STDLIB + "dist-packages")


class Known:
    """Labels of code: ``threading:Condition.wait``; "" for all that is not known."""

    def __init__(self) -> None:
        self._labels: dict[int, str] = {}
        self._codes: list[CodeType] = []  # kept, so that an id stays theirs
        self._left = dict(_NAMES)
        self._driving: str | None = None

    def learn(self) -> None:
        """Take in the modules that were imported since; nothing is imported here."""
        for module in list(self._left):
            found = sys.modules.get(module)
            if found is not None:
                for name in self._left.pop(module):
                    self._keep(found, module, name)

    def _keep(self, found: Any, module: str, name: str) -> None:
        at: Any = found
        for part in name.split("."):
            names = at.__dict__ if type(at) is type(sys) or type(at) is type else {}
            at = names.get(part)
        if type(at) is FunctionType:
            self._codes.append(at.__code__)
            label = self._labels[id(at.__code__)] = f"{module}:{name}"
            if label == _DRIVER:
                self._driving = os.path.dirname(at.__code__.co_filename) + os.sep

    def label(self, frame: FrameType) -> str:
        """What a frame runs."""
        return self._labels.get(id(frame.f_code), "")

    def drives(self, frames: Sequence[FrameType]) -> bool:
        """Whether a thread (its frames innermost first) looks after a run's tasks, and is in no node or hook itself."""
        if self._driving is None:
            return False
        for frame in frames:
            if self.label(frame) == _DRIVER:
                return True
            file = frame.f_code.co_filename
            if not file.startswith(self._driving) and not is_stdlib(file):
                return False
        return False


def is_stdlib(file: str) -> bool:
    """Whether a file is the standard library's."""
    return file.startswith("<frozen ") or (file.startswith(_STDLIB) and not file.startswith(_SITE))
