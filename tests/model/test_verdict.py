"""Thresholds, marks, and whose stack it is."""

from typing import Any

import pytest

from hamtui.contract import flight
from hamtui.contract.durations import DEFAULT_HANG_AFTER_S
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.stacks import stack_of, stacks_of, user_frame
from hamtui.model.state import Now, ProcessFact, SpanKey
from hamtui.model.verdict import marks, suspect, threshold
from tests.data.generate import ALIVE
from tests.model.streams import MAIN, T0, fold, source_of

KEY = SpanKey("r", None, "a")
STACKS = Source("faulthandler_stacks.jsonl", Kind.STACKS)


def launch_of(
    *more: Any, hang_after: float | None = None, tags: dict[str, Any] | None = None, pid: int = 1
) -> Any:
    graph = Graph([PlannedNode("a", file="/home/u/m.py", tags=tags or {})])
    start = FlightEvent(
        flight.NODE_START, T0 + 1, "r", "a", mono=1.0, pid=pid, thread_id=7, native_id=70 + pid, tags=None
    )
    return fold(
        [
            (Source("launch.json", Kind.LAUNCH), LaunchInfo(pid=1, host="box", hang_after=hang_after)),
            (Source("graph.g.json", Kind.GRAPH), graph),
            (MAIN, FlightEvent(flight.GRAPH_START, T0, "r", mono=0.0, pid=1, graph="g")),
            (MAIN if pid == 1 else source_of(pid), start),
            *more,
        ]
    )


def span_of(launch: Any) -> Any:
    return launch.runs["r"].spans[KEY]


@pytest.mark.parametrize(
    ("option", "tag", "expected"),
    [
        (None, None, DEFAULT_HANG_AFTER_S),
        (5.0, None, 5.0),
        (5.0, "30m", 1800.0),
        (None, "90", 90.0),
        (5.0, "soon", 5.0),
        (None, ["x"], DEFAULT_HANG_AFTER_S),
    ],
)
def test_the_tag_goes_over_the_option_and_that_over_the_default(
    option: Any, tag: Any, expected: float
) -> None:
    launch = launch_of(hang_after=option, tags={} if tag is None else {"hamtui.hang_after": tag})
    assert threshold(launch, span_of(launch)) == expected


def test_a_mark_comes_with_the_threshold_and_not_before() -> None:
    launch = launch_of(hang_after=10.0)
    assert suspect(launch, span_of(launch), ALIVE, Now(T0 + 99, 11.0)) is None
    mark = suspect(launch, span_of(launch), ALIVE, Now(T0, 11.5))
    assert mark is not None
    assert (mark.level, mark.progress, mark.verdict, mark.since_s) == ("suspected", None, "unknown", 0.5)
    assert mark.why.endswith("no stack yet")


def test_from_another_machine_the_wall_clock_tells() -> None:
    launch = launch_of(hang_after=10.0)
    mark = suspect(launch, span_of(launch), ProcessFact(), Now(T0 + 12))
    assert mark is not None
    assert mark.since_s == 1.0


def test_a_stopped_main_process_says_nothing_of_a_workers_node() -> None:
    launch = launch_of(hang_after=10.0, pid=2)
    fact = ProcessFact(alive=True, paused=True, supervisor_alive=True)
    mark = suspect(launch, span_of(launch), fact, Now(T0 + 50, 50.0))
    assert mark is not None
    assert mark.verdict == "unknown"


def _dump(
    at: float, *, pid: int = 1, threads: list[ThreadStack] | None = None, **keys: Any
) -> tuple[Source, Dump]:
    source = STACKS if pid == 1 else Source(f"faulthandler_stacks.box.{pid}.jsonl", Kind.STACKS, "box", pid)
    return source, Dump(T0 + at, at, pid, threads=threads or [], **keys)


def _stack(line: int, *, thread_id: int | None = 7, native_id: int | None = 71) -> ThreadStack:
    library = Frame("/usr/lib/python3.11/threading.py", 320, "wait", "waiter.acquire()")
    return ThreadStack(
        thread_id, native_id, "Worker-1", [library, Frame("/home/u/m.py", line, "a", "with lock:")]
    )


def test_the_newest_stack_since_the_start_is_the_spans() -> None:
    launch = launch_of(
        _dump(5.0, threads=[_stack(20)]),
        _dump(0.5, threads=[_stack(10)]),
        _dump(3.0, threads=[_stack(15)]),
        hang_after=2.0,
    )
    lines = [stack.frames[1].line for _, stack in stacks_of(launch, span_of(launch))]
    assert lines == [15, 20]
    mark = suspect(launch, span_of(launch), ALIVE, Now(T0 + 6, 6.0))
    assert mark is not None
    assert (
        mark.why
        == "waits at m.py:20 for lock, by its stack alone; running for 5.0s, past its threshold of 2.0s"
    )


def test_the_same_ident_in_another_process_is_another_thread() -> None:
    launch = launch_of(_dump(5.0, pid=2, threads=[_stack(20, native_id=None)]))
    assert stack_of(launch, span_of(launch)) is None


def test_a_dump_from_outside_may_know_the_kernels_id_alone() -> None:
    launch = launch_of(_dump(5.0, threads=[_stack(20, thread_id=None)], taken_by="py-spy"))
    assert stack_of(launch, span_of(launch)) is not None


def test_a_crashs_text_knows_the_ident_alone() -> None:
    launch = launch_of(_dump(5.0, threads=[_stack(20, native_id=None)], taken_by="faulthandler"))
    assert stack_of(launch, span_of(launch)) is not None


def test_a_pool_threads_next_stack_is_not_the_ended_spans() -> None:
    end = FlightEvent(flight.NODE_END, T0 + 4, "r", "a", mono=4.0, pid=1, success=True)
    launch = launch_of(_dump(3.0, threads=[_stack(15)]), _dump(5.0, threads=[_stack(20)]), (MAIN, end))
    assert [stack.frames[1].line for _, stack in stacks_of(launch, span_of(launch))] == [15]


def test_what_could_not_be_read_says_why() -> None:
    launch = launch_of(_dump(5.0, error="ptrace is not permitted", taken_by="py-spy"), hang_after=2.0)
    mark = suspect(launch, span_of(launch), ALIVE, Now(T0 + 6, 6.0))
    assert mark is not None
    assert mark.why.endswith("no stack yet: ptrace is not permitted")


def test_the_innermost_frame_of_all_where_none_is_the_users() -> None:
    only = Frame("/usr/lib/python3.11/threading.py", 320, "wait")
    assert user_frame(ThreadStack(frames=[only])) == only
    assert user_frame(ThreadStack()) is None


def test_marks_are_of_the_run_alone() -> None:
    launch = launch_of(hang_after=10.0)
    assert list(marks(launch, launch.runs["r"], ALIVE, Now(T0 + 50, 50.0))) == [KEY]


def test_an_interrupted_span_keeps_the_mark_that_it_had() -> None:
    end = FlightEvent(
        flight.NODE_END, T0 + 20, "r", "a", mono=20.0, pid=1, success=False, error="KeyboardInterrupt: "
    )
    launch = launch_of(_dump(5.0, threads=[_stack(20)]), (MAIN, end), hang_after=10.0)
    mark = suspect(launch, span_of(launch), ProcessFact(alive=False), Now(T0 + 500, 500.0))
    assert mark is not None
    assert mark.since_s == 9.0
    assert "m.py:20" in mark.why
    quick = launch_of((MAIN, end), hang_after=30.0)
    assert suspect(quick, span_of(quick), ProcessFact(alive=False), Now(T0 + 500, 500.0)) is None
