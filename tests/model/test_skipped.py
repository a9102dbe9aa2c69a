"""What was skipped for a failure, what went without, and what is not as annotated."""

from typing import Any

from hamtui.cli.narrate import Narrator
from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.layout import FLIGHT, Kind, Source
from hamtui.model.counts import counts, waiting
from hamtui.model.errors import without
from hamtui.model.fold import Launch
from hamtui.model.state import Cause, Error, Now, ProcessFact, SpanKey
from hamtui.model.status import status

SOURCE = Source(FLIGHT, Kind.FLIGHT)
T0 = 1_000_000.0
CAUSE = {"node": "risk", "task_id": None, "error": "ValueError: no"}


def launch(*nodes: PlannedNode) -> Launch:
    made = Launch("x")
    made.apply(Source("graph.abc.json", Kind.GRAPH), Graph(list(nodes)))
    event(made, flight.GRAPH_START, 0.0, graph="abc", final_vars=["report"])
    return made


def event(to: Launch, kind: str, at: float, **keys: Any) -> FlightEvent:
    made = FlightEvent(kind, ts=T0 + at, mono=at, run_id="r", pid=1, **keys)
    to.apply(SOURCE, made)
    return made


def skipped(to: Launch, node: str, at: float, **keys: Any) -> list[FlightEvent]:
    said = {
        "error": "Skipped: because risk failed: ValueError: no",
        "error_type": "Skipped",
        "caused_by": [CAUSE],
    }
    start = event(to, flight.NODE_START, at, node=node)
    end = {"success": False, "skipped": True, "elapsed_s": 0.01, **said, **keys}
    return [start, event(to, flight.NODE_END, at + 0.01, node=node, **end)]


def shown(of: Launch) -> dict[str, Any]:
    from pathlib import PurePath

    told = status(of, "x", PurePath("/x"), ProcessFact(), Now(T0 + 9, 9.0))
    return {node["node"]: node for node in told["runs"][0]["nodes"]}


def test_a_skipped_node_says_for_what() -> None:
    told = launch(PlannedNode("risk"), PlannedNode("report", ["risk"]))
    skipped(told, "report", 1.0)
    span = told.runs["r"].spans[SpanKey("r", None, "report")]
    assert span.status == "skipped" and span.caused_by == (Cause("risk", None, "ValueError: no"),)
    assert span.error == Error("Skipped", "because risk failed: ValueError: no")
    node = shown(told)["report"]
    assert node["status"] == "skipped" and node["elapsed_s"] is None and node["started_at"] == T0 + 1.0
    assert node["error"]["message"] == "because risk failed: ValueError: no"
    assert counts(told.runs["r"], {})["skipped"] == 1


def test_the_order_of_reading_does_not_matter() -> None:
    told = launch(PlannedNode("report"))
    end = {"success": False, "skipped": True, "elapsed_s": 0.01, "caused_by": [CAUSE]}
    event(told, flight.NODE_END, 1.01, node="report", **end)
    event(told, flight.NODE_START, 1.0, node="report")
    node = shown(told)["report"]
    assert (node["status"], node["elapsed_s"]) == ("skipped", None)
    assert node["error"]["message"] == "because risk failed: ValueError: no"


def test_others_say_it_in_other_ways() -> None:
    told = launch(PlannedNode("report"))
    skipped(told, "report", 1.0, error=None, error_type=None, caused_by=["risk", 7, {"task_id": 1}])
    assert shown(told)["report"]["error"]["message"] == "because risk failed"
    told = launch(PlannedNode("report"))
    skipped(told, "report", 1.0, error=None, error_type=None, caused_by=None)
    assert shown(told)["report"]["error"]["message"] == "a node upstream of it failed"


def test_started_again_it_is_skipped_no_more() -> None:
    told = launch(PlannedNode("report"))
    skipped(told, "report", 1.0)
    event(told, flight.NODE_START, 2.0, node="report")
    event(told, flight.NODE_END, 3.0, node="report", success=True, elapsed_s=1.0)
    node = shown(told)["report"]
    assert (node["status"], node["elapsed_s"], node["error"]) == ("succeeded", 1.0, None)


def test_what_collects_is_not_given_up_while_the_run_goes_on() -> None:
    plan = [
        PlannedNode("item", role="expand"),
        PlannedNode("made", ["item"]),
        PlannedNode("beside", []),
        PlannedNode("got", ["made"], role="collect"),
        PlannedNode("report", ["got"]),
    ]
    told = launch(*plan)
    event(told, flight.NODE_START, 1.0, node="made", task_id="t.0")
    event(told, flight.NODE_END, 1.1, node="made", task_id="t.0", success=False, error="ValueError: no")
    event(told, flight.NODE_START, 1.2, node="beside")
    run = told.runs["r"]
    assert waiting(run) == {"item": "pending", "got": "pending", "report": "pending"}
    event(told, flight.GRAPH_END, 2.0, success=False, error="ValueError: no")
    assert waiting(run)["got"] == waiting(run)["report"] == "skipped"


def test_what_was_collected_without_some_says_so() -> None:
    told = launch(PlannedNode("got"))
    event(told, flight.NODE_START, 1.0, node="got")
    event(told, flight.NODE_END, 1.1, node="got", success=True, incomplete=2, caused_by=[CAUSE])
    span = told.runs["r"].spans[SpanKey("r", None, "got")]
    assert span.status == "succeeded" and span.error is None
    assert without(span) == "without 2 items that failed: risk: ValueError: no"


def test_mismatches_are_counted_by_node() -> None:
    told = launch(PlannedNode("a"), PlannedNode("b"))
    for node in "ab":
        event(told, flight.NODE_START, 1.0, node=node)
        event(
            told,
            flight.NODE_END,
            1.1,
            node=node,
            success=True,
            type_mismatch=["result is str, expected int", 7],
        )
    assert len(told.runs["r"].mismatched or ()) == 2
    event(told, flight.NODE_START, 2.0, node="a")
    event(told, flight.NODE_END, 2.1, node="a", success=True)
    assert told.runs["r"].mismatched == {SpanKey("r", None, "b")}
    assert told.runs["r"].spans[SpanKey("r", None, "b")].mismatches == ("result is str, expected int",)


def test_plain_lines_say_it_too() -> None:
    told = launch(PlannedNode("risk"), PlannedNode("report", ["risk"]))
    narrator = Narrator(told)
    records = skipped(told, "report", 1.0)
    records += [event(told, flight.NODE_START, 2.0, node="risk")]
    records += [
        event(
            told,
            flight.NODE_END,
            2.1,
            node="risk",
            success=True,
            elapsed_s=0.1,
            type_mismatch=["result is str, expected int"],
        )
    ]
    records += [event(told, flight.GRAPH_END, 3.0, success=True)]
    lines = narrator.changes([(SOURCE, record) for record in records], ProcessFact(), Now(T0 + 3, 3.0))
    said = [line.split(maxsplit=1)[1] for line in lines]
    assert said[1:] == [
        "node   report skipped because risk failed: ValueError: no",
        "node   risk started",
        "node   risk succeeded after 0.1s; result is str, expected int",
        "run    r succeeded after 3.0s: 1 succeeded, 1 skipped, 1 type warning",
    ]
