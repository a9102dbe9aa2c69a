"""`status --json` to the letter, over recorded launches."""

import json
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import find
from hamtui.follow.past import read_past
from hamtui.model.state import Now, ProcessFact
from hamtui.model.status import exit_code, status
from tests.data.generate import ALIVE, SCENES, generate
from tests.model.streams import MAIN, T0, fold

LAUNCH_KEYS = "id dir state pid host started_at ended_at exit_code signal error heard_s unread".split()
RUN_KEYS = "run_id state targets started_at elapsed_s error counts nodes".split()
COUNT_KEYS = "planned pending running succeeded cached failed skipped aborted suspected".split()
NODE_KEYS = "node task_id status started_at elapsed_s threshold_s cache error suspect usual debugger".split()
SUSPECT_KEYS = "level progress verdict since_s why stack".split()


def shown(name: str, tmp_path: Path) -> dict[str, Any]:
    scene = generate(name, tmp_path)
    ref = find(scene.dir)
    return status(read_launch(ref), ref.id, ref.dir, scene.fact, scene.now, read_past(ref))


@pytest.mark.parametrize("name", SCENES)
def test_keys_stand_as_in_the_contract(name: str, tmp_path: Path) -> None:
    told = shown(name, tmp_path)
    json.dumps(told, allow_nan=False)
    assert list(told) == ["schema", "launch", "runs"]
    assert told["schema"] == 1
    assert list(told["launch"]) == LAUNCH_KEYS
    for run in told["runs"]:
        assert list(run) == RUN_KEYS
        assert list(run["counts"]) == COUNT_KEYS
        for node in run["nodes"]:
            assert list(node) == NODE_KEYS
            if node["suspect"] is not None:
                assert list(node["suspect"]) == SUSPECT_KEYS


@pytest.mark.parametrize(
    ("name", "state", "code", "counts"),
    [
        ("running", "running", 0, {"succeeded": 7, "running": 2, "pending": 3}),
        ("suspected", "running", 3, {"succeeded": 7, "running": 2, "pending": 3, "suspected": 1}),
        ("failed", "failed", 1, {"succeeded": 8, "failed": 1, "pending": 3}),
        ("cached", "succeeded", 0, {"cached": 12}),
        ("parallel", "running", 0, {"succeeded": 62, "running": 4, "pending": 2}),
        ("crashed", "crashed", 5, {"succeeded": 7, "aborted": 1, "pending": 4, "suspected": 1}),
        ("flat", "running", 0, {"succeeded": 2, "cached": 1, "running": 1, "pending": 1}),
        ("markup", "failed", 1, {"succeeded": 4, "failed": 1, "pending": 1}),
        ("many_runs", "running", 0, {"succeeded": 1, "running": 1, "pending": 1}),
    ],
)
def test_states_and_counts(name: str, state: str, code: int, counts: dict[str, int], tmp_path: Path) -> None:
    told = shown(name, tmp_path)
    assert told["launch"]["state"] == state
    assert exit_code(told) == code
    found = {key: value for key, value in told["runs"][-1]["counts"].items() if value and key != "planned"}
    assert found == counts
    assert told["launch"]["unread"] == {"lines": 0, "bytes": 0}


def test_the_stuck_line_of_the_user_is_the_evidence(tmp_path: Path) -> None:
    nodes = {node["node"]: node for node in shown("suspected", tmp_path)["runs"][0]["nodes"]}
    late = nodes["risk_score"]
    assert late["threshold_s"] == 30.0
    assert late["suspect"]["since_s"] == pytest.approx(late["elapsed_s"] - 30.0)
    assert late["suspect"]["verdict"] == "blocked.lock"
    assert late["suspect"]["progress"] is None
    assert late["suspect"]["why"].startswith(
        "waits at risk.py:88 for ledger_lock, by its stack alone; running"
    )
    assert late["suspect"]["stack"][0] == {
        "file": "/home/ana/shop/risk.py",
        "line": 88,
        "function": "risk_score",
    }
    assert nodes["basket"]["suspect"] is None


def test_an_empty_launch_is_starting(tmp_path: Path) -> None:
    told = shown("empty", tmp_path)
    assert (told["launch"]["state"], told["runs"], exit_code(told)) == ("starting", [], 0)


def test_the_dead_keep_their_last_mark_and_stack(tmp_path: Path) -> None:
    told = shown("crashed", tmp_path)
    node = next(node for node in told["runs"][0]["nodes"] if node["status"] == "aborted")
    assert told["runs"][0]["state"] == "aborted"
    assert told["launch"]["signal"] == 11
    assert node["node"] == "risk_score"
    assert node["elapsed_s"] == pytest.approx(3.1)
    assert "MainThread is at /home/ana/shop/risk.py:97" in node["suspect"]["why"]
    assert [frame["function"] for frame in node["suspect"]["stack"][:2]] == ["string_at", "risk_score"]


