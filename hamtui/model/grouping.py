"""The trees that a run can be shown as: by module, by lineage from the targets, running first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import overload

from hamtui.model.expected import blocks_of, spawner_of
from hamtui.model.state import Run, SpanKey, SpanState, Suspect
from hamtui.model.tagged import group_of, tags_of

MODULE, NAMESPACE, PARALLEL, TASK, NODE, STATE = "module", "namespace", "parallel", "task", "node", "state"
TAG = "tag"


@dataclass(slots=True)
class Twig:
    """A node of the shown tree: a span (``key`` set) or a group; ``indent`` is how far its children stand in."""

    kind: str
    label: str
    key: SpanKey | None = None
    fold: str | None = None
    children: Sequence["Twig"] = ()
    times: int = 0
    indent: int = 1
    _members: tuple[SpanKey, ...] | None = None

    def members(self) -> tuple[SpanKey, ...]:
        """Every span below, the twig's own left out."""
        if self._members is None:
            self._members = tuple(self._below())
        return self._members

    def _below(self) -> Iterator[SpanKey]:
        stack = [self]
        while stack:
            twig = stack.pop()
            if twig.key is not None and twig is not self:
                yield twig.key
            if isinstance(twig.children, Blocks):
                yield from twig.children.keys()
            else:
                stack.extend(reversed(twig.children))


class Blocks(Sequence[Twig]):
    """The blocks of a parallel group, by number. Their twigs are made when they are looked at: there may be a million."""

    def __init__(self, tasks: Mapping[str, list[SpanKey]]) -> None:
        self._tasks = tasks
        self._ids = sorted(tasks, key=_number)
        self._made: list[Twig] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> Twig: ...
    @overload
    def __getitem__(self, at: slice) -> list[Twig]: ...
    def __getitem__(self, at: int | slice) -> Twig | list[Twig]:
        return self._twigs()[at]

    def __reversed__(self) -> Iterator[Twig]:
        return reversed(self._twigs())

    def keys(self) -> Iterator[SpanKey]:
        """Of all their spans, in their order."""
        return chain.from_iterable(map(self._tasks.__getitem__, self._ids))

    def _twigs(self) -> list[Twig]:
        if self._made is None:
            self._made = list(map(self._block, self._ids))
        return self._made

    def _block(self, task_id: str) -> Twig:
        leaves = [Twig(NODE, numbered(key), key=key) for key in self._tasks[task_id]]
        if len(leaves) == 1:
            return leaves[0]
        return Twig(TASK, f"[{_part(task_id)}]", fold=f"task:{task_id}", children=leaves)


def numbered(key: SpanKey) -> str:
    """How a span of a parallel block is called: its node, and the block's number."""
    return f"{key.node}[{_part(key.task_id or '')}]"


def label_of(run: Run, key: SpanKey) -> str:
    """What a span's row is called where its group is not open: one of a parallel block bears the block's number."""
    in_block = key.task_id is not None and spawner_of(run, key.task_id) is not None
    return numbered(key) if in_block else key.node


@dataclass
class Shape:
    """What belongs together: each planned node's own spans, and the parallel groups under their expanding node."""

    #: Node name -> keys of its spans outside of parallel blocks (or the planned one).
    own: dict[str, list[SpanKey]]
    #: Name of the node that expands (or the first of the block) -> groups under it.
    groups: dict[str, list[Twig]]


