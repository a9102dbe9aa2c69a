"""Why a node was no hit: which part of its key, since when, and how its code differs."""

import base64
import zlib

import pytest

from hamtui.contract.flight import NODE_END, NODE_START, FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.model.baseline import CacheKey, Past
from hamtui.model.fold import Launch
from hamtui.model.misses import MOST_LINES, Part, Totals, explain, saved_s, totals
from hamtui.model.state import Span

FLIGHT, CACHE = Source("hamilton_flight.jsonl", Kind.FLIGHT), Source("cache_logs.jsonl", Kind.CACHE_LOG)
OLD = "def joined(a, b):\n    return a\n"
NEW = "def joined(a, b):\n    return a + b\n"


def key(version: str, **inputs: str) -> str:
    packed = ",".join(f"{name},{data}" for name, data in inputs.items())
    return f"joined-{version}-{base64.b64encode(zlib.compress(packed.encode())).decode()}"


def launch(
    source: str = NEW, runs: tuple[tuple[str, str], ...] = (("r", key("v2", a="d1", b="d9")),)
) -> Launch:
    made = Launch("l")
    made.apply(Source("launch.json", Kind.LAUNCH), LaunchInfo(pid=1, host="box", cache_dir="/c"))
    made.apply(
        Source("graph.g.json", Kind.GRAPH), Graph([PlannedNode("joined", version="v2", source=source)])
    )
    for at, (run_id, text) in enumerate(runs):
        made.apply(FLIGHT, FlightEvent("graph_start", 1.0 + at, run_id, graph="g"))
        made.apply(FLIGHT, FlightEvent(NODE_START, 2.0 + at, run_id, "joined", pid=1))
        made.apply(CACHE, CacheEvent("set_cache_key", run_id, 2.1 + at, "joined", value=text))
        made.apply(CACHE, CacheEvent("execute_node", run_id, 2.5 + at, "joined"))
        made.apply(
            FLIGHT, FlightEvent(NODE_END, 3.0 + at, run_id, "joined", pid=1, success=True, elapsed_s=0.5)
        )
    return made


def span_of(made: Launch, run_id: str = "r") -> Span:
    (span,) = made.runs[run_id].spans.values()
    return span


PAST = Past(
    keys={("joined", None): CacheKey("joined", "v1", {"a": "d1", "b": "d2", "gone": "d3"})},
    origins={("joined", None): "20261122T213511Z-4121"},
    sources={("joined", "v1"): OLD},
)


def test_each_part_beside_what_it_was_with_the_change_of_the_code() -> None:
    made = launch()
    found = explain(made, span_of(made), PAST)
    assert found is not None and found.since == "20261122T213511Z-4121"
    assert found.parts == (
        Part("code", "v1", "v2"), Part("a", "d1", "d1"), Part("b", "d2", "d9"), Part("gone", "d3", None),
    )  # fmt: skip
    assert [part.name for part in found.parts if part.changed] == ["code", "b", "gone"]
    assert [line for line in found.diff if line[:1] in "+-"] == ["-    return a", "+    return a + b"]


def test_an_earlier_run_of_the_launch_goes_first() -> None:
    made = launch(runs=(("r1", key("v2", a="d1")), ("r2", key("v2", a="d5"))))
    found = explain(made, span_of(made, "r2"), PAST)
    assert found is not None and found.since == "run r1" and found.diff == ()
    assert [part.name for part in found.parts if part.changed] == ["a"]


def test_an_earlier_run_of_the_launch_tells_how_the_code_was() -> None:
    made = launch(runs=(("r1", key("v1", a="d1")), ("r2", key("v2", a="d1"))))
    made.runs["r1"].nodes = {"joined": PlannedNode("joined", version="v1", source=OLD)}
    found = explain(made, span_of(made, "r2"))
    assert found is not None and found.since == "run r1"
    assert [line for line in found.diff if line[:1] in "+-"] == ["-    return a", "+    return a + b"]
    again = explain(made, span_of(made, "r2"))
    assert again is not None and again.diff is found.diff


def test_a_hit_saved_what_earlier_runs_of_the_launch_took() -> None:
    made = launch(runs=(("r1", key("v2", a="d1")), ("r2", key("v2", a="d2")), ("r3", key("v2", a="d1"))))
    made.apply(CACHE, CacheEvent("get_result", "r3", 9.0, "joined"))
    hit = span_of(made, "r3")
    hit.elapsed_s = 0.1
    assert hit.status == "cached" and saved_s(made, hit) == pytest.approx(0.4)
    assert totals(made, made.runs["r3"]).saved_s == pytest.approx(0.4)
    made.runs["r1"].nodes = made.runs["r2"].nodes = {"joined": PlannedNode("joined", version="v1")}
    assert saved_s(made, hit) is None


def test_without_an_earlier_key_its_parts_alone() -> None:
    made = launch()
    found = explain(made, span_of(made))
    assert found is not None and found.since is None and found.diff == ()
    assert [part.name for part in found.parts] == ["code", "a", "b"]


def test_without_a_key_nothing() -> None:
    made = launch(runs=(("r", "no key at all"),))
    assert explain(made, span_of(made), PAST) is None


def test_a_long_change_is_cut() -> None:
    made = launch(source="\n".join(f"line {n}" for n in range(1_000)))
    found = explain(made, span_of(made), PAST)
    assert found is not None and len(found.diff) == MOST_LINES + 1 and found.diff[-1].endswith("more lines")


def test_the_totals_of_a_run() -> None:
    made = launch()
    made.apply(FLIGHT, FlightEvent(NODE_START, 4.0, "r", "other", pid=1))
    made.apply(CACHE, CacheEvent("get_result", "r", 4.1, "other"))
    made.apply(FLIGHT, FlightEvent(NODE_END, 4.2, "r", "other", pid=1, success=True, elapsed_s=0.5))
    past = Past(durations={("other", None): (3.0, 4.0, 5.0)})
    assert totals(made, made.runs["r"], past) == Totals(1, 2, 3.5, {"nothing stored": {"joined": 1}})
