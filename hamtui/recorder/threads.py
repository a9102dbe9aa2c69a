"""Hamilton's thread pool for ``--executor threads``, from which Ctrl-C always comes out.

Hamilton's loop asks each future all the time whether it is done, and ``Future.done`` takes the future's lock. Python
raises KeyboardInterrupt between two of its instructions, so often where that lock is taken and not yet in the care of
the ``with`` that would give it back; the pool's thread then waits for it for ever, and the run for the pool.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from hamilton.execution import executors


class _Pool(ThreadPoolExecutor):
    """Its futures say whether they are done without a lock."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """As ever. The event knows nothing of the future, so that no circle keeps a big result."""
        future = super().submit(fn, *args, **kwargs)
        landed = threading.Event()
        future.add_done_callback(lambda _: landed.set())
        future.done = landed.is_set  # type: ignore[method-assign]
        return future


class Threads(executors.MultiThreadingExecutor):
    """Runs tasks in a pool of threads of this process."""

    def create_pool(self) -> ThreadPoolExecutor:
        """The pool, when the run begins."""
        return _Pool(max_workers=self.max_tasks)
