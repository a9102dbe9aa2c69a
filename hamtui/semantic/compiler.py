"""From a Driver to its registry, without running anything, and all that is wrong with it at once."""

import inspect
import json
import os
import re
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hamilton import htypes

from hamtui.contract import semantic
from hamtui.contract.registry import Registry, SemanticEntry
from hamtui.contract.semantic import ERROR, WARNING, SemanticContract, Tags, Trouble
from hamtui.contract.semantic_check import Problem
from hamtui.recorder.guard import attempt

#: Tags that Hamilton sets: where a node comes from, and its own business.
_HAMILTONS = re.compile(r"\A(?:module|hamilton(?:\..*)?)\Z")
_NOISE = re.compile(r"\b(?:typing|hamilton\.htypes)\.| at 0x[0-9a-f]+")


class SemanticError(ValueError):
    """Outputs that can't be published as they are: ``problems``, all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Compiled:
    """What came of a compilation: ``registry`` is None where tags break a rule.

    Where only warnings were made errors it is there, so that it can be compared; it is not to be published all the same.

    ``places``: semantic_id -> the file and line of its node's function.
    """

    registry: Registry | None
    problems: tuple[Problem, ...]
    places: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Node:
    """A node that bears a layer, or is meant to be public."""

    name: str
    tags: Tags
    type: Any
    function: Any
    file: str | None
    line: int | None

    def problem(self, trouble: Trouble) -> Problem:
        return Problem(
            trouble.level, trouble.rule, self.name, self.file, self.line, trouble.text, trouble.mend
        )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a registry file, which ships beside this module."""
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), encoding="utf-8") as file:
        schema: dict[str, Any] = json.load(file)
    return schema


def compile_registry(driver: Any, *, strict: bool = False, dag_name: str | None = None) -> Registry:
    """The registry of a Driver's public outputs. Nothing is executed.

    ``strict``: warnings (recommended tags that are missing, names) are errors too. ``dag_name``: the product's key,
    where the runs have one, to be looked at with the names.

    Raises:
        SemanticError: outputs break the rules; it holds every problem.
    """
    found = compiled(driver, strict=strict, dag_name=dag_name)
    wrong = [one for one in found.problems if one.level == ERROR]
    if wrong or found.registry is None:
        raise SemanticError(wrong)
    return found.registry


def compiled(driver: Any, *, strict: bool = False, dag_name: str | None = None) -> Compiled:
    """As ``compile_registry``, with the problems, errors first, instead of an exception."""
    contracts: list[tuple[_Node, SemanticContract]] = []
    problems: list[Problem] = []
    ids: dict[str, list[_Node]] = {}
    for node in _nodes(driver):
        problems += map(node.problem, semantic.warnings(node.name, node.tags))
        if not semantic.is_meant(node.tags):
            continue
        own_id = semantic.text(node.tags, "semantic_id")
        if own_id is not None:
            ids.setdefault(own_id, []).append(node)
        read = semantic.read(node.tags)
        if isinstance(read, SemanticContract):
            contracts.append((node, read))
        else:
            problems += map(node.problem, read)
    problems += [twice for nodes in ids.values() for twice in _doubles(nodes)]
    problems += [
        Problem(one.level, one.rule, "", None, None, one.text, one.mend)
        for one in (semantic.dag_name_warnings(dag_name) if dag_name else ())
    ]
    broken = any(one.level == ERROR for one in problems)
    if strict:
        problems = [replace(one, level=ERROR) for one in problems]
    problems.sort(
        key=lambda one: (one.level == WARNING, one.file or "", one.line or 0, one.node, one.rule, one.text)
    )
    if broken:
        return Compiled(None, tuple(problems))
    registry = Registry(tuple(_entry(node, read) for node, read in contracts))
    places = {
        read.semantic_id: (node.file, node.line)
        for node, read in contracts
        if node.file is not None and node.line is not None
    }
    return Compiled(registry, tuple(problems), places)


def _nodes(driver: Any) -> list[_Node]:
    """The nodes that the taxonomy is about, by name."""
    found = []
    for one in driver.list_available_variables():
        tags = one.tags or {}
        if one.is_external_input or not ("layer" in tags or "semantic_id" in tags):
            continue
        function = one.originating_functions[0] if one.originating_functions else None
        found.append(_Node(one.name, tags, one.type, function, *_place(function)))
    return sorted(found, key=lambda node: node.name)


def _place(function: Any) -> tuple[str | None, int | None]:
    if function is None:
        return None, None
    inner, _ = attempt(inspect.unwrap, function)
    code = getattr(inner, "__code__", None)
    if code is None:
        return None, None
    file = code.co_filename
    return (file if file.startswith("<") else os.path.abspath(file)), code.co_firstlineno


def _doubles(nodes: list[_Node]) -> Iterable[Problem]:
    """A problem for each node whose id another one has already."""
    for number, node in enumerate(nodes[1:], 1):
        siblings = [
            one for one in nodes[:number] if one.function is not None and one.function is node.function
        ]
        other = (siblings or nodes)[0]
        told = f"the semantic_id {semantic.text(node.tags, 'semantic_id')!r} is that of {other.name} too"
        if not siblings:
            at = f" ({other.file}:{other.line})" if other.file else ""
            yield node.problem(
                Trouble("double-id", told + at, "give one of them an id of its own", "semantic_id")
            )
            continue
        mend = 'say which is meant: target_="name" in one semantic_output a node, each with an id of its own'
        if "." in node.name or "." in other.name:
            mend = "it stands in several subdags: take the tags off there, and publish a node outside instead"
        yield node.problem(Trouble("double-id", f"{told}, and one function makes both", mend, "semantic_id"))


def _entry(node: _Node, read: SemanticContract) -> SemanticEntry:
    tags = {
        name: list(semantic.keys(value)) if name in semantic.KEYS else _plain(value)
        for name, value in sorted(node.tags.items())
        if not _HAMILTONS.match(name)
    }
    return SemanticEntry(
        semantic_id=read.semantic_id,
        node_name=node.name,
        kind=read.kind,
        entity=read.entity,
        grain=read.grain,
        version=read.version,
        stability=read.stability,
        schema_ref=read.schema_ref,
        entity_keys=read.entity_keys,
        join_keys=read.join_keys,
        dtype=read.dtype,
        materialization=read.materialization,
        materialized_name=read.materialized_name,
        python_type=type_text(node.type),
        tags=tags,
    )


def _plain(value: Any) -> Any:
    """A tag's value as JSON has it; Hamilton lets through what it sets itself."""
    return json.loads(json.dumps(value, default=str, sort_keys=True))


def type_text(kind: Any) -> str | None:
    """A node's annotation in words that are the same in every process: ``pandas.DataFrame``, ``dict[str, int]``."""
    # Hamilton's own way leaves the parameters of ``dict[str, int]`` out, and str() of a class says "<class …>".
    if isinstance(kind, type) and not typing.get_args(kind):
        module = "" if kind.__module__ in ("builtins", "typing") else f"{kind.__module__}."
        return f"{module}{kind.__qualname__}"
    text, _ = attempt(str if typing.get_args(kind) else htypes.get_type_as_string, kind)
    if not text:
        text, _ = attempt(str, kind)
    return _NOISE.sub("", text) if text else None
