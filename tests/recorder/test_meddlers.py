"""Who could let go what others wait for."""

import asyncio
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import FrameType
from typing import Any

import pytest

from hamtui.recorder.locals import Locals
from hamtui.recorder.meddlers import Meddlers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _unlock(lock: Any) -> None:
    lock.release()


def _innocent(lock: Any) -> FrameType:
    with lock:
        return sys._getframe()


def _lets_go(lock: Any) -> FrameType:
    if lock == 1:
        lock.release()
    return sys._getframe()


def _calls_one_that_does(lock: Any) -> FrameType:
    if lock is None:
        _unlock(lock)
    return sys._getframe()


def _by_closure(lock: Any) -> FrameType:
    def later() -> None:
        lock.release()

    assert later is not None
    return sys._getframe()


def _bound(lock: Any) -> FrameType:
    act: Callable[[], None] = lock.release
    assert act is not None
    return sys._getframe()


def _in_an_object(lock: Any) -> FrameType:
    holder = type("Relay", (), {})()
    holder.lock = lock
    if lock is None:
        holder.lock.release()
    return sys._getframe()


def _speaks_of_another(lock: Any) -> FrameType:
    del lock
    other = threading.Lock()
    other.acquire()
    other.release()
    return sys._getframe()


def _has_a_condition(lock: Any) -> FrameType:
    condition = threading.Condition(lock)
    del lock
    assert condition is not None
    return sys._getframe()


@pytest.mark.parametrize(
    ("way", "found"),
    [
        (_innocent, False),
        (_lets_go, True),
        (_calls_one_that_does, True),
        (_by_closure, True),
        (_bound, True),
        (_in_an_object, True),
        (_speaks_of_another, False),
        (_has_a_condition, False),
    ],
)
def test_who_can_let_a_lock_go(way: Callable[[Any], FrameType], found: bool) -> None:
    lock = threading.Lock()
    seen: list[set[int]] = []

    # The frame is looked at while it runs, as a probe does: a profile's call stands in it.
    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "return" and frame.f_code is way.__code__:
            seen.append(Meddlers(Locals()).of({id(lock)}, [frame]))

    sys.setprofile(profile)
    try:
        way(lock)
    finally:
        sys.setprofile(None)
    assert seen == [{id(lock)} if found else set()]


def test_a_future_may_be_cancelled() -> None:
    answer: Future[int] = Future()

    def watchdog() -> FrameType:
        if answer.done():
            answer.cancel()
        return sys._getframe()

    seen: list[set[int]] = []

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "return" and frame.f_code is watchdog.__code__:
            seen.append(Meddlers(Locals()).of({id(answer)}, [frame]))

    sys.setprofile(profile)
    try:
        watchdog()
    finally:
        sys.setprofile(None)
    assert seen == [{id(answer)}]


def _has_much_at_hand(lock: Any) -> FrameType:
    much = [[{"row": [row]} for row in range(64)] for _ in range(64)]
    if lock == 1:
        lock.release()
    assert much
    return sys._getframe()


def _has_much_and_says_nothing(lock: Any) -> FrameType:
    much = [[{"row": [row]} for row in range(64)] for _ in range(64)]
    assert much is not lock
    return sys._getframe()


def test_who_has_too_much_at_hand_could_let_go_of_all() -> None:
    lock = threading.Lock()
    wanted = {id(lock), 1, 2}
    assert Meddlers(Locals()).of(wanted, [_has_much_at_hand(lock)]) == wanted
    assert Meddlers(Locals()).of(wanted, [_has_much_and_says_nothing(lock)]) == set()


shared = threading.Lock()


def _rescue() -> None:
    shared.release()


def _saver(lock: Any) -> Callable[[], None]:
    def save() -> None:
        lock.release()

    return save


class Guard:
    def __init__(self, lock: Any) -> None:
        self.lock = lock

    def fire(self) -> None:
        self.lock.release()


def _sleep_and(way: Callable[[], Any]) -> None:
    time.sleep(1000)
    way()


def _sleep_and_fire(guard: Guard) -> None:
    time.sleep(1000)
    guard.fire()


def _queued(way: Callable[[], Any]) -> None:
    jobs: queue.Queue[Callable[[], Any]] = queue.Queue()
    jobs.put(way)
    time.sleep(1000)
    jobs.get()()


def _pooled(way: Callable[[], Any]) -> None:
    pool = ThreadPoolExecutor(1)
    pool.submit(time.sleep, 1000)
    pool.submit(way)


def _in_a_loop(way: Callable[[], Any]) -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(1000, way)
        await asyncio.sleep(2000)

    asyncio.run(main())


def _in_a_task() -> None:
    async def later() -> None:
        await asyncio.sleep(1000)
        shared.release()

    async def main() -> None:
        task = asyncio.create_task(later())
        await asyncio.wait([task])

    asyncio.run(main())


#: Each a program's way to let ``shared`` go in the end, though no thread's own code says so.
WAYS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "timer of a function": (lambda: threading.Timer(1000, _rescue).start(), ()),
    "timer of a partial": (lambda: threading.Timer(1000, partial(shared.release)).start(), ()),
    "timer of a closure": (lambda: threading.Timer(1000, _saver(shared)).start(), ()),
    "timer of a method": (lambda: threading.Timer(1000, Guard(shared).fire).start(), ()),
    "timer with arguments": (lambda: threading.Timer(1000, _unlock, (shared,)).start(), ()),
    "timer of a partial with arguments": (
        lambda: threading.Timer(1000, partial(_unlock, shared)).start(),
        (),
    ),
    "sleeps, then calls what it was given": (_sleep_and, (_rescue,)),
    "sleeps, then calls a method": (_sleep_and_fire, (Guard(shared),)),
    "in a queue": (_queued, (_rescue,)),
    "in a queue, as a partial": (_queued, (partial(_rescue),)),
    "in a pool": (_pooled, (_rescue,)),
    "in a loop": (_in_a_loop, (_rescue,)),
    "in a task": (_in_a_task, ()),
    "in a loop, the lock's own": (_in_a_loop, (shared.release,)),
}


@pytest.mark.parametrize("name", WAYS)
def test_what_is_to_let_a_lock_go_later(name: str) -> None:
    code = f"""
import sys, threading, time
from tests.recorder import test_meddlers as t
def found():
    me = threading.get_ident()
    meddlers, out = t.Meddlers(t.Locals()), set()
    for ident in sys._current_frames():
        if ident != me:
            frame, frames = sys._current_frames().get(ident), []
            while frame is not None:
                frames.append(frame)
                frame = frame.f_back
            out |= meddlers.of({{id(t.shared)}}, frames)
    return out
import os
t.shared.acquire()
assert not found()
way, args = t.WAYS[{name!r}]
starter = threading.Thread(target=way, args=args)
starter.start()
if {name!r}.startswith("timer"):
    starter.join()  # its own frame speaks of the lock
deadline = time.monotonic() + 4
while not found() and time.monotonic() < deadline:
    time.sleep(0.1)
os._exit(0 if found() else 3)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0
