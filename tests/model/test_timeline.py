"""Rows: everything of the run once, in the order that was asked for, under its groups."""

import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract.graph import PlannedNode
from hamtui.model.grouping import shape_of
from hamtui.model.state import Now, Run, Span, SpanKey, Suspect, Task
from hamtui.model.timeline import Row, TreeView, rows, status_of, tally, times_of, tree

MARK = Suspect("suspected", None, "unknown", "late", 3.0)


def run_of(plan: dict[str, tuple[str, ...]], module: Callable[[str], str] = lambda name: "m") -> Run:
    nodes = {name: PlannedNode(name, list(needs), module=module(name)) for name, needs in plan.items()}
    return Run(
        "r", plan=tuple(plan), nodes=nodes, targets=tuple(plan)[-1:], started_at=100.0, started_mono=5.0
    )


def add(run: Run, node: str, status: str = "succeeded", task: str | None = None) -> SpanKey:
    key = SpanKey(run.run_id, task, node)
    run.spans[key] = Span(key, status, started_at=101.0, started_mono=6.0, elapsed_s=2.0)  # type: ignore[arg-type]
    return key


def shown(found: list[Row]) -> list[str]:
    return ["  " * row.depth + ("▸" if row.folded else "") + row.label for row in found]


def blocks(count: int, nodes: tuple[str, ...] = ("work",)) -> Run:
    run = run_of({"items": (), "work": ("items",), "more": ("work",), "total": ("more",)})
    run.nodes["items"] = PlannedNode("items", [], module="m", role="expand")
    run.tasks["expand-work"] = Task("expand-work", None, "EXPAND_UNORDERED", ("items",))
    add(run, "items", task="expand-work")
    for number in range(count):
        task = f"expand-work.{number}.block-work"
        run.tasks[task] = Task(task, "expand-work", "EXECUTE_BLOCK", nodes)
        for name in nodes:
            add(run, name, "succeeded" if number else "running", task)
    return run


def test_modules_then_namespaces_then_nodes() -> None:
    plan = {"a": (), "sd.x": ("a",), "sd.y": ("sd.x",), "lone.z": ("a",), "b": ("sd.y",)}
    run = run_of(plan, lambda name: "two" if name == "b" else "one")
    assert shown(rows(run, TreeView(), {}, {})) == [
        "one", "  a", "  sd", "    x", "    y", "  lone.z", "two", "  b",
    ]  # fmt: skip


def test_groups_fold_and_open() -> None:
    run = run_of({"a": (), "b": ("a",)})
    view = TreeView().close("module:m")
    assert shown(rows(run, view, {}, {})) == ["▸m"]
    assert shown(rows(run, view.open("module:m"), {}, {})) == ["m", "  a", "  b"]


def test_parallel_tasks_are_folded_with_counts_under_their_parallelizable() -> None:
    run = blocks(100)
    found = rows(run, TreeView(), {}, {})
    assert shown(found) == ["m", "  items", "    ▸work", "  more", "  total"]
    group = found[2]
    assert group.times == 100
    counts = tally(run, group, {}, {})
    assert (counts.total, counts.done, counts.running, counts.state) == (100, 99, 1, "running")
    opened = rows(run, TreeView().open(group.fold or ""), {}, {})
    assert shown(opened)[3:6] == ["      work[0]", "      work[1]", "      work[2]"]
    assert len(opened) == 105


def test_a_folded_group_shows_its_trouble_unless_it_was_closed() -> None:
    run = blocks(10)
    late = SpanKey("r", "expand-work.0.block-work", "work")
    found = rows(run, TreeView(), {late: MARK}, {})
    assert shown(found)[2:4] == ["    ▸work", "      work[0]"]
    assert tally(run, found[2], {late: MARK}, {}).state == "suspect"
    assert len(rows(run, TreeView().close(found[2].fold or ""), {late: MARK}, {})) == len(found) - 1


def test_blocks_of_several_nodes_count_tasks() -> None:
    run = blocks(3, ("work", "more"))
    group = next(row for row in rows(run, TreeView(), {}, {}) if row.times)
    assert group.label == "work, more"
    assert tally(run, group, {}, {}).total == 3
    opened = shown(rows(run, TreeView().open(group.fold or ""), {}, {}))
    assert opened[3:6] == ["      [0]", "        work[0]", "        more[0]"]


def test_blocks_are_known_by_their_ids_alone() -> None:
    run = blocks(4)
    run.tasks.clear()
    group = next(row for row in rows(run, TreeView(), {}, {}) if row.times)
    assert group.times == 4


def test_blocks_bear_their_numbers_wherever_they_stand() -> None:
    assert shown(rows(blocks(3), TreeView("running"), {}, {}))[:2] == ["running", "  work[0]"]
    found = rows(blocks(3), TreeView(filter="work[2]"), {}, {})
    assert [row.label for row in found if isinstance(row.key, SpanKey)] == ["work[2]"]
    run = blocks(3, ("work", "more"))
    assert shown(rows(run, TreeView(filter="running"), {}, {}))[1:] == [
        "  work, more",
        "    [0]",
        "      work[0]",
        "      more[0]",
    ]


def test_an_opened_groups_twigs_are_made_once() -> None:
    run = blocks(3, ("work", "more"))
    group = next(twig for groups in shape_of(run).groups.values() for twig in groups)
    assert group.children[0] is next(iter(group.children)) is list(reversed(group.children))[-1]


