"""Children, workers, stopped and dead processes; before and after the end."""

from typing import Any

import pytest

from hamtui.contract.flight import GRAPH_END, FlightEvent
from hamtui.contract.launch import ExitInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import Request
from hamtui.contract.stacks import ThreadStack
from hamtui.contract.vitals import End, Party, ProcessVital, Wait
from hamtui.model.diagnosis import last_doing
from hamtui.model.ending import settle
from hamtui.model.state import Now, ProcessFact
from hamtui.model.verdict import launch_state
from tests.model.stage import (
    ALIVE,
    KEY,
    MAIN_PID,
    MAIN_TID,
    PEER,
    Life,
    Stage,
    here,
    library,
    look,
    quiet,
)
from tests.model.streams import MAIN, T0

SUSPECTED, CONFIRMED = "suspected", "confirmed"
GONE = ProcessFact(alive=False, supervisor_alive=False)


def _child(
    at: int, cpu: float = 0.0, state: str = "S", call: str | None = "clock_nanosleep", **more: Any
) -> ProcessVital:
    from hamtui.contract.vitals import ThreadVital

    thread = ThreadVital(500, state, cpu * at, more.pop("switches", 3), 0.0, call=call)
    keys = {
        "ppid": MAIN_PID,
        "name": "sleep",
        "command": "sleep 3600",
        "read_bytes": 5,
        "write_bytes": 5,
        **more,
    }
    return ProcessVital(500, state=state, cpu_s=cpu * at, threads=[thread], **keys)


@pytest.mark.parametrize(
    ("child", "expected", "said"),
    [
        ({}, (False, SUSPECTED), "process 500 (sleep 3600), which sleeps"),
        ({"cpu": 0.9}, (True, SUSPECTED), "which runs native code, 90 % of a core"),
        ({"state": "T"}, (False, CONFIRMED), "which is stopped"),
    ],
)
def test_a_node_is_as_stuck_as_its_child(child: dict[str, Any], expected: tuple[Any, str], said: str) -> None:
    stage, life = Stage(), Life()
    stage.probe(1.5, look(call="wait4", wait=Wait("child", pids=[500])), until=8)
    for at in range(1, 9):
        stage.sample(at, life.on(call="wait4"), others=[_child(at, **child)])
    assert stage.told(8.2) == ("waiting.child", *expected)
    assert said in stage.why(8.2)
    mark = stage.mark(8.2)
    assert mark is not None
    assert mark.chain[1].who == "process 500 (sleep 3600)"


def test_a_child_of_a_child_that_works() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 9):
        shell = _child(at, call="wait4", command="sh job.sh")
        inner = ProcessVital(600, 500, "gzip", "R", 0.9 * at, threads=[], command="gzip -9 x")
        stage.sample(at, life.on(call="wait4"), others=[shell, inner])
    assert stage.told(8.2) == ("waiting.child", True, SUSPECTED)
    assert "process 500 (sh job.sh), which waits for process 600 (gzip -9 x)" in stage.why(8.2)


def test_one_that_waits_in_the_debugger_has_no_mark() -> None:
    stage = Stage()
    frames = [library("cmd.py", "cmdloop"), library("pdb.py", "interaction"), here(88)]
    stage.dump(3.0, ThreadStack(MAIN_TID, MAIN_PID, "MainThread", frames))
    assert stage.mark(8.2) is None
    assert launch_state(stage.launch(), ALIVE, Now(T0 + 8.2, 8.2)) == "paused"


def test_a_stopped_process_is_paused_in_any_process() -> None:
    stage, life = Stage(pid=300), Life(300)
    for at in range(1, 9):
        state = "T" if at > 4 else "S"
        worker = ProcessVital(300, MAIN_PID, "python", state, 1.0, threads=[life.on(state=state)])
        stage.sample(at, others=[worker])
    assert stage.told(8.2) == ("paused", False, CONFIRMED)
    assert stage.told(4.2)[0] != "paused"


def _worker(gone_at: int, until: int, beats_until: float) -> Stage:
    stage, life = Stage(pid=300), Life(300)
    for at in range(1, until + 1):
        worker = ProcessVital(300, MAIN_PID, "python", "S", 1.0, threads=[life.on()])
        stage.sample(at, others=[worker] if at < gone_at else [])
    for half in range(2, int(beats_until * 2) + 1):
        stage.beat(half / 2)
    return stage


