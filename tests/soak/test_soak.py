"""A soak as short as it is of any use, one of a minute, and that both see what they look for."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.soak import judging, oracle
from tests.soak.soaking import Soak, events


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.timeout(300)
def test_a_busy_service_under_two_dashboards(seconds: int, tmp_path: Path) -> None:
    soak = Soak(tmp_path, seconds, 25)
    found = soak.run()
    # In a few seconds on a slow machine a dashboard has hardly begun: how its memory grows is for the longer one.
    assert not found.faults if seconds < 60 else found.good, "\n".join(found.lines())
    assert found.runs > found.failed > 0 and found.looks > 1
    # The same launch with one line of the flight file less, one row changed, is not good.
    with (tmp_path / "oracle.tsv").open() as file:
        turns = oracle.read(file)
    told = list(events(soak.launched))
    missing = next(n for n, event in enumerate(told) if event["event"] == "node_end")
    runs, gaps = oracle.flown(told[:missing] + told[missing + 1 :])
    assert len(gaps) == 1 and len(list(oracle.lost(turns, runs))) == 1
    picture = soak.launched.status()
    assert not list(oracle.wrong(turns, picture))
    picture["runs"][-1]["nodes"][0]["status"] = "failed"
    assert len(list(oracle.wrong(turns, picture))) == 1


ORACLE = [
    "1\tbegun\tr1\n",
    "1\ta\tsucceeded\n",
    "1\tb\tfailed\n",
    "1\tover\tfailed\n",
    "2\tbegun\tr2\n",
    "2\ta",
]


def picture(**more: object) -> dict[str, object]:
    counts = dict.fromkeys(("running", "succeeded", "failed", "cached"), 0) | {"succeeded": 1, "failed": 1}
    rows = [
        {"node": "a", "status": "succeeded", "suspect": None},
        {"node": "b", "status": "failed", "suspect": None},
    ]
    return {"runs": [{"run_id": "r1", "state": "failed", "counts": counts, "nodes": rows} | more]}


def test_the_oracle_is_read_as_far_as_it_is_whole() -> None:
    turns = oracle.read(ORACLE)
    assert list(turns) == ["r1", "r2"] and turns["r1"].failed() and turns["r2"].outcome is None
    assert turns["r1"].nodes == Counter({("a", "succeeded"): 1, ("b", "failed"): 1})


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ({}, 0),
        ({"nodes": []}, 0),
        ({"state": "succeeded"}, 1),
        ({"counts": {"running": 1, "succeeded": 1, "failed": 0, "cached": 0}}, 1),
        ({"nodes": [{"node": "a", "status": "running", "suspect": None}]}, 1),
        ({"run_id": "other"}, 1),
    ],
)
def test_a_wrong_row_is_seen(more: dict[str, object], faults: int) -> None:
    over = {run_id: turn for run_id, turn in oracle.read(ORACLE).items() if turn.outcome}
    assert len(list(oracle.wrong(over, picture(**more)))) == faults


def test_a_lost_event_is_seen_and_one_too_many() -> None:
    turns = oracle.read(ORACLE)
    lines = [
        '{"event": "graph_start", "run_id": "r1"}',
        '{"event": "node_start", "run_id": "r1", "node": "a"}',
        '{"event": "node_end", "run_id": "r1", "node": "a", "success": true}',
        '{"event": "node_start", "run_id": "r1", "node": "b"}',
        '{"event": "node_end", "run_id": "r1", "node": "b", "success": false}',
        '{"event": "graph_end", "run_id": "r1", "success": false}',
    ]
    flown = [json.loads(line) | {"seq": n} for n, line in enumerate(lines)]
    assert not list(oracle.lost(turns, oracle.flown(flown)[0]))
    for n in range(len(flown)):
        for damaged in (flown[:n] + flown[n + 1 :], [*flown, flown[n]]):
            runs, gaps = oracle.flown(damaged)
            assert list(oracle.lost(turns, runs))
            assert len(gaps) == (0 if damaged in (flown[1:], flown[:-1]) else 1)


@pytest.mark.parametrize(("mib_a_run", "flat"), [(0.0, True), (0.0028, True), (0.02, False)])
def test_growth_is_judged_after_the_warm_up(mib_a_run: float, flat: bool) -> None:
    samples = [
        (float(n), n * 10, {"dashboard 1": 60.0 + min(n, 30) + n * 10 * mib_a_run}) for n in range(300)
    ]
    row = judging.growth("dashboard 1", samples)
    assert row.flat is flat and row.slope == pytest.approx(mib_a_run * 1024 * 1000, abs=1)
