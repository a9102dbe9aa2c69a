"""What the cache did, from Hamilton's own events."""

import random
from typing import Any

import pytest

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.model.baseline import CacheKey, Past, saved_s
from hamtui.model.cache import decode_key, outcome
from hamtui.model.state import Span, SpanKey
from tests.data.scribe import cache_key
from tests.model.streams import CACHE, MAIN, T0, fold

KEY = SpanKey("r", None, "a")
INFO = (Source("launch.json", Kind.LAUNCH), LaunchInfo(pid=1, cache_dir="/c"))
START = (MAIN, FlightEvent(flight.NODE_START, T0, "r", "a", mono=0.0, pid=1))
END = (MAIN, FlightEvent(flight.NODE_END, T0 + 1, "r", "a", mono=1.0, pid=1, success=True))


def event(kind: str, **keys: Any) -> tuple[Source, CacheEvent]:
    return CACHE, CacheEvent(
        kind, **{"run_id": "r", "timestamp": T0, "node_name": "a", "actor": "adapter", **keys}
    )


MISS = event("get_data_version", actor="metadata_store", msg="miss")
KNOWN = event("get_data_version", actor="metadata_store", msg="hit")
RAN = event("execute_node")


def key(version: str = "v1", **dependencies: str) -> tuple[Source, CacheEvent]:
    return event("set_cache_key", value=cache_key("a", version, dependencies))


def told(*records: Any, past: Past = Past(), ended: bool = True) -> tuple[str, str | None] | None:
    launch = fold([INFO, START, *records, *([END] if ended else [])])
    found = outcome(launch, launch.runs["r"].spans[KEY], past)
    return None if found is None else (found.outcome, found.why)


def before(version: str = "v1", **dependencies: str) -> Past:
    return Past(keys={("a", None): CacheKey("a", version, dependencies)})


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([KNOWN, event("get_result", msg="hit")], ("hit", "same code, same inputs")),
        ([MISS, RAN], ("executed", "nothing stored")),
        ([KNOWN, event("missing_result"), RAN], ("executed", "result file missing")),
        ([KNOWN, RAN], ("executed", "stored result could not be read")),
        (
            [KNOWN, event("failed_retrieval", actor="result_store", msg="EOFError: Ran out of input"), RAN],
            ("executed", "result file corrupt: EOFError: Ran out of input"),
        ),
        (
            [KNOWN, event("failed_retrieval", actor="result_store", msg="PermissionError: no"), RAN],
            ("executed", "result file unreadable: PermissionError: no"),
        ),
        (
            [
                KNOWN,
                event(
                    "failed_retrieval", actor="result_store", msg="ValueError: unsupported pickle protocol: 6"
                ),
                RAN,
            ],
            ("executed", "result file of another Python: ValueError: unsupported pickle protocol: 6"),
        ),
        (
            [MISS, event("failed_retrieval", actor="metadata_store", msg="DatabaseError: no"), RAN],
            ("executed", "cache metadata cannot be read: DatabaseError: no"),
        ),
        (
            [MISS, RAN, event("set_data_version", actor="metadata_store", msg="not stored: E: no")],
            ("not-stored", "result cannot be stored: cache metadata: E: no"),
        ),
        (
            [event("resolve_behavior", value="CachingBehavior.DISABLE"), RAN],
            ("disabled", "behaviour says disable"),
        ),
        (
            [event("resolve_behavior", value="CachingBehavior.IGNORE"), RAN],
            ("ignored", "behaviour says ignore"),
        ),
        (
            [event("resolve_behavior", value="CachingBehavior.RECOMPUTE")],
            ("recomputed", "behaviour says recompute"),
        ),
        (
            [MISS, RAN, event("unhashable_data_version", msg="unhashable type <class 'x.Y'>; set …")],
            ("unhashable", "result cannot be hashed: x.Y"),
        ),
        (
            [MISS, RAN, event("set_result", actor="result_store", msg="not stored: TypeError: no")],
            ("not-stored", "result cannot be stored: TypeError: no"),
        ),
        (
            [MISS, RAN, event("set_result", actor="result_store", msg="not stored, because it is debugged")],
            ("not-stored", "it is debugged"),
        ),
        ([], None),
    ],
)
def test_outcomes(records: list[Any], expected: tuple[str, str] | None) -> None:
    assert told(*records) == expected
    random.Random(1).shuffle(records)
    assert told(*records) == expected


@pytest.mark.parametrize(
    ("now", "past", "why"),
    [
        (key("v2"), before("v1"), "code changed"),
        (key("v1", x="2", y="1"), before("v1", x="1", y="1"), "input x changed"),
        (key("v2", x="2"), before("v1", x="1"), "code changed, input x changed"),
        (key("v1", z="1"), before("v1", x="1"), "input z added, input x removed"),
        (key("v1", x="1"), before("v1", x="1"), "nothing stored"),
        (key("v1", x="<unhashable>_1b2c"), before("v1", x="<unhashable>_77aa"), "input x cannot be hashed"),
        (key("v1", x="<disable>_1b2c"), before("v1", x="1"), "input x is never cached"),
        (key("v1"), Past(), "nothing stored"),
    ],
)
def test_why_it_was_no_hit(now: Any, past: Past, why: str) -> None:
    assert told(now, MISS, RAN, past=past) == ("executed", why)


def test_a_node_that_still_runs_has_missed_already() -> None:
    assert told(key("v2"), MISS, past=before("v1"), ended=False) == ("executed", "code changed")


def test_an_earlier_run_of_the_same_launch_is_the_past_too() -> None:
    earlier = (
        CACHE,
        CacheEvent("set_cache_key", "q", T0 - 9, "a", None, "adapter", None, cache_key("a", "v0", {})),
    )
    begun = (MAIN, FlightEvent(flight.GRAPH_START, T0 - 10, "q"))
    assert told(begun, earlier, key("v1"), MISS, RAN) == ("executed", "code changed")


def test_with_the_cache_off_nothing_is_said() -> None:
    off = (Source("launch.json", Kind.LAUNCH), LaunchInfo(pid=1, cache_dir=None))
    assert told(off, event("resolve_behavior", value="CachingBehavior.DISABLE")) is None


@pytest.mark.parametrize("version", ["abc", "a-b-c_d=", ""])
def test_keys_are_taken_apart_as_hamilton_makes_them(version: str) -> None:
    found = decode_key(cache_key("node.name", version, {"x": "1=", "y": "2-_"}))
    assert found == CacheKey("nodename", version, {"x": "1=", "y": "2-_"})
    assert decode_key(cache_key("n", version, {})) == CacheKey("n", version, {})


@pytest.mark.parametrize("text", ["", "a", "a-b", "a-b-c", "a-b-####", "a-b-" + "A" * 40])
def test_what_is_no_key_is_none(text: str) -> None:
    assert decode_key(text) is None


def test_saved_is_the_median_of_what_it_took_before() -> None:
    assert saved_s(Span(KEY, "cached", elapsed_s=0.5), (1.0, 9.0, 3.0)) == 2.5
    assert saved_s(Span(KEY, "cached", elapsed_s=0.5), ()) is None
    assert saved_s(Span(KEY, "succeeded", elapsed_s=0.5), (1.0, 9.0, 3.0)) is None
