"""Terminals that are tiny, dumb, closed or of no locale: no traceback, nothing stuck, the terminal as it was."""

import os
import pty
import signal
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.driving import HAMTUI, PATIENCE, Launched, detach, hamtui, until
from tests.e2e.terminal import Opener, Terminal

FLOW = "import time\n\ndef quick() -> int:\n    return 1\n\ndef waits(quick: int) -> int:\n    time.sleep(600)\n    return quick\n"
#: What a program sends last that has put the terminal back: alternate screen left, cursor shown, mouse off.
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """A run in its second node."""
    cwd = tmp_path_factory.mktemp("live")
    (cwd / "flow.py").write_text(FLOW)
    launched = detach("flow.py", "--target", "waits", cwd=cwd)
    until("the node", lambda: launched.started("waits"))
    yield launched
    hamtui("stop", launched.dir, cwd=cwd)


def opened(live: Launched, open_terminal: Opener) -> Terminal:
    terminal = open_terminal([*HAMTUI, "attach", live.dir], cwd=live.dir.parent)
    terminal.until("the tree", lambda text: "waits" in text)
    return terminal


def resize(terminal: Terminal, rows: int, columns: int) -> None:
    terminal.screen.resize(rows, columns)
    terminal.child.setwinsize(rows, columns)
    terminal.pump(0.4)


def left_well(terminal: Terminal) -> None:
    code, text = terminal.leave()
    assert code == 0, text
    assert b"Traceback" not in terminal.raw
    assert all(terminal.raw.rfind(sequence) > terminal.raw.rfind(b"\x1b[?1049h") for sequence in RESTORED)
    assert "come back with" in text


def test_down_to_one_cell_and_back(live: Launched, open_terminal: Opener) -> None:
    terminal = opened(live, open_terminal)
    for rows, columns in ((1, 1), (2, 80), (24, 2), (1, 200), (200, 1), (3, 3)):
        resize(terminal, rows, columns)
        for key in (
            "j",
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "m",
            "?",
            "\x1b",
            "/",
            "q\x1b",
            "r",
            "\x1b",
            "l",
            "\x1b",
            "+",
            "g",
        ):
            terminal.press(key)
        terminal.pump(0.3)
    resize(terminal, 24, 80)
    terminal.press("\x1b")
    terminal.pump(0.5)  # together with the next key it would be another one
    terminal.until("the tree again", lambda text: "waits" in text and "Stacks" in text)
    terminal.press("q")
    left_well(terminal)


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "dumb"},
        {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        pytest.param({"TERM": ""}, marks=pytest.mark.slow),
        pytest.param({"TERM": "nobody-knows-this"}, marks=pytest.mark.slow),
        pytest.param({"LC_ALL": "xx_YY.nothing"}, marks=pytest.mark.slow),
        pytest.param({"NO_COLOR": "1", "COLUMNS": "0", "LINES": "x"}, marks=pytest.mark.slow),
    ],
    ids=lambda environment: "-".join(f"{name}={value}" for name, value in environment.items()),
)
def test_terminals_that_say_little(
    environment: dict[str, str], live: Launched, open_terminal: Opener
) -> None:
    words = ["env", "-u", "COLORTERM", *(f"{name}={value}" for name, value in environment.items()), *HAMTUI]
    terminal = open_terminal([*words, "attach", live.dir], cwd=live.dir.parent)
    terminal.until("the tree", lambda text: "waits" in text)
    terminal.press("q")
    left_well(terminal)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        *(pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGHUP, signal.SIGQUIT)),
    ],
)
def test_a_signal_to_the_dashboard_ends_it_alone(number: int, live: Launched, open_terminal: Opener) -> None:
    terminal = opened(live, open_terminal)
    os.kill(terminal.child.pid, number)
    code, _ = terminal.leave()
    assert code == 128 + number
    assert b"Traceback" not in terminal.raw
    assert live.status()["launch"]["state"] == "running"
    if number == signal.SIGTERM:
        assert terminal.raw.rfind(RESTORED[0]) > terminal.raw.rfind(b"\x1b[?1049h")


@pytest.mark.parametrize("stopped", [False, True])
def test_the_line_discipline_is_as_it_was(stopped: bool, live: Launched) -> None:
    """Echo and line editing: what a shell would be without, had the dashboard not put them back."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80)) if hasattr(termios, "tcsetwinsize") else None
    before = termios.tcgetattr(slave)
    child = subprocess.Popen(
        [*HAMTUI, "attach", str(live.dir)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    raw = b""
    while b"waits" not in raw:
        raw += os.read(master, 65536)
    if stopped:  # by somebody else: a shell's ctrl-z is another signal
        child.send_signal(signal.SIGSTOP)
        until("it to stop", lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
        child.send_signal(signal.SIGCONT)
        while b"waits" not in raw.rpartition(b"\x1b[?1049l")[2] or b"\x1b[?1049l" not in raw:
            raw += os.read(master, 65536)
    assert termios.tcgetattr(slave) != before
    os.write(master, b"q")
    while child.poll() is None:
        os.set_blocking(master, False)
        try:
            raw += os.read(master, 65536)
        except BlockingIOError:
            continue
    assert child.returncode == 0
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(
    "closed", ["<&- >&- 2>&-", *(pytest.param(one, marks=pytest.mark.slow) for one in ("<&-", ">&-", "2>&-"))]
)
def test_closed_streams(closed: str, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    words = " ".join(HAMTUI)
    for command in ("run flow.py --target quick", "status --json", "attach", "dump", "stop"):
        done = subprocess.run(
            ["bash", "-c", f"{words} {command} {closed}"],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, (command, done.stderr)
        if command.startswith("run"):
            assert done.returncode == 0, done.stderr
        assert done.returncode in {0, 1, 2}, command
    assert len(list((tmp_path / "_hamilton_diag").glob("2*"))) == 1
    said = hamtui("status", "--json", cwd=tmp_path)
    assert '"succeeded"' in said.stdout


@pytest.mark.parametrize("deaf", [False, True], ids=["not its own", "ignored"])
def test_a_terminal_that_is_gone_ends_it_where_no_signal_does(deaf: bool, live: Launched) -> None:
    """The terminal is not the session's own, as where a program opened it; or somebody had the signal ignored."""
    ours, theirs = pty.openpty()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if deaf else signal.SIG_DFL)
    try:
        watcher = subprocess.Popen(
            [*HAMTUI, "attach", str(live.dir)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    os.close(theirs)
    try:
        seen = b""
        while b"waits" not in seen:
            seen += os.read(ours, 65536)
        os.close(ours)
        assert watcher.wait(PATIENCE) == (128 + signal.SIGHUP if deaf else -signal.SIGHUP)
    finally:
        watcher.kill()
        watcher.wait()
    assert live.status()["launch"]["state"] == "running"
