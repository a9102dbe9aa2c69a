"""From a key to what it asked for on the screen: the cursor through 10,000 rows, a filter as it is typed, other panes.

``python -m tests.benchmarks keys``. A launch that is over, so that nothing but keys makes the dashboard draw, on a real pty of
160×50. What comes after a key is kept with its instants, and only then put on a made-up terminal: the key is answered when
the row under the cursor, the rows or the pane say what they say in the end. Beside it the first byte that came.
"""

import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from time import monotonic

import pyte

from tests.benchmarks.measuring import Measured
from tests.benchmarks.on_pty import COLUMNS, LINES, OnPty
from tests.data.big import Shape, big

ROWS = 10_000
_MOST_MS = 50.0
_QUIET_S, _ANSWER_S = 0.2, 3.0
_DOWN, _ESCAPE = "\x1b[B", "\x1b"
_CURSOR, _TABS = "❯", "Stacks   Cache"
#: Each letter of these leaves other rows than the one before.
_FILTERS = ("731", "842", "953", "264", "375", "486", "597", "618")
_PANES = "234561"
PRESSES = {"cursor": 40, "pane": 24}

Region = Callable[[list[str]], list[str]]


def cursor_row(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(_CURSOR)]


def _tabs_at(lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines) if _TABS in line), len(lines))


def rows(lines: list[str]) -> list[str]:
    return lines[: _tabs_at(lines)]


def pane(lines: list[str]) -> list[str]:
    """All below the tabs but the last line, which tells the keys."""
    return lines[_tabs_at(lines) + 1 : -1]


class Dashboard:
    """The dashboard on a pty, and what a terminal would show of it."""

    def __init__(self, folder: Path) -> None:
        self.pty = OnPty(sys.executable, "-m", "hamtui", "attach", str(folder), "--readonly")
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)

    def settle(self) -> None:
        """Wait until it is drawn and caught up."""
        self.pty.until(b"stage_")
        while data := self.pty.read(2.0):
            self._stream.feed(data)

    def close(self) -> None:
        self.pty.close()

    def press(self, key: str, region: Region) -> tuple[float, float]:
        """Milliseconds to the first byte, and until the region was as it stayed. Raises ValueError where it never changed."""
        before, began = region(self._screen.display), monotonic()
        self.pty.press(key)
        came: list[tuple[float, bytes]] = []
        while data := self.pty.read(_QUIET_S if came else _ANSWER_S):
            came.append((self.pty.heard - began, data))
        answered, shown = 0.0, before
        for at, data in came:
            self._stream.feed(data)
            if (now := region(self._screen.display)) != shown:
                answered, shown = at, now
        if shown == before:
            raise ValueError(f"{key!r} changed nothing that it should")
        return came[0][0] * 1000, answered * 1000


Answers = list[tuple[float, float]]


def _pressed(shown: Dashboard) -> dict[str, Answers]:
    typed: Answers = []
    down = [shown.press(_DOWN, cursor_row) for _ in range(PRESSES["cursor"])]
    for text in _FILTERS:
        shown.press("/", lambda lines: lines)
        typed += [shown.press(letter, rows) for letter in text]
        shown.press(_ESCAPE, rows)
    panes = [shown.press(_PANES[at % len(_PANES)], pane) for at in range(PRESSES["pane"])]
    return {"cursor down": down, "a letter of a filter": typed, "another pane": panes}


def measure() -> Measured:
    found = Measured("keys", f"{ROWS:,} rows, a launch that is over, 160×50")
    with tempfile.TemporaryDirectory() as root:
        folder = big(Path(root, "big"), Shape(nodes=ROWS))
        with closing(Dashboard(folder)) as shown:
            shown.settle()
            told = _pressed(shown)
    for name, answers in told.items():
        first, whole = ([one[at] for one in answers] for at in (0, 1))
        p95 = quantiles(whole, n=20)[-1]
        note = f"p95 {quantiles(first, n=20)[-1]:.0f}"
        found.add(f"{name}: first byte", first, "ms", None, note)
        found.add(f"{name}: what it asked for", whole, "ms", None, f"p95 {p95:.0f}, of {len(whole)}")
        found.aim(f"{name}, p95", p95, _MOST_MS, "ms")
    return found
