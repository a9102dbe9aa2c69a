"""Of a long flight file the newest run comes first; the list of runs is the one that reading it in order makes."""

import gc
import json
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract import encode, layout
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph
from hamtui.contract.layout import Kind, Source
from hamtui.follow import earlier
from hamtui.follow.follower import Follower, read_launch
from hamtui.follow.reread import read_run
from hamtui.model import keeping, runlist
from hamtui.model.counts import counts
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.old_runs import OldRun
from hamtui.model.state import Now, ProcessFact
from tests.data.big import Shape, big, run_id
from tests.data.scribe import node
from tests.follow.watching import ref_of

NODES = ["a", "b", "c"]
GRAPH = Graph(nodes=[node("a"), node("b", "a"), node("c", "b")])


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earlier, "LONG", 1)
    monkeypatch.setattr(earlier, "CHUNK", 700)


def newest_first(folder: Path, launch: Launch | None = None) -> tuple[Launch, list[str]]:
    """The launch as the dashboard reads it, and the ids of its runs in the order in which they were met."""
    launch, met = launch or Launch(), dict[str, None]()
    with closing(Follower(ref_of(folder), newest_first=True)) as follower:
        while True:
            batch = follower.read_once()
            for source, record in batch.records:
                launch.apply(source, record)
                met.update(dict.fromkeys(launch.runs))
            launch.unread = batch.unread
            if batch.caught_up:
                return launch, list(met)


def listed(launch: Launch, order: Any = list) -> Any:
    """What the list of runs says, and what was counted beside; failures in an order of their own."""
    settle(launch, ProcessFact(alive=False), Now(9_000.0))
    return [
        {
            "id": run.run_id,
            "state": run.state,
            "targets": run.targets,
            "times": (run.started_at, run.ended_at, run.elapsed_s),
            "error": run.error,
            "counts": counts(run, {}),
            "failures": order(keeping.failures(run)[: keeping.MAX_FAILURES]),
        }
        for run in launch.runs.values()
    ] + [launch.unread, launch.unknown, launch.notices, launch.faults, launch.heard_at]


class Writer:
    """Lines with a clock that goes on."""

    def __init__(self) -> None:
        self.at, self.lines = 100.0, list[bytes]()

    def put(self, event: str, **keys: Any) -> None:
        self.at += 1.0
        told = {"event": event, "ts": self.at, "mono": self.at - 50, "pid": 7, **keys}
        self.lines.append(json.dumps(told).encode() + b"\n")


_FAILED = {"success": False, "error": "KeyError: 'x'", "traceback": "T"}
_SKIPPED = {"success": False, "skipped": True, "caused_by": [{"node": "a", "error": "KeyError: 'x'"}]}
_STOPPED = {"success": False, "error": "KeyboardInterrupt: "}
_DONE = {"success": True, "error": None, "result_summary": {"success": False}}
#: What may befall a node of a run: events of it, in this order.
_FATES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "done": [("node_start", {}), ("node_end", _DONE)],
    "failed": [("node_start", {}), ("node_end", _FAILED)],
    "skipped": [("node_start", {}), ("node_end", _SKIPPED)],
    "stopped": [("node_start", {}), ("node_end", _STOPPED)],
    "never": [],
    "open": [("node_start", {})],
    "end alone": [("node_end", _DONE)],
    "retried": [("node_start", {}), ("node_end", _FAILED), ("node_start", {}), ("node_end", _DONE)],
    "twice": [("node_start", {}), ("node_end", _DONE), ("node_end", _FAILED)],
    "forked": [("node_start", {}), ("node_start", {"pid": 8}), ("node_end", {**_DONE, "pid": 8})],
    "submitted": [("node_submit", {})],
    "halted": [("node_start", {}), ("debug_wait", {"stage": "start"}), ("node_end", _DONE)],
    "wordless": [("node_start", {}), ("node_end", {})],
}
_fates = st.sampled_from([*["done"] * 12, *_FATES])
_run = st.fixed_dictionaries(
    {
        "fates": st.tuples(_fates, _fates, _fates),
        "blocks": st.lists(_fates, max_size=3),
        "ends": st.sampled_from(["graph_end", "graph_end", "graph_end", "failed", None]),
        "graph": st.booleans(),
        "between": st.sampled_from(
            [
                b"",
                b"",
                b"no json\n",
                b"\n",
                b'{"event":"odd","run_id":"0"}\n',
                b'{"event":"notice","message":"m"}\n',
            ]
        ),
        "after": st.booleans(),
    }
)


