"""How often a frame is sent, and what a line takes: without a clock, without a terminal."""

import os

from hypothesis import given
from hypothesis import strategies as st

from hamtui.tui.pace import MOST_S, Meter, Pace
from hamtui.tui.wire import Wire


def test_a_slow_line_lowers_it_and_a_fast_one_raises_it_again() -> None:
    pace = Pace.of(30)
    assert not pace.after(0.2).lowered  # far away, not slow
    slow = pace.after(0.8)
    assert slow.lowered and slow.fps == 1.0
    again = slow
    for _ in range(6):
        again = again.after(0.01)
    assert again == pace


@given(st.integers(1, 60), st.lists(st.floats(0, 100)))
def test_it_stays_within_what_was_asked_for_and_never_stops(fps: int, took: list[float]) -> None:
    pace = Pace.of(fps)
    for each in took:
        pace = pace.after(each)
        assert pace.least <= pace.interval <= max(MOST_S, pace.least)


def test_the_meter_tells_the_last_whole_window() -> None:
    meter = Meter().at(10.0, 1_000).at(10.5, 9_000)
    assert meter.count == 1_000
    assert meter.at(12.0, 5_000).rate == 2_000


def test_what_is_given_is_written_in_order_and_counted() -> None:
    read, write = os.pipe()
    wire = Wire(clock=lambda: 7.0)
    assert not wire.is_open
    with os.fdopen(write, "w") as file:
        wire.open(file)
        for number in range(200):
            wire.write(f"é{number};")
        wire.settle()
        assert wire.waiting == 0 and wire.taken_at == 7.0
        wire.close()
    with os.fdopen(read, encoding="utf-8") as got:
        text = got.read()
    assert text == "".join(f"é{number};" for number in range(200)) and wire.taken == len(text.encode())


def test_a_line_that_takes_nothing_holds_nobody_up_and_one_that_is_gone_loses_it() -> None:
    read, write = os.pipe()
    wire = Wire()
    file = os.fdopen(write, "w")
    wire.open(file)
    wire.write("x" * 1_000_000)  # a pipe holds 64 KiB
    assert wire.waiting > 900_000
    os.close(read)
    wire.close()
    assert wire.waiting == 0
    file.close()
