"""Threads that wait in every way there is, probed by a thread of the same process.

``python -m tests.recorder.standstills NAME…`` starts these, and prints what a probe says of them once they stand
still: ``{"probe": the line, "still": whether it held}``. Then it kills its own process group, for they never end.
"""

import asyncio
import fcntl
import json
import multiprocessing
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from _thread import get_ident
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

from hamtui.recorder.dumps import Stacks
from hamtui.recorder.probes import Prober

ledger_lock, book_lock, third_lock = (threading.Lock() for _ in range(3))
table = {"eu": threading.Lock()}
reentrant = threading.RLock()
condition, event, semaphore = threading.Condition(), threading.Event(), threading.Semaphore(0)
barrier = threading.Barrier(3)
inbox: "queue.Queue[int]" = queue.Queue()
full: "queue.Queue[int]" = queue.Queue(1)
simple: "queue.SimpleQueue[int]" = queue.SimpleQueue()
promise: "Future[int]" = Future()

WAYS: dict[str, Callable[[], Any]] = {}
THREADS: dict[str, threading.Thread] = {}


def way(function: Callable[[], Any]) -> Callable[[], Any]:
    WAYS[function.__name__] = function
    return function


def beside(function: Callable[[], Any], name: str) -> threading.Thread:
    """A second thread of a way."""
    THREADS[name] = threading.Thread(target=function, name=name, daemon=True)
    THREADS[name].start()
    return THREADS[name]


def forever() -> None:
    time.sleep(1000)


def spin() -> None:
    while True:
        pass


class Account:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.__private = threading.Lock()

    def outer(self) -> None:
        with self._lock:
            self.inner()

    def inner(self) -> None:
        with self._lock:
            pass

    def private(self) -> None:
        with self.__private:
            forever()

    def wait_private(self) -> None:
        with self.__private:
            pass


class Slotted:
    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = threading.Lock()


@way
def cycle() -> None:
    def other() -> None:
        with book_lock:
            time.sleep(0.2)
            ledger_lock.acquire()

    with ledger_lock:
        beside(other, "cycle.other")
        time.sleep(0.2)
        with book_lock:
            pass


@way
def itself() -> None:
    Account().outer()


@way
def several_items() -> None:
    def other() -> None:
        with third:
            with first:
                pass

    first, second, third = (threading.Lock() for _ in range(3))
    third.acquire()
    beside(other, "several_items.other")
    with first, second:
        time.sleep(0.1)
        third.release()
        time.sleep(0.2)
        with ExitStack() as stack:
            stack.enter_context(third)


@way
def one_line() -> None:
    lock = threading.Lock()
    lock.acquire(); lock.acquire()  # fmt: skip # noqa: E702


@way
def acquired() -> None:
    lock = threading.Lock()

    def other() -> None:
        lock.acquire()
        try:
            forever()
        finally:
            lock.release()

    beside(other, "acquired.other")
    time.sleep(0.1)
    lock.acquire()


@way
def let_go() -> None:
    """The lock was taken here, and let go in a loop: nobody can tell who has it."""
    lock = threading.Lock()

    def other() -> None:
        lock.acquire()
        while True:
            if event.is_set():
                lock.release()
                lock.acquire()
            forever()

    beside(other, "let_go.other")
    time.sleep(0.1)
    with lock:
        pass


@way
def timed() -> None:
    lock = threading.Lock()
    with lock:
        lock.acquire(timeout=1000)


@way
def in_a_table() -> None:
    def other() -> None:
        with table["eu"]:
            forever()

    beside(other, "in_a_table.other")
    time.sleep(0.1)
    region = "eu"
    with table[region]:
        pass


@way
def in_a_slot() -> None:
    slotted = Slotted()

    def other() -> None:
        with slotted.lock:
            forever()

    beside(other, "in_a_slot.other")
    time.sleep(0.1)
    with slotted.lock:
        pass


@way
def private() -> None:
    account = Account()
    beside(account.private, "private.other")
    time.sleep(0.1)
    account.wait_private()


@way
def owned() -> None:
    def other() -> None:
        with reentrant:
            forever()

    beside(other, "owned.other")
    time.sleep(0.1)
    with reentrant:
        pass


@way
def on_condition() -> None:
    with condition:
        condition.wait()


@way
def for_condition() -> None:
    with condition:
        condition.wait_for(lambda: False)


@way
def condition_lock() -> None:
    inner = threading.Lock()
    taken = threading.Condition(inner)

    def other() -> None:
        with taken:
            forever()

    beside(other, "condition_lock.other")
    time.sleep(0.1)
    with taken:
        pass


@way
def on_event() -> None:
    event.wait()


@way
def on_semaphore() -> None:
    with semaphore:
        pass


@way
def on_barrier() -> None:
    barrier.wait()


@way
def empty_queue() -> None:
    inbox.get()


@way
def full_queue() -> None:
    full.put(1)
    full.put(2)


@way
def simple_queue() -> None:
    simple.get()


@way
def on_promise() -> None:
    promise.result()


@way
def joining() -> None:
    thread = beside(forever, "joining.other")
    thread.join()