def _sorted(run: Run) -> tuple[dict[str, list[SpanKey]], dict[str, dict[str, list[SpanKey]]]]:
    """The run's spans, and what is planned of its tasks: outside of parallel blocks by node; the rest by spawner and block."""
    own: dict[str, list[SpanKey]] = {}
    blocks: dict[str, dict[str, list[SpanKey]]] = {}
    spawners: dict[str, str | None] = {}
    for key in run.spans:
        task_id = key.task_id
        if task_id is None:
            own.setdefault(key.node, []).append(key)
            continue
        if task_id not in spawners:
            spawners[task_id] = spawner_of(run, task_id)
        spawner = spawners[task_id]
        if spawner is None:
            own.setdefault(key.node, []).append(key)
        else:
            blocks.setdefault(spawner, {}).setdefault(task_id, []).append(key)
    for spawner, tasks in blocks_of(run).items():
        for task_id, nodes in tasks.items():
            keys = blocks.setdefault(spawner, {}).setdefault(task_id, [])
            known = {key.node for key in keys}
            keys.extend(
                SpanKey(run.run_id, task_id, node)
                for node in nodes
                if node not in known and (node in run.nodes or not run.nodes)
            )
    return own, blocks


def shape_of(run: Run) -> Shape:
    """Sort the run's spans and tasks into nodes of their own and parallel blocks."""
    own, blocks = _sorted(run)
    groups: dict[str, list[Twig]] = {}
    within: set[str] = set()
    for spawner, tasks in blocks.items():
        nodes = list(dict.fromkeys(key.node for keys in tasks.values() for key in keys))
        within.update(nodes)
        label, fold = ", ".join(nodes), f"parallel:{spawner}"
        twig = Twig(PARALLEL, label, fold=fold, children=Blocks(tasks), times=len(tasks))
        groups.setdefault(_under(run, spawner, nodes), []).append(twig)
    for name in run.plan:
        mine = own.get(name)
        if mine is None and name not in within:
            own[name] = [SpanKey(run.run_id, None, name)]
        elif mine is not None and len(mine) > 1:
            # A planned span that was never started gives way to the task's own.
            own[name] = [key for key in mine if key.task_id is not None] or mine
        elif mine is not None and name in within and mine[0].task_id is None:
            del own[name]
    return Shape(own, groups)


def _under(run: Run, spawner: str, nodes: list[str]) -> str:
    """The planned node whose row the group stands under."""
    task = run.tasks.get(spawner)
    for name in reversed(task.nodes if task is not None else ()):
        planned = run.nodes.get(name)
        if planned is not None and planned.role == "expand":
            return name
    guess = spawner.removeprefix("expand-")
    if guess in run.nodes:
        return guess
    if task is not None and task.nodes and task.nodes[-1] in run.nodes:
        return task.nodes[-1]
    return nodes[0] if nodes else guess


def _part(task_id: str) -> str:
    """The number of a block as its id has it (``expand-x.0.block-y``); the id where it has none."""
    part = task_id.partition(".")[2].partition(".")[0]
    return part if part.isdecimal() else task_id


def _number(task_id: str) -> tuple[int, str]:
    part = _part(task_id)
    return (int(part), task_id) if part.isdecimal() and len(part) < 12 else (0, task_id)


def _node_twigs(shape: Shape, name: str, label: str | None = None) -> list[Twig]:
    """A node's own rows, with the parallel groups that it expands into under the last of them."""
    twigs = [Twig(NODE, label or name, key=key) for key in shape.own.get(name, ())]
    groups = shape.groups.get(name, [])
    if twigs and groups:
        twigs[-1].children = groups
        twigs[-1].fold = f"node:{name}"
        return twigs
    return twigs + groups


def _names(run: Run, shape: Shape) -> list[str]:
    """Planned nodes in their order, then what ran without being planned."""
    return list(dict.fromkeys([*run.plan, *shape.own, *shape.groups]))


def by_module(run: Run, shape: Shape) -> list[Twig]:
    """Module, then namespace, then node. A namespace of one node is no group."""
    modules: dict[str, dict[str, list[str]]] = {}
    for name in _names(run, shape):
        planned = run.nodes.get(name)
        module = planned.module if planned is not None and planned.module else ""
        namespace = name.rpartition(".")[0]
        modules.setdefault(module, {}).setdefault(namespace, []).append(name)
    found: list[Twig] = []
    for module, namespaces in modules.items():
        twigs: list[Twig] = []
        for namespace, names in namespaces.items():
            if not namespace or len(names) == 1:
                for name in names:
                    twigs.extend(_node_twigs(shape, name))
                continue
            inside = [twig for name in names for twig in _node_twigs(shape, name, name[len(namespace) + 1 :])]
            fold = f"namespace:{module}:{namespace}"
            twigs.append(Twig(NAMESPACE, namespace, fold=fold, children=inside))
        if module:
            found.append(Twig(MODULE, module, fold=f"module:{module}", children=twigs))
        else:
            found.extend(twigs)
    return [twig for twig in found if twig.key is not None or twig.children]


