"""A run whose supervisor was killed: what it is stuck in is found all the same, by whoever looks."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from hamtui.probe import procs
from tests.cli.conftest import Program, info

FLOW = """
import os, sys, time


def reads() -> bytes:
    reading, writing = os.pipe()
    return os.read(reading, 1)  # stuck here
"""


@pytest.fixture
def unguarded(hamtui: Program) -> Path:
    """A run that is late, and no supervisor."""
    (hamtui.folder / "flow.py").write_text(FLOW)
    folder = hamtui.detached("reads", "--hang-after", "0.5")
    supervisor = info(folder)["supervisor_pid"]
    os.kill(supervisor, signal.SIGKILL)
    hamtui.until(lambda: procs.known(supervisor) is None)
    hamtui.until(lambda: '"probe"' in (folder / "vitals.jsonl").read_text())
    return folder


def suspect(hamtui: Program, folder: Path) -> dict[str, Any]:
    """The node's mark; none yet where it is only about to be late: a probe comes before that."""
    picture = json.loads(hamtui("status", str(folder), "--json").stdout)
    [node] = [node for run in picture["runs"] for node in run["nodes"]]
    return node["suspect"] or {}


def test_status_looks_itself(hamtui: Program, unguarded: Path) -> None:
    before = (unguarded / "vitals.jsonl").read_text().count('"sample"')
    hamtui.until(lambda: suspect(hamtui, unguarded).get("verdict") == "blocked.pipe")
    assert (unguarded / "vitals.jsonl").read_text().count('"sample"') == before, "in memory alone"
    told = suspect(hamtui, unguarded)
    assert "flow.py:7" in told["why"] and told["progress"] is False


def test_the_foreground_goes_on_alone(hamtui: Program) -> None:
    (hamtui.folder / "flow.py").write_text(FLOW)
    begun = hamtui.begin("run", "flow.py", "--target", "reads", "--plain", "--hang-after", "3")
    [folder] = hamtui.until(hamtui.launches)
    hamtui.until(lambda: (folder / "launch.json").exists())
    os.kill(info(folder)["supervisor_pid"], signal.SIGKILL)
    assert begun.stdout is not None
    lines = iter(begun.stdout)
    assert any("blocked.pipe" in line for line in lines)
    os.kill(info(folder)["pid"], signal.SIGKILL)


def test_dump_looks_itself_for_what_only_a_look_from_outside_tells(hamtui: Program, unguarded: Path) -> None:
    done = hamtui("dump", str(unguarded), "--locals")
    assert done.returncode == 0 and "          writing = " in done.stdout, done.stderr
    assert "py-spy" not in (unguarded / "faulthandler_stacks.jsonl").read_text()


def test_a_supervisor_tells_locals_too(hamtui: Program) -> None:
    (hamtui.folder / "flow.py").write_text(FLOW)
    folder = hamtui.detached("reads")
    done = hamtui("dump", str(folder), "--locals")
    assert done.returncode == 0 and "          writing = " in done.stdout, done.stderr
    assert "did not answer itself" not in done.stderr
    native = hamtui("dump", str(folder), "--native")
    assert native.returncode == 0 and "    read in libc.so.6  (native)" in native.stdout, native.stderr
    assert "          writing = " not in hamtui("dump", str(folder)).stdout
