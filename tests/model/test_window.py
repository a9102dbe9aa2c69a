"""Bars, ticks and zoom are right at any length and width."""

from hypothesis import given
from hypothesis import strategies as st

from hamtui.model.window import Window, bar, fit, room_for, tick_label, ticks

seconds = st.floats(0, 1e6)
widths = st.integers(0, 400)


@given(seconds, seconds, seconds, st.floats(0.001, 1e6), widths)
def test_a_bar_stays_inside(start: float, took: float, left: float, length: float, width: int) -> None:
    at, own = bar(start, start + took, Window(left, left + length), width)
    assert 0 <= at
    assert 0 <= own
    assert at + own <= width * 8
    inside = width > 0 and start + took >= left and start <= left + length
    assert (own > 0) == inside


@given(seconds, seconds, st.integers(1, 300))
def test_bars_keep_the_order_of_time(one: float, other: float, width: int) -> None:
    window = fit(max(one, other), live=True)
    first, _ = bar(min(one, other), max(one, other), window, width)
    second, _ = bar(max(one, other), max(one, other), window, width)
    assert first <= second


@given(seconds)
def test_a_live_window_has_room_and_grows_by_steps(elapsed: float) -> None:
    room = room_for(elapsed)
    assert room > elapsed
    assert room <= max(0.02, elapsed * 2.01)
    assert room_for((elapsed + room) / 2) == room or elapsed > room * 0.999


def test_what_is_over_fits_exactly() -> None:
    assert fit(12.5, live=False) == Window(0.0, 12.5)
    assert fit(0.0, live=False).length > 0


@given(st.floats(0, 1e6), st.floats(0.001, 1e6), st.integers(0, 300))
def test_ticks_do_not_overlap(start: float, length: float, width: int) -> None:
    found = ticks(Window(start, start + length), width)
    free = 0
    for column, label in found:
        assert column >= free
        free = column + len(label)
        assert free <= width


def test_ticks_are_round() -> None:
    assert [label for _, label in ticks(Window(0, 240), 80)][:3] == ["0s", "30s", "1m"]
    assert [label for _, label in ticks(Window(0, 1), 40)] == ["0s", "0.5s"]
    assert tick_label(9000, 1800) == "2h30"


@given(seconds, st.floats(0.01, 1e5), st.floats(0.1, 10), st.floats(-2, 2))
def test_zoom_and_pan_never_leave_the_run(start: float, length: float, factor: float, part: float) -> None:
    window = Window(start, start + length)
    for other in (window.zoom(factor), window.zoom(factor, start), window.pan(part)):
        assert other.start >= 0
        assert other.length > 0
    assert abs(window.zoom(0.5, start).start - start) < 1e-6 * max(1.0, start)
