"""``--pdb`` as a person meets it: the row, the prompt, the dashboard back; and the same without a dashboard."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.driving import HAMTUI, Launched, detach, hamtui, newest, nodes, until
from tests.e2e.terminal import Opener

FLOW = """
def orders() -> list:
    return [1, 2, 3]


def left(orders: list) -> int:
    found = sum(orders)
    return found


def right(orders: list) -> int:
    found = len(orders)
    return found


def report(left: int, right: int) -> int:
    print("report", left, right)
    return left + right
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A working folder with the flow in it; no run of it outlives the test."""
    (tmp_path / "flow.py").write_text(FLOW, "utf-8")
    yield tmp_path
    if (tmp_path / "_hamilton_diag").exists():
        hamtui("stop", cwd=tmp_path)


def halted(launched: Launched) -> dict[str, bool]:
    """The nodes in the debugger by now, and whether somebody is at the prompt of each."""
    last = {
        event["node"]: event["event"] for event in launched.events() if event["event"].startswith("debug_")
    }
    return {node: event == "debug_attached" for node, event in last.items() if event != "debug_done"}


def paused(text: str) -> bool:
    return "paused" in text.splitlines()[0] and "in the debugger" in text and "p debug" in text


def test_p_hands_the_terminal_to_pdb_and_leaving_it_brings_the_dashboard_back(
    folder: Path, open_terminal: Opener
) -> None:
    command = [*HAMTUI, "run", "flow.py", "--target", "report", "--pdb", "left", "--hang-after", "1"]
    terminal = open_terminal(command, folder)
    terminal.until("the row", paused)
    terminal.press("p")
    terminal.until("the prompt", lambda text: "-> found = sum(orders)" in text and "(Pdb)" in text)
    terminal.press("p orders\n")
    terminal.until("the value", lambda text: "[1, 2, 3]" in text)
    launched = newest(folder)
    (begun,) = [event["ts"] for event in launched.events("node_start") if event["node"] == "left"]
    until("more time than the threshold", lambda: time.time() > begun + 1.5)
    status = launched.status()
    assert status["launch"]["state"] == "paused"
    assert nodes(status)["left"]["suspect"] is None
    assert nodes(status)["left"]["debugger"]["attached"] is True
    terminal.press("!orders.append('\\x1b[31m')\n!print(*orders)\n")
    terminal.until("what it prints", lambda text: "1 2 3 " in text)
    terminal.press("\x04")
    text = terminal.until("the dashboard", paused)
    assert "⚠" not in text
    terminal.press("p")
    terminal.until("the prompt again", lambda text: "(Pdb)" in text)
    terminal.press("!orders[:] = [40, 2]\nc\n")
    terminal.until("the end", lambda text: "succeeded" in text.splitlines()[0] and "report" in text)
    terminal.press("q")
    assert terminal.leave()[0] == 0
    assert b"1 2 3 \xe2\x90\x9b[31m" in terminal.raw, "what pdb says is text for the terminal, never an order"
    assert "report 42 2" in (launched.dir / "output.log").read_text("utf-8")


def test_two_wait_at_once_and_a_lost_line_costs_nothing(folder: Path, open_terminal: Opener) -> None:
    flow = ("flow.py", "--target", "report", "--pdb", "left", "--pdb", "right", "--executor", "threads")
    launched = detach(*flow, "--max-tasks", "2", cwd=folder)
    until("both", lambda: len(halted(launched)) == 2)
    lost = open_terminal([*HAMTUI, "attach"], folder)
    lost.until("the rows", lambda text: text.count("in the debugger") >= 2 and "p debug" in text)
    lost.press("p")
    lost.until("a prompt", lambda text: "(Pdb)" in text)
    until("somebody there", lambda: any(halted(launched).values()))
    lost.hang_up()
    until("nobody there", lambda: halted(launched) == {"left": False, "right": False})
    terminal = open_terminal([*HAMTUI, "attach", "--node", "right"], folder)
    terminal.until("the rows", lambda text: text.count("in the debugger") >= 2 and "p debug" in text)
    terminal.press("p")
    terminal.until(
        "the selected node's prompt", lambda text: "-> found = len(orders)" in text and "(Pdb)" in text
    )
    terminal.press("c\n")
    until("one left", lambda: halted(launched) == {"left": False})
    terminal.until("the dashboard", paused)
    terminal.press("p")
    terminal.until("the other prompt", lambda text: "-> found = sum(orders)" in text and "(Pdb)" in text)
    terminal.press("q\n")
    terminal.until("the end", lambda text: "succeeded" in text.splitlines()[0])
    terminal.press("q")
    assert terminal.leave()[0] == 0


def test_who_only_watches_has_no_prompt_and_stop_ends_it(folder: Path, open_terminal: Opener) -> None:
    launched = detach("flow.py", "--target", "report", "--pdb", "left", cwd=folder)
    until("the node", lambda: halted(launched) == {"left": False})
    told = hamtui("status", cwd=folder).stdout
    assert "left  in the debugger" in told
    terminal = open_terminal([*HAMTUI, "attach", "--readonly"], folder)
    text = terminal.until("the row", lambda text: "in the debugger" in text and "? keys" in text)
    assert "p debug" not in text
    terminal.press("p")
    done = hamtui("stop", cwd=folder)
    assert done.returncode == 0
    assert "sent SIGINT" in done.stdout
    assert "SIGTERM" not in done.stdout
    terminal.until("the end", lambda text: "killed" in text.splitlines()[0])
    terminal.press("q")
    assert terminal.leave()[0] == 0
    assert nodes(launched.status())["left"]["status"] == "aborted"


def test_plain_has_pdb_on_the_terminal_and_goes_on_after_it(folder: Path, open_terminal: Opener) -> None:
    command = [*HAMTUI, "run", "flow.py", "--target", "report", "--pdb", "left", "--plain"]
    terminal = open_terminal(command, folder, 50, 100)
    terminal.until("the prompt", lambda text: "-> found = sum(orders)" in text and "(Pdb)" in text)
    terminal.press("p orders\n")
    terminal.until("the value", lambda text: "[1, 2, 3]" in text)
    terminal.press("c\n")
    code, left = terminal.leave()
    assert code == 0
    assert "left stopped in the debugger, at its first line" in left
    assert "left goes on" in left
    assert "succeeded, exit code 0" in left


def test_without_a_terminal_it_is_refused(folder: Path) -> None:
    done = hamtui("run", "flow.py", "--target", "report", "--pdb", "left", "--plain", cwd=folder)
    assert done.returncode == 2
    assert "--pdb needs a terminal" in done.stderr
    assert not (folder / "_hamilton_diag").exists()
