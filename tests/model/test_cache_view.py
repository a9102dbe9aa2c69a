"""What the picture says of each node once the run is over."""

from hamtui.contract.flight import NODE_END, NODE_START, FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.model import cache_view
from hamtui.model.fold import Launch

FLIGHT, CACHE = Source("hamilton_flight.jsonl", Kind.FLIGHT), Source("cache_logs.jsonl", Kind.CACHE_LOG)


def launch() -> Launch:
    made = Launch("l")
    made.apply(Source("launch.json", Kind.LAUNCH), LaunchInfo(pid=1, host="box", cache_dir="/c"))
    plan = [PlannedNode(name) for name in ("a", "b", "block", "never")]
    made.apply(Source("graph.g.json", Kind.GRAPH), Graph(plan))
    made.apply(FLIGHT, FlightEvent("graph_start", 1.0, "r", graph="g"))
    for node, task, event in (
        ("a", None, "get_result"),
        ("b", None, "execute_node"),
        ("block", "x.0", "get_result"),
        ("block", "x.1", "execute_node"),
        ("block", "x.2", "get_result"),
    ):
        made.apply(FLIGHT, FlightEvent(NODE_START, 2.0, "r", node, task, pid=1))
        made.apply(CACHE, CacheEvent(event, "r", 2.5, node, task))
        made.apply(FLIGHT, FlightEvent(NODE_END, 3.0, "r", node, task, pid=1, success=True, elapsed_s=1.0))
    return made


def test_each_node_has_its_outcome_in_words() -> None:
    found = launch()
    marks = cache_view.marks(found, found.runs["r"])
    assert {name: mark.said for name, mark in marks.items()} == {
        "a": "hit: same code, same inputs",
        "b": "executed: nothing stored",
        "block": "2 hit, 1 executed",
        "never": "not run",
    }
    assert marks["a"].colour == cache_view.COLOURS["hit"]
    assert len({mark.colour for mark in marks.values()}) == 4
