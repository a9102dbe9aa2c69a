"""What a dataflow needs and does not have, said before anything of it runs: unknown names, missing inputs."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from hamilton import htypes, node

from hamtui.contract import durations, vocabulary
from hamtui.recorder.aim import aim, is_name
from hamtui.recorder.context import Work
from hamtui.recorder.problems import UsageError

#: Names offered for one that is unknown.
OFFERED = 3


def check(graph: Any, work: Work, recompute: Iterable[str] = ()) -> None:
    """Raises UsageError, with one sentence, for work that this graph can't do. Inputs unknown to it are left alone."""
    if not work.targets:
        raise UsageError("no target given; name one with --target")
    names = set(graph.nodes)
    known("target", work.targets, names | set(work.inputs))
    known("override", work.overrides, names)
    known("--recompute node", recompute, names)
    both = sorted(set(work.inputs) & set(work.config))
    if both:
        raise UsageError(f"given both as input and as config: {', '.join(both)}")
    _check_inputs(graph, work)


def check_pdb(graph: Any, which: Iterable[str], only: Sequence[str] = ()) -> None:
    """Raises UsageError for words of ``--pdb`` that mean no node, or none that ``--node-filter`` (``only``) means too."""
    nodes = {name: node_.tags or {} for name, node_ in graph.nodes.items() if not node_.user_defined}
    let_through = aim(only)
    for word in which:
        means = aim((word,))
        found = [name for name, tags in nodes.items() if means(name, tags)]
        if not found and is_name(word):
            known("--pdb node", (word,), set(nodes))
        if not found:
            raise UsageError(f"--pdb {word} means no node of the dataflow")
        if not any(let_through(name, nodes[name]) for name in found):
            raise UsageError(
                f"--pdb {word} means no node that --node-filter means too; give one that both mean"
            )


def check_tags(graph: Any) -> None:
    """Raises UsageError for a node's tag that is not in the vocabulary that it shares with a tracker's tags of the run."""
    for node_ in graph.nodes.values():
        wrong = vocabulary.trouble(node_.tags or {})
        if wrong is not None:
            raise UsageError(
                f"node {node_.name}: {wrong}; with --track the tags of nodes and of the run mean the same"
            )


def bad_thresholds(graph: Any) -> list[tuple[str, str]]:
    """The nodes whose threshold's tag says no duration, which is passed over, each with a sentence that says so."""
    found = []
    for node_ in graph.nodes.values():
        tag = (node_.tags or {}).get(durations.HANG_AFTER_TAG)
        if tag is not None:
            try:
                durations.seconds(tag)
            except ValueError as error:
                found.append((node_.name, f"tag {durations.HANG_AFTER_TAG}: {error}"))
    return found


def known(kind: str, asked: Iterable[str], names: set[str]) -> None:
    """Raises UsageError for names that the dataflow does not have, with the nearest that it has."""
    unknown = [name for name in asked if name not in names]
    if unknown:
        nearest = dict.fromkeys(near for name in unknown for near in _nearest(name, names))
        offer = f"; the nearest: {', '.join(nearest)}" if nearest else "; the dataflow has no nodes"
        raise UsageError(f"unknown {kind}{'s' * (len(unknown) > 1)} {', '.join(unknown)}{offer}")


def _nearest(name: str, names: Iterable[str]) -> list[str]:
    """The names most like this one, whatever the case; the least unlike where none is like it."""
    by_lower = {known.lower(): known for known in sorted(names)}
    for cutoff in (0.6, 0.0):
        near = difflib.get_close_matches(name.lower(), by_lower, n=OFFERED, cutoff=cutoff)
        if near:
            return [by_lower[lower] for lower in near]
    return []


def _check_inputs(graph: Any, work: Work) -> None:
    """Hamilton's own check of inputs, which runs only once the run has begun, and shows their values."""
    needed, from_user = graph.get_upstream_nodes(work.targets, work.inputs, work.overrides)
    given = {**work.config, **work.inputs}
    missing, wrong = [], []
    for input_ in sorted(from_user, key=lambda each: each.name):
        users = [user for user in input_.depended_on_by if user in needed]
        if input_.name in given:
            value = given[input_.name]
            if value is not None and not htypes.check_input_type(input_.type, value):
                wrong.append(f"{input_.name} should be {_type(input_)} and is {type(value).__name__}")
        elif any(_requires(user, input_) for user in users):
            by = ", ".join(sorted(user.name for user in users if _requires(user, input_)))
            missing.append(f"{input_.name} ({_type(input_)}, needed by {by})")
    if missing:
        raise UsageError(
            f"missing input{'s' * (len(missing) > 1)}: {'; '.join(missing)}; give with --input NAME=VALUE"
        )
    if wrong:
        raise UsageError(f"wrong type of input: {'; '.join(wrong)}")


def _requires(user: Any, input_: Any) -> bool:
    return bool(user.input_types[input_.name][1] == node.DependencyType.REQUIRED)


def _type(input_: Any) -> str:
    """An input's type as people write it: ``int``, ``list[str]``, ``pandas.DataFrame``."""
    kind = input_.type
    if isinstance(kind, type) and not getattr(kind, "__args__", None):
        inbuilt = kind.__module__ in ("builtins", "__main__")
        return kind.__qualname__ if inbuilt else f"{kind.__module__}.{kind.__qualname__}"
    return str(kind).replace("typing.", "")
