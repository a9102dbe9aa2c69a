"""Where in a function locks are taken and held, by its source: ``with`` blocks, ``acquire()`` calls, what a line names.

Only the function itself is parsed, for a whole file may take long, and the parser holds the GIL. What is found is
kept in bounded number, by places and names alone: nothing of the user's is held.
"""

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from hamtui.recorder import parsing
from hamtui.recorder.places import NO_COLUMN, Place, Span, enter_lines, lines_of, may_lock

#: Bounds: lines of a function, of a file parsed whole, functions remembered, names looked at on one line.
MAX_LINES = 1_500
MAX_WHOLE = 1_000
MAX_KNOWN = 500
MAX_KEPT_LINES = 5_000
MAX_NAMES = 24
#: So many locks of one function are followed: for each, all that comes after is gone through.
MAX_HELD = 24
_MAX_TEXT = 80

#: The calls that wait.
WAITERS = frozenset(
    {"acquire", "wait", "wait_for", "get", "put", "join", "result", "exception", "recv", "communicate"}
)
Step = tuple[str, Any]


@dataclass(frozen=True)
class Path:
    """An expression that can be followed without running anything: a name, then attributes and constant subscripts."""

    text: str
    base: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Region:
    """From one place in the source to another, both (line, column)."""

    first: Place
    last: Place

    def holds(self, place: Place) -> bool:
        """Whether an instruction there is inside, by its line alone where its column is not known."""
        if place[1] == NO_COLUMN:
            return self.first[0] <= place[0] <= self.last[0]
        return self.first <= place < self.last


@dataclass(frozen=True)
class Held:
    """A lock's expression, and where it is held. ``how`` is ``with`` or ``acquire``.

    ``taken`` are the lines of that, first and last; ``loose``: it may be let go within.
    """

    path: Path
    how: str
    regions: tuple[Region, ...]
    taken: tuple[int, ...]
    loose: bool = False

    def at(self, place: Place) -> bool:
        """Whether it is held at a place; where only lines are known, not on the line that takes it."""
        if place[1] == NO_COLUMN and place[0] <= self.taken[-1]:
            return False
        return any(region.holds(place) for region in self.regions)


@dataclass
class Sites:
    """What one function's source says. ``items`` are the paths of each ``with`` of several, with where that stands."""

    tree: list[ast.stmt]
    shift: int
    held: list[Held] = field(default_factory=list)
    items: list[tuple[Region, list[Path | None]]] = field(default_factory=list)
    named: dict[int, list[Path]] = field(default_factory=dict)

    def fitting(self, code: CodeType) -> "Sites":
        """What the code itself bears out: a file may have been changed since it was read into the process."""
        entered, lines = enter_lines(code), lines_of(code)
        known = {*code.co_varnames, *code.co_cellvars, *code.co_freevars, *code.co_names}

        def fits(held: Held) -> bool:
            where = entered if held.how == "with" else lines
            names = [held.path.base, *(step for kind, step in held.path.steps if kind == "attribute")]
            return not where.isdisjoint(held.taken) and all(
                name in known or any(one.endswith(name) for one in known) for name in names
            )

        items = [(region, paths) for region, paths in self.items if region.first[0] in lines]
        return Sites(self.tree, self.shift, list(filter(fits, self.held)), items, self.named)

    def calls(self, span: Span) -> tuple[ast.expr, str] | None:
        """What the method call at exactly this span is made on, and the method's name."""
        for statement in _statements(self.tree, span[0] - self.shift):
            for node in itertools.islice(_own(statement), 400):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    at = (*_start(node, self.shift), *_end(node, self.shift))
                    if at == span:
                        return node.func.value, node.func.attr
        return None

    def on(self, line: int) -> list[Path]:
        """The expressions on a line, those that it would wait for first."""
        found = self.named.get(line)
        if found is None:
            found = self.named[line] = _named(self.tree, line - self.shift)
        return found


