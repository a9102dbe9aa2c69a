"""execution_path.dot and its picture: there before the first node starts."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.recorder.conftest import Launcher

FLOW = """
    import os, pathlib

    def below(count: int) -> int:
        return count

    def seen(below: int) -> list:
        folder = next(pathlib.Path(__file__).parent.glob("launch-*"))
        print(*sorted(path.name for path in folder.glob("execution_path.*")))
        return []

    def apart() -> int:
        return 1
"""
needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")


@needs_graphviz
@pytest.mark.parametrize(
    ("draw", "files"),
    [
        ("none", []),
        ("dot", ["execution_path.dot"]),
        ("svg", ["execution_path.dot", "execution_path.svg"]),
        ("png", ["execution_path.dot", "execution_path.png"]),
    ],
)
def test_it_is_there_when_the_first_node_runs(launcher: Launcher, draw: str, files: list[str]) -> None:
    launched = launcher.run(launcher.module(FLOW), "seen", inputs={"count": 1}, draw=draw)
    assert launched.output().split() == files
    assert not launched.flight("notice")
    for name in files:
        assert stat.S_IMODE((launched.dir / name).stat().st_mode) == 0o600
    if files:
        text = (launched.dir / "execution_path.dot").read_text()
        assert '"below" -> "seen"' in text and "apart" not in text
    assert not list(launched.dir.glob("*.part"))


def test_without_graphviz_it_is_said_plainly(launcher: Launcher, tmp_path: Path) -> None:
    launched = launcher.run(
        launcher.module(FLOW), "seen", inputs={"count": 1}, env={"PATH": str(tmp_path / "nowhere")}
    )
    (notice,) = launched.flight("notice")
    assert launched.output().split() == ["execution_path.dot"]
    assert "graphviz is not installed" in notice["message"] and notice["level"] == "info"


@pytest.mark.parametrize("script", ["exit 3", "exec sleep 600", "echo half > $3; exit 1"])
def test_graphviz_in_trouble_costs_the_picture_alone(launcher: Launcher, tmp_path: Path, script: str) -> None:
    program = tmp_path / "bin" / "dot"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    launched = launcher.run(launcher.module(FLOW), "seen", inputs={"count": 1}, env={"PATH": path})
    (notice,) = launched.flight("notice")
    assert launched.process.returncode == 0 and launched.output().split() == ["execution_path.dot"]
    assert "execution_path.dot alone" in notice["message"]
    assert not list(launched.dir.glob("*.part"))


def test_a_graph_that_is_too_large_is_left_for_later(launcher: Launcher) -> None:
    chain = "\n".join(f"    def n{i}(n{i - 1}: int) -> int:\n        return n{i - 1}" for i in range(1, 302))
    module = launcher.module(f"    def n0() -> int:\n        return 0\n{chain}\n")
    launched = launcher.run(module, "n301")
    (notice,) = launched.flight("notice")
    assert "302 nodes are too many" in notice["message"]
    assert '"n300" -> "n301"' in (launched.dir / "execution_path.dot").read_text()
