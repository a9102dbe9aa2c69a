"""The spans that a run is known to have still to come in its parallel blocks, from what its tasks tell."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from hamtui.model.state import Run, SpanState, Task

#: Of a Parallelizable that gives more, only the blocks that were submitted are known.
MOST_BLOCKS = 100_000
Blocks = dict[str, tuple[str, ...]]


def spawner_of(run: Run, task_id: str) -> str | None:
    """The task that a parallel block came from: as recorded, else as Hamilton builds the id (``expand-x.0.block-y``)."""
    task = run.tasks.get(task_id)
    if task is not None and task.spawning_task_id is not None:
        return task.spawning_task_id
    head, _, rest = task_id.partition(".")
    number = rest.partition(".")[0]
    return head if number.isdecimal() else None


def blocks_of(run: Run) -> dict[str, Blocks]:
    """By spawner, the nodes of each block that is known: it was submitted, or it is of the number that were spawned.

    A Parallelizable says how many blocks it gave before any is submitted. Those that were not yet are like the others,
    and are left out where their ids can't be told from those of the others.
    """
    found: defaultdict[str, Blocks] = defaultdict(dict)
    for task_id, task in run.tasks.items():
        spawner = spawner_of(run, task_id)
        if spawner is not None and task.nodes:
            found[spawner][task_id] = task.nodes
    for spawner, blocks in found.items():
        expanded = run.tasks.get(spawner)
        if expanded is not None and expanded.blocks is not None and expanded.blocks > len(blocks):
            blocks.update(_others(expanded, blocks))
    return found


def _others(expanded: Task, known: Blocks) -> Blocks:
    head, number = f"{expanded.task_id}.", expanded.blocks or 0
    tails = {task_id.removeprefix(head).partition(".")[2] for task_id in known}
    if len(tails) != 1 or number > MOST_BLOCKS:
        return {}
    every = [f"{head}{each}.{tail}" for tail in tails for each in range(number)]
    if not known.keys() <= set(every):
        return {}
    nodes = next(iter(known.values()))
    return {task_id: nodes for task_id in every if task_id not in known}


def with_expected(run: Run, counts: Mapping[str, int], waiting: Mapping[str, SpanState]) -> dict[str, int]:
    """The counts of a run with what its blocks have to come, each node of a block once a block."""
    found = dict(counts)
    if run.line is not None or not run.tasks:
        return found
    blocks = {task_id: nodes for tasks in blocks_of(run).values() for task_id, nodes in tasks.items()}
    begun = Counter(key.task_id for key in run.spans if key.task_id in blocks)
    more, names = 0, set[str]()
    for nodes, number in Counter(blocks.values()).items():
        planned = [node for node in nodes if node in run.nodes or not run.nodes]
        names.update(planned)
        more += number * len(planned)
    more -= begun.total() + sum(waiting.get(name) == "pending" for name in names)
    found["planned"] += max(0, more)
    found["pending"] += max(0, more)
    return found
