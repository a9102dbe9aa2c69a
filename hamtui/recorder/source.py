"""Where a node's function stands, its text, and Hamilton's hash of its code.

``inspect.getsource`` tokenises line by line in Python, and Hamilton's hash parses that text once more; a graph of
2,000 nodes would wait seconds for both. Here each file is parsed once, by the C parser.
"""

import ast
import functools
import hashlib
import inspect
import linecache
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hamilton import graph_types

from hamtui.recorder.guard import attempt

_MOST_REMEMBERED = 20_000


@dataclass(frozen=True)
class Source:
    """``file`` as Python has it, ``line`` 1-based (the first decorator's), ``text`` the function's."""

    file: str | None = None
    line: int | None = None
    text: str | None = None
    version: str | None = None


_NOTHING = Source()
_Definition = ast.FunctionDef | ast.AsyncFunctionDef


def _within(tree: ast.AST) -> Iterator[_Definition]:
    """The functions defined in a tree, itself included; only statements hold any, so expressions are not walked."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, block, None)
            if type(inside) is list:
                todo += inside


def _first_line(node: _Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


class Sources:
    """Sources of functions, each looked up once. ``files`` lasts for one plan, because files change on disk."""

    def __init__(self) -> None:
        self._functions: dict[int, tuple[weakref.ref[Any], Source]] = {}
        self._files: dict[str, dict[int, _Definition]] = {}

    def begin(self) -> None:
        """A new plan: look at the files anew."""
        self._files = {}
        if len(self._functions) > _MOST_REMEMBERED:
            self._functions = {}

    def of(self, function: Callable[..., Any]) -> Source:
        """The source of a node's function; of what has none (made by ``exec``, built in) as much as there is."""
        known = self._functions.get(id(function))
        if known is not None:
            return known[1]
        found, _ = attempt(self._find, function)
        if found is None:
            found = _NOTHING
        # Weak, for a function may hold data; C alone, as a callback must be (see ``lines.Words``).
        forget = functools.partial(self._functions.pop, id(function))
        held, _ = attempt(weakref.ref, function, forget)
        if held is not None:
            self._functions[id(function)] = (held, found)
        return found

    def _find(self, function: Callable[..., Any]) -> Source:
        inner = inspect.unwrap(function)
        code = getattr(inner, "__code__", None)
        if code is None:
            return Source(version=_version(function))
        file, line = code.co_filename, code.co_firstlineno
        definition = self._definitions(file).get(line)
        if definition is None or definition.name != code.co_name:
            text, _ = attempt(inspect.getsource, function)
            return Source(file, line, text, _version(function))
        rows = linecache.getlines(file)[line - 1 : definition.end_lineno]
        text = "".join(rows)
        return Source(file, line, text, _bare_version(definition) or _version(function))

    def _definitions(self, file: str) -> dict[int, _Definition]:
        known = self._files.get(file)
        if known is None:
            linecache.checkcache(file)
            tree, _ = attempt(ast.parse, "".join(linecache.getlines(file)))
            known = self._files[file] = {}
            for definition in _within(tree) if tree is not None else ():
                known.setdefault(_first_line(definition), definition)
        return known


def _bare_version(definition: _Definition) -> str | None:
    """Hamilton's hash, from the tree of the whole file: the same as ``HamiltonNode.version`` for a function at the margin."""
    if definition.col_offset:
        return None
    for inner in _within(definition):
        first = inner.body[0] if inner.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            inner.body = inner.body[1:]
    text, _ = attempt(ast.unparse, ast.Module(body=[definition], type_ignores=[]))
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def _version(function: Callable[..., Any]) -> str | None:
    """Hamilton's own way."""
    version, _ = attempt(graph_types.hash_source_code, function, strip=True)
    return version
