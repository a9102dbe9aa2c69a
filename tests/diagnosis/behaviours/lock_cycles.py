"""Deadlocks that are proven by a cycle of locks, threads and pools."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from staging import thread  # type: ignore[import-not-found]

_BOOK_LOCK, _LEDGER_LOCK = threading.Lock(), threading.Lock()


def two_locks() -> int:
    """Locks of a function, taken in both orders; the other thread reaches them by its closure."""
    book_lock, ledger_lock = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def refresh() -> None:
        with ledger_lock:
            both.wait()
            with book_lock:
                pass

    thread(refresh, name="refresh")
    with book_lock:
        both.wait()
        with ledger_lock:  # stuck here
            return 1


def two_rlocks() -> int:
    book_lock, ledger_lock = threading.RLock(), threading.RLock()
    both = threading.Barrier(2)

    def refresh() -> None:
        with ledger_lock:
            both.wait()
            with book_lock:
                pass

    thread(refresh, name="refresh")
    with book_lock, book_lock:
        both.wait()
        with ledger_lock:  # stuck here
            return 1


def explicit_acquire() -> int:
    """No ``with`` anywhere."""
    book_lock, ledger_lock = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def refresh() -> None:
        ledger_lock.acquire()
        both.wait()
        book_lock.acquire()
        book_lock.release()
        ledger_lock.release()

    thread(refresh, name="refresh")
    book_lock.acquire()
    both.wait()
    ledger_lock.acquire()  # stuck here
    ledger_lock.release()
    book_lock.release()
    return 1


class _Ledger:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.book = _Book(self)

    def post(self, both: threading.Barrier) -> int:
        with self.lock:
            both.wait()
            return self.book.take()


class _Book:
    def __init__(self, ledger: _Ledger) -> None:
        self.lock = threading.Lock()
        self.ledger = ledger

    def take(self) -> int:
        with self.lock:  # stuck here: across_methods
            return 1

    def refresh(self, both: threading.Barrier) -> None:
        with self.lock:
            both.wait()
            with self.ledger.lock:
                pass


def across_methods() -> int:
    ledger, both = _Ledger(), threading.Barrier(2)
    thread(ledger.book.refresh, both, name="refresh")
    return ledger.post(both)


def _refresh_globals(both: threading.Barrier) -> None:
    with _LEDGER_LOCK:
        both.wait()
        with _BOOK_LOCK:
            pass


def global_locks() -> int:
    both = threading.Barrier(2)
    thread(_refresh_globals, both, name="refresh")
    with _BOOK_LOCK:
        both.wait()
        with _LEDGER_LOCK:  # stuck here
            return 1


def dict_of_locks() -> int:
    locks = {name: threading.Lock() for name in ("eur", "usd")}
    both = threading.Barrier(2)

    def move(source: str, target: str) -> int:
        with locks[source]:
            both.wait()
            with locks[target]:  # stuck here: dict_of_locks
                return 1

    thread(move, "usd", "eur", name="usd-to-eur")
    return move("eur", "usd")


def three_cycle() -> int:
    first_lock, second_lock, third_lock = threading.Lock(), threading.Lock(), threading.Lock()
    all_three = threading.Barrier(3)

    def hold(mine: threading.Lock, next_lock: threading.Lock) -> int:
        with mine:
            all_three.wait()
            with next_lock:  # stuck here: three_cycle
                return 1

    thread(hold, second_lock, third_lock, name="second")
    thread(hold, third_lock, first_lock, name="third")
    return hold(first_lock, second_lock)


def lock_and_join() -> int:
    """Joins a thread while it holds the lock that the thread wants."""
    book_lock = threading.Lock()

    def refresh() -> None:
        with book_lock:
            pass

    with book_lock:
        refresher = thread(refresh, name="refresher")
        refresher.join()  # stuck here
    return 1


def own_lock() -> int:
    """Takes a lock that is not reentrant twice."""
    lock = threading.Lock()
    with lock:
        time.sleep(0.1)
        with lock:  # stuck here
            return 1


class _Cache:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, int] = {}

    def get(self, key: str) -> int:
        with self._lock:  # stuck here: own_lock_in_a_method
            return self._kept.get(key, 1)

    def get_or_make(self, key: str) -> int:
        with self._lock:
            return self.get(key)


def own_lock_in_a_method() -> int:
    """A method that holds the lock calls one that takes it."""
    return _Cache().get_or_make("eur")


def holds_and_waits_for_a_cycle() -> int:
    """Is in no cycle itself: the thread that has its lock is."""
    book_lock, ledger_lock, rates_lock = threading.Lock(), threading.Lock(), threading.Lock()
    both = threading.Barrier(3)

    def refresh() -> None:
        with rates_lock, ledger_lock:
            both.wait()
            with book_lock:
                pass

    def post() -> None:
        with book_lock:
            both.wait()
            with ledger_lock:
                pass

    thread(refresh, name="refresh")
    thread(post, name="post")
    both.wait()
    time.sleep(0.2)
    with rates_lock:  # stuck here
        return 1


def _stroll() -> None:
    """Has nothing to do with any lock."""
    while True:
        time.sleep(0.05)


def two_locks_beside_others() -> int:
    """Threads go on beside it that have nothing to do with its locks."""
    book_lock, ledger_lock = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def refresh() -> None:
        with ledger_lock:
            both.wait()
            with book_lock:
                pass

    for number in range(3):
        thread(_stroll, name=f"stroller-{number}")
    thread(refresh, name="refresh")
    with book_lock:
        both.wait()
        with ledger_lock:  # stuck here
            return 1


def own_pool() -> int:
    """The only worker of a pool waits for a job of that pool."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="pool")

    def outer() -> int:
        inner = pool.submit(int, "1")
        return inner.result()

    job = pool.submit(outer)
    return job.result()  # stuck here


def lost_worker() -> int:
    """A pool's worker is killed in the middle of a job: the pool starts another one, the job is gone."""
    pool = multiprocessing.get_context("fork").Pool(2)
    job: Any = pool.apply_async(_die)
    done: int = job.get()  # stuck here
    return done


def _die() -> int:
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)
    return 1
