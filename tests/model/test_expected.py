"""What parallel blocks have still to come."""

from hamtui.contract.graph import PlannedNode
from hamtui.model.counts import counts, waiting
from hamtui.model.expected import MOST_BLOCKS, blocks_of, with_expected
from hamtui.model.state import Run, Span, SpanKey, Task
from hamtui.model.timeline import TreeView, rows, tally


def block(number: object) -> str:
    return f"expand-item.{number}.block-item"


def run_of(given: int | None, submitted: int, started: int) -> Run:
    """Each block is two nodes; of the started ones the first has begun."""
    nodes = {name: PlannedNode(name, []) for name in ("item", "loaded", "scored", "summary")}
    run = Run("r", plan=tuple(nodes), nodes=nodes)
    run.tasks["expand-item"] = Task("expand-item", nodes=("item",), blocks=given)
    begun = [SpanKey("r", "expand-item", "item")]
    for number in range(submitted):
        run.tasks[block(number)] = Task(block(number), "expand-item", nodes=("loaded", "scored"))
        if number < started:
            begun.append(SpanKey("r", block(number), "loaded"))
    for key in begun:
        run.spans[key] = Span(key, "running")
    return run


def told(run: Run) -> tuple[int, int]:
    found = with_expected(run, counts(run, {}), waiting(run))
    return found["planned"], found["pending"]


def test_all_that_was_spawned_counts_as_soon_as_one_block_is_known() -> None:
    assert told(run_of(40, 3, 2)) == (1 + 80 + 1, 80 - 2 + 1)
    assert told(run_of(40, 1, 0)) == (82, 81)
    assert told(run_of(40, 40, 40)) == (82, 41)


def test_where_the_number_is_not_told_what_was_submitted_counts() -> None:
    assert told(run_of(None, 3, 2)) == (1 + 6 + 1, 4 + 1)
    assert told(run_of(40, 0, 0)) == (4, 3), "nothing is known of what a block holds"


def test_the_rows_say_the_same() -> None:
    run = run_of(40, 3, 2)
    group = next(row for row in rows(run, TreeView(), {}, {}) if row.times)
    assert (group.times, tally(run, group, {}, {}).total, len(group.members)) == (40, 40, 80)
    opened = rows(run, TreeView().open(group.fold or ""), {}, {})
    assert [row.label for row in opened if row.label.startswith("scored")] == [
        f"scored[{n}]" for n in range(40)
    ]


def test_ids_that_are_not_like_the_others_are_not_made_up() -> None:
    odd = run_of(40, 3, 2)
    odd.tasks[block("x")] = Task(block("x"), "expand-item", nodes=("loaded", "scored"))
    assert len(blocks_of(odd)["expand-item"]) == 4
    assert len(blocks_of(run_of(MOST_BLOCKS + 1, 3, 2))["expand-item"]) == 3
    assert len(blocks_of(run_of(2, 3, 2))["expand-item"]) == 3
