"""A watcher's launch: however many runs come, it keeps the newest lines, and its counts are those of all."""

import gc
import tracemalloc
from collections import Counter
from itertools import chain
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent, LogRecord
from hamtui.model import keeping, runlist
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact, RunState
from hamtui.model.status import status
from tests.model.streams import CACHE, MAIN, T0
from tests.model.test_keeping import GRAPH, run_of


def small(launch: Launch, *, watched: bool) -> Launch:
    """The same with few places, so that a few runs fill them."""
    launch.apply(Source("graph.g.json", Kind.GRAPH), GRAPH)
    launch.whole.most, launch.troubled.most = 3, 2
    if watched:
        keeping.watch(launch)
        launch.whole.most_lines, launch.troubled.most_lines = 4, 3
    return launch


def states(launch: Launch) -> Counter[RunState]:
    """All runs by state, whether they are kept or only counted."""
    return launch.older.states + Counter(run.state for run in launch.runs.values())


RUNS = st.lists(st.tuples(st.booleans(), st.sampled_from(["end", "end", "end", "b"])), max_size=60)


@given(RUNS, st.randoms(use_true_random=False), st.booleans())
def test_counts_are_equal_whatever_was_dropped(
    runs: list[tuple[bool, str]], chance: object, twice: bool
) -> None:
    streams = [list(run_of(number, fails=bad, until=until)) for number, (bad, until) in enumerate(runs)]
    chance.shuffle(streams)  # type: ignore[attr-defined]
    events = list(chain.from_iterable(streams)) * (2 if twice else 1)
    watched, all_kept = small(Launch("x"), watched=True), small(Launch("x"), watched=False)
    for launch in (watched, all_kept):
        for event in events:
            launch.apply(MAIN, event)
    assert states(watched) == states(all_kept)
    assert runlist.total(watched) == runlist.total(all_kept) == len(runs)
    told = runlist.summary(watched).split(", ")
    assert [said for said in told if "only counted" not in said] == runlist.summary(all_kept).split(", ")
    numbers = {one.run.run_id: one.number for one in runlist.entries(all_kept)}
    kept = {one.run.run_id: one.number for one in runlist.entries(watched)}
    assert kept == {run_id: numbers[run_id] for run_id in kept}
    ended = [run for run in watched.runs.values() if run.state != "running"]
    assert len(ended) <= 3 + 2 + 4 + 3
    assert len(watched.older) == len(runs) - len(watched.runs)


def test_the_newest_lines_stay_and_failed_ones_longer() -> None:
    launch = Launch("x")
    keeping.watch(launch)
    number = 3_200
    for one in range(number):
        for event in run_of(one, fails=one % 10 == 0):
            launch.apply(MAIN, event)
    good = [run for run in launch.runs.values() if run.state == "succeeded"]
    bad = [run for run in launch.runs.values() if run.state == "failed"]
    assert len(good) == keeping.MAX_RUNS + keeping.MAX_LINES and len(launch.older) == number - 2_500 - 320
    assert len(bad) == number / 10, "the failed ones are fewer than what is kept of them"
    assert runlist.summary(launch) == (
        "3,200 runs, 320 failed, median 0.4s, p95 0.4s, 380 older ones only counted"
    )
    newest, *_, oldest = runlist.entries(launch)
    assert (newest.number, oldest.number, oldest.run.run_id) == (3_200, 1, "run-0")
    picture = status(launch, "x", PurePath("/x"), ProcessFact(), Now(T0 + 9_000))
    assert picture["older_runs"] == {"succeeded": 380} and picture["launch"]["started_at"] == T0


def test_what_comes_late_for_a_run_that_is_only_counted_changes_nothing() -> None:
    launch = small(Launch("x"), watched=True)
    for one in range(20):
        for event in run_of(one):
            launch.apply(MAIN, event)
    assert launch.older.has("run-0") and not launch.older.has("run-19") and "run-0" not in launch.runs
    before = list(launch.runs), runlist.summary(launch)
    for event in run_of(0, fails=True):
        launch.apply(Source("hamilton_flight.box.9.jsonl", Kind.FLIGHT, "box", 9), event)
    for kind, value in (("get_result", None), ("resolve_behavior", "CachingBehavior.DISABLE")):
        launch.apply(CACHE, CacheEvent(kind, "run-0", T0, "a", None, "adapter", None, value))
    assert not launch.trails and not launch.behaviors
    assert (list(launch.runs), runlist.summary(launch)) == before


def test_what_a_run_logged_goes_with_its_spans() -> None:
    launch = small(Launch("x"), watched=True)
    for one in range(20):
        events = list(run_of(one))
        for event in events[:-1]:
            launch.apply(MAIN, event)
        launch.apply(
            Source("app.log.jsonl", Kind.APP_LOG), LogRecord(ts=T0 + one, run_id=f"run-{one}", node="a")
        )
        launch.apply(MAIN, events[-1])
    assert [run_id for run_id, *_ in launch.history.logged] == ["run-17", "run-18", "run-19"]


def test_a_line_that_was_restored_is_not_dropped_while_it_is_whole() -> None:
    launch, again = small(Launch("x"), watched=True), Launch("x")
    for one in range(5):
        for event in run_of(one):
            launch.apply(MAIN, event)
    for event in run_of(0):
        again.apply(MAIN, event)
    keeping.restore(launch, again, "run-0")
    for one in range(5, 20):
        for event in run_of(one):
            launch.apply(MAIN, event)
    assert launch.runs["run-0"].spans and not launch.older.has("run-0")
    assert next(iter(launch.runs)) == "run-0" and launch.older.has("run-1")


@pytest.mark.parametrize("watched", [True, False])
def test_a_run_that_is_only_counted_costs_next_to_nothing(watched: bool) -> None:
    launch = small(Launch("x"), watched=watched)
    for one in range(100):
        for event in run_of(one, fails=one % 5 == 0):
            launch.apply(MAIN, event)
    gc.collect()
    tracemalloc.start()
    try:
        for one in range(100, 500):
            for event in run_of(one, fails=one % 5 == 0):
                launch.apply(MAIN, event)
        gc.collect()
        ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/hamtui/model/*")])
        a_run = sum(one.size for one in ours.traces) / 400
    finally:
        tracemalloc.stop()
    # What threads of other tests do meanwhile is not counted. One kept as a line costs more than a kilobyte; of these 24 bytes and what the arrays have in reserve.
    assert (a_run < 300) == watched, a_run