def events_of(told: dict[str, Any], run: str) -> Iterator[tuple[str, dict[str, Any]]]:
    graph = {"graph": "g"} if told["graph"] else {"execution_path_len": 3}
    yield "graph_start", {"run_id": run, "final_vars": ["c"], **graph}
    for task, names, fates in ((None, NODES, told["fates"]), ("t", "xyz", told["blocks"])):
        for name, fate in zip(names, fates, strict=False):
            for event, keys in _FATES[fate]:
                yield event, {"run_id": run, "node": name, "task_id": task, **keys}
        yield "task_end", {"run_id": run, "task_id": "t", "success": True}
    if told["ends"]:
        bad = told["ends"] == "failed"
        yield "graph_end", {"run_id": run, **(_FAILED if bad else {"success": True, "elapsed_s": 3.5})}
    if told["after"]:
        yield "node_end", {"run_id": run, "node": "c", "task_id": None, **_FAILED}


def write(folder: Path, runs: list[dict[str, Any]], turns: list[int]) -> None:
    """Runs side by side: ``turns`` says which of those under way writes next."""
    folder.joinpath("graph.g.json").write_bytes(encode.document(GRAPH))
    writer, going, left = Writer(), list[Iterator[Any]](), list(enumerate(runs))
    turns = [*turns, *[0] * 500]
    for turn in turns:
        if left and (turn > 2 or not going):
            number, told = left.pop(0)
            going.append(events_of(told, str(number)))
            writer.lines.append(told["between"])
        if not going:
            break
        which = going[turn % len(going)]
        found = next(which, None)
        if found is None:
            going.remove(which)
        else:
            writer.put(found[0], **found[1])
    folder.joinpath(layout.FLIGHT).write_bytes(b"".join(writer.lines))


@given(st.lists(_run, min_size=1, max_size=5), st.lists(st.integers(0, 9), max_size=60))
def test_the_list_of_runs_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, runs: list[dict[str, Any]], turns: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("launch")
    write(folder, runs, turns)
    # Of a run that goes on beside the newest, what failed late is read before what failed early.
    found, expected = newest_first(folder)[0], read_launch(ref_of(folder))
    assert listed(found, _by_text) == listed(expected, _by_text)


def _by_text(failures: Any) -> Any:
    return sorted(failures, key=repr)


def test_the_newest_run_comes_first_and_whole_and_the_rest_as_lines(tmp_path: Path) -> None:
    folder = big(tmp_path, Shape(runs=6, nodes=20, blocks=2, depth=3, failures=80))
    launch, met = newest_first(folder)
    assert listed(launch) == listed(read_launch(ref_of(folder)))
    ids = [run_id(number) for number in range(6)]
    assert met == [ids[5], *ids[:5]] and list(launch.runs) == ids
    assert [run.line is None for run in launch.runs.values()] == [False] * 5 + [True]
    assert len(launch.runs[ids[5]].spans) == 26
    whole = read_run(ref_of(folder), ids[2])
    assert whole is not None and len(whole.runs[ids[2]].spans) == 26


def test_a_run_that_goes_on_beside_the_newest_is_read_event_by_event(tmp_path: Path) -> None:
    writer = Writer()
    for number in ("0", "1"):
        writer.put("graph_start", run_id=number, final_vars=["c"], execution_path=NODES)
        for name in NODES:
            writer.put("node_start", run_id=number, node=name)
            writer.put("node_end", run_id=number, node=name, success=True)
        writer.put("graph_end", run_id=number, success=True)
    writer.put("node_end", run_id="0", node="a", **_FAILED)
    (tmp_path / layout.FLIGHT).write_bytes(b"".join(writer.lines))
    found = newest_first(tmp_path)[0]
    assert found.runs["0"].line is None and len(found.runs["0"].spans) == 3
    assert listed(found) == listed(read_launch(ref_of(tmp_path)))


def test_what_is_as_it_should_be_is_read_once_and_nothing_of_the_newest_run(tmp_path: Path) -> None:
    flight = str(big(tmp_path, Shape(runs=4, nodes=20, failures=80)) / layout.FLIGHT)
    before = earlier.Earlier(flight, Source(layout.FLIGHT, Kind.FLIGHT), earlier.newest_run(flight))
    records, over = list[Any](), False
    while not over:
        found, over = before.read(5_000)
        assert before.done + before.left() == before.end
        records += found
    assert [(type(one), one.run_id) for one in records] == [(OldRun, run_id(number)) for number in range(3)]


def test_of_a_run_that_is_over_its_lines_stay_in_the_file(tmp_path: Path) -> None:
    writer = Writer()
    for number in map(str, range(201)):
        writer.put("graph_start", run_id=number, final_vars=["c"], inputs={"x": "y" * 9_000})
        for name in NODES:
            writer.put("node_start", run_id=number, node=name)
            writer.put("node_end", run_id=number, node=name, **_FAILED)
        writer.put("graph_end", run_id=number, success=False)
    flight = tmp_path / layout.FLIGHT
    flight.write_bytes(b"".join(writer.lines))
    before = earlier.Earlier(str(flight), Source(layout.FLIGHT, Kind.FLIGHT), earlier.newest_run(str(flight)))
    gc.collect()
    tracemalloc.start()
    try:
        while before.left():
            assert before.read(30) == ([], False)
        ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/follow/earlier.py")])
        assert sum(one.size for one in ours.traces) / 200 < 1_500
    finally:
        tracemalloc.stop()
    assert before.read(30) == ([], False), "that was all"
    first, over = before.read(30)
    assert [one.run_id for one in first if isinstance(one, OldRun)] == list(map(str, range(30)))
    assert not over and [len(one.others) for one in first if isinstance(one, OldRun)] == [3] * 30
    # Written anew meanwhile, with another run where they stood: those that were not told yet are read again.
    flight.write_bytes(flight.read_bytes().replace(b'"run_id": "1', b'"run_id": "x'))
    told = []
    while not over:
        found, over = before.read(30)
        told += found
    lines = [one.run_id for one in told if isinstance(one, OldRun)]
    assert lines == [str(number) for number in range(30, 200) if number < 100]
    assert {one.run_id for one in told if isinstance(one, FlightEvent)} == set()


