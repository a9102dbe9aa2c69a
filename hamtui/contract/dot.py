"""A graph as text for graphviz: execution_path.dot, cache_view_run.dot, and what ``hamtui graph`` prints."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hamtui.contract.graph import PlannedNode

PLAN = "execution_path"
CACHE_VIEW = "cache_view_run"
#: Pictures that graphviz makes of a DOT file; the DOT file itself is always there.
PICTURES = ("svg", "png")
_MOST_TEXT = 120
_INPUT = "input"
#: How a node is drawn by its role; what it is stands in words in the picture too.
_ROLES = {
    "input": 'style="dashed,rounded"',
    "expand": 'style="rounded,filled" peripheries=2',
    "collect": 'style="rounded,filled" peripheries=2',
}
_SAID = {"input": "input", "expand": "for each", "collect": "collects"}


@dataclass(frozen=True)
class Mark:
    """What is said of a node beside its type, and the colour that goes with it (``#rrggbb``)."""

    said: str
    colour: str


def text(
    nodes: Iterable[PlannedNode],
    others: Iterable[PlannedNode] = (),
    *,
    title: str = "",
    targets: Collection[str] = (),
    marks: Mapping[str, Mark] | None = None,
) -> str:
    """The DOT of ``nodes``, grouped by module, with what of ``others`` they depend on; ``targets`` have a thick line."""
    drawn = {node.name: node for node in nodes}
    rest = {node.name: node for node in others}
    around = dict.fromkeys(name for node in drawn.values() for name in node.dependencies if name not in drawn)
    lines = [
        "digraph {",
        f"  graph [rankdir=LR fontname=Helvetica labelloc=t label={quoted(title)}]",
        '  node [shape=box style="rounded,filled" fillcolor="#ffffff" fontname=Helvetica fontsize=11]',
        '  edge [color="#808080" arrowsize=0.7]',
    ]
    for number, (module, names) in enumerate(_by_module(drawn.values()).items()):
        box = [_node(drawn[name], name in targets, (marks or {}).get(name)) for name in names]
        if module:
            lines.append(f"  subgraph cluster_{number} {{")
            lines.append(
                f'    graph [label={quoted(module)} color="#c0c0c0" fontsize=10 fontcolor="#606060"]'
            )
            lines += [f"    {one}" for one in box]
            lines.append("  }")
        else:
            lines += [f"  {one}" for one in box]
    lines += [f"  {_given(rest.get(name) or PlannedNode(name))}" for name in around]
    lines += [
        f"  {quoted(below)} -> {quoted(node.name)}"
        for node in drawn.values()
        for below in dict.fromkeys(node.dependencies)
    ]
    return "\n".join([*lines, "}", ""])


def _by_module(nodes: Iterable[PlannedNode]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in nodes:
        found.setdefault(node.module or "", []).append(node.name)
    return found


def _node(node: PlannedNode, target: bool, mark: Mark | None) -> str:
    role = node.role or "node"
    said = [node.name, *(one for one in (node.type, _SAID.get(role), mark.said if mark else None) if one)]
    keys = [f"label={quoted(*said)}"]
    if role in _ROLES:
        keys.append(_ROLES[role])
    if mark is not None:
        keys.append(f'fillcolor="{mark.colour}"')
    if target:
        keys.append("penwidth=2.5")
    return f"{quoted(node.name)} [{' '.join(keys)}]"


def _given(node: PlannedNode) -> str:
    """A value that is not computed: an input, a config value, an overridden node."""
    said = [node.name, *([node.type] if node.type else []), _INPUT if node.role == _INPUT else "given"]
    return f"{quoted(node.name)} [label={quoted(*said)} {_ROLES[_INPUT]}]"


def quoted(*lines: str) -> str:
    """A DOT string of one or more lines; what is no plain character is shown by its code."""
    return '"' + "\\n".join(_escaped(line) for line in lines) + '"'


def _escaped(line: str) -> str:
    shown = line if len(line) <= _MOST_TEXT else line[: _MOST_TEXT - 1] + "…"
    plain = "".join(one if unicodedata.category(one)[0] != "C" else f"<{ord(one):x}>" for one in shown)
    return plain.replace("\\", "\\\\").replace('"', '\\"')
