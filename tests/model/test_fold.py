"""The fold takes anything, in any order, any number of times."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent, LogRecord, Request
from hamtui.contract.stacks import Dump
from hamtui.contract.vitals import Vital
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import SpanKey
from tests.model.streams import MAIN, T0, fold, launches, picture, source_of

EVENTS = [value for name, value in vars(flight).items() if name.isupper() and isinstance(value, str)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
TIMES = st.none() | st.floats(allow_nan=False, allow_infinity=False)
IDS = st.none() | st.sampled_from(["a", "b", ""])
PIDS = st.none() | st.integers(-1, 3)


def _flight_events() -> st.SearchStrategy[FlightEvent]:
    typed: dict[str, st.SearchStrategy[Any]] = {
        "event": st.sampled_from([*EVENTS, "never_heard_of", ""]),
        "ts": TIMES,
        "mono": TIMES,
        "elapsed_s": TIMES,
        "run_id": IDS,
        "node": IDS,
        "task_id": IDS,
        "pid": PIDS,
        "seq": PIDS,
        "thread_id": PIDS,
        "native_id": PIDS,
        "success": st.none() | st.booleans(),
        "output_offset": PIDS,
    }
    rest = {name: JSON for name in FlightEvent.__dataclass_fields__ if name not in typed}
    return st.builds(FlightEvent, **typed, **rest)


SOURCES = st.sampled_from([MAIN, source_of(2), Source("graph.a.json", Kind.GRAPH)])
ANYTHING: st.SearchStrategy[Record] = st.one_of(
    _flight_events(),
    st.builds(
        CacheEvent,
        event_type=st.sampled_from(["get_result", "resolve_behavior", "set_cache_key", "execute_node", "?"]),
        run_id=IDS,
        node_name=IDS,
        task_id=IDS,
        timestamp=TIMES,
        msg=JSON,
        value=JSON,
    ),
    st.builds(LogRecord, ts=TIMES),
    st.builds(Request, ask=st.text(max_size=3), id=IDS, ts=TIMES),
    st.builds(Dump, ts=TIMES, mono=TIMES, pid=PIDS),
    st.builds(Vital, kind=st.sampled_from(["beat", "sample", "?"]), ts=TIMES, pid=PIDS),
    st.builds(LaunchInfo, pid=PIDS, host=IDS, started_at=TIMES, hang_after=TIMES, cache_dir=IDS),
    st.builds(ExitInfo, exit_code=PIDS, signal=PIDS, ended_at=TIMES),
    st.builds(Graph, nodes=st.lists(st.builds(PlannedNode, name=st.text(max_size=2)), max_size=3)),
)


@given(st.lists(st.tuples(SOURCES, ANYTHING), max_size=25))
def test_nothing_that_can_be_decoded_breaks_it(records: list[tuple[Source, Record]]) -> None:
    shown = picture(fold(records))
    json.dumps(shown, allow_nan=False)
    for run in shown["runs"]:
        states = ("pending", "running", "succeeded", "cached", "failed", "skipped", "aborted")
        assert run["counts"]["planned"] == sum(run["counts"][state] for state in states)


@given(launches(), st.data())
def test_any_cut_folds(records: list[tuple[Source, Record]], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(records)))
    end = data.draw(st.integers(begin, len(records)))
    picture(fold(records[begin:end]))


@given(launches(), st.data())
def test_pieces_fold_as_the_whole(records: list[tuple[Source, Record]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(records)))
    launch = fold(records[:cut])
    picture(launch)  # looking between two batches changes nothing
    assert picture(fold(records[cut:], launch)) == picture(fold(records))


@given(launches(), st.randoms(use_true_random=False))
def test_order_does_not_matter(records: list[tuple[Source, Record]], random: Any) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)
    assert picture(fold(shuffled)) == picture(fold(records))


@given(launches(), st.data())
def test_the_same_again_changes_nothing(records: list[tuple[Source, Record]], data: st.DataObject) -> None:
    once = picture(fold(records))
    again = records + data.draw(st.lists(st.sampled_from(records), max_size=20)) if records else records
    assert picture(fold(again)) == once
    assert picture(fold(records + records)) == once


def _start(node: str = "a", at: float = 1.0, pid: int = 1, **keys: Any) -> tuple[Source, Record]:
    event = FlightEvent(flight.NODE_START, T0 + at, "r", node, mono=at, pid=pid, **keys)
    return source_of(pid), event


def _end(node: str = "a", at: float = 2.0, pid: int = 1, **keys: Any) -> tuple[Source, Record]:
    keys = {"success": True, **keys}
    return source_of(pid), FlightEvent(flight.NODE_END, T0 + at, "r", node, mono=at, pid=pid, **keys)


def _graph_start(pid: int = 1) -> tuple[Source, Record]:
    return source_of(pid), FlightEvent(flight.GRAPH_START, T0, "r", mono=0.0, pid=pid, final_vars=["a"])


def _span(launch: Launch, node: str = "a") -> Any:
    return launch.runs["r"].spans[SpanKey("r", None, node)]


def test_an_end_with_no_start_is_a_span_with_what_is_known() -> None:
    span = _span(fold([_end(elapsed_s=0.5)]))
    assert (span.status, span.started_at, span.elapsed_s, span.pid) == ("succeeded", None, 0.5, 1)


def test_a_forked_childs_end_is_not_the_spans() -> None:
    assert _span(fold([_graph_start(), _start(), _end(pid=2)])).status == "running"
    assert _span(fold([_end(pid=2), _start(), _graph_start()])).status == "running"


def test_the_runs_own_process_wins_over_a_forked_child_that_ran_on() -> None:
    records = [_graph_start(), _start(at=1), _start(at=3, pid=2), _end(at=4, pid=2)]
    for order in (records, records[::-1]):
        span = _span(fold(order))
        assert (span.pid, span.status) == (1, "running")


def test_of_two_workers_the_later_start_wins() -> None:
    records = [_graph_start(), _start(at=1, pid=2), _start(at=3, pid=3), _end(at=4, pid=3)]
    for order in (records, records[::-1]):
        span = _span(fold(order))
        assert (span.pid, span.status) == (3, "succeeded")


def test_a_retry_replaces_what_was_before() -> None:
    failed = _end(at=2, success=False, error="ValueError: no")
    span = _span(fold([_start(at=1), failed, _start(at=3)]))
    assert (span.status, span.error, span.elapsed_s, span.attempts) == ("running", None, None, 2)


def test_an_old_start_again_does_not_reopen() -> None:
    assert _span(fold([_start(), _end(), _start()])).status == "succeeded"


def test_a_late_end_after_the_runs_replaces_the_one_that_closed_it() -> None:
    closed = _end(at=2, success=False, error="NodeEndMissing: x")
    assert _span(fold([_start(), closed, _end(at=5)])).status == "succeeded"


def test_a_clock_that_steps_back_gives_no_negative_time() -> None:
    start = FlightEvent(flight.NODE_START, T0 + 100, "r", "a")
    end = FlightEvent(flight.NODE_END, T0 + 50, "r", "a", success=True)
    span = _span(fold([(MAIN, start), (MAIN, end)]))
    assert (span.status, span.elapsed_s) == ("succeeded", 0.0)


def test_steady_time_is_preferred_to_the_wall_clocks() -> None:
    start = FlightEvent(flight.NODE_START, T0 + 100, "r", "a", mono=10.0)
    end = FlightEvent(flight.NODE_END, T0 + 50, "r", "a", mono=12.5, success=True)
    assert _span(fold([(MAIN, start), (MAIN, end)])).elapsed_s == 2.5


def test_interrupts_abort_and_exits_fail() -> None:
    for error, state in (("KeyboardInterrupt: ", "aborted"), ("SystemExit: 3", "failed")):
        end = _end(success=False, error=error, error_type=error.partition(":")[0])
        assert _span(fold([_start(), end])).status == state


def test_a_hit_may_be_told_before_or_after_the_node() -> None:
    hit = (
        Source("cache_logs.jsonl", Kind.CACHE_LOG),
        CacheEvent("get_result", "r", T0, "a", None, "result_store"),
    )
    for order in ([hit, _start(), _end()], [_start(), hit, _end()], [_start(), _end(), hit]):
        assert _span(fold(order)).status == "cached"


def test_unknown_kinds_are_counted() -> None:
    launch = fold([(MAIN, FlightEvent("lunch", T0)), (MAIN, FlightEvent("lunch", T0))])
    assert launch.unknown == {"lunch": 2}
    assert launch.heard_at == T0


def test_a_graph_may_come_before_or_after_its_run() -> None:
    graph: tuple[Source, Record] = (
        Source("graph.abc.json", Kind.GRAPH),
        Graph([PlannedNode("a"), PlannedNode("b", ["a"])]),
    )
    begin: tuple[Source, Record] = (
        MAIN,
        FlightEvent(flight.GRAPH_START, T0, "r", graph="abc", execution_path=["b", "a"]),
    )
    for order in ([graph, begin], [begin, graph]):
        run = fold(order).runs["r"]
        assert run.plan == ("a", "b")
        assert run.nodes["b"].dependencies == ["a"]


def test_runs_stand_oldest_first_whatever_is_read_first() -> None:
    late = (source_of(2), FlightEvent(flight.NODE_START, T0 + 9, "r2", "a", pid=2))
    launch = fold([late, _graph_start(), _start()])
    assert list(launch.runs) == ["r", "r2"]


def test_the_supervisors_samples_are_no_sign_of_life() -> None:
    vitals = Source("vitals.jsonl", Kind.VITALS)
    launch = fold([(vitals, Vital("beat", T0, pid=1)), (vitals, Vital("sample", T0 + 9, pid=1))])
    assert launch.heard_at == T0
    assert launch.sample is not None


def test_dumps_are_bounded() -> None:
    stacks = Source("faulthandler_stacks.jsonl", Kind.STACKS)
    launch = fold([(stacks, Dump(ts=T0 + number, seq=number)) for number in range(500)])
    assert len(launch.dumps) == 200
    assert launch.dumps[-1][1].seq == 499


def test_a_forked_childs_graph_end_does_not_end_the_run() -> None:
    child = (source_of(2), FlightEvent(flight.GRAPH_END, T0 + 3, "r", mono=3.0, pid=2, success=True))
    for order in ([_graph_start(), _start(), child], [child, _graph_start(), _start()]):
        assert fold(order).runs["r"].state == "running"


def test_spans_share_what_their_lines_repeat() -> None:
    launch = Launch()
    told = b'{"event":"node_start","run_id":"r","node":"%s","task_id":"a task","pid":70001,"thread_id":140000001}'
    for name in (b"a", b"b"):
        launch.apply(MAIN, FlightEvent(**json.loads(told % name)))
    one, other = launch.runs["r"].spans.values()
    assert one.key.task_id is other.key.task_id and one.pid is other.pid and one.thread_id is other.thread_id