def test_of_what_a_service_ran_before_somebody_watches_the_newest_lines_stay(tmp_path: Path) -> None:
    folder = big(tmp_path, Shape(runs=40, nodes=3))
    launch = Launch("x")
    keeping.watch(launch)
    launch.whole.most_lines = 10
    newest_first(folder, launch)
    assert list(launch.runs) == [run_id(number) for number in range(29, 40)]
    assert len(launch.older) == 29 and runlist.total(launch) == 40
    assert launch.runs[run_id(39)].line is None, "the newest one is whole"


@pytest.mark.parametrize("odd", [b'"inputs_summary":{"x":"caf\xe9"}', b'"seq":"7"', b'"final_vars":5'])
def test_a_start_that_is_only_read_with_leniency_is_no_end_of_all(odd: bytes, tmp_path: Path) -> None:
    start = b'{"event":"graph_start","run_id":"a","ts":1.0,"pid":1,' + odd + b"}\n"
    rest = b'{"event":"graph_end","run_id":"a","ts":2.0,"pid":1,"success":true}\n'
    newest = b'{"event":"graph_start","run_id":"b","ts":3.0,"pid":1}\n'
    (tmp_path / layout.FLIGHT).write_bytes(start + rest + newest)
    found = newest_first(tmp_path)[0]
    assert list(found.runs) == ["a", "b"] and found.runs["a"].state == "succeeded"
    assert listed(found) == listed(read_launch(ref_of(tmp_path)))


def test_it_says_how_far_it_is(tmp_path: Path) -> None:
    folder = big(tmp_path, Shape(runs=6, nodes=20))
    with closing(Follower(ref_of(folder), newest_first=True)) as follower:
        shares = [follower.read_once().share for _ in range(12)]
    assert shares == sorted(shares) and 0.0 < shares[0] < shares[5] < 1.0


def test_what_comes_later_is_read_and_a_new_file_too(tmp_path: Path) -> None:
    folder = big(tmp_path, Shape(runs=3, nodes=5, open_run=True))
    flight = folder / layout.FLIGHT
    launch = Launch()
    with closing(Follower(ref_of(folder), newest_first=True)) as follower:

        def read() -> None:
            while True:
                batch = follower.read_once()
                for source, record in batch.records:
                    launch.apply(source, record)
                if batch.caught_up:
                    return

        read()
        newest = launch.runs[run_id(2)]
        assert counts(newest, {})["running"] == 1
        writer = Writer()
        writer.put("node_end", run_id=run_id(2), node="stage_4", ts=2e9, mono=1e6, pid=4121, success=True)
        with flight.open("ab") as file:
            file.write(writer.lines[0])
        read()
        assert counts(newest, {})["succeeded"] == 5
        fresh = folder / "fresh"
        fresh.write_bytes(flight.read_bytes().replace(run_id(1).encode(), run_id(9).encode()))
        os.replace(fresh, flight)
        read()
        assert run_id(9) in launch.runs


def test_files_of_workers_and_parts_are_read_in_order(tmp_path: Path) -> None:
    for shape in (Shape(runs=2, nodes=3, blocks=2, depth=2, workers=2), Shape(runs=2, nodes=3)):
        folder = big(tmp_path / f"{shape.workers}", shape)
        if not shape.workers:
            data = (folder / layout.FLIGHT).read_bytes()
            (folder / layout.part_name(layout.FLIGHT, 1)).write_bytes(data[: data.index(b"\n") + 1])
        launch, met = newest_first(folder)
        assert met == [run_id(0), run_id(1)] and all(run.line is None for run in launch.runs.values())


def test_the_run_that_is_shown_stays_whole_however_many_ended_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MAX_SPANS", 10)
    monkeypatch.setattr(keeping, "FEWEST_RUNS", 2)
    runs = [
        {
            "fates": ("retried",) * 3,
            "blocks": [],
            "ends": "graph_end",
            "graph": True,
            "between": b"",
            "after": False,
        }
    ] * 9
    write(tmp_path, runs, [])
    launch, _ = newest_first(tmp_path)
    assert launch.runs["8"].line is None and launch.runs["1"].line is not None
