"""What a fixture may be, and to what its values go."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hamtui.recorder.problems import UsageError
from hamtui.semantic import fixture

NODES: dict[str, Any] = {
    "start": SimpleNamespace(user_defined=True),
    "rows": SimpleNamespace(user_defined=False),
    "total": SimpleNamespace(user_defined=False),
}


def load(folder: Path, name: str, text: str) -> fixture.Fixture:
    (folder / name).write_text(text)
    return fixture.load(name, str(folder), NODES)


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [*__import__("sys").path])


def test_functions_constants_and_tables(tmp_path: Path) -> None:
    text = """
import os
from math import sqrt
from dataclasses import dataclass, field

INPUTS = {"start": 1}
OVERRIDES = {"total": 7}
SCHEMAS = {"s.rows": "schema"}
OTHER = 3
_own = 4

@dataclass
class rows_of: ...

def rows() -> list:
    return [_own]
"""
    found = load(tmp_path, "fixture_a.py", text)
    assert (found.inputs, found.overrides) == ({"start": 1}, {"total": 7, "rows": [4]})
    assert found.schemas == {"s.rows": "schema"}


def test_json(tmp_path: Path) -> None:
    found = load(tmp_path, "a.json", '{"start": [1], "rows": 2}')
    assert (found.inputs, found.overrides, found.schemas) == ({"start": [1]}, {"rows": 2}, {})


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("fixture_b.py", "def rows(start): return 1\n", "rows of the fixture fixture_b.py takes arguments"),
        ("fixture_c.py", "strat = 1\n", "strat; the nearest: start"),
        ("fixture_d.py", "INPUTS = [1]\n", "INPUTS of the fixture fixture_d is no dict"),
        ("b.json", "[1]", "holds no JSON object"),
        ("c.json", "{", "is no JSON"),
        ("d.json", '{"strat": 1}', "strat; the nearest: start"),
    ],
)
def test_what_is_no_fixture(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        load(tmp_path, name, text)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        fixture.load("gone.json", str(tmp_path), NODES)
