"""Parallel blocks put together by what they do: the crowd on one line, each straggler found."""

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import FLIGHT, STACKS, Kind, Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.alike import Crowd, block_of, crowd
from hamtui.model.fold import Launch
from hamtui.model.state import Link, Now, SpanKey, Suspect

T0 = 1_795_383_957.0
LIB = "/venv/lib/python3.11/socket.py"
PEER = "10.0.4.7:5432"


def block(number: int) -> str:
    return f"expand-rows.{number}.block-rows"


def blocks(running: int, stuck: tuple[int, ...] = (), *, ended: int = 0, took: float = 2.0) -> Launch:
    """``ended`` blocks that took ``took`` seconds, then ``running`` ones, of which some stand in a recv."""
    launch = Launch("l")

    def event(kind: str, at: float, **keys: object) -> None:
        record = FlightEvent(kind, ts=T0 + at, mono=at, run_id="r", pid=10, **keys)  # type: ignore[arg-type]
        launch.apply(Source(FLIGHT, Kind.FLIGHT), record)

    event(flight.GRAPH_START, 0.0, final_vars=["total"])
    event(flight.NODE_START, 0.1, node="rows", task_id="expand-rows", thread_id=1, native_id=1)
    for number in range(ended + running):
        ids = {"task_id": block(number), "thread_id": 1000 + number, "native_id": 5000 + number}
        event(flight.NODE_START, 1.0 + number / 1000, node="row", **ids)
        if number < ended:
            event(flight.NODE_END, 3.0, node="row", task_id=block(number), success=True, elapsed_s=took)
    threads = []
    for number in range(ended, ended + running):
        own = (
            [Frame(LIB, 705, "readinto"), Frame("/home/me/shards.py", 88, "fetch", "sock.recv(4)")]
            if number in stuck
            else [Frame("/home/me/shards.py", 31, "parse_row", "return json.loads(row)")]
        )
        threads.append(ThreadStack(1000 + number, 5000 + number, f"pool_{number}", own))
    launch.apply(
        Source(STACKS, Kind.STACKS), Dump(ts=T0 + 8.0, mono=8.0, pid=10, why="late", threads=threads)
    )
    return launch


def look(
    launch: Launch, marks: dict[SpanKey, Suspect] | None = None, number: int = 0, after: float = 9.0
) -> Crowd:
    run = launch.runs["r"]
    wanted = block_of(run, SpanKey("r", block(number), "row"))
    assert wanted is not None
    return crowd(launch, run, wanted, marks or {}, Now(T0 + after, after))


def socket_mark(launch: Launch, number: int) -> Suspect:
    frame = Frame("/home/me/shards.py", 88, "fetch", "sock.recv(4)")
    chain = (Link(f"pool_{number}", frame, PEER, "ESTABLISHED", "blocked.socket"),)
    return Suspect("suspected", False, "blocked.socket", f"waits for {PEER}", 3.0, chain)


def test_three_stragglers_in_a_thousand_are_found() -> None:
    stuck = (17, 404, 999)
    launch = blocks(1000, stuck)
    marks = {SpanKey("r", block(n), "row"): socket_mark(launch, n) for n in stuck}
    found = look(launch, marks)
    assert found.size == 1000
    assert [len(group.spans) for group in found.groups] == [3, 997]
    few, most = found.groups
    assert (few.straggler, few.largest, few.counterpart, few.verdict) == (True, False, PEER, "blocked.socket")
    assert {span.key.task_id for span in few.spans} == {block(n) for n in stuck}
    assert few.spans[0].key.task_id == block(17), "the one that runs longest comes first"
    assert few.suspected == 3
    assert (most.straggler, most.largest) == (False, True)
    assert most.frame is not None
    assert most.frame.function == "parse_row"
    assert found.of(SpanKey("r", block(404), "row")) is few


def test_stacks_alone_tell_them_apart() -> None:
    found = look(blocks(40, (5,)))
    assert [(len(group.spans), group.frame.function if group.frame else "") for group in found.groups] == [
        (1, "fetch"),
        (39, "parse_row"),
    ]


def test_what_lags_far_behind_those_that_ended_is_a_straggler_though_nothing_else_runs() -> None:
    launch = blocks(3, ended=50, took=2.0)
    assert [group.straggler for group in look(launch, number=50, after=3.0).groups] == [False]
    later = look(launch, number=50, after=60.0)
    assert [(group.straggler, group.largest) for group in later.groups] == [(True, False)]
    assert (later.done, later.usual) == (50, 2.0)


def test_a_handful_has_no_stragglers() -> None:
    assert not any(group.straggler for group in look(blocks(4, (1,))).groups)


def test_children_are_the_same_whatever_their_pids() -> None:
    launch = blocks(6)
    marks = {
        SpanKey("r", block(n), "row"): Suspect(
            "suspected", False, "waiting.child", "", 1.0,
            (Link("t", Frame("/w.py", 4, "wait"), f"child {7000 + n}"), Link(f"child {7000 + n}", doing="blocked.socket")),
        )
        for n in range(6)
    }  # fmt: skip
    found = look(launch, marks)
    assert [(len(group.spans), group.counterpart) for group in found.groups] == [(6, "blocked.socket")]


def test_the_expanding_span_stands_for_its_block() -> None:
    launch = blocks(12, (3,))
    run = launch.runs["r"]
    wanted = block_of(run, SpanKey("r", "expand-rows", "rows"))
    assert wanted is not None
    assert crowd(launch, run, wanted, {}, Now(T0 + 9, 9.0)).size == 12
    assert block_of(run, SpanKey("r", None, "total")) is None


def test_what_was_in_flight_at_the_end_is_told_too() -> None:
    launch = blocks(20, (3,))
    for span in launch.runs["r"].spans.values():
        span.status, span.settled = "aborted", True  # as model.ending settles them
        span.ended_at, span.elapsed_s = T0 + 9.0, 8.0
    found = look(launch)
    assert [len(group.spans) for group in found.groups] == [1, 19]


def test_no_stack_is_a_place_of_its_own() -> None:
    launch = blocks(4)
    launch.dumps.clear()
    found = look(launch)
    assert [(len(group.spans), group.frame) for group in found.groups] == [(4, None)]
