"""Waits for locks that are no deadlock, however much they look like one."""

import contextlib
import signal
import threading
import time

from staging import ENDS_S, burn, thread, until_end  # type: ignore[import-not-found]


def sleeping_holder() -> int:
    """The lock's holder sleeps for long."""
    book_lock, held = threading.Lock(), threading.Event()

    def keep() -> None:
        with book_lock:
            held.set()
            time.sleep(600)

    thread(keep, name="keeper")
    held.wait()
    with book_lock:  # stuck here
        return 1


def slow_holder() -> int:
    """The lock's holder sleeps, then lets go."""
    book_lock, held = threading.Lock(), threading.Event()

    def keep() -> None:
        with book_lock:
            held.set()
            time.sleep(ENDS_S)

    thread(keep, name="keeper")
    held.wait()
    with book_lock:  # stuck here
        return 1


def working_holder() -> int:
    """The lock's holder works, then lets go."""
    book_lock, held = threading.RLock(), threading.Event()

    def keep() -> None:
        with book_lock:
            held.set()
            burn()

    thread(keep, name="keeper")
    held.wait()
    with book_lock:  # stuck here
        return 1


def handshake() -> int:
    """Takes a lock twice, as its own signal: a worker releases it when it is done."""
    done = threading.Lock()
    done.acquire()

    def work() -> None:
        time.sleep(ENDS_S)
        done.release()

    thread(work, name="worker")
    done.acquire()  # stuck here
    return 1


def handshake_with() -> int:
    """The same, where the second time is a ``with``."""
    done = threading.Lock()
    done.acquire()

    def work() -> None:
        time.sleep(ENDS_S)
        done.release()

    thread(work, name="worker")
    with done:  # stuck here
        return 1


class _Relay:
    """A lock as a signal, in an object that the worker has."""

    def __init__(self) -> None:
        self.done = threading.Lock()

    def work(self) -> None:
        time.sleep(ENDS_S)
        self.done.release()

    def wait(self) -> int:
        self.done.acquire()  # stuck here: handshake_in_an_object
        return 1


def handshake_in_an_object() -> int:
    relay = _Relay()
    relay.done.acquire()
    thread(relay.work, name="worker")
    return relay.wait()


def released_by_a_timer() -> int:
    """Inside of a ``with`` of its own, waits for the same lock: a timer releases it."""
    gate = threading.Lock()
    with gate:
        timer = threading.Timer(ENDS_S, gate.release)
        timer.daemon = True
        timer.start()
        gate.acquire()  # stuck here
    return 1


def cycle_with_a_limit() -> int:
    """A cycle of two locks, in which the other thread gives up after a while."""
    book_lock, ledger_lock = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def refresh() -> None:
        with ledger_lock:
            both.wait()
            if book_lock.acquire(timeout=ENDS_S):
                book_lock.release()

    thread(refresh, name="refresh")
    with book_lock:
        both.wait()
        with ledger_lock:  # stuck here
            return 1


def cycle_with_own_limit() -> int:
    """A cycle of two locks, in which the node itself gives up after a while."""
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
        if ledger_lock.acquire(timeout=ENDS_S):  # stuck here
            ledger_lock.release()
    return 1


def cycle_that_polls() -> int:
    """A cycle of two locks, in which the other thread tries again and again, and gives up at last."""
    book_lock, ledger_lock = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def refresh() -> None:
        with ledger_lock:
            both.wait()
            on = until_end()
            while on() and not book_lock.acquire(blocking=False):
                time.sleep(0.5)

    thread(refresh, name="refresh")
    with book_lock:
        both.wait()
        with ledger_lock:  # stuck here
            return 1


def cycle_broken_by_a_third() -> int:
    """A cycle of two locks, one of which a third thread lets go in the end: any thread may."""
    book_lock, ledger_lock = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def refresh() -> None:
        with contextlib.suppress(RuntimeError), ledger_lock:
            both.wait()
            with book_lock:
                pass

    def watch() -> None:
        time.sleep(ENDS_S)
        ledger_lock.release()

    thread(refresh, name="refresh")
    thread(watch, name="watchdog")
    with book_lock:
        both.wait()
        with ledger_lock:  # stuck here
            return 1


def own_lock_with_an_alarm() -> int:
    """Waits for its own lock until an alarm's handler raises."""
    lock = threading.Lock()

    def ring(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, ENDS_S)
    with lock, contextlib.suppress(TimeoutError):
        lock.acquire()  # stuck here
    return 1


def lock_convoy() -> int:
    """Four threads work under one lock in turn, the node's own among them."""
    book_lock, on = threading.Lock(), until_end()

    def work() -> None:
        while on():
            with book_lock:
                time.sleep(0.03)
            time.sleep(0.001)

    for number in range(4):
        thread(work, name=f"clerk-{number}")
    while on():
        with book_lock:  # stuck here
            time.sleep(0.001)
    return 1
