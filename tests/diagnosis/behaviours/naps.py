"""Sleeps and polls."""

import queue
import socket
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

from staging import ENDS_S, until_end  # type: ignore[import-not-found]

from hamtui import tick


def long_sleep() -> int:
    time.sleep(3600)  # stuck here
    return 1


def sleep_to_the_end() -> int:
    time.sleep(ENDS_S)  # stuck here
    return 1


def sleep_loop() -> int:
    """Looks once a second for what never comes."""
    done = threading.Event()
    while not done.is_set():
        time.sleep(1)  # stuck here
    return 1


def sleep_loop_fast() -> int:
    done = threading.Event()
    while not done.is_set():
        time.sleep(0.1)  # stuck here
    return 1


def sleep_loop_ends() -> int:
    on = until_end()
    while on():
        time.sleep(0.5)  # stuck here
    return 1


def poll_queue() -> int:
    results: queue.Queue[int] = queue.Queue()
    while True:
        try:
            return results.get(timeout=1)  # stuck here
        except queue.Empty:
            continue


def poll_event() -> int:
    ready = threading.Event()
    while not ready.wait(timeout=0.5):  # stuck here
        pass
    return 1


def poll_future() -> int:
    answer: Future[int] = Future()
    while True:
        try:
            return answer.result(timeout=1)  # stuck here
        except NotYet:
            continue


def poll_lock() -> int:
    """A lock that a thread took that is gone, asked for again and again."""
    taken = threading.Lock()
    taker = threading.Thread(target=taken.acquire, name="taker")
    taker.start()
    taker.join()
    while not taken.acquire(timeout=0.5):  # stuck here
        pass
    return 1


def retry_backoff() -> int:
    """A server that is not there, tried again with a growing pause, then given up."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    on, pause, tries = until_end(), 0.1, 0
    while on():
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            tries += 1
        time.sleep(pause)
        pause = min(1.0, pause * 1.5)
    return tries


def prints_and_sleeps() -> int:
    """A line of output after each step of a second."""
    on, steps = until_end(), 0
    while on():
        time.sleep(0.7)
        steps += 1
        print(f"step {steps}")
        sys.stdout.flush()
    return steps


def ticks_and_sleeps() -> int:
    """Tells how far it is after each step of a second."""
    on, steps = until_end(), 0
    while on():
        time.sleep(0.7)
        steps += 1
        tick(steps, total=12, note="steps")
    return steps
