"""A span in the debugger: never a suspect there, and none for what it spent there."""

from pathlib import PurePath

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import Kind, Source
from hamtui.follow import prompt
from hamtui.model import verdict
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import Now, ProcessFact
from hamtui.model.status import exit_code, status
from tests.model.stage import ALIVE, KEY, MAIN_PID, Stage
from tests.model.streams import MAIN, T0, fold


def event(kind: str, at: float, **keys: object) -> tuple[Source, Record]:
    told = {"pid": MAIN_PID, "socket": "/d/debug.1.sock", "stage": "start", **keys}
    return MAIN, FlightEvent(kind, T0 + at, "r", "a", mono=at, **told)  # type: ignore[arg-type]


WAIT = event(flight.DEBUG_WAIT, 2.0)
HERE = event(flight.DEBUG_ATTACHED, 20.0)
LEFT = event(flight.DEBUG_WAIT, 30.0)
DONE = event(flight.DEBUG_DONE, 52.0)


def launch_of(*told: tuple[Source, Record]) -> Launch:
    """The span starts at second 1, its threshold is 2 s."""
    return fold([*Stage().records, *told])


def is_marked(launch: Launch, at: float) -> bool:
    span = launch.runs["r"].spans[KEY]
    return verdict.suspect(launch, span, ALIVE, Now(T0 + at, at)) is not None


def picture(launch: Launch, at: float) -> dict[str, object]:
    found = status(launch, "x", PurePath("/x"), ALIVE, Now(T0 + at, at))
    assert exit_code(found) == 0
    (row,) = [row for row in found["runs"][0]["nodes"] if row["node"] == "a"]
    return {"state": found["launch"]["state"], **row}


def test_it_is_no_suspect_there_however_long() -> None:
    launch = launch_of(WAIT)
    assert not is_marked(launch, 5_000.0)
    row = picture(launch, 12.0)
    assert row["state"] == "paused"
    assert row["suspect"] is None
    assert row["debugger"] == {"at": "start", "since_s": 10.0, "attached": False}
    assert picture(launch_of(WAIT, HERE), 25.0)["debugger"] == {
        "at": "start",
        "since_s": 23.0,
        "attached": True,
    }
    assert picture(launch_of(WAIT, HERE, LEFT), 42.0)["debugger"] == {
        "at": "start",
        "since_s": 40.0,
        "attached": False,
    }


def test_one_that_was_late_before_is_none_while_it_is_there() -> None:
    late = event(flight.DEBUG_WAIT, 10.0, stage="exception")
    launch = launch_of(late)
    assert is_marked(launch_of(), 9.0)
    assert not is_marked(launch, 11.0)
    assert is_marked(launch_of(late, event(flight.DEBUG_DONE, 12.0)), 12.1)


def test_its_time_there_is_not_its_own() -> None:
    launch = launch_of(WAIT, HERE, DONE)
    assert not is_marked(launch, 52.9), "one second before the halt, 0.9 after it"
    assert is_marked(launch, 53.1)
    mark = verdict.suspect(launch, launch.runs["r"].spans[KEY], ALIVE, Now(T0 + 54, 54.0))
    assert mark is not None
    assert "its 50s in the debugger not counted" in mark.why
    row = status(launch, "x", PurePath("/x"), ALIVE, Now(T0 + 52.5, 52.5))["runs"][0]["nodes"][0]
    assert (row["debugger"], row["elapsed_s"]) == (None, 51.5)


def test_it_stops_again_and_both_halts_count() -> None:
    again = event(flight.DEBUG_WAIT, 52.5, stage="exception"), event(flight.DEBUG_DONE, 62.5)
    launch = launch_of(WAIT, DONE, *again)
    assert launch.runs["r"].spans[KEY].halted_s == 60.0
    assert not is_marked(launch, 62.9)
    assert is_marked(launch, 63.1)


def test_lines_that_are_read_again_change_nothing() -> None:
    told = WAIT, HERE, LEFT, DONE
    once = launch_of(*told)
    twice = fold([*Stage().records, *told, *told])
    assert twice.runs["r"].spans[KEY] == once.runs["r"].spans[KEY]


def test_a_retry_starts_without_the_halts_of_the_attempt_before() -> None:
    start = FlightEvent(flight.NODE_START, T0 + 60, "r", "a", mono=60.0, pid=MAIN_PID)
    span = launch_of(WAIT, DONE, (MAIN, start)).runs["r"].spans[KEY]
    assert (span.halted_s, span.halt, span.last_halt) == (0.0, None, None)


def test_another_process_attempt_is_another() -> None:
    source = Source("hamilton_flight.box.7.jsonl", Kind.FLIGHT, "box", 7)
    launch = launch_of((source, event(flight.DEBUG_WAIT, 2.0, pid=7)[1]))
    assert launch.runs["r"].spans[KEY].halt is None


def test_one_that_died_there_keeps_no_mark() -> None:
    launch = launch_of(WAIT)
    found = status(
        launch, "x", PurePath("/x"), ProcessFact(alive=False, supervisor_alive=False), Now(T0 + 500)
    )
    (row,) = [row for row in found["runs"][0]["nodes"] if row["node"] == "a"]
    assert (row["status"], row["suspect"], row["debugger"]) == ("aborted", None, None)


def test_who_waits_there_is_found_in_a_run_that_has_failed_too() -> None:
    """Another node failed meanwhile: the ones that are under way go on."""
    assert prompt.waiting(launch_of()) == []
    failed = event(flight.GRAPH_END, 1.5, success=False, error="ValueError: no")
    launch = launch_of(failed, WAIT)
    assert launch.runs["r"].state == "failed"
    assert [span.key for span in prompt.waiting(launch)] == [KEY]
    assert prompt.waiting(launch_of(WAIT, DONE)) == []
