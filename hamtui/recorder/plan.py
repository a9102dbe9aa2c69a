"""The plan of a run, and graph.<hash>.json: what cannot change within a run, said once."""

import functools
import hashlib
import json
import os
import re
import typing
import weakref
from collections.abc import Collection, Iterable
from typing import Any

from hamilton import htypes, node

from hamtui.contract import files, layout
from hamtui.recorder.guard import attempt
from hamtui.recorder.source import Sources
from hamtui.recorder.text import plain, quote

_ROLES = {
    node.NodeType.EXPAND: "expand",
    node.NodeType.COLLECT: "collect",
    node.NodeType.EXTERNAL: "input",
}
#: Plans of the newest graphs, for a service that executes the same graph again and again.
_MOST_PLANS = 4


class Plan:
    """The nodes that a run will execute, in topological order, and the hash of its graph file.

    ``quoted`` are the names as JSON strings, ``path`` the same as a JSON list, ``versions`` their code's by name.
    """

    __slots__ = ("digest", "document", "graph", "names", "path", "quoted", "versions")

    def __init__(
        self,
        graph: "weakref.ref[Any]",
        names: list[str],
        document: bytes,
        versions: dict[str, str | None],
    ) -> None:
        self.graph = graph
        self.versions = versions
        self.names = names
        self.quoted = [quote(name) for name in names]
        self.path = "[" + ",".join(self.quoted) + "]"
        self.document = document
        self.digest = hashlib.sha256(document).hexdigest()[:16]


def order(graph: Any, targets: Iterable[str], overridden: Collection[str]) -> dict[str, Any]:
    """Name -> node of what the targets need, dependencies first.

    Without inputs and config values, without overridden nodes and what only they need. Names that the graph
    does not have are passed over: Hamilton will say so itself. No recursion: a chain may be thousands long.
    """
    planned: dict[str, Any] = {}
    seen: set[str] = set()
    for target in targets:
        first = graph.nodes.get(target)
        stack = [] if first is None else [(target, first, None)]
        while stack:
            name, one, rest = stack.pop()
            if rest is None:
                if name in seen:
                    continue
                seen.add(name)
                if name in overridden or one.user_defined:
                    continue
                rest = iter(one.dependencies)
            for dependency in rest:
                below = dependency.name
                if below not in seen:
                    stack += ((name, one, rest), (below, dependency, None))
                    break
            else:
                planned[name] = one
    return planned


#: Modules that say nothing to a person who reads a type.
_QUALIFIED = re.compile(r"\b(typing|hamilton\.htypes)\.")


class Planner:
    """Makes plans, remembering functions' sources and the newest plans."""

    def __init__(self, launch_dir: str) -> None:
        self.launch_dir = launch_dir
        self._sources = Sources()
        self._types: dict[int, tuple[Any, str | None]] = {}
        self._plans: dict[tuple[Any, ...], Plan] = {}

    def plan(self, graph: Any, targets: Collection[str], overrides: Collection[str]) -> Plan:
        """The plan for these targets."""
        key = (id(graph), tuple(targets), frozenset(overrides))
        known = self._plans.get(key)
        if known is not None:
            return known
        self._sources.begin()
        self._types = {}
        planned = order(graph, targets, overrides)
        nodes = [self._described(name, one) for name, one in planned.items()]
        others = [self._described(name, one) for name, one in graph.nodes.items() if name not in planned]
        text = json.dumps(
            {"schema": layout.SCHEMA, "nodes": nodes, "others": others},
            separators=(",", ":"),
            check_circular=False,
        )
        if len(self._plans) >= _MOST_PLANS:
            self._plans.pop(next(iter(self._plans)), None)
        # Weak, for a graph holds its config, and with it data; C alone, as a callback must be (see ``lines.Words``).
        held = weakref.ref(graph, functools.partial(self._plans.pop, key))
        versions = {described["name"]: described.get("version") for described in nodes}
        made = self._plans[key] = Plan(held, list(planned), text.encode("ascii") + b"\n", versions)
        return made

    def _described(self, name: str, one: Any) -> dict[str, Any]:
        tags = one.tags or {}
        described: dict[str, Any] = {
            "name": plain(name),
            "dependencies": [plain(dependency.name) for dependency in one.dependencies],
            "type": self._type(one.type),
            "tags": plain(dict(tags)),
            "role": _ROLES.get(one.node_role, "node"),
        }
        module = tags.get("module")
        if module is not None:
            described["module"] = plain(str(module))
        if one.documentation:
            described["doc"] = plain(str(one.documentation))
        functions = one.originating_functions
        # The function of an input is its consumer's.
        if functions and not one.user_defined:
            source = self._sources.of(functions[0])
            if source.file is not None:
                file = source.file if source.file.startswith("<") else os.path.abspath(source.file)
                described["file"] = plain(file)
            described["line"] = source.line
            described["source"] = plain(source.text)
            described["version"] = source.version
        return {key: value for key, value in described.items() if value is not None}

    def _type(self, kind: Any) -> str | None:
        known = self._types.get(id(kind))
        if known is None:
            # Hamilton's own way of saying a type leaves the parameters of ``dict[str, int]`` out.
            text, _ = attempt(str if typing.get_args(kind) else htypes.get_type_as_string, kind)
            if not text:
                text, _ = attempt(str, kind)
            known = self._types[id(kind)] = (kind, plain(_QUALIFIED.sub("", text or "")) or None)
        return known[1]

    def write(self, plan: Plan) -> None:
        """Write the plan's graph file, unless it is there. Raises OSError."""
        path = os.path.join(self.launch_dir, layout.graph_name(plan.digest))
        # C alone: ``os.path.exists`` would catch the TimeoutError of a signal's handler.
        if os.access(path, os.F_OK):
            return
        files.put(path, plan.document)