def test_hits_say_so_and_a_cache_that_is_off_says_nothing(tmp_path: Path) -> None:
    told = shown("cached", tmp_path / "on")
    assert {node["cache"]["outcome"] for node in told["runs"][0]["nodes"]} == {"hit"}
    told = shown("running", tmp_path / "off")
    assert {node["cache"] for node in told["runs"][0]["nodes"]} == {None}


def test_started_nodes_come_in_order_and_planned_ones_last(tmp_path: Path) -> None:
    nodes = shown("running", tmp_path)["runs"][0]["nodes"]
    starts = [node["started_at"] for node in nodes]
    known = [start for start in starts if start is not None]
    assert known == sorted(known)
    assert starts[len(known) :] == [None] * 3
    assert [node["node"] for node in nodes[len(known) :]] == ["risk_score", "totals", "daily_report"]


def test_a_node_with_task_spans_is_not_listed_by_itself(tmp_path: Path) -> None:
    nodes = shown("parallel", tmp_path)["runs"][0]["nodes"]
    measured = [node["task_id"] for node in nodes if node["node"] == "measured"]
    assert len(measured) == len(set(measured)) == 64
    assert None not in measured


def test_a_flat_folders_stack_is_found_by_its_thread(tmp_path: Path) -> None:
    scene = generate("flat", tmp_path)
    ref = find(scene.dir)
    told = status(read_launch(ref), ref.id, ref.dir, scene.fact, Now(scene.now.unix + 100))
    late = next(node for node in told["runs"][0]["nodes"] if node["suspect"])
    assert late["node"] == "score"
    assert late["suspect"]["stack"][0] == {"file": "/home/bo/theirs.py", "line": 40, "function": "score"}
    assert (told["launch"]["pid"], told["launch"]["host"]) == (None, None)


LAUNCH = Source("launch.json", Kind.LAUNCH)
EXIT = Source("exit.json", Kind.EXIT)
INFO = LaunchInfo(pid=1, host="box", started_at=T0, supervisor_pid=2, cache_dir=None)
BEGIN = FlightEvent(flight.GRAPH_START, T0, "r", mono=0.0, pid=1)
NODE = FlightEvent(flight.NODE_START, T0 + 1, "r", "a", mono=1.0, pid=1)


def state(fact: ProcessFact, *records: Any) -> tuple[str, str | None, str | None]:
    told = status(fold(list(records)), "x", Path("/x"), fact, Now(T0 + 5, 5.0))
    run = told["runs"][0] if told["runs"] else None
    node = run["nodes"][0]["status"] if run and run["nodes"] else None
    return told["launch"]["state"], run["state"] if run else None, node


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (ALIVE, ("running", "running", "running")),
        (ProcessFact(alive=True, paused=True, supervisor_alive=True), ("paused", "running", "running")),
        (ProcessFact(alive=False, supervisor_alive=True), ("running", "running", "running")),
        (ProcessFact(alive=False, supervisor_alive=False), ("lost", "aborted", "aborted")),
        (ProcessFact(alive=True, supervisor_alive=False), ("running", "running", "running")),
        (ProcessFact(), ("running", "running", "running")),
    ],
)
def test_what_a_look_at_the_processes_means(fact: ProcessFact, expected: tuple[str, str, str]) -> None:
    assert state(fact, (LAUNCH, INFO), (MAIN, BEGIN), (MAIN, NODE)) == expected


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (ExitInfo(exit_code=0), "succeeded"),
        (ExitInfo(exit_code=3), "failed"),
        *[(ExitInfo(signal=number), "killed") for number in (2, 9, 15)],
        *[(ExitInfo(signal=number), "crashed") for number in (4, 6, 7, 8, 11)],
    ],
)
def test_what_an_exit_record_means(left: ExitInfo, expected: str) -> None:
    records = [(EXIT, left), (LAUNCH, INFO), (MAIN, BEGIN), (MAIN, NODE)]
    assert state(ALIVE, *records) == (expected, "aborted", "aborted")
    assert state(ALIVE, *reversed(records)) == (expected, "aborted", "aborted")