def by_tag(run: Run, shape: Shape, tag: str) -> list[Twig]:
    """A group for each value of a tag, in the order of the plan; nodes without it last."""
    groups: dict[str | None, list[Twig]] = {}
    for name in _names(run, shape):
        keys = shape.own.get(name) or [SpanKey(run.run_id, None, name)]
        groups.setdefault(group_of(tags_of(run, keys[0]), tag), []).extend(_node_twigs(shape, name))
    rest = groups.pop(None, [])
    found = [
        Twig(TAG, f"{tag} {value}", fold=f"tag:{tag}:{value}", children=twigs)
        for value, twigs in groups.items()
        if twigs
    ]
    return found + ([Twig(TAG, f"no {tag}", fold=f"tag:{tag}", children=rest)] if rest else [])


def by_lineage(run: Run, shape: Shape) -> list[Twig]:
    """From each target up through what it needs, every node once; a chain does not step in."""
    seen: set[str] = set()
    roots: list[Twig] = []

    def start(name: str) -> list[Twig]:
        seen.add(name)
        return _node_twigs(shape, name)

    for root in [*(name for name in run.targets if name in run.nodes), *reversed(_names(run, shape))]:
        if root in seen:
            continue
        twigs = start(root)
        roots.extend(twigs)
        stack = [(root, twigs)]
        while stack:
            name, mine = stack.pop()
            planned = run.nodes.get(name)
            needs = [] if planned is None else [need for need in planned.dependencies if need in run.nodes]
            fresh = [need for need in dict.fromkeys(needs) if need not in seen]
            if not fresh or not mine:
                continue
            parent = mine[-1]
            parent.fold = parent.fold or f"lineage:{name}"
            parent.indent = 1 if len(fresh) > 1 or parent.children else 0
            below = [(need, start(need)) for need in fresh]
            parent.children = [*parent.children, *(twig for _, twigs in below for twig in twigs)]
            stack.extend(reversed(below))
    return roots


_SECTIONS: tuple[tuple[str, str], ...] = (
    ("suspect", "late"),
    ("running", "running"),
    ("failed", "failed"),
    ("aborted", "aborted"),
    ("pending", "to come"),
    ("skipped", "skipped"),
    ("done", "done"),
)


def by_state(
    run: Run, shape: Shape, marks: Mapping[SpanKey, Suspect], waiting: Mapping[str, SpanState]
) -> list[Twig]:
    """What is late, then what runs, what failed, what is to come, and what is done, the newest first."""
    sections: dict[str, list[SpanKey]] = {state: [] for state, _ in _SECTIONS}
    for name in _names(run, shape):
        for twig in _node_twigs(shape, name):
            for key in ((twig.key,) if twig.key is not None else ()) + twig.members():
                span = run.spans.get(key)
                status = waiting.get(key.node, "pending") if span is None else span.status
                state = "suspect" if key in marks else "done" if status in {"succeeded", "cached"} else status
                sections[state].append(key)
    order = {key: number for number, key in enumerate(run.spans)}
    for state in ("suspect", "running", "failed", "aborted"):
        sections[state].sort(key=lambda key: order.get(key, 0))
    sections["done"].sort(key=lambda key: -order.get(key, 0))
    return [
        Twig(
            STATE,
            label,
            fold=f"state:{state}",
            children=[Twig(NODE, label_of(run, key), key=key) for key in sections[state]],
        )
        for state, label in _SECTIONS
        if sections[state]
    ]
