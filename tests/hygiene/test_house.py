"""The rules of the house that a reader can measure: sizes, names, and who may catch everything."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for top in ("hamtui", "tests", "sample_dags") for path in (ROOT / top).rglob("*.py"))
PRODUCT = [path for path in FILES if path.is_relative_to(ROOT / "hamtui")]

FILE_LINES, CLASS_LINES, FUNCTION_LINES = 400, 250, 50

#: Longer than the limit on purpose, and why splitting would read worse: ``path:name``.
LONGER: dict[str, str] = {}

#: Words of Hamilton's own, where a thing is just that.
HAMILTONS = {"execution_manager"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def too_long(path: str, text: str) -> Iterator[str]:
    """What is over a limit in this source, one sentence each."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{path}: {lines} lines"
    for found in ast.walk(ast.parse(text)):
        if not isinstance(found, Function | ast.ClassDef):
            continue
        limit = CLASS_LINES if isinstance(found, ast.ClassDef) else FUNCTION_LINES
        length = (found.end_lineno or 0) - found.lineno + 1
        if length > limit and f"{path}:{found.name}" not in LONGER:
            yield f"{path}:{found.name}: {length} lines"


def catch_alls(text: str) -> list[str]:
    """Each way in which this source catches everything: a bare except, Exception, suppress(Exception), and
    BaseException that is not raised again."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            names = (
                {"bare"}
                if node.type is None
                else {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
            )
            again = any(isinstance(n, ast.Raise) and n.exc is None for n in ast.walk(node))
            if names & {"bare", "Exception"} or ("BaseException" in names and not again):
                found.append(f"line {node.lineno}")
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) == "suppress"
        ):
            if any(isinstance(a, ast.Name) and a.id in {"Exception", "BaseException"} for a in node.args):
                found.append(f"line {node.lineno}")
    return found


def test_sizes() -> None:
    over = [line for path in FILES for line in too_long(name_of(path), path.read_text("utf-8"))]
    assert not over, "\n".join(over)


def test_every_exception_from_the_sizes_is_still_needed() -> None:
    for entry in LONGER:
        path, _, name = entry.partition(":")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        lengths = [
            (f.end_lineno or 0) - f.lineno + 1
            for f in ast.walk(tree)
            if isinstance(f, Function | ast.ClassDef) and f.name == name
        ]
        assert lengths and max(lengths) > FUNCTION_LINES, entry


def test_one_place_catches_everything() -> None:
    found = {name_of(path): lines for path in PRODUCT if (lines := catch_alls(path.read_text("utf-8")))}
    assert list(found) == ["hamtui/recorder/guard.py"], found
    assert len(found["hamtui/recorder/guard.py"]) == 1, found


def test_names_say_what_a_thing_is() -> None:
    vague = re.compile(r"(manager|helper|utils?)s?$", re.IGNORECASE)
    found = []
    for path in PRODUCT:
        if vague.search(path.stem):
            found.append(name_of(path))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, Function | ast.ClassDef)
                and vague.search(node.name)
                and node.name not in HAMILTONS
            ):
                found.append(f"{name_of(path)}:{node.name}")
    assert not found


def test_the_top_level_is_as_the_house_plans_it() -> None:
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "_"))}
    made = {"build", "dist", "hamtui.egg-info", "snapshot_report.html"}
    assert top - made == {"README.md", "hamtui", "pyproject.toml", "sample_dags", "screenshots", "tests"}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("try: pass\nexcept Exception: pass", 1),
        ("try: pass\nexcept: pass", 1),
        ("try: pass\nexcept (OSError, Exception): pass", 1),
        ("try: pass\nexcept BaseException: pass", 1),
        ("try: pass\nexcept BaseException:\n  raise", 0),
        ("try: pass\nexcept OSError: pass", 0),
        ("with contextlib.suppress(Exception): pass", 1),
    ],
)
def test_the_search_for_catch_alls_finds_them(source: str, count: int) -> None:
    assert len(catch_alls(source)) == count


def test_the_search_for_sizes_finds_them() -> None:
    body = "\n".join(["    pass"] * 50)
    assert list(too_long("x.py", f"def f():\n{body}\n")) == ["x.py:f: 51 lines"]
    assert list(too_long("x.py", "#\n" * 401)) == ["x.py: 401 lines"]