def test_a_stopped_process_is_confirmed() -> None:
    launch = fold([(LAUNCH, INFO), (MAIN, BEGIN), (MAIN, NODE)])
    fact = ProcessFact(alive=True, paused=True, supervisor_alive=True)
    told = status(launch, "x", Path("/x"), fact, Now(T0 + 500, 500.0))
    mark = told["runs"][0]["nodes"][0]["suspect"]
    assert (mark["level"], mark["verdict"], mark["progress"]) == ("confirmed", "paused", False)
    assert exit_code(told) == 4


def test_a_record_that_comes_after_the_end_corrects_what_was_settled() -> None:
    launch = fold(
        [(LAUNCH, INFO), (MAIN, BEGIN), (MAIN, NODE), (EXIT, ExitInfo(exit_code=1, ended_at=T0 + 3))]
    )
    assert status(launch, "x", Path("/x"), ALIVE, Now(T0 + 5))["runs"][0]["nodes"][0]["status"] == "aborted"
    end = FlightEvent(flight.NODE_END, T0 + 2, "r", "a", mono=2.0, pid=1, success=True)
    told = status(fold([(MAIN, end)], launch), "x", Path("/x"), ALIVE, Now(T0 + 5))
    assert told["runs"][0]["nodes"][0]["status"] == "succeeded"


def test_nodes_below_a_failure_are_skipped_only_if_the_run_went_on() -> None:
    nodes = [PlannedNode("a"), PlannedNode("b", ["a"]), PlannedNode("c", ["b"]), PlannedNode("d")]
    begin = FlightEvent(flight.GRAPH_START, T0, "r", mono=0.0, pid=1, graph="g")
    failed = FlightEvent(
        flight.NODE_END, T0 + 2, "r", "a", mono=2.0, pid=1, success=False, error="ValueError: x"
    )
    records: list[Any] = [
        (Source("graph.g.json", Kind.GRAPH), Graph(nodes)),
        (MAIN, begin),
        (MAIN, NODE),
        (MAIN, failed),
    ]

    def states(*more: Any) -> dict[str, str]:
        told = status(fold([*records, *more]), "x", Path("/x"), ProcessFact(), Now(T0 + 9))
        return {node["node"]: node["status"] for node in told["runs"][0]["nodes"]}

    assert states() == {"a": "failed", "b": "pending", "c": "pending", "d": "pending"}
    other = FlightEvent(flight.NODE_START, T0 + 3, "r", "d", mono=3.0, pid=1)
    assert states((MAIN, other)) == {"a": "failed", "d": "running", "b": "skipped", "c": "skipped"}


def test_a_node_that_runs_on_after_its_run_failed_is_seen_while_the_process_lives() -> None:
    end = FlightEvent(flight.GRAPH_END, T0 + 2, "r", mono=2.0, pid=1, success=False, error="ValueError: x")
    records = [(LAUNCH, INFO), (MAIN, BEGIN), (MAIN, NODE), (MAIN, end)]
    assert state(ALIVE, *records) == ("running", "failed", "running")
    assert state(ProcessFact(alive=False, supervisor_alive=False), *records) == ("lost", "failed", "aborted")


def test_a_module_that_fails_to_import_is_a_failed_launch_with_an_error() -> None:
    error = FlightEvent(
        flight.LAUNCH_ERROR,
        T0 + 1,
        error="ImportError: no shop",
        error_type="ImportError",
        traceback="Trace…",
        pid=1,
    )
    launch = fold([(LAUNCH, INFO), (MAIN, error), (EXIT, ExitInfo(exit_code=1, ended_at=T0 + 2))])
    told = status(launch, "x", Path("/x"), ALIVE, Now(T0 + 5))
    assert told["launch"]["error"] == {"type": "ImportError", "message": "no shop", "traceback": "Trace…"}
    assert (told["launch"]["state"], told["runs"], exit_code(told)) == ("failed", [], 1)


@pytest.mark.parametrize(
    ("states", "levels", "code"),
    [
        (["running"], ["suspected", "confirmed"], 4),
        (["lost"], [], 5),
        (["killed"], ["confirmed"], 5),
        (["failed"], [], 1),
    ],
)
def test_the_largest_exit_code_applies(states: list[str], levels: list[str], code: int) -> None:
    nodes = [{"suspect": {"level": level}} for level in levels] + [{"suspect": None}]
    told = {"launch": {"state": states[0]}, "runs": [{"state": "running", "nodes": nodes}]}
    assert exit_code(told) == code


def test_a_run_that_never_ended_is_no_success() -> None:
    """``os._exit(0)`` in a node leaves an exit code of 0 and an open run."""
    left = {"launch": {"state": "succeeded"}, "runs": [{"state": "aborted", "nodes": []}]}
    assert exit_code(left) == 1
