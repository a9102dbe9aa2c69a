"""Spans as OpenTelemetry has them: stable ids, one story a span, told when it changes."""

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import ExitInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.model import traces
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from hamtui.model.traces import Told
from tests.model.streams import CACHE, MAIN, T0

RUN = "0d9e1a2b-1111-4222-8333-444455556666"
ALIVE, DEAD = ProcessFact(alive=True, supervisor_alive=True), ProcessFact(alive=False, supervisor_alive=False)


def event(
    kind: str, at: float, node: str | None = None, task: str | None = None, **more: object
) -> FlightEvent:
    return FlightEvent(kind, T0 + at, RUN, node, task, mono=at, pid=100, thread_id=1, native_id=100, **more)  # type: ignore[arg-type]


def launch(*events: FlightEvent, fact: ProcessFact = ALIVE, now: float = 9.0) -> Launch:
    """A launch that runs, or, with ``fact`` DEAD, that was killed."""
    made = Launch("l")
    made.apply(MAIN, event(flight.GRAPH_START, 0, final_vars=["b"], execution_path=["a", "b"]))
    for one in events:
        made.apply(MAIN, one)
    if fact is DEAD:
        made.apply(Source("exit.json", Kind.EXIT), ExitInfo(signal=9, ended_at=T0 + 5))
    settle(made, fact, Now(T0 + now, now))
    return made


def told(made: Launch, *keys: SpanKey, now: float = 9.0) -> list[traces.Json]:
    return traces.spans(made, keys, {}, Now(T0 + now, now))


def about(span: traces.Json) -> dict[str, str]:
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


A, BLOCK = SpanKey(RUN, None, "a"), SpanKey(RUN, "expand.0.block", "a")


def test_ids_are_the_same_however_often_and_of_each_its_own() -> None:
    assert traces.trace_id(RUN) == "0d9e1a2b111142228333444455556666"
    odd = traces.trace_id("no uuid \udc80")
    assert len(odd) == 32 and odd == traces.trace_id("no uuid \udc80") and int(odd, 16)
    assert len({traces.span_id(key) for key in (A, BLOCK, SpanKey("other", None, "a"))}) == 3
    assert traces.span_id(A) == traces.span_id(SpanKey(*A)) and len(traces.span_id(A)) == 16


def test_a_span_is_told_running_then_whole_under_the_run() -> None:
    begun = launch(event(flight.NODE_START, 1, "a"))
    run = traces.root(begun.runs[RUN])
    assert traces.news(begun, {}, {}) == {run: Told("running"), A: Told("running")}
    root, first = told(begun, run, A)
    assert about(first)["hamtui.state"] == "running" and first["status"]["code"] == 0
    assert first["parentSpanId"] == root["spanId"] and "parentSpanId" not in root and root["name"] == "b"
    assert int(first["startTimeUnixNano"]) == round((T0 + 1) * 1e9)
    assert int(first["endTimeUnixNano"]) == round((T0 + 9) * 1e9)

    ended = launch(
        event(flight.NODE_START, 1, "a"), event(flight.NODE_END, 3, "a", success=True, elapsed_s=2.0)
    )
    known = {run: Told("running"), A: Told("running")}
    assert traces.news(ended, {}, known) == {A: Told("succeeded")}
    (whole,) = told(ended, A)
    assert (whole["traceId"], whole["spanId"]) == (first["traceId"], first["spanId"])
    assert int(whole["endTimeUnixNano"]) - int(whole["startTimeUnixNano"]) == 2_000_000_000
    assert whole["status"] == {"code": 1}


def test_a_failure_is_an_error_with_its_exception() -> None:
    end = event(
        flight.NODE_END,
        3,
        "a",
        success=False,
        error="ValueError: no",
        error_type="ValueError",
        traceback="Tr",
    )
    (span,) = told(launch(event(flight.NODE_START, 1, "a"), end), A)
    assert span["status"] == {"code": 2, "message": "ValueError: no"}
    (raised,) = span["events"]
    assert raised["name"] == "exception" and about(raised) == {
        "exception.type": "ValueError",
        "exception.message": "no",
        "exception.stacktrace": "Tr",
    }


def test_a_span_whose_process_died_is_an_error_too() -> None:
    dead = launch(event(flight.NODE_START, 1, "a"), fact=DEAD)
    (span,) = told(dead, A)
    assert span["status"] == {"code": 2, "message": "aborted"} and about(span)["hamtui.state"] == "aborted"


def test_a_mark_is_news_and_an_event() -> None:
    made = launch(event(flight.NODE_START, 1, "a"))
    mark = Suspect("suspected", False, "lock", "waits for a lock", 3.0)
    known = {traces.root(made.runs[RUN]): Told("running"), A: Told("running")}
    assert traces.news(made, {A: mark}, known) == {A: Told("running", None, "suspected", "lock")}
    (span,) = traces.spans(made, [A], {A: [(T0 + 5, mark)]}, Now(T0 + 9, 9.0))
    (said,) = span["events"]
    assert said["name"] == "hamtui.suspect" and about(said)["hamtui.why"] == "waits for a lock"


def test_what_the_cache_did_is_told_again_when_it_is_known() -> None:
    made = launch(
        event(flight.NODE_START, 1, "a"), event(flight.NODE_END, 3, "a", success=True, elapsed_s=2.0)
    )
    known = traces.news(made, {}, {})
    (span,) = told(made, A)
    assert "hamtui.cache" not in about(span)
    for kind in ("missing_result", "execute_node"):
        made.apply(CACHE, CacheEvent(kind, RUN, T0 + 1, "a", None, "adapter"))
    assert traces.news(made, {}, known) == {A: Told("succeeded", "executed")}
    (span,) = told(made, A)
    assert about(span)["hamtui.cache"] == "executed"


def test_blocks_of_one_node_are_spans_of_their_own() -> None:
    made = launch(event(flight.NODE_START, 1, "a"), event(flight.NODE_START, 2, "a", "expand.0.block"))
    one, other = told(made, A, BLOCK)
    assert one["spanId"] != other["spanId"] and about(other)["hamtui.task_id"] == "expand.0.block"