class Functions:
    """Sites of functions, each parsed once. ``lines`` gives a file's lines, as they are remembered for dumps."""

    def __init__(self, lines: Callable[[str], Sequence[str]]) -> None:
        self._lines = lines
        self._known: dict[tuple[str, int, str, bool], Sites | None] = {}
        self._kept = 0

    def locking(self, code: CodeType) -> Sites | None:
        """The sites of code that may take a lock; None for all other."""
        key = (code.co_filename, code.co_firstlineno, code.co_name, True)
        if key in self._known:
            return self._known[key]
        found = self.of(code) if may_lock(code) else None
        return self._keep(key, found.fitting(code) if found is not None else None)

    def of(self, code: CodeType) -> Sites | None:
        """The sites of any code; None where there is no source, or too much."""
        key = (code.co_filename, code.co_firstlineno, code.co_name, False)
        if key in self._known:
            return self._known[key]
        return self._keep(key, self._parse(code))

    def _keep(self, key: tuple[str, int, str, bool], sites: Sites | None) -> Sites | None:
        size = _extent(sites.tree) if sites is not None and not key[-1] else 0
        if len(self._known) >= MAX_KNOWN or self._kept + size > MAX_KEPT_LINES:
            self._known.clear()  # a syntax tree takes some 5 kB a line
            self._kept = 0
        self._kept += size
        self._known[key] = sites
        return sites

    def _parse(self, code: CodeType) -> Sites | None:
        lines = self._lines(code.co_filename)
        if not lines:
            return None
        if code.co_name.startswith("<"):  # a module; a lambda's own extent is not told by its lines
            whole = parsing.tree("".join(lines)) if len(lines) <= MAX_WHOLE else None
            body, shift = (whole.body if whole is not None else None), 0
        else:
            body, shift = _function(lines, code)
        if body is None:
            return None
        sites = Sites(body, shift)
        try:
            _collect(body, sites)
        except RecursionError:
            return None
        return sites


def _function(lines: Sequence[str], code: CodeType) -> tuple[list[ast.stmt] | None, int]:
    """A function's body, and by how much its lines are off."""
    first = code.co_firstlineno
    if not 0 < first <= len(lines):
        return None, 0
    margin = _margin(lines[first - 1])
    last = max((line for *_, line in code.co_lines() if line), default=first)
    while last < len(lines) and (not lines[last].strip() or _margin(lines[last]) > margin):
        last += 1
    if last - first > MAX_LINES:
        return None, 0
    # The function stands under an ``if``, whatever its own margin is: that takes one line.
    text = "".join(lines[first - 1 : last])
    tree = parsing.tree(f"if 1:\n{text}" if margin else f"\n{text}")
    if tree is None or not tree.body:
        return None, 0
    top: Any = tree.body[0]
    inner: list[ast.stmt] = top.body if isinstance(top, ast.If) and margin else tree.body
    named: list[Any] = [one for one in inner if getattr(one, "name", None) == code.co_name]
    return (named[0].body if named else None), first - 2


def _extent(body: list[ast.stmt]) -> int:
    """How many lines a function has."""
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _start(node: Any, shift: int) -> Place:
    return node.lineno + shift, node.col_offset


def _end(node: Any, shift: int) -> Place:
    return node.end_lineno + shift, node.end_col_offset


def path_of(node: ast.AST) -> Path | None:
    """The path that an expression is, None where it is anything more."""
    steps: list[Step] = []
    at: Any = node
    while not isinstance(at, ast.Name):
        if isinstance(at, ast.Attribute):
            steps.append(("attribute", at.attr))
        elif isinstance(at, ast.Subscript) and isinstance(at.slice, ast.Constant):
            steps.append(("item", at.slice.value))
        elif isinstance(at, ast.Subscript) and isinstance(at.slice, ast.UnaryOp):
            operand = at.slice.operand
            if not (isinstance(at.slice.op, ast.USub) and isinstance(operand, ast.Constant)):
                return None
            if type(operand.value) is not int:
                return None
            steps.append(("item", -operand.value))
        elif isinstance(at, ast.Subscript) and isinstance(at.slice, ast.Name):
            steps.append(("name", at.slice.id))
        else:
            return None
        at = at.value
    return Path(ast.unparse(node)[:_MAX_TEXT], at.id, tuple(reversed(steps)))


_Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statement lists of a compound statement of this very function."""
    if isinstance(node, _Function):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body


def _collect(body: list[ast.stmt], sites: Sites) -> None:
    for at, statement in enumerate(body):
        if isinstance(statement, ast.With):
            _with(statement, sites)
        taken = _acquired(statement)
        if taken is not None and len(sites.held) < MAX_HELD:
            regions = tuple(_after(body[at + 1 :], _Lock(taken), sites.shift)[0])
            sites.held.append(
                Held(
                    taken,
                    "acquire",
                    regions,
                    (_start(statement, sites.shift)[0], _end(statement, sites.shift)[0]),
                )
            )
        for block in _blocks(statement):
            _collect(block, sites)


def _with(statement: ast.With, sites: Sites) -> None:
    paths = [path_of(item.context_expr) for item in statement.items]
    body = Region(_start(statement.body[0], sites.shift), _end(statement.body[-1], sites.shift))
    header_end = _end(statement.items[-1].context_expr, sites.shift)
    for item, path in zip(statement.items, paths, strict=True):
        if path is not None and len(sites.held) < MAX_HELD:
            lines = statement.lineno + sites.shift, _start(item.context_expr, sites.shift)[0], header_end[0]
            lock = _Lock(path)
            loose = any(lock.may_go(one) or lock.is_given(one) for one in statement.body)
            sites.held.append(Held(path, "with", (body,), lines, loose))
    sites.items.append((Region(_start(statement, sites.shift), header_end), paths))


def _acquired(statement: ast.stmt) -> Path | None:
    """What ``X.acquire()`` on a line of its own takes, whatever happens."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return None
    call = statement.value
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "acquire"):
        return None
    given = [*call.args, *(word.value for word in call.keywords if word.arg == "blocking")]
    blocks = all(isinstance(one, ast.Constant) and one.value is True for one in given)
    if not blocks or len(given) > 1 or any(word.arg != "blocking" for word in call.keywords):
        return None
    return path_of(call.func.value)


_PATHS = (ast.Name, ast.Attribute, ast.Subscript)


class _Lock:
    """A lock's expression, and what may let it go, or make that expression another's."""

    def __init__(self, path: Path) -> None:
        self.text = path.text
        self.base = path.base
        self.attributes = {step[1] for step in path.steps if step[0] == "attribute"}
        self.indices = {step[1] for step in path.steps if step[0] == "name"}

    def may_go(self, node: ast.AST) -> bool:
        return any(self._goes(one) for one in ast.walk(node))

    def is_given(self, node: ast.AST) -> bool:
        """Whether somebody is handed it (``with unlocked(lock):``), who may let it go."""
        calls = (one for one in ast.walk(node) if isinstance(one, ast.Call))
        given = (one for call in calls for one in (*call.args, *(word.value for word in call.keywords)))
        return any(isinstance(one, _PATHS) and ast.unparse(one)[:_MAX_TEXT] == self.text for one in given)

    def _goes(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            if node.attr in ("release", "__exit__"):
                return ast.unparse(node.value)[:_MAX_TEXT] == self.text
            return not isinstance(node.ctx, ast.Load) and node.attr in self.attributes
        if isinstance(node, ast.Name):
            return not isinstance(node.ctx, ast.Load) and node.id in {self.base} | self.indices
        return False


def _after(body: list[ast.stmt], lock: _Lock, shift: int) -> tuple[list[Region], bool]:
    """Where a lock is held among statements at whose beginning it is, and whether they may let it go.

    Only where it is held on every way there: a loop that lets it go anywhere tells nothing.
    """
    found: list[Region] = []
    for statement in body:
        if not lock.may_go(statement):
            found.append(Region(_start(statement, shift), _end(statement, shift)))
            continue
        if isinstance(statement, ast.Try):
            found += _after(statement.body, lock, shift)[0]
            if not any(map(lock.may_go, statement.body)):
                rest = [*(part.body for part in statement.handlers), statement.orelse]
                for block in rest:
                    found += _after(block, lock, shift)[0]
                if not any(lock.may_go(one) for block in rest for one in block):
                    found += _after(statement.finalbody, lock, shift)[0]
        elif isinstance(statement, (ast.If, ast.With)):
            for block in _blocks(statement):
                found += _after(block, lock, shift)[0]
        return found, True
    return found, False


def _named(body: list[ast.stmt], line: int) -> list[Path]:
    """The paths on a line: what ``with`` enters and what is waited for, then the rest."""
    first: list[Path | None] = []
    rest: list[Path | None] = []
    for statement in _statements(body, line):
        for node in itertools.islice(_own(statement), 400):
            if isinstance(node, ast.withitem):
                first.append(path_of(node.context_expr))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                (first if node.func.attr in WAITERS else rest).append(path_of(node.func.value))
            elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                rest.append(path_of(node))
    unique = dict.fromkeys(path for path in [*first, *rest] if path is not None)
    return list(unique)[:MAX_NAMES]


def _statements(body: list[ast.stmt], line: int) -> Iterator[ast.stmt]:
    for statement in body:
        if statement.lineno <= line <= (statement.end_lineno or 0):
            yield statement
            for block in _blocks(statement):
                yield from _statements(block, line)


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement, without those of the statements in it."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop(0)
        yield node
        if not isinstance(node, _Function):
            todo += [one for one in ast.iter_child_nodes(node) if not _is_block(one)]


def _is_block(node: ast.AST) -> bool:
    return isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case))
