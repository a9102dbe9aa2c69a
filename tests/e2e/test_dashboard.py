"""The real program in a real pty at 80 columns and 24 rows."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.driving import HAMTUI, SAMPLES, hamtui, launches, newest, nodes, until
from tests.e2e.terminal import Opener

#: A run that goes on until the test lets it: no test of a running run depends on how fast the machine is.
GATED = """
import os
import time


def opened() -> int:
    return 1


def gate(opened: int) -> int:
    while not os.path.exists("go"):
        time.sleep(0.05)
    return opened


def report(gate: int) -> int:
    return gate
"""


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    (tmp_path / "waits.py").write_text(GATED, "utf-8")
    yield ("run", "waits.py", "--target", "report")
    (tmp_path / "go").touch()


ORDERS = ("run", SAMPLES / "orders.py", "--target", "report")


def test_a_run_from_its_first_node_to_its_end(tmp_path: Path, open_terminal: Opener) -> None:
    terminal = open_terminal([*HAMTUI, *ORDERS, "--input", "pace=0.2"], tmp_path)
    terminal.until("the first node", lambda text: "raw_orders" in text)
    terminal.until("the header", lambda text: "running" in text.splitlines()[0])
    terminal.until("the end", lambda text: "succeeded" in text.splitlines()[0])
    (launched,) = launches(tmp_path)
    launched.wait_end()
    # A run that is over has no timer: once the notice of its end has gone (4 s), no byte more is written.
    terminal.pump(8)
    before = len(terminal.raw)
    terminal.pump(2.5)
    assert len(terminal.raw) == before, terminal.raw[before:]
    terminal.press("q")
    code, left = terminal.leave()
    assert code == 0
    assert "hamtui attach" in left
    assert launched.status()["runs"][0]["counts"]["succeeded"] >= 12


def test_leaving_a_run_that_goes_on_ends_with_0_and_says_how_to_come_back(
    gated: tuple[str, ...], tmp_path: Path, open_terminal: Opener
) -> None:
    terminal = open_terminal([*HAMTUI, *gated], tmp_path)
    terminal.until("the node", lambda text: re.search(r"\bgate\b.* (started|\d+s)", text))
    terminal.press("q")
    code, left = terminal.leave()
    assert code == 0
    assert "hamtui attach" in left
    (launched,) = launches(tmp_path)
    assert not launched.over()
    assert launched.status()["launch"]["state"] == "running"
    (tmp_path / "go").touch()
    assert launched.wait_end().exit["exit_code"] == 0


def test_a_failed_run_ends_the_command_with_its_code(tmp_path: Path, open_terminal: Opener) -> None:
    command = [*HAMTUI, "run", SAMPLES / "failing.py", "--target", "summary", "--input", "pace=0.1"]
    terminal = open_terminal(command, tmp_path)
    text = terminal.until("the failure", lambda text: "failed" in text.splitlines()[0])
    assert "reconciled" in text
    terminal.press("q")
    assert terminal.leave()[0] == 1


def test_a_suspect_is_on_the_first_screen_with_its_line(tmp_path: Path, open_terminal: Opener) -> None:
    command = [*HAMTUI, "run", SAMPLES / "hangs.py", "--target", "two_locks", "--hang-after", "2"]
    terminal = open_terminal(command, tmp_path)
    text = terminal.until(
        "the mark and its line",
        lambda text: (
            ("suspected" in text or "confirmed" in text) and "hangs.py" in text and "with ledger_lock" in text
        ),
    )
    assert "two_locks" in text
    terminal.press("q")
    assert terminal.leave()[0] == 0
    assert hamtui("stop", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("plain", [False, True])
def test_a_lost_line_costs_nothing(
    plain: bool, gated: tuple[str, ...], tmp_path: Path, open_terminal: Opener
) -> None:
    terminal = open_terminal([*HAMTUI, *gated, *(["--plain"] if plain else [])], tmp_path)
    terminal.until("the node", lambda text: "gate" in text)
    watcher = psutil.Process(terminal.child.pid)
    terminal.hang_up()
    until("the command to go", lambda: not watcher.is_running() or watcher.status() == psutil.STATUS_ZOMBIE)
    (launched,) = launches(tmp_path)
    assert launched.status()["launch"]["state"] == "running"

    back = open_terminal([*HAMTUI, "attach"], tmp_path)
    back.until("the run again", lambda text: "running" in text.splitlines()[0] and "gate" in text)
    (tmp_path / "go").touch()
    back.until("its end", lambda text: "succeeded" in text.splitlines()[0] and "report" in text)
    back.press("q")
    assert back.leave()[0] == 0
    assert launched.wait_end().exit["exit_code"] == 0
    assert nodes(newest(tmp_path).status())["report"]["status"] == "succeeded"

    after = open_terminal([*HAMTUI, "attach", launched.dir], tmp_path)
    after.until("it, afterwards", lambda text: "succeeded" in text.splitlines()[0])
    after.press("q")
    assert after.leave()[0] == 0


@pytest.mark.parametrize(("rows", "columns"), [(15, 60), (24, 80), (50, 160)])
def test_every_size_shows_the_state(rows: int, columns: int, tmp_path: Path, open_terminal: Opener) -> None:
    done = hamtui(
        "run", SAMPLES / "failing.py", "--target", "shelf_labels", "--input", "pace=0", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    terminal = open_terminal([*HAMTUI, "attach"], tmp_path, rows, columns)
    terminal.until("the state", lambda text: "succeeded" in text.splitlines()[0] and "shelf_la" in text)
    terminal.press("q")
    assert terminal.leave()[0] == 0
    assert os.listdir(tmp_path)
