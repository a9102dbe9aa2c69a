"""From Enter to the dashboard's first paint and to the first node on the screen, on a real pty of 160×50.

``python -m tests.benchmarks start``. In turn with a minimal Textual app's first paint, and with a plain interpreter that imports
what the run imports: what is left of Enter-to-node is hamtui's own. Neither loads Hamilton's extensions, of which an
environment has none or many.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from hamtui.contract import layout
from tests.benchmarks.measuring import Measured, Spread
from tests.benchmarks.on_pty import OnPty

ROUNDS = 4
_PAINT_S, _NODE_S, _MOST_MB = 0.4, 0.3, 70.0
_FIRST, _LAST = "quagga", "target_of_all"
_MODULE = f"""
import time

def {_FIRST}() -> float:
    began = time.time()
    time.sleep(3.0)
    return began

def {_LAST}({_FIRST}: float) -> float:
    return {_FIRST}
"""
_PLAIN = """
import sys, time
sys.path.insert(0, sys.argv[1])
from hamilton import driver
import started_flow
"""
_APP = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("minimal_app")
Minimal().run()
"""
#: What the dashboard's first frame has: its name, at the left of the header.
_HEADER = b"hamtui"


def _on_screen(root: Path, number: int) -> dict[str, float]:
    """Seconds from Enter to the first paint, to the node on the screen, from its start to that, and megabytes."""
    diag = root / f"diag{number}"
    command = ["run", str(root / "started_flow.py"), "--target", _LAST, "--diag-dir", str(diag)]
    skew, began = time.time() - time.monotonic(), time.monotonic()
    with closing(OnPty(sys.executable, "-m", "hamtui", *command, HAMILTON_AUTOLOAD_EXTENSIONS="0")) as screen:
        painted = screen.until(_HEADER)
        seen = screen.until(_FIRST.encode())
        screen.for_seconds(2.0)
        peak = screen.peak_mb()
    folder = (diag / layout.LATEST).resolve(strict=True)
    _wait_for(folder / layout.EXIT)
    started = next(
        event["ts"]
        for event in map(json.loads, (folder / layout.FLIGHT).read_bytes().splitlines())
        if event["event"] == "node_start" and event["node"] == _FIRST
    )
    return {
        "paint": painted - began,
        "node": seen - began,
        "after": seen + skew - started,
        "started": started - skew - began,
        "mb": peak,
    }


def _wait_for(path: Path) -> None:
    """The run outlives the screen by a few seconds; the next round is not to have it beside itself."""
    end = time.monotonic() + 30.0
    while not path.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"no {path}")
        time.sleep(0.05)


def _minimal() -> float:
    """Seconds to the first paint of an app that says one word."""
    began = time.monotonic()
    with closing(OnPty(sys.executable, "-c", _APP)) as screen:
        return screen.until(b"minimal_app") - began


def _imports(root: Path) -> float:
    """Seconds that a plain interpreter takes to start and import what the run has to."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", _PLAIN, str(root)],
        check=True,
        env={**os.environ, "HAMILTON_AUTOLOAD_EXTENSIONS": "0"},
    )
    return time.monotonic() - began


def measure() -> Measured:
    found = Measured("start", "hamtui run, on a pty of 160×50, from Enter on", "minimal Textual app")
    told: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "started_flow.py").write_text(_MODULE)
        for number in range(ROUNDS):
            told.setdefault("minimal", []).append(_minimal())
            told.setdefault("imports", []).append(_imports(root))
            for what, value in _on_screen(root, number).items():
                told.setdefault(what, []).append(value)
    more = [node - plain for node, plain in zip(told["node"], told["imports"], strict=True)]
    found.add("minimal Textual app: first paint", told["minimal"], "s")
    found.add("first paint", told["paint"], "s", told["minimal"])
    found.add("plain interpreter: Hamilton and the module imported", told["imports"], "s")
    found.add("the first node starts", told["started"], "s")
    found.add("the first node on the screen", told["node"], "s")
    found.add("the same less the plain interpreter's imports", more, "s")
    found.add("from the node's start to the screen", told["after"], "s")
    found.add("dashboard: memory", told["mb"], "MB")
    found.aim("first paint", Spread.of(told["paint"]).median, _PAINT_S, "s")
    found.aim("first node, after the run's own imports", Spread.of(more).median, _NODE_S, "s")
    found.aim("dashboard's memory", max(told["mb"]), _MOST_MB, "MB")
    return found
