"""A signal's handler that raises inside our hooks: the user gets his exception, and the files stay true."""

import gc
import logging
import random
import signal
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from hamtui.recorder import guard
from hamtui.recorder.spans import SPANS
from tests.recorder.inside import Launch

_LENGTH = 30
CHAIN = "def n0() -> int:\n    return 0\n" + "".join(
    f"def n{at}(n{at - 1}: int) -> int:\n    return n{at - 1}\n" for at in range(1, _LENGTH)
)
LAST = f"n{_LENGTH - 1}"


class OverTimeError(Exception):
    """What a program's own time limit raises."""


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    logging.disable(logging.CRITICAL)
    yield Launch(tmp_path)
    logging.disable(logging.NOTSET)
    assert SPANS.all() == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, TimeoutError, OverTimeError])
def test_what_a_handler_raises_anywhere_ends_the_run_and_no_span_stays_open(
    launch: Launch, kind: type[BaseException]
) -> None:
    driver = launch.driver(CHAIN)
    driver.execute([LAST])
    raised, inside, surfaced = 0, 0, 0

    def handler(_number: int, interrupted: FrameType | None) -> None:
        nonlocal raised, inside
        raised += 1
        frame = interrupted
        while frame is not None and "/hamtui/recorder/" not in frame.f_code.co_filename:
            frame = frame.f_back
        inside += frame is not None
        raise kind("time is up")

    wait = random.Random(1)
    before = signal.signal(signal.SIGALRM, handler)
    gc.disable()  # what is raised in somebody's callback of the collector goes nowhere
    try:
        for _ in range(400):
            try:
                try:
                    signal.setitimer(signal.ITIMER_REAL, wait.uniform(1e-5, 8e-4))
                    driver.execute([LAST])
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except kind:
                surfaced += 1
            assert SPANS.all() == []
    finally:
        gc.enable()
        signal.signal(signal.SIGALRM, before)
    assert raised == surfaced and inside > 50
    started = {line["run_id"] for line in launch.flight("graph_start")}
    ended = {line["run_id"] for line in launch.flight("graph_end")}
    # Where the handler met Hamilton itself, between its own ``finally`` and our hook, nobody can say the end.
    assert len(started - ended) <= 5
    assert launch.flight("recorder_fault") == []
    closed = {(line["run_id"], line["node"]) for line in launch.flight("node_end")}
    opened = {(line["run_id"], line["node"]) for line in launch.flight("node_start")}
    assert {run_id for run_id, _ in opened - closed} <= started - ended


def test_an_oserror_of_ours_is_none_of_the_user_s() -> None:
    def fails(_number: int, _frame: object) -> None:
        raise TimeoutError

    _, error = guard.attempt(fails, 1, sys._getframe().f_back)
    assert isinstance(error, TimeoutError)


def test_a_hook_at_the_recursion_limit_leaves_the_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def deeper(_where: str, _error: Exception) -> None:
        raise RecursionError

    @guard.hook
    def fails(_self: object, _said: object) -> None:
        raise ValueError

    monkeypatch.setattr(guard.FAULTS, "note", deeper)
    fails(None)


def test_graphs_and_functions_that_are_done_with_go(launch: Launch) -> None:
    recorder = launch.recorder()
    gone = []
    for _ in range(3):
        driver = launch.driver(CHAIN, recorder=recorder, big=[0])
        driver.execute([LAST])
        gone += [weakref.ref(driver.graph), weakref.ref(driver.graph.nodes[LAST])]
    del driver
    gc.collect()
    assert [one() for one in gone] == [None] * 6
    assert recorder._words.nodes == {} and recorder._runs._planner._plans == {}
