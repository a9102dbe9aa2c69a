"""--progress in plain mode: on a terminal a bar below the lines, without one the lines alone."""

import importlib.util
import io
import sys
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

from hamtui.cli import bar
from hamtui.cli.refuse import Refused
from tests.cli.conftest import Program

COUNTS = {"planned": 7, "succeeded": 2, "cached": 1, "failed": 1, "skipped": 1, "running": 1, "pending": 1}


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """From here on: pytest sets stdout anew for the test itself."""
    made = Terminal()
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    return made


def test_what_is_over_is_done() -> None:
    assert bar.done(COUNTS) == (5, 7, "1 running, 1 failed, 1 skipped")


@pytest.mark.parametrize("name", ["rich", "tqdm"])
def test_lines_stand_above_the_bar_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    drawn = bar.make(name)
    drawn.show({**COUNTS, "succeeded": 1, "pending": 2})
    drawn.line("12:00:00 node [red]a[/] 100% \\[x]")
    drawn.show(COUNTS)
    drawn.close()
    drawn.close()
    screen = pyte.Screen(100, 10)
    pyte.Stream(screen).feed(terminal.getvalue().replace("\n", "\r\n"))
    rows = [row.rstrip() for row in screen.display if row.strip()]
    assert rows[0] == "12:00:00 node [red]a[/] 100% \\[x]"
    assert len(rows) == 2 and "5/7" in rows[1] and "1 running, 1 failed, 1 skipped" in rows[1]


def test_without_a_terminal_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = bar.make("rich")
    drawn.line("a")
    drawn.show(COUNTS)
    drawn.close()
    assert capsys.readouterr().out == "a\n"


def test_no_tqdm_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        Refused, match="tqdm is not installed beside hamtui; install it, or take --progress rich"
    ):
        bar.check("tqdm")
    bar.check("rich")
    bar.check(None)


def test_on_a_terminal(hamtui: Program) -> None:
    words: list[Any] = hamtui.command(("run", "flow.py", "--target", "broken", "--target", "three"))
    words += ["--keep-going", "--plain", "--progress", "rich"]
    child = pexpect.spawn(words[0], words[1:], cwd=str(Path(hamtui.folder)), timeout=60, dimensions=(24, 100))
    screen = pyte.Screen(100, 24)
    stream = pyte.ByteStream(screen)
    while True:
        try:
            stream.feed(child.read_nonblocking(65536, 60))
        except pexpect.EOF:
            break
    child.close()
    rows = [row.rstrip() for row in screen.display]
    assert child.exitstatus == 1
    assert any(" 3/3 " in row and "1 failed" in row for row in rows), rows
    assert any("broken failed" in row for row in rows)
    assert any("launch failed, exit code 1" in row for row in rows)
