"""What a node says of itself, and ranges of time, in words."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hamtui.contract.vitals import Tick
from hamtui.model.baseline import Usual
from hamtui.model.progress import node_left_s, progress_share, progress_text, rate
from hamtui.model.ranges import between, time_left, usually
from hamtui.model.state import COMMON, Now, Rare, Span, SpanKey


def span(*said: tuple[float, float], total: float | None = 10_000, note: str | None = None) -> Span:
    """One that ticked so much at such a time: its first and its newest."""
    ticks = [Tick("r", "n", None, done, total, note, mono) for mono, done in said]
    return Span(
        SpanKey("r", None, "n"),
        "running",
        started_mono=0.0,
        rare=Rare(first_tick=ticks[0], tick=ticks[-1]) if ticks else COMMON,
    )


def at(mono: float) -> Now:
    return Now(1e9 + mono, mono)


@pytest.mark.parametrize(
    ("one", "now", "text"),
    [
        (span(), 5, ""),
        (span((1, 34)), 2, "34/10,000"),
        (span((0, 0), (20, 1120)), 20, "1,120/10,000 · 56/s · ~2m38s left"),
        (span((0, 0), (20, 1120)), 25, "1,120/10,000 · 56/s · ~2m33s left"),
        (span((0, 0), (20, 1120)), 60, "1,120/10,000 · last tick 40s ago"),
        (span((0, 0), (20, 1120), total=None), 20, "1,120 · 56/s"),
        (span((0, 0), (100, 2.5), total=5), 100, "2.5/5 · 1.5/min · ~1m40s left"),
        (span((0, 0), (7200, 1), total=2), 7200, "1/2 · 0.5/h · ~2h00m left"),
        (span((0, 50), (20, 40), total=100), 20, "40/100"),
        (span((0, 0), (1, 10), total=10, note="last\nshard"), 1, "10/10 · 10/s · last␊shard"),
    ],
)
def test_how_far_it_is(one: Span, now: float, text: str) -> None:
    assert progress_text(one, at(now)) == text
    if text and one.tick is not None and one.tick.note is None:
        assert progress_text(one, at(now), ascii_only=True) == text.replace("·", "|")


def test_a_slow_ticker_is_not_quiet_between_two_ticks() -> None:
    assert "left" in progress_text(span((0, 0), (60, 1), total=3), at(90))


@example(0.0, 1.1125369292536007e-308, 0.0, 1.0, 0.0)
@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
def test_nothing_that_a_node_says_breaks_it(
    first: float, then: float, start: float, end: float, now: float
) -> None:
    one = span((start, first), (end, then), total=100)
    share, pace, left = progress_share(one), rate(one), node_left_s(one, at(now))
    assert share is not None
    assert 0 <= share <= 1
    assert pace is None or pace > 0
    assert left is None or left >= 0
    assert progress_text(one, at(now)).startswith(("0", "-", *"123456789"))


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (3.2, 5.9, "3–6 s"),
        (0.04, 0.09, "40–90 ms"),
        (0.02, 45, "20 ms–45 s"),
        (3.0, 3.1, "3 s"),
        (1.2, 2.3, "1.2–2.3 s"),
        (170, 300, "2.8–5 min"),
        (7000, 9000, "1.9–2.5 h"),
        (0, 0, "0 ms"),
        (5, 4, "4–5 s"),
    ],
)
def test_a_range(low: float, high: float, text: str) -> None:
    assert between(low, high) == text
    assert between(low, high, ascii_only=True) == text.replace("–", "-")


def test_what_is_usual() -> None:
    assert usually(Usual(23, 3.1, 6.2, 7.0)) == "usually 3–6 s (23 runs)"
    assert usually(Usual(1, 3.1, 3.1, 3.1), ascii_only=True) == "usually 3 s (1 run)"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (185, 290, "about 3–5 min left"),
        (0, 37, "up to 40 s left"),
        (12.2, 13.9, "about 12–14 s left"),
        (21, 24, "about 20–25 s left"),
        (0, 0.3, "about done"),
        (3600, 3605, "about 60–65 min left"),
        (9000, 9000, "about 2.5 h left"),
    ],
)
def test_what_is_left(low: float, high: float, text: str) -> None:
    assert time_left(low, high) == text


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_a_range_is_words_of_any_two_numbers(low: float, high: float) -> None:
    assert between(low, high, ascii_only=True).isascii()
    assert time_left(low, high, ascii_only=True).isascii()
