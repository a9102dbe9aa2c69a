"""Pools of threads and of processes: who works for whom, and whether a job can still come to anybody."""

import fcntl
import gc
import os
import sys
import termios
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from hamtui.recorder.kernel import Kernel
from hamtui.recorder.known import Known
from hamtui.recorder.locals import MISSING, Locals
from hamtui.recorder.locks import process_word
from hamtui.recorder.resolve import attribute, is_a

_MOST_ITEMS = 100_000
_MOST_WORKERS = 256


def is_simple_queue(obj: Any) -> bool:
    """Whether it is C's own queue."""
    queue = sys.modules.get("_queue")
    return queue is not None and type(obj) is queue.__dict__.get("SimpleQueue")


@dataclass
class ThreadPool:
    """A ThreadPoolExecutor as its workers show it.

    ``queued`` are the ids of the futures in its queue: true for one that somebody else hears of (an event loop that
    runs it in this pool does), who may cancel it.
    """

    size: int = 0
    started: int = 0
    workers: list[int] = field(default_factory=list)
    queued: dict[int, bool] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether all the workers that it may ever have are there, and known."""
        return 0 < self.size == self.started == len(self.workers)


class Pools:
    """The pools that the threads' frames show; futures by their ids."""

    def __init__(self, known: Known, variables: Locals) -> None:
        self._known = known
        self._variables = variables
        self.by_queue: dict[int, ThreadPool] = {}
        self.running: dict[int, int] = {}
        self.elsewhere: dict[int, list[int]] = {}

    def see(self, ident: int, stack: Iterable[FrameType]) -> None:
        """Take in one thread."""
        for frame in stack:
            label = self._known.label(frame)
            if label == "concurrent.futures.thread:_worker":
                self._worker(ident, frame)
            elif label == "concurrent.futures.thread:_WorkItem.run":
                item = self._variables.get(frame, "self")
                if item is not MISSING:
                    self.running[id(attribute(item, "future"))] = ident
            elif label == "concurrent.futures.process:_ExecutorManagerThread.run":
                self._processes(frame)

    def _worker(self, ident: int, frame: FrameType) -> None:
        queue = self._variables.get(frame, "work_queue")
        reference = self._variables.get(frame, "executor_reference")
        if queue is MISSING or type(reference) is not weakref.ref:
            return
        pool = self.by_queue.get(id(queue))
        if pool is None:
            pool = self.by_queue[id(queue)] = ThreadPool(queued=_queued(queue))
            executor = reference()
            threads, size = attribute(executor, "_threads"), attribute(executor, "_max_workers")
            pool.started = len(threads) if type(threads) is set else 0
            pool.size = size if type(size) is int else 0
        pool.workers.append(ident)

    def _processes(self, frame: FrameType) -> None:
        manager = self._variables.get(frame, "self")
        if manager is MISSING:
            return
        pending, processes = attribute(manager, "pending_work_items"), attribute(manager, "processes")
        if type(pending) is dict and type(processes) is dict and len(pending) < _MOST_ITEMS:
            pids = [pid for pid in list(processes) if type(pid) is int][:_MOST_WORKERS]
            for item in list(pending.values()):
                self.elsewhere[id(attribute(item, "future"))] = pids

    def of_future(self, identity: int) -> ThreadPool | None:
        """The pool in whose queue a future is."""
        return next((pool for pool in self.by_queue.values() if identity in pool.queued), None)


def _queued(queue: Any) -> dict[int, bool]:
    """The futures in a ThreadPoolExecutor's queue (``ThreadPool.queued``), which is read as it lies there."""
    if not is_simple_queue(queue):
        return {}
    items = gc.get_referents(queue)
    listed = [item for item in items if type(item) is list]
    if listed and sys.version_info < (3, 13):
        items = list(listed[0])
    if len(items) > _MOST_ITEMS:
        return {}
    futures = (attribute(item, "future") for item in items if item is not None and type(item) is not type)
    return {id(future): not _is_empty(attribute(future, "_done_callbacks")) for future in futures}


