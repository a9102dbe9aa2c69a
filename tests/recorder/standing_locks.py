"""Threads that wait for threads."""

import multiprocessing
import multiprocessing.synchronize
import queue
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

from tests.recorder.standing import THREADS, beside, forever, way

ledger_lock, book_lock, third_lock = (threading.Lock() for _ in range(3))
table = {"eu": threading.Lock()}
reentrant = threading.RLock()
condition, event, semaphore = threading.Condition(), threading.Event(), threading.Semaphore(0)
barrier = threading.Barrier(3)
inbox: "queue.Queue[int]" = queue.Queue()
full: "queue.Queue[int]" = queue.Queue(1)
simple: "queue.SimpleQueue[int]" = queue.SimpleQueue()
promise: "Future[int]" = Future()


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
def roomy_watched_pool() -> None:
    """Its own pool, but somebody hears of the jobs, who may cancel them: an event loop does when it has waited enough."""
    with ThreadPoolExecutor(1, thread_name_prefix="roomy_watched_pool.worker") as pool:

        def outer() -> int:
            time.sleep(0.2)
            job = pool.submit(abs, -1)
            job.add_done_callback(print)
            return job.result()

        pool.submit(outer).result()


@way
def shutting_down() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(forever)


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
