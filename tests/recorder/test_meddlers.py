"""Who could let go what others wait for."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import FrameType
from typing import Any

import pytest

from hamtui.recorder.locals import Locals
from hamtui.recorder.meddlers import Meddlers


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
