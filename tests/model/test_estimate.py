"""What is left of a run, by what its nodes took before."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamtui.contract.graph import PlannedNode
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.vitals import Tick
from hamtui.model.baseline import NO_PAST, CacheKey, Past
from hamtui.model.estimate import Estimator, left, stands_still, usual_end
from hamtui.model.fold import Launch
from hamtui.model.state import SPAN_STATES, Now, Run, Span, SpanKey, SpanState, Suspect, Task

Graph = dict[str, list[str]]
LINE: Graph = {"a": [], "b": ["a"], "c": ["b"]}
#: a, then b and c beside each other, then d.
DIAMOND: Graph = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


def launch_of(graph: Graph, executor: str = "sync", max_tasks: int | None = None) -> tuple[Launch, Run]:
    launch = Launch("one")
    launch.info = LaunchInfo(executor=executor, max_tasks=max_tasks)
    run = launch.runs["r"] = Run("r", started_mono=0.0, plan=tuple(graph))
    run.nodes = {name: PlannedNode(name, dependencies=needs, version="v") for name, needs in graph.items()}
    return launch, run


def put(run: Run, node: str, status: SpanState, started: float = 0.0, task: str | None = None) -> Span:
    span = Span(SpanKey("r", task, node), status, started_mono=started, attempts=1)
    span.elapsed_s = None if status == "running" else 1.0
    run.spans[span.key] = span
    return span


def past_of(**seconds: float) -> Past:
    """Ten runs of each node, all alike, so that the range is narrow."""
    return Past({(node, "v"): (each,) * 10 for node, each in seconds.items()})


def at(mono: float) -> Now:
    return Now(1000.0 + mono, mono)


def middle(launch: Launch, run: Run, now: Now, past: Past) -> float:
    told = left(launch, run, now, past)
    assert told is not None
    assert 0 <= told.low <= told.high
    return (told.low + told.high) / 2


def test_one_by_one_it_is_a_sum() -> None:
    launch, run = launch_of(DIAMOND)
    past = past_of(a=10, b=20, c=30, d=40)
    assert middle(launch, run, at(0), past) == pytest.approx(100, rel=0.01)
    put(run, "a", "succeeded")
    put(run, "b", "running", started=10)
    assert middle(launch, run, at(15), past) == pytest.approx(85, rel=0.01)


def test_in_parallel_it_is_the_critical_path() -> None:
    launch, run = launch_of(DIAMOND, "threads", 8)
    told = left(launch, run, at(0), past_of(a=10, b=20, c=30, d=40))
    assert told is not None
    assert told.low == pytest.approx(80, rel=0.05)
    assert 80 <= told.high <= 100


def test_few_workers_share_the_work() -> None:
    launch, run = launch_of({name: [] for name in "abcdefgh"}, "threads", 2)
    assert middle(launch, run, at(0), past_of(**dict.fromkeys("abcdefgh", 10))) == pytest.approx(42, rel=0.05)


def test_without_a_past_nothing_is_told() -> None:
    launch, run = launch_of(LINE)
    assert left(launch, run, at(0), NO_PAST) is None
    assert left(launch, run, at(0), past_of(other=3)) is None
    assert left(launch, run, at(0), past_of(a=3)) is None  # more than a fifth is not known
    run.state = "succeeded"
    assert left(launch, run, at(0), past_of(a=1, b=1, c=1)) is None


def test_a_node_in_five_may_be_new() -> None:
    launch, run = launch_of({name: [] for name in "abcde"})
    told = left(launch, run, at(0), past_of(a=10, b=10, c=10, d=10))
    assert told is not None
    assert told.low < 40
    assert 50 < told.high < 53


def test_changed_code_is_expected_to_take_as_long_as_before() -> None:
    launch, run = launch_of(LINE)
    run.nodes["b"] = replace(run.nodes["b"], version="v2")
    assert middle(launch, run, at(0), past_of(a=1, b=20, c=1)) == pytest.approx(22, rel=0.02)


def test_an_overdue_node_takes_a_little_longer_and_no_less_than_nothing() -> None:
    launch, run = launch_of({"a": []})
    put(run, "a", "running")
    past = past_of(a=10)
    highs = [told.high for now in range(200) if (told := left(launch, run, at(now / 4), past))]
    assert all(-0.251 <= after - before <= 0.07 for before, after in zip(highs, highs[1:], strict=False))
    told = left(launch, run, at(100), past)
    assert told == (0.0, 25.0)


def test_a_node_that_ticks_is_expected_by_its_rate() -> None:
    launch, run = launch_of({"a": []})
    span = put(run, "a", "running")
    span.first_tick, span.tick = Tick("r", "a", None, 0, 100, mono=0), Tick("r", "a", None, 10, 100, mono=10)
    told = left(launch, run, at(12), past_of(a=1))
    assert told == pytest.approx((88 * 0.8, 88 * 1.25))


def test_what_the_cache_may_hold_takes_nothing_at_the_least() -> None:
    launch, run = launch_of(LINE)
    assert launch.info is not None
    past = replace(past_of(a=10, b=10, c=10), keys={("b", None): CacheKey("b", "v")})
    launch.info = replace(launch.info, cache_dir="/c")
    told = left(launch, run, at(0), past)
    assert told is not None
    assert told.low == pytest.approx(20, rel=0.05)
    assert told.high == pytest.approx(30, rel=0.05)


BLOCKS: Graph = {"items": [], "item": ["items"], "parsed": ["item"], "all": ["parsed"]}


def blocks(executor: str, max_tasks: int | None) -> tuple[Launch, Run]:
    launch, run = launch_of(BLOCKS, executor, max_tasks)
    run.nodes["item"] = replace(run.nodes["item"], role="expand")
    run.nodes["all"] = replace(run.nodes["all"], role="collect")
    return launch, run


@pytest.mark.parametrize(
    ("executor", "tasks", "seconds"), [("sync", None, 1020), ("threads", 10, 130), ("processes", 10, 122)]
)
def test_blocks_are_as_many_as_the_last_time_until_it_is_known(
    executor: str, tasks: int | None, seconds: float
) -> None:
    launch, run = blocks(executor, tasks)
    past = replace(past_of(items=10, item=0, parsed=10, all=10), times={"parsed": 100})
    told = left(launch, run, at(0), past)
    assert told is not None
    assert told.low * 0.98 <= seconds <= told.high * 1.02
    put(run, "items", "succeeded")
    put(run, "item", "succeeded", task="expand-item")
    run.tasks["expand-item"] = Task("expand-item", nodes=("items", "item"), blocks=3)
    for number in range(2):
        put(run, "parsed", "succeeded", task=f"expand-item.{number}.block")
    assert middle(launch, run, at(20), past) == pytest.approx(20, rel=0.1)


GRAPHS = st.integers(1, 12).flatmap(
    lambda size: st.tuples(
        *(
            st.lists(st.integers(0, max(0, at - 1)), max_size=3 if at else 0, unique=True)
            for at in range(size)
        )
    )
)


@settings(max_examples=150)
@given(
    GRAPHS,
    st.randoms(use_true_random=False),
    st.sampled_from([("sync", None), ("threads", 1), ("threads", 3), ("processes", None), ("processes", 2)]),
    st.floats(0, 1e5),
)
def test_the_range_is_never_negative_and_never_upside_down(
    shape: tuple[list[int], ...], chance: random.Random, how: tuple[str, int | None], now: float
) -> None:
    launch, run = launch_of({str(n): [str(up) for up in ups] for n, ups in enumerate(shape)}, *how)
    past = Past(
        {
            (str(n), "v"): tuple(chance.uniform(0, 100) for _ in range(chance.randrange(4)))
            for n in range(len(shape))
        }
    )
    for node in run.plan:
        status: SpanState = chance.choice(SPAN_STATES)
        if status != "pending":
            put(run, node, status, started=chance.uniform(0, 50))
    told = left(launch, run, at(now), past)
    if told is not None:
        assert 0 <= told.low <= told.high < 1e6


@settings(max_examples=60)
@given(GRAPHS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_a_run_as_before_ends_within_the_range(
    shape: tuple[list[int], ...], chance: random.Random, workers: int
) -> None:
    """Greedy workers over nodes that take what they took: at each start the truth lies within what is told."""
    launch, run = launch_of(
        {str(n): [str(up) for up in ups] for n, ups in enumerate(shape)}, "threads", workers
    )
    takes = {str(n): chance.uniform(0.1, 50) for n in range(len(shape))}
    past = past_of(**takes)
    now, ends, looks = 0.0, dict[str, float](), []
    todo = list(run.plan)
    while todo or ends:
        for node in [
            one
            for one in todo
            if all(
                run.spans.get(SpanKey("r", None, up), Span(SpanKey("r", None, up))).status == "succeeded"
                for up in run.nodes[one].dependencies
            )
        ]:
            if len(ends) < workers:
                todo.remove(node)
                ends[node] = now + takes[node]
                put(run, node, "running", started=now)
        told = left(launch, run, at(now), past)
        assert told is not None
        looks.append((now, told))
        node = min(ends, key=lambda one: ends[one])
        now = ends.pop(node)
        put(run, node, "succeeded")
    for then, told in looks:
        assert told.low * 0.99 <= now - then + 1e-6 <= told.high * 1.01 + 1e-3


def test_the_graph_part_is_kept_for_a_run_and_made_anew_for_another_past() -> None:
    launch, run = launch_of(LINE)
    estimator, past = Estimator(), past_of(a=1, b=1, c=1)
    first = estimator.left(launch, run, at(0), past)
    kept = estimator._kept
    assert estimator.left(launch, run, at(0), past) == first
    assert estimator._kept is kept
    assert estimator.left(launch, run, at(0), past_of(a=1, b=1, c=100)) != first


def test_where_a_span_usually_ends() -> None:
    launch, run = launch_of({"a": []})
    span = put(run, "a", "running")
    assert usual_end(launch, span, NO_PAST) is None
    assert usual_end(launch, span, Past({("a", "v"): (1.0, 2.0, 3.0)})) == pytest.approx((2.0, 2.9))


@pytest.mark.parametrize(("progress", "still"), [(False, True), (None, False), (True, False)])
def test_a_run_in_which_a_node_stands_still_has_no_end_in_sight(progress: bool | None, still: bool) -> None:
    assert stands_still([Suspect("suspected", progress, "sleeping", "", 1.0)]) is still
