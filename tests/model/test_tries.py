"""A span whose worker died and which another one took over: how often it was tried, and how each try ended."""

from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Source, classify
from hamtui.contract.vitals import GONE, Vital
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.lost import tries
from hamtui.model.state import Now, ProcessFact, Span

MAIN = 4121


def source(name: str) -> Source:
    found = classify(name)
    assert found is not None
    return found


def start(launch: Launch, at: float, pid: int, file: str | None = None) -> None:
    file = f"hamilton_flight.box7.{pid}.jsonl" if file is None else file
    launch.apply(
        source(file), FlightEvent("node_start", ts=at, mono=at, run_id="r", node="a", task_id="t", pid=pid)
    )


def begun() -> Launch:
    launch = Launch()
    launch.apply(source("launch.json"), LaunchInfo(pid=MAIN, process_start=0.0, host="box7"))
    launch.apply(
        source("hamilton_flight.jsonl"), FlightEvent("graph_start", ts=1.0, mono=1.0, run_id="r", pid=MAIN)
    )
    return launch


def gone(launch: Launch, at: float, pid: int, **how: object) -> None:
    launch.apply(source("vitals.jsonl"), Vital(GONE, at, at, pid, host="box7", **how))  # type: ignore[arg-type]
    settle(launch, ProcessFact(alive=True, supervisor_alive=True), Now(at))


def shown(launch: Launch) -> Span:
    (span,) = launch.runs["r"].spans.values()
    return span


def test_each_worker_that_begins_with_a_span_is_one_try() -> None:
    launch = begun()
    start(launch, 2.0, 51)
    assert shown(launch).tries == 1
    gone(launch, 3.0, 51)
    gone(launch, 3.5, 51, told="RPC error: Socket closed")
    error = shown(launch).error
    assert error is not None
    assert error.message == "its worker process 51 is gone; Ray says: RPC error: Socket closed"
    assert shown(launch).ended_at == 3.0
    start(launch, 4.0, 52)
    gone(launch, 5.0, 52, signal=9)
    start(launch, 6.0, 53)
    span = shown(launch)
    assert (span.status, span.pid, span.tries) == ("running", 53, 3)
    assert tries(launch, span) == [
        "this is try 3",
        "try 2: its worker process 52 was killed by signal 9",
        "try 1: its worker process 51 is gone; Ray says: RPC error: Socket closed",
    ]


def test_the_order_in_which_files_are_read_does_not_change_the_count() -> None:
    launch = begun()
    for at, pid in ((6.0, 53), (2.0, 51), (4.0, 52), (4.0, 52)):
        start(launch, at, pid)
    assert (shown(launch).pid, shown(launch).tries) == (53, 3)


def test_a_child_that_the_run_forked_and_that_runs_on_beside_it_is_no_try() -> None:
    launch = begun()
    start(launch, 2.0, MAIN, "hamilton_flight.jsonl")
    start(launch, 2.1, 51)
    assert (shown(launch).pid, shown(launch).tries) == (MAIN, 1)
