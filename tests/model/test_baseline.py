"""What a node's past says: what is usual, and from when on it is late."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract.launch import LaunchInfo
from hamtui.model.baseline import NO_PAST, Past, Usual, limit, percentile, usual
from hamtui.model.fold import Launch
from hamtui.model.state import PlannedNode, Run, Span, SpanKey
from hamtui.model.verdict import threshold
from hamtui.model.verdict import usual as usual_of

SECONDS = st.floats(0, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("taken", "seconds"),
    [
        ([], None),
        ([700.0], None),
        ([1.0, 2.0], 60.0),
        ([1.0, 20.0], 100.0),
        ([1.0] * 4, 60.0),
        ([1.0] * 5, 30.0),
        ([9.0] * 4 + [40.0], 101.4),  # three times the 95th percentile, 33.8
        ([1.0] * 99 + [600.0], 900.0),  # half as long again as the longest
    ],
)
def test_when_it_is_late(taken: list[float], seconds: float | None) -> None:
    assert limit(taken) == (None if seconds is None else pytest.approx(seconds))


def test_what_is_usual() -> None:
    assert usual([]) is None
    assert usual([3.0]) == Usual(1, 3.0, 3.0, 3.0)
    assert usual([4.0, 1.0, 3.0, 2.0]) == pytest.approx((4, 2.5, 3.85, 4.0))


@given(st.lists(SECONDS, min_size=1, max_size=60))
def test_percentiles_lie_within_and_in_order(taken: list[float]) -> None:
    known = usual(taken)
    assert known is not None
    assert known.p50 == pytest.approx(statistics.median(taken))
    assert min(taken) <= known.p50 <= known.p95 <= known.max == max(taken)


@given(st.lists(SECONDS, min_size=2, max_size=60), st.floats(0, 1))
def test_a_percentile_grows_with_its_share(taken: list[float], share: float) -> None:
    ordered = sorted(taken)
    low, high = percentile(ordered, share / 2), percentile(ordered, share)
    assert low <= high or low == pytest.approx(high)


@given(st.lists(SECONDS, min_size=2, max_size=60))
def test_what_it_did_before_is_never_late(taken: list[float]) -> None:
    seconds = limit(taken)
    assert seconds is not None
    assert seconds >= 30
    assert seconds >= max(taken)


def launch_of(version: str | None, **info: float) -> tuple[Launch, Span]:
    launch = Launch("one")
    launch.info = LaunchInfo(**info)  # type: ignore[arg-type]
    run = launch.runs["r"] = Run("r")
    run.nodes["joined"] = PlannedNode("joined", version=version)
    span = Span(SpanKey("r", None, "joined"), "running")
    run.spans[span.key] = span
    return launch, span


def test_the_past_is_asked_after_tag_and_option() -> None:
    past = Past({("joined", "v1"): (10.0, 20.0, 40.0)})
    launch, span = launch_of("v1")
    assert threshold(launch, span, past) == 200.0
    assert threshold(launch, span, NO_PAST) == 120.0
    assert usual_of(launch, span, past) == Usual(3, 20.0, 38.0, 40.0)
    launch.runs["r"].nodes["joined"] = PlannedNode("joined", version="v1", tags={"hamtui.hang_after": "7s"})
    assert threshold(launch, span, past) == 7.0
    launch, span = launch_of("v1", hang_after=5.0)
    assert threshold(launch, span, past) == 5.0


def test_other_code_is_another_past() -> None:
    launch, span = launch_of("v2")
    past = Past({("joined", "v1"): (10.0, 20.0, 40.0)})
    assert threshold(launch, span, past) == 120.0
    assert usual_of(launch, span, past) is None
