"""Waits for something that another thread would have to do: events, conditions, queues, futures, joins."""

import multiprocessing
import queue
import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

from staging import ENDS_S, burn, thread  # type: ignore[import-not-found]


def event_never() -> int:
    ready = threading.Event()
    ready.wait()  # stuck here
    return 1


def event_late() -> int:
    """Set in the end by a thread that sleeps until then."""
    ready = threading.Event()

    def work() -> None:
        time.sleep(ENDS_S)
        ready.set()

    thread(work, name="worker")
    ready.wait()  # stuck here
    return 1


def event_with_a_limit() -> int:
    """Nobody sets it, and the wait ends by itself."""
    ready = threading.Event()
    ready.wait(timeout=ENDS_S)  # stuck here
    return 1


def condition_never() -> int:
    changed = threading.Condition()
    with changed:
        changed.wait()  # stuck here
    return 1


def condition_late() -> int:
    changed = threading.Condition()

    def work() -> None:
        time.sleep(ENDS_S)
        with changed:
            changed.notify()

    thread(work, name="worker")
    with changed:
        changed.wait()  # stuck here
    return 1


def semaphore_never() -> int:
    slots = threading.Semaphore(1)
    slots.acquire()
    with slots:  # stuck here
        return 1


def semaphore_late() -> int:
    slots = threading.BoundedSemaphore(1)
    slots.acquire()

    def work() -> None:
        time.sleep(ENDS_S)
        slots.release()

    thread(work, name="worker")
    slots.acquire()  # stuck here
    return 1


def barrier_short() -> int:
    """Two of three come."""
    all_three = threading.Barrier(3)
    thread(all_three.wait, name="second")
    all_three.wait()  # stuck here
    return 1


def queue_never() -> int:
    results: queue.Queue[int] = queue.Queue()
    return results.get()  # stuck here


def queue_late() -> int:
    results: queue.Queue[int] = queue.Queue()

    def work() -> None:
        time.sleep(ENDS_S)
        results.put(1)

    thread(work, name="worker")
    return results.get()  # stuck here


def simple_queue_never() -> int:
    results: queue.SimpleQueue[int] = queue.SimpleQueue()
    return results.get()  # stuck here


def queue_full() -> int:
    """Nobody takes anything out."""
    jobs: queue.Queue[int] = queue.Queue(2)
    for number in range(3):
        jobs.put(number)  # stuck here
    return 1


def queue_join() -> int:
    """The worker that should say task_done is gone."""
    jobs: queue.Queue[int] = queue.Queue()
    jobs.put(1)
    thread(jobs.get, name="worker").join()
    jobs.join()  # stuck here
    return 1


def future_never() -> int:
    """A future that nobody sets."""
    answer: Future[int] = Future()
    return answer.result()  # stuck here


def future_working() -> int:
    """A pool's thread works on it."""
    with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
        answer = pool.submit(burn)
        answer.result()  # stuck here
    return 1


def future_sleeping() -> int:
    """A pool's thread sleeps, then ends."""
    with ThreadPoolExecutor(2, thread_name_prefix="pool") as pool:
        answer = pool.submit(time.sleep, ENDS_S)
        answer.result()  # stuck here
    return 1


def future_queued() -> int:
    """Waits for a job behind a long one in the pool's queue."""
    with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
        pool.submit(time.sleep, ENDS_S)
        second = pool.submit(int, "1")
        return second.result()  # stuck here


def pool_in_pool() -> int:
    """A worker waits for a job of its own pool, which another worker will take in the end."""
    with ThreadPoolExecutor(2, thread_name_prefix="pool") as pool:

        def outer() -> int:
            inner = pool.submit(int, "1")
            return inner.result()

        pool.submit(time.sleep, ENDS_S)
        job = pool.submit(outer)
        return job.result()  # stuck here


def own_pool_cancelled() -> int:
    """The only worker of a pool waits for a job of that pool, until a watchdog cancels that."""
    with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:

        def outer() -> int:
            inner = pool.submit(int, "1")
            thread(cancel, inner, name="watchdog")
            try:
                return inner.result()
            except CancelledError:
                return 1

        def cancel(inner: Future[int]) -> None:
            time.sleep(ENDS_S)
            inner.cancel()

        job = pool.submit(outer)
        return job.result()  # stuck here


def thread_pool_map() -> int:
    """multiprocessing's pool of threads."""
    with ThreadPool(2) as pool:
        pool.map(time.sleep, [ENDS_S, ENDS_S])  # stuck here
    return 1


def join_sleeping() -> int:
    sleeper = thread(time.sleep, 600, name="sleeper")
    sleeper.join()  # stuck here
    return 1


def join_working() -> int:
    worker = thread(burn, name="worker")
    worker.join()  # stuck here
    return 1


def join_waiting() -> int:
    """The thread to join waits for an event that nobody sets."""
    waiter = thread(threading.Event().wait, name="waiter")
    waiter.join()  # stuck here
    return 1


def process_event_never() -> int:
    """A semaphore of the system's, shared with no other process."""
    ready = multiprocessing.get_context("fork").Event()
    ready.wait()  # stuck here
    return 1


def process_lock_taken() -> int:
    """A lock of multiprocessing, which a thread took that is gone."""
    lock = multiprocessing.get_context("fork").Lock()
    thread(lock.acquire, name="taker").join()
    with lock:  # stuck here
        return 1