def test_what_is_in_no_block_has_no_number() -> None:
    run = run_of({"load": (), "work": ("load",)})
    key = add(run, "load", "failed")
    for number in range(3):
        task = f"sp.{number}.block"
        run.tasks[task] = Task(task, "sp", "EXECUTE_BLOCK", ("work",))
        add(run, "work", task=task)
    assert [row.label for row in rows(run, TreeView("lineage"), {}, {}) if row.key == key] == ["load"]


def test_what_is_folded_costs_next_to_nothing_a_span() -> None:
    run = blocks(1_000, ("work", "more"))
    rows(run, TreeView(), {}, {})
    tracemalloc.start()
    try:
        made = [tree(run, "module", {}, {})]
        rows(run, TreeView(), {}, {})
        a_span = tracemalloc.get_traced_memory()[0] / len(run.spans)
    finally:
        tracemalloc.stop()
    assert made[0] and a_span < 150


def test_lineage_from_the_targets() -> None:
    run = run_of({"a": (), "b": (), "c": ("a", "b"), "d": ("c",), "e": ("d", "a")})
    # a stands where the target itself needs it; c needs one more only, so that is a chain.
    assert shown(rows(run, TreeView("lineage"), {}, {})) == ["e", "  d", "  c", "  b", "  a"]
    del run.nodes["e"].dependencies[1]
    assert shown(rows(run, TreeView("lineage"), {}, {})) == ["e", "d", "c", "  a", "  b"]


def test_a_long_chain_does_not_step_in() -> None:
    plan: dict[str, tuple[str, ...]] = {"n0": ()}
    for number in range(1, 3000):
        plan[f"n{number}"] = (f"n{number - 1}",)
    found = rows(run_of(plan), TreeView("lineage"), {}, {})
    assert len(found) == 3000
    assert max(row.depth for row in found) == 0


def test_running_first() -> None:
    run = run_of({"a": (), "b": ("a",), "c": ("b",), "d": ("c",)})
    add(run, "a")
    add(run, "b", "running")
    late = add(run, "c", "running")
    assert shown(rows(run, TreeView("running"), {late: MARK}, {})) == [
        "late", "  c", "running", "  b", "to come", "  d", "done", "  a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("clean", ["clean_a", "clean_b"]),
        ("CLEAN b", ["clean_b"]),
        ("running", ["clean_b"]),
        ("run", ["clean_b", "run_all"]),
        ("late", ["clean_b"]),
        ("done", ["clean_a"]),
        ("pend", ["run_all"]),
        ("!clean", ["run_all"]),
        ("nothing", []),
        ("   ", ["clean_a", "clean_b", "run_all"]),
    ],
)
def test_filter(text: str, names: list[str]) -> None:
    run = run_of({"clean_a": (), "clean_b": (), "run_all": ("clean_a", "clean_b")})
    add(run, "clean_a")
    late = add(run, "clean_b", "running")
    found = rows(run, TreeView(filter=text), {late: MARK}, {})
    assert [row.label for row in found if row.span_key is not None] == names


def test_what_is_only_planned_may_be_skipped() -> None:
    run = run_of({"a": ()})
    key = SpanKey("r", None, "a")
    assert status_of(run, key, {}) == "pending"
    assert status_of(run, key, {"a": "skipped"}) == "skipped"


def test_times_by_the_clock_that_both_have() -> None:
    run = run_of({"a": ()})
    span = run.spans[add(run, "a")]
    assert times_of(run, span, Now(0)) == (1.0, 3.0)
    span.started_mono = None
    span.started_at = 99.0  # a clock that stepped back
    assert times_of(run, span, Now(0)) == (0.0, 2.0)
    assert times_of(run, Span(span.key), Now(0)) is None


@given(
    st.dictionaries(st.text("abc.", min_size=1, max_size=4), st.lists(st.text("abc.", min_size=1, max_size=4), max_size=3), max_size=12),
    st.lists(st.tuples(st.text("abc.", min_size=1, max_size=4), st.sampled_from(["running", "failed", "cached"]),
                       st.sampled_from([None, "t", "x.0.b", "x.1.b", "y.0.b"])), max_size=12),
    st.sampled_from(["module", "lineage", "running"]),
    st.booleans(),
)  # fmt: skip
def test_every_node_and_span_has_one_row(
    plan: dict[str, list[str]], spans: list[tuple[str, str, str | None]], grouping: str, known: bool
) -> None:
    """Also where graphs have cycles, spans were never planned and tasks are unknown."""
    run = run_of({name: tuple(needs) for name, needs in plan.items()})
    for name, status, task in spans:
        add(run, name, status, task)
        if known and task is not None:
            run.tasks[task] = Task(task, "spawn" if "." in task else None, None, (name,))
    everything = TreeView(grouping)
    for _ in range(5):
        folded = [row.fold for row in rows(run, everything, {}, {}) if row.folded and row.fold]
        for fold in folded:
            everything = everything.open(fold)
    found = [row.span_key for row in rows(run, everything, {}, {}) if row.span_key is not None]
    assert len(found) == len(set(found))
    assert set(run.spans) <= set(found) | {key for key in run.spans if key.task_id is None}
    assert {key.node for key in found} >= set(plan)
    for row in rows(run, everything, {}, {}):
        if row.span_key is None:
            tally(run, row, {}, {})