@way
def own_pool() -> None:
    with ThreadPoolExecutor(2, thread_name_prefix="own_pool.worker") as pool:

        def outer() -> int:
            time.sleep(0.2)
            return pool.submit(abs, -1).result()

        futures = [pool.submit(outer) for _ in range(2)]
        futures[0].result()


@way
def roomy_pool() -> None:
    """A worker is left that could do it, only it is busy."""
    with ThreadPoolExecutor(2, thread_name_prefix="roomy_pool.worker") as pool:

        def outer() -> int:
            time.sleep(0.2)
            return pool.submit(abs, -1).result()

        pool.submit(forever)
        pool.submit(outer).result()


@way
def shutting_down() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(forever)


@way
def process_pool() -> None:
    with ProcessPoolExecutor(1) as pool:
        pool.submit(time.sleep, 1000).result()


@way
def mapped() -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(time.sleep, [1000])


@way
def lost() -> None:
    context = multiprocessing.get_context(os.environ.get("METHOD", "fork"))
    with context.Pool(2) as pool:
        pool.map(abs, range(4))
        result = pool.apply_async(time.sleep, (1000,))
        time.sleep(0.5)
        for worker in list(pool._pool):  # type: ignore[attr-defined]
            os.kill(worker.pid, signal.SIGKILL)
        result.get()


@way
def subprocess_run() -> None:
    subprocess.run(["sleep", "1000"], check=False)


@way
def communicating() -> None:
    child = subprocess.Popen(["sleep", "1000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.communicate()


@way
def joined_process() -> None:
    process = multiprocessing.get_context("fork").Process(target=forever)
    process.start()
    process.join()


@way
def waitpid() -> None:
    pid = os.fork()
    if not pid:
        time.sleep(1000)
        os._exit(0)
    os.waitpid(pid, 0)


@way
def event_loop() -> None:
    async def leaf() -> None:
        await asyncio.Event().wait()

    async def middle() -> None:
        await asyncio.create_task(leaf(), name="leaf")

    async def root() -> None:
        await asyncio.gather(asyncio.create_task(middle(), name="middle"))

    asyncio.run(root())


@way
def sleeping() -> None:
    time.sleep(1000)


@way
def on_socket() -> None:
    one, other = socket.socketpair()
    assert other.fileno()
    one.recv(1)


@way
def on_pipe() -> None:
    reader, writer = os.pipe()
    assert writer
    os.read(reader, 1)


@way
def polling() -> None:
    reader, writer = os.pipe()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    assert writer
    poll.poll()


@way
def selecting() -> None:
    reader, writer = os.pipe()
    assert writer
    select.select([reader], [], [])


@way
def file_lock() -> None:
    with tempfile.NamedTemporaryFile() as file:
        with open(file.name) as again:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.flock(again, fcntl.LOCK_EX)


@way
def handshake() -> None:
    """A lock that another thread lets go: it ends, whatever it looks like."""
    done = threading.Lock()
    done.acquire()

    def finish(lock: Any) -> None:
        forever()
        lock.release()

    beside(partial(finish, done), "handshake.other")
    done.acquire()


@way
def process_lock() -> None:
    lock = multiprocessing.get_context("fork").Lock()
    with lock:
        lock.acquire()


@way
def alone() -> None:
    inbox.get()


@way
def crossed() -> None:
    """Two threads, each with what the other wants, by ``acquire`` alone."""
    one, other = threading.Lock(), threading.Lock()

    def across() -> None:
        other.acquire()
        time.sleep(0.2)
        one.acquire()

    one.acquire()
    beside(across, "crossed.other")
    time.sleep(0.2)
    other.acquire()


@way
def joined_alone() -> None:
    """All that is left waits for all that is left."""
    beside(event.wait, "joined_alone.other")
    THREADS["joined_alone.other"].join()


@way
def numbers() -> None:
    spin()


@way
def hashing() -> None:
    import hashlib

    data = bytes(1 << 30)
    while True:
        hashlib.sha256(data)


#: Ways for the main thread, so that no other is there.
IN_MAIN = ("alone", "crossed", "joined_alone")


def main(names: list[str]) -> None:
    in_main = names[0] if names[0] in IN_MAIN else None
    for name in names:
        if name != in_main:
            THREADS[name] = threading.Thread(target=WAYS[name], name=name, daemon=True)
            THREADS[name].start()
    settle = (
        float(os.environ.get("SETTLE", 0)) or 2.5 if {"lost", "process_pool", "mapped"} & set(names) else 0.8
    )

    def watch() -> None:
        time.sleep(settle)
        prober = Prober(Stacks(os.getcwd()))
        THREADS.setdefault(in_main or "", threading.main_thread())
        late = {thread.ident or 0: thread.native_id or 0 for name, thread in THREADS.items() if name in names}
        for _ in range(2):
            line = prober.take(1, late, get_ident())
        told = json.loads(line)
        print(json.dumps({"probe": told, "still": prober.still(late)}))
        sys.stdout.flush()
        for child in multiprocessing.active_children():
            child.kill()
        os.killpg(0, signal.SIGKILL)

    if in_main is None:
        threading.Thread(target=watch).start()
        forever()
    else:
        import _thread

        _thread.start_new_thread(watch, ())
        WAYS[in_main]()


if __name__ == "__main__":
    main(sys.argv[1:])
