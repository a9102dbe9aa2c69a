"""In which process a span ran: said where a run has more than its main one, and only there."""

from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import Source, classify
from hamtui.model.fold import Launch
from hamtui.model.state import Run
from hamtui.model.where import heading, longest, where

MAIN = 4121


def source(name: str) -> Source:
    found = classify(name)
    assert found is not None
    return found


def told(*starts: tuple[str, str, int]) -> Run:
    """A run whose nodes started: (node, file, pid)."""
    launch = Launch()
    launch.apply(source("hamilton_flight.jsonl"), FlightEvent("graph_start", ts=1.0, run_id="r", pid=MAIN))
    for node, file, pid in starts:
        launch.apply(source(file), FlightEvent("node_start", ts=2.0, run_id="r", node=node, pid=pid))
    return launch.runs["r"]


def said(run: Run) -> dict[str, str]:
    return {key.node: where(run, span, "box7") for key, span in run.spans.items()}


def test_a_run_of_one_process_says_nothing() -> None:
    run = told(("a", "hamilton_flight.jsonl", MAIN))
    assert said(run) == {"a": ""}
    assert longest(run, "box7") == 0


def test_workers_say_their_pid_and_their_machine_where_it_is_another() -> None:
    run = told(
        ("a", "hamilton_flight.jsonl", MAIN),
        ("b", "hamilton_flight.box7.51.jsonl", 51),
        ("c", "hamilton_flight.box9.52.jsonl", 52),
    )
    assert said(run) == {"a": "", "b": "51", "c": "box9:52"}
    assert longest(run, "box7") == len("box9:52")
    assert heading(run, "box7") == "host:pid"
    assert heading(told(("b", "hamilton_flight.box7.51.jsonl", 51)), "box7") == "pid"


def test_a_service_s_forked_child_that_executes_its_own_run_is_that_run_s_main_process() -> None:
    launch = Launch()
    file = source("hamilton_flight.box7.51.jsonl")
    launch.apply(file, FlightEvent("graph_start", ts=1.0, run_id="r", pid=51))
    launch.apply(file, FlightEvent("node_start", ts=2.0, run_id="r", node="a", pid=51))
    run = launch.runs["r"]
    assert said(run) == {"a": ""}
    assert longest(run, "box7") == 0