def test_a_worker_that_is_gone_is_dead_after_two_samples() -> None:
    assert _worker(6, 7, 5.0).told(7.2) == ("dead", False, CONFIRMED)
    assert _worker(6, 6, 5.0).told(6.2)[2] == SUSPECTED
    assert _worker(6, 7, 7.0).told(7.2)[2] == SUSPECTED  # it beats: the samples lost sight of it


def test_what_a_stop_does_is_not_what_it_did_before() -> None:
    stage = _worker(9, 12, 8.0)
    stage.add(Source("requests.jsonl", Kind.REQUESTS), Request("stop", "1", T0 + 8.5))
    assert stage.told(12.2)[0] != "dead"


def test_what_it_was_doing_is_told_of_one_that_is_not_late() -> None:
    stage, life = Stage(hang_after=100.0), Life()
    stage.seconds(1, 4, life, cpu=0.9)
    stage.dump(2.0, ThreadStack(MAIN_TID, MAIN_PID, "MainThread", [here(12)]))
    launch = stage.launch()
    told = last_doing(launch, launch.runs["r"].spans[KEY], Now(T0 + 4.5))
    assert told is not None
    assert told.why.startswith("runs Python at risk.py:12, 90 % of a core")
    empty = Stage().launch()
    assert last_doing(empty, empty.runs["r"].spans[KEY], Now(T0 + 4.5)) is None


def test_a_mark_tells_the_same_live_and_after_death() -> None:
    stage = quiet(look(call="recvfrom", fds=[5]), call="recvfrom", ends=[PEER])
    live = stage.mark(8.2)
    stage.add(Source("exit.json", Kind.EXIT), ExitInfo(signal=9, ended_at=T0 + 8.2))
    launch = stage.launch()
    settle(launch, GONE, Now(T0 + 60))
    kept = launch.runs["r"].spans[KEY].kept_suspect
    assert live is not None
    assert kept is not None
    assert (kept.verdict, kept.progress, kept.why, kept.chain) == (
        live.verdict,
        live.progress,
        live.why,
        live.chain,
    )


def test_a_run_that_ends_with_its_worker_keeps_what_that_did_last() -> None:
    stage = _worker(9, 8, 8.0)
    error = "BrokenProcessPool: x"
    stage.add(MAIN, FlightEvent(GRAPH_END, T0 + 8.3, "r", mono=8.3, pid=MAIN_PID, success=False, error=error))
    live = stage.mark(8.2)
    launch = stage.launch()
    settle(launch, GONE, Now(T0 + 60))
    kept = launch.runs["r"].spans[KEY].kept_suspect
    assert kept is not None
    assert live is not None
    assert (kept.verdict, kept.level) == (live.verdict, SUSPECTED)


def test_a_worker_that_never_beat_since_its_node_began_holds_the_gil() -> None:
    stage, life = Stage(pid=300), Life(300)
    for at in range(1, 9):
        worker = ProcessVital(300, MAIN_PID, "python", "R", 1.0, threads=[life.on(cpu=0.9)])
        stage.sample(at, others=[worker])
    assert stage.told(8.2) == ("gil-held", True, SUSPECTED)


def test_a_stopped_process_is_confirmed_however_much_it_did_before() -> None:
    stage, life = Stage(), Life()
    stage.seconds(1, 6, life, cpu=0.9)
    stage.sample(6.6, life.on(cpu=0.5, state="T"), state="T")
    stage.sample(7.1, life.on(state="T"), state="T")
    assert stage.told(7.2, GONE) == ("paused", False, CONFIRMED)


def test_a_child_waited_for_with_a_limit_is_no_poll() -> None:
    stage, life = Stage(), Life()
    stage.dump(2.0, ThreadStack(MAIN_TID, MAIN_PID, "M", [library("subprocess.py", "_wait"), here(3)]))
    for at in range(1, 9):
        stage.sample(at, life.on(wakes=20, call="clock_nanosleep"), others=[_child(at)])
    assert stage.told(8.2)[:2] == ("waiting.child", False)


@pytest.mark.parametrize(("state", "level"), [("S", SUSPECTED), ("T", CONFIRMED)])
def test_a_files_lock_is_never_freed_by_one_that_is_stopped(state: str, level: str) -> None:
    stage, life = Stage(), Life()
    end = End(4, "file", path="/x/orders.lock", parties=[Party(500, "sleep 3600")])
    for at in range(1, 9):
        stage.sample(at, life.on(call="flock", ends=[end]), others=[_child(at, state=state)])
    assert stage.told(8.2) == ("blocked.file-lock", False, level)
