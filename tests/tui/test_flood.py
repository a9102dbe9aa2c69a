"""A run that writes 20,000 events a second: the dashboard drops frames, never events, and answers keys meanwhile."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import layout
from hamtui.follow.follower import Batch
from hamtui.model import keeping
from hamtui.model.counts import counts
from hamtui.model.state import ProcessFact
from hamtui.tui import feed
from hamtui.tui.app import HamtuiApp
from hamtui.tui.messages import Arrived
from hamtui.tui.screens.help import Help
from hamtui.tui.session import Session
from tests.data.big import Shape, big, run_id
from tests.follow.watching import ref_of
from tests.tui.driving import until

RUNS, NODES, WHOLE = 300, 100, 20
#: Appends the lines of a file to another, 300 every 15 ms; then events that nobody knows, until a third file is there.
_WRITER = """
import itertools, os, sys, time
lines = open(sys.argv[1], "rb").readlines()
more = [b'{"event":"nobody_knows","ts":1.0}\\n'] * 300
with open(sys.argv[2], "ab", buffering=0) as file:
    due = time.monotonic()
    for first in itertools.count(0, 300):
        if first >= len(lines) and os.path.exists(sys.argv[3]):
            break
        file.write(b"".join(lines[first : first + 300] or more))
        due += 0.015
        time.sleep(max(0.0, due - time.monotonic()))
"""


async def soon(condition: Callable[[], object]) -> None:
    """Wait for it without waiting for the app to be idle, which it hardly is."""
    for _ in range(4_000):
        await asyncio.sleep(0.005)
        if condition():
            return
    raise AssertionError("did not come true")


def stand_still() -> None:
    """The loop does nothing for a while, and the writer goes on: what it writes must wait in the file."""
    time.sleep(0.7)


def write(lines: Path, flight: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(lines), str(flight), str(lines.with_name("enough"))]
    )


def counting(app: HamtuiApp, monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[int], list[int]]:
    """How often the dashboard draws, folds a batch, and is handed one, from here on."""
    draws, batches, posted = [0], [0], [0]
    fold = Session.fold

    def folded(session: Session, batch: Batch) -> bool:
        batches[0] += 1
        return fold(session, batch)

    def arrived(*args: Any) -> Arrived:
        posted[0] += 1
        return Arrived(*args)

    monkeypatch.setattr(Session, "fold", folded)
    monkeypatch.setattr(feed, "Arrived", arrived)
    show = app.dashboard.show

    def counted(*args: Any) -> Any:
        draws[0] += 1
        return show(*args)

    monkeypatch.setattr(app.dashboard, "show", counted)
    return draws, batches, posted


async def test_frames_are_dropped_and_events_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping.Whole, "too_many", property(lambda whole: len(whole.runs) > WHOLE))
    shape = Shape(runs=RUNS, nodes=NODES, failures=2, open_run=True)
    folder = big(tmp_path, shape)
    flight, lines = folder / layout.FLIGHT, folder / "lines"
    flight.rename(lines)
    expected = lines.read_bytes()
    app = HamtuiApp(ref_of(folder), fact=lambda info, folder: ProcessFact(alive=True, supervisor_alive=True))
    draws, batches, posted = counting(app, monkeypatch)
    async with app.run_test(size=(120, 40)) as pilot:
        writer = write(lines, flight)
        try:
            await soon(lambda: len(app.session.launch.runs) > 2)
            stand_still()
            waiting = posted[0] - batches[0]
            while_writing = 0
            while writer.poll() is None:
                app.simulate_key("question_mark")
                await soon(lambda: isinstance(app.screen, Help))
                app.simulate_key("escape")
                await soon(lambda: app.screen is app.dashboard)
                while_writing += writer.poll() is None
                (folder / "enough").touch()
        finally:
            writer.kill()
            writer.wait()
        runs = app.session.launch.runs
        await until(pilot, lambda: len(runs) == RUNS and list(runs)[-1] == run_id(RUNS - 1), "all runs")
        newest = runs[run_id(RUNS - 1)]
        await until(pilot, lambda: counts(newest, {})["running"] == 1, "the last event")
        told = [counts(run, {}) for run in runs.values()]
        assert sum(one["succeeded"] for one in told) == expected.count(b'"node_end"') - expected.count(
            b'"success":false'
        )
        assert sum(one["failed"] for one in told) == expected.count(b'"success":false') > 0
        assert not app.session.launch.unread.lines
        # Keys were answered, frames dropped, nothing piled up.
        assert while_writing
        assert draws[0] * 2 < batches[0]
        assert waiting <= 1
        assert sum(run.line is None for run in runs.values()) <= WHOLE + 1
