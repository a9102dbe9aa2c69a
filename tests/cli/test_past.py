"""A run is told what its nodes' own past says, by the command that started it."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.cli.conftest import Program

SLOW = """
import time


def two(number: int = 1) -> int:
    time.sleep({two})
    return number * 2


def three(two: int) -> int:
    return two + 1
"""


def launch(hamtui: Program, *more: str) -> Path:
    ran = hamtui("run", "slow.py", "--target", "three", "--plain", *more)
    assert ran.returncode == 0, ran.stderr
    return (hamtui.folder / "_hamilton_diag" / "latest").resolve()


def limits(folder: Path) -> dict[str, float]:
    told: dict[str, Any] = json.loads((folder / "past.json").read_text())
    return {limit["node"]: limit["seconds"] for limit in told["limits"]}


def nodes(hamtui: Program, *more: str) -> dict[str, Any]:
    said = hamtui("status", "--json", *more)
    assert said.returncode == 0, said.stderr
    return {node["node"]: node for node in json.loads(said.stdout)["runs"][-1]["nodes"]}


def test_a_run_gets_the_thresholds_of_its_past(hamtui: Program) -> None:
    source = hamtui.folder / "slow.py"
    source.write_text(SLOW.format(two=0.1))
    first = launch(hamtui)
    assert not (first / "past.json").exists()
    assert nodes(hamtui)["two"]["usual"] is None
    for number in range(4):
        shutil.copytree(first, first.parent / f"20261101T00000{number}Z-1")
    second = launch(hamtui)
    assert limits(second) == {"two": 30.0, "three": 30.0}
    assert (second / "past.json").stat().st_mode & 0o777 == 0o600
    two = nodes(hamtui)["two"]
    assert two["threshold_s"] == 30.0
    assert two["usual"]["n"] == 5
    assert 0.1 <= two["usual"]["p50"] <= two["usual"]["p95"] <= two["usual"]["max"]
    assert nodes(hamtui, "--launch", first.name)["two"]["threshold_s"] == 120.0

    source.write_text(SLOW.format(two=0.2))
    launch(hamtui)
    changed = nodes(hamtui)
    assert (changed["two"]["threshold_s"], changed["two"]["usual"]) == (120.0, None)
    assert changed["three"]["threshold_s"] == 30.0

    asked = launch(hamtui, "--hang-after", "50")
    assert not (asked / "past.json").exists()
    assert nodes(hamtui)["three"]["threshold_s"] == 50.0
