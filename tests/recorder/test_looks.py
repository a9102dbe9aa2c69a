"""Which dump is due when: no threads, no clock."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract import stacks
from hamtui.recorder.looks import SHARE, Looks
from hamtui.recorder.spans import Span


def span(started: float, hang_after: float | None = None, name: str = "a") -> Span:
    return Span(("run", None, name), 1, 1, round(started * 1e9), hang_after, None, None)


def test_a_span_is_looked_at_once_then_late_then_still_late() -> None:
    looks, spans = Looks(hang_after=5.0, dump_every=2.0), [span(100.0)]
    said = []
    for tick in range(100 * 10, 112 * 10):
        now = tick / 10
        why = looks.due(spans, now)
        if why is not None:
            said.append((now, why))
            looks.taken(why, now, cost=0.0)
    assert said == [
        (101.0, stacks.FIRST_LOOK),
        (105.0, stacks.LATE),
        (107.0, stacks.STILL_LATE),
        (109.0, stacks.STILL_LATE),
        (111.0, stacks.STILL_LATE),
    ]


def test_the_tag_rules_over_the_option_and_the_option_over_the_default() -> None:
    looks = Looks(hang_after=5.0, dump_every=2.0)
    assert looks.threshold(span(0.0, hang_after=1800.0)) == 1800.0
    assert looks.threshold(span(0.0)) == 5.0
    assert Looks(None, 2.0).threshold(span(0.0)) == 120.0


def test_spans_due_at_once_share_a_dump_and_first_looks_keep_a_second_apart() -> None:
    looks = Looks(hang_after=60.0, dump_every=30.0)
    spans = [span(100.0, name="a"), span(100.0, name="b"), span(100.3, name="c")]
    assert looks.due(spans, 101.0) == stacks.FIRST_LOOK
    looks.taken(stacks.FIRST_LOOK, 101.0, 0.0)
    assert looks.due(spans, 101.5) is None
    assert looks.next_at() == 102.0
    assert looks.due(spans, 102.0) == stacks.FIRST_LOOK
    looks.taken(stacks.FIRST_LOOK, 102.0, 0.0)
    assert looks.due(spans, 103.0) is None


def test_a_late_dump_is_a_first_look_too() -> None:
    looks, spans = Looks(hang_after=0.5, dump_every=30.0), [span(100.0)]
    assert looks.due(spans, 102.0) == stacks.LATE
    looks.taken(stacks.LATE, 102.0, 0.0)
    assert looks.due(spans, 103.0) is None


def test_a_new_late_span_gets_its_own_late_dump() -> None:
    looks = Looks(hang_after=5.0, dump_every=30.0)
    first, second = span(100.0, name="a"), span(102.0, name="b")
    assert looks.due([first, second], 105.0) == stacks.LATE
    looks.taken(stacks.LATE, 105.0, 0.0)
    assert looks.next_at() == 107.0
    assert looks.due([first, second], 107.0) == stacks.LATE


def test_an_asked_dump_puts_off_nothing() -> None:
    looks, spans = Looks(hang_after=5.0, dump_every=30.0), [span(100.0)]
    assert looks.due(spans, 105.0) == stacks.LATE
    looks.taken(stacks.ASKED, 105.0, 0.0)
    assert looks.due(spans, 105.0) == stacks.LATE


def test_a_span_that_ended_is_forgotten() -> None:
    looks = Looks(hang_after=5.0, dump_every=1.0)
    assert looks.due([span(100.0)], 105.0) == stacks.LATE
    looks.taken(stacks.LATE, 105.0, 0.0)
    assert looks.due([], 110.0) is None
    assert looks.next_at() == float("inf")


@given(st.floats(0.0001, 0.5), st.floats(0.05, 1.0))
def test_dumps_have_their_share_of_the_time_and_no_more(cost: float, dump_every: float) -> None:
    looks, spans = Looks(hang_after=0.1, dump_every=dump_every), [span(100.0)]
    spent, now = 0.0, 100.0
    while now < 160.0:
        why = looks.due(spans, now)
        if why is not None:
            looks.taken(why, now, cost)
            spent += cost
        now = max(now + 0.02, min(looks.next_at(), now + 0.5))
    assert spent <= 60.0 * SHARE + cost * 1.01
    assert spent > 0


def test_short_thresholds_are_looked_for_more_often() -> None:
    assert Looks(None, 30.0).pace(0.5) == 0.5
    assert Looks(0.4, 30.0).pace(0.5) == 0.2
    assert Looks(0.001, 30.0).pace(0.5) == 0.05


def test_a_span_started_while_an_exception_without_a_hash_was_handled() -> None:
    @dataclass
    class RetriedError(Exception):
        times: int

    looks = Looks(hang_after=5.0, dump_every=2.0)
    first, again = (span(100.0)._replace(in_flight=RetriedError(1)) for _ in range(2))
    assert looks.due([first], 101.5) == stacks.FIRST_LOOK
    looks.taken(stacks.FIRST_LOOK, 101.5, cost=0.0)
    assert looks.due([again], 103.0) is None