def _is_empty(value: Any) -> bool:
    return type(value) is list and not value


@dataclass
class Job:
    """What a pool of processes is asked for: its workers, and whether the job can no longer come to any."""

    pids: list[int] = field(default_factory=list)
    lost: bool = False


def process_job(result: Any, kernel: Kernel) -> Job:
    """The job behind a result of ``multiprocessing.Pool``."""
    pool = attribute(result, "_pool")
    if pool is MISSING:
        return Job()
    workers = attribute(pool, "_pool")
    if type(workers) is not list:
        return Job()
    pids = [_pid(worker) for worker in list(workers)[:_MOST_WORKERS]]
    job = Job([pid for pid in pids if pid])
    cache, number = attribute(pool, "_cache"), attribute(result, "_job")
    waits = (
        type(number) is int
        and cache is not MISSING
        and is_a(cache, dict)
        and number in list(dict.keys(cache))
    )
    job.lost = waits and len(job.pids) == len(workers) and _nothing_moves(pool, job.pids, kernel)
    return job


def _pid(worker: Any) -> int:
    popen = attribute(worker, "_popen")
    pid = attribute(popen, "pid") if popen is not MISSING and popen is not None else 0
    return pid if type(pid) is int else 0


def _nothing_moves(pool: Any, pids: list[int], kernel: Kernel) -> bool:
    """Whether all workers wait for a task, none is on its way, and no result is: then what is missing was lost.

    A worker waits for its task in a read of the pool's pipe, or for its turn to read; which, its system call says.
    The pool's two threads are asleep all the while: so nothing moved between one look and the other.
    """
    tasks, results = attribute(pool, "_inqueue"), attribute(pool, "_outqueue")
    task_fd, result_fd = _fd(tasks), _fd(results)
    sender = _native(attribute(pool, "_task_handler"))
    receiver = _native(attribute(pool, "_result_handler"))
    if task_fd < 0 or result_fd < 0 or not sender or not receiver:
        return False
    before = kernel.switches(sender), kernel.switches(receiver)
    queue = attribute(pool, "_taskqueue")
    sends, receives = kernel.call(sender), kernel.call(receiver)
    if sends is None or receives is None or not is_simple_queue(queue) or not queue.empty():
        return False
    if not sends.futex or sends.timed or receives.name != "read" or receives.args[0] != result_fd:
        return False
    turn = process_word(attribute(tasks, "_rlock"))
    if _waiting(task_fd) != 0 or not all(_is_idle(pid, task_fd, turn, kernel) for pid in pids):
        return False
    return _waiting(result_fd) == 0 and before == (kernel.switches(sender), kernel.switches(receiver))


def _native(thread: Any) -> int:
    found = attribute(thread, "_native_id")
    return found if type(found) is int else 0


def _is_idle(pid: int, fd: int, turn: int, kernel: Kernel) -> bool:
    call = kernel.call(pid, pid)
    if call is None or not call.args:
        return False
    if call.name == "futex":
        if call.timed is not False or not turn:
            return False
        return call.futex == turn or _shared(pid, call.futex) == _shared(os.getpid(), turn) is not None
    if call.name != "read":
        return False
    try:
        return os.readlink(f"/proc/{pid}/fd/{call.args[0]}") == os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return False


def _shared(pid: int, address: int) -> tuple[str, str] | None:
    """The file (device and inode) that a process has mapped at an address: what is shared lies in one."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
            for row in maps:
                extent, _, _, device, inode, *_ = row.split(maxsplit=5)
                first, _, last = extent.partition("-")
                if int(first, 16) <= address < int(last, 16):
                    return (device, inode) if inode != "0" else None
    except (OSError, ValueError):
        pass
    return None


def _fd(queue: Any) -> int:
    """The reading end of a queue's pipe."""
    handle = attribute(attribute(queue, "_reader"), "_handle")
    return handle if type(handle) is int else -1


def _waiting(fd: int) -> int:
    """Bytes that wait in a pipe; -1 where that can't be told."""
    try:
        return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0"), sys.byteorder)
    except OSError:
        return -1
