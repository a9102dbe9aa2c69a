"""A service's thousands of runs: the newest whole, the older ones a line each, at the same cost an event."""

import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

import pytest

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.model import keeping, runs
from hamtui.model.counts import counts
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact, Run
from hamtui.model.status import status
from tests.model.streams import CACHE, MAIN, T0

NODES = ("a", "b", "c")
GRAPH = Graph(nodes=[PlannedNode(name=name, dependencies=[]) for name in NODES])


def run_of(number: int, *, fails: bool = False, until: str = "end") -> Iterator[FlightEvent]:
    """One run of three nodes, the last of which may fail; or as far as ``until``."""
    at, run_id = float(number), f"run-{number}"
    about = FlightEvent("", ts=T0 + at, run_id=run_id, mono=at, pid=1, thread_id=7)
    yield replace(about, event=flight.GRAPH_START, final_vars=["c"], execution_path=list(NODES), graph="g")
    for step, name in enumerate(NODES):
        began = at + step / 10
        yield replace(about, event=flight.NODE_START, node=name, ts=T0 + began, mono=began)
        if until == name:
            return
        bad = fails and name == "c"
        error = "ValueError: no" if bad else None
        end = replace(about, event=flight.NODE_END, node=name, success=not bad, elapsed_s=0.05, error=error)
        yield replace(end, ts=T0 + began + 0.05, mono=began + 0.05)
    yield replace(
        about,
        event=flight.GRAPH_END,
        ts=T0 + at + 0.4,
        mono=at + 0.4,
        success=not fails,
        elapsed_s=0.4,
        error="ValueError: no" if fails else None,
    )


def folded(*numbers: int, every: int = 0) -> Launch:
    launch = Launch("x")
    launch.apply(Source("graph.g.json", Kind.GRAPH), GRAPH)
    for number in numbers:
        for event in run_of(number, fails=bool(every) and number % every == 0):
            launch.apply(MAIN, event)
    return launch


def test_the_newest_are_whole_and_the_others_tell_their_counts() -> None:
    launch = folded(*range(5_000), every=10)
    assert len(launch.runs) == 5_000
    whole = [run for run in launch.runs.values() if run.line is None]
    assert len(whole) == keeping.MAX_RUNS + keeping.MAX_TROUBLED
    assert all(len(run.spans) == 3 for run in whole)
    picture = status(launch, "x", PurePath("/x"), ProcessFact(), Now(T0 + 9_000))
    assert [run["run_id"] for run in picture["runs"]] == [f"run-{number}" for number in range(5_000)]
    for number, run in enumerate(picture["runs"]):
        bad = number % 10 == 0
        assert run["state"] == ("failed" if bad else "succeeded") and run["elapsed_s"] == 0.4
        assert run["targets"] == ["c"] and run["started_at"] == T0 + number
        assert (run["counts"]["planned"], run["counts"]["failed"]) == (3, int(bad))
        assert (run["error"] is not None) == bad
    old = launch.runs["run-0"]
    assert old.line is not None and not old.spans
    assert [(name, error.type) for name, error in keeping.failures(old) if error] == [("c", "ValueError")]


def test_a_run_that_goes_on_is_whole_however_old() -> None:
    launch = Launch("x")
    for event in run_of(0, until="b"):
        launch.apply(MAIN, event)
    for number in range(1, 2_000):
        for event in run_of(number):
            launch.apply(MAIN, event)
    first = launch.runs["run-0"]
    assert first.line is None and first.state == "running"
    assert {key.node: span.status for key, span in first.spans.items()} == {"a": "succeeded", "b": "running"}


def test_what_a_worker_s_file_tells_after_a_run_has_become_a_line_is_counted() -> None:
    launch = Launch("x")
    launch.apply(Source("graph.g.json", Kind.GRAPH), GRAPH)
    worker = Source("hamilton_flight.box.9.jsonl", Kind.FLIGHT, "box", 9)
    late: list[FlightEvent] = []
    for number in range(keeping.MAX_RUNS + 100):
        for event in run_of(number):
            if event.node is None:
                launch.apply(MAIN, event)
            else:
                late.append(event)
    assert launch.runs["run-0"].line is not None
    for event in late:
        launch.apply(worker, event)
    for run in launch.runs.values():
        assert (counts(run, {})["succeeded"], counts(run, {})["pending"]) == (3, 0), run.run_id


def test_cache_hits_that_are_read_later_are_counted_and_leave_nothing_behind() -> None:
    launch = folded(*range(keeping.MAX_RUNS + 50))
    for number in range(keeping.MAX_RUNS + 50):
        for name in NODES:
            for kind in ("resolve_behavior", "get_data_version", "get_result"):
                value = "CachingBehavior.DEFAULT" if kind == "resolve_behavior" else None
                launch.apply(CACHE, CacheEvent(kind, f"run-{number}", T0, name, None, "adapter", None, value))
    for run in launch.runs.values():
        assert counts(run, {})["cached"] == 3
    assert len(launch.trails) == len(launch.behaviors) == keeping.MAX_RUNS * 3


def test_a_line_costs_little_and_the_fold_no_more_with_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    launch = folded(*range(1_000))
    settle(launch, ProcessFact(), Now(T0 + 9_000))
    places = 0
    place = runs._place

    def counted(run: Run) -> tuple[float, str]:
        nonlocal places
        places += 1
        return place(run)

    monkeypatch.setattr(runs, "_place", counted)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(1_000, 2_500):
            for event in run_of(number):
                launch.apply(MAIN, event)
        gc.collect()
        a_run = tracemalloc.get_traced_memory()[0] / 1_500
    finally:
        tracemalloc.stop()
    assert a_run < 2_500, a_run
    # What is compared to keep the runs in order: a few of them for each that begins, not all.
    assert places < 1_500 * 8


def test_runs_that_are_read_out_of_order_stand_in_order() -> None:
    numbers = [5, 3, 4, 0, 9, 8, 1, 2, 7, 6]
    launch = folded(*numbers)
    assert list(launch.runs) == [f"run-{number}" for number in sorted(numbers)]
