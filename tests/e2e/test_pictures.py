"""The plan's picture before a run, and what the cache did after it, task-based runs too."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.driving import SAMPLES, hamtui, newest

FLOW = """
from hamilton.htypes import Collect, Parallelizable

def day(days: int) -> Parallelizable[int]:
    yield from range(days)

def sales(day: int) -> int:
    return day * 10

def total(sales: Collect[int]) -> int:
    return sum(sales)
"""


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_a_task_based_run_is_drawn_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "days.py").write_text(FLOW, "utf-8")
    for days in (3, 4):
        done = hamtui(
            "run",
            "days.py",
            "--target",
            "total",
            "--input",
            f"days={days}",
            "--cache",
            "--plain",
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        folder = newest(tmp_path).dir
        for name in ("execution_path", "cache_view_run"):
            assert (folder / f"{name}.svg").read_text("utf-8").count("<g ") > 3
    text = (folder / "cache_view_run.dot").read_text("utf-8")
    assert "3 hit, 1 executed" in text and "input" in text


def test_without_a_cache_there_is_no_view_of_it(tmp_path: Path) -> None:
    done = hamtui(
        "run", str(SAMPLES / "failing.py"), "--target", "reconciled", "--plain", "--no-cache", cwd=tmp_path
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert (newest(tmp_path).dir / "execution_path.dot").exists()
    assert not list(newest(tmp_path).dir.glob("cache_view_run.*"))
