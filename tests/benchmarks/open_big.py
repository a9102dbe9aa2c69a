"""Opening a big flight file: 1,000,000 events in three runs, beside readers that know less of what they read.

``python -m tests.benchmarks open_big``. CPU seconds where a process reads it all, each in an interpreter of its own;
on a real pty, seconds from the command to the newest run's row on the screen, beside those of a launch of one node.
"""

import importlib.util
import os
import shutil
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.benchmarks.measuring import PEAK, Measured, child, in_turn
from tests.benchmarks.on_pty import OnPty
from tests.data.big import Shape, big

EVENTS, ROUNDS = 1_000_000, 2
_PATIENCE_S = 60.0
SHAPE = Shape(runs=3, nodes=1_000, depth=20, failures=1)
#: What the newest run's rows say, and the help.
_ROW, _HELP = b"stage_", b"in flight; its time"

_BARE = """
import sys, time, msgspec
class Event(msgspec.Struct, gc=False):
    event: str
    ts: float | None = None
    run_id: str | None = None
    node: str | None = None
    task_id: str | None = None
    mono: float | None = None
    pid: int | None = None
    success: bool | None = None
    elapsed_s: float | None = None
decode = msgspec.json.Decoder(Event).decode
began, events = time.process_time(), 0
with open(sys.argv[1], "rb") as file:
    for line in file:
        decode(line)
        events += 1
told = {"s": time.process_time() - began, "events": events}
"""
_STDLIB = """
import sys, time, json
began = time.process_time()
with open(sys.argv[1], "rb") as file:
    for line in file:
        json.loads(line)
told = {"s": time.process_time() - began}
"""
FOLDED = """
import sys, time
from pathlib import Path
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import find
ref = find(Path(sys.argv[1]).parent)
began = time.process_time()
launch = read_launch(ref)
told = {"s": time.process_time() - began, "runs": len(launch.runs)}
"""
_NEWEST_FIRST = """
import gc, sys, time
from pathlib import Path
from hamtui.follow.follower import Follower
from hamtui.follow.launches import find
from hamtui.model.fold import Launch
gc.disable()  # as the dashboard does while it reads
ref = find(Path(sys.argv[1]).parent)
launch, follower, caught_up = Launch(), Follower(ref, newest_first=True), False
began = time.process_time()
while not caught_up:
    batch = follower.read_once()
    for source, record in batch.records:
        launch.apply(source, record)
    caught_up = batch.caught_up
told = {"s": time.process_time() - began}
"""
_PANDAS = """
import sys, time, pandas
began = time.process_time()
pandas.read_json(sys.argv[1], lines=True)
told = {"s": time.process_time() - began}
"""
_ARROW = """
import sys, time, pyarrow.json
began = time.process_time()
pyarrow.json.read_json(sys.argv[1], read_options=pyarrow.json.ReadOptions(use_threads=False))
told = {"s": time.process_time() - began}
"""
_BARE_NAME = "bare typed msgspec decode"


def shown(folder: Path) -> dict[str, float]:
    """The dashboard on a pty: seconds to the newest run's first row and to the end of reading, bytes, memory."""
    began = time.monotonic()
    with closing(OnPty(sys.executable, "-m", "hamtui", "attach", str(folder), "--readonly")) as screen:
        screen.until(_ROW)
        first = time.monotonic() - began
        screen.press("?")
        screen.until(_HELP)
        answered = time.monotonic() - began - first
        screen.press("\x1b")
        screen.quiet()
        return {
            "first": first,
            "key": answered,
            "all": screen.heard - began,
            "bytes": float(screen.bytes),
            PEAK: screen.peak_mb(),
        }


def measure() -> Measured:
    found = Measured("open_big", f"{EVENTS:,} events in three runs, one file", _BARE_NAME)
    with tempfile.TemporaryDirectory() as root:
        folder = big(Path(root, "big"), SHAPE.with_events(EVENTS))
        small = big(Path(root, "small"), Shape(nodes=1))
        flight = folder / "hamilton_flight.jsonl"
        found.work += f", {flight.stat().st_size / 1e6:.0f} MB"
        _read(found, str(flight))
        _on_screen(found, folder, small)
        _viewers(found, flight)
    return found


def _read(found: Measured, flight: str) -> None:
    peaks: dict[str, float] = {}

    def cpu(name: str, code: str) -> float:
        told = child(code, flight)
        peaks[name] = told[PEAK]
        return told["s"]

    def counted() -> float:
        return child(
            "import subprocess, sys, time\nbegan = time.monotonic()\n"
            "subprocess.run(['wc', '-l', sys.argv[1]], stdout=subprocess.DEVNULL)\n"
            "told = {'s': time.monotonic() - began}\n",
            flight,
        )["s"]

    ours, dashboard = "hamtui status, all runs whole", "hamtui dashboard, the newest run whole"
    readers = {_BARE_NAME: _BARE, dashboard: _NEWEST_FIRST, ours: FOLDED}
    kinds = {name: partial(cpu, name, code) for name, code in readers.items()}
    took = in_turn({**kinds, "wc -l": counted}, ROUNDS)
    bare = took[_BARE_NAME]
    slow = {
        "stdlib json": ("json", _STDLIB),
        "pandas": ("pandas", _PANDAS),
        "pyarrow.json": ("pyarrow", _ARROW),
    }
    for name, (package, code) in slow.items():
        if importlib.util.find_spec(package) is not None:
            took[name] = [cpu(name, code)]
    for name, values in took.items():
        note = f"{peaks[name]:,.0f} MB" if name in peaks else ""
        found.add(name, values, "s", None if name == _BARE_NAME else bare, note)
    for name in slow:
        if name not in took:
            found.skip(name, "not installed")
    found.aim("the dashboard's reading ÷ bare decode", found.rows[1].ratio.median, 1.6, "times")  # type: ignore[union-attr]
    found.aim("memory of the dashboard's reading", peaks[dashboard], 150, "MB")


def viewed(program: str, key: str, flight: Path, last: bytes) -> dict[str, float]:
    """A viewer of logs on a pty: seconds until ``last``, of the file's end, is shown, pressing ``key`` for it; memory."""
    began = time.monotonic()
    with closing(OnPty(program, str(flight), HOME=str(flight.parent))) as screen:
        while last not in screen.seen:
            if time.monotonic() - began > _PATIENCE_S:
                raise TimeoutError(f"{program} never showed the end")
            if key and _ROW in screen.seen:
                screen.press(key)
            screen.read(0.1)
        return {"s": screen.heard - began, PEAK: screen.peak_mb()}


def _viewers(found: Measured, flight: Path) -> None:
    """They show the end and tell nothing of a run. lnav begins there, toolong goes there when it is told to."""
    with flight.open("rb") as file:
        file.seek(-1_000, os.SEEK_END)
        *_, line = file.read().splitlines()
    last = line.partition(b'"ts":')[2].partition(b"e-9")[0]
    for name, program, key in (("lnav", "lnav", ""), ("toolong", "tl", "\x1b[F")):
        label = f"{name}: the file's end on screen"
        if shutil.which(program) is None:
            found.skip(label, "not installed")
            continue
        told = [viewed(program, key, flight, last) for _ in range(ROUNDS)]
        found.add(label, [one["s"] for one in told], "s", None, f"{max(one[PEAK] for one in told):,.0f} MB")


def _on_screen(found: Measured, folder: Path, small: Path) -> None:
    told: dict[str, list[dict[str, float]]] = {"big": [], "small": []}
    for _ in range(ROUNDS):
        told["small"].append(shown(small))
        told["big"].append(shown(folder))
    first = [one["first"] for one in told["big"]]
    beside = [one["first"] for one in told["small"]]
    found.add("dashboard: a launch of one node on screen", beside, "s")
    found.add("dashboard: newest run on screen", first, "s", None, "from the command on")
    more = [one - other for one, other in zip(first, beside, strict=True)]
    found.add("dashboard: more than for one node", more, "s")
    found.add("dashboard: a key pressed then is answered", [one["key"] for one in told["big"]], "s")
    found.add("dashboard: all read", [one["all"] for one in told["big"]], "s")
    peak = [one[PEAK] for one in told["big"]]
    found.add("dashboard: memory", peak, "MB")
    found.aim("newest run on screen", found.rows[-5].figure.median, 0.6, "s")  # type: ignore[union-attr]
    found.aim("dashboard's memory", max(peak), 150, "MB")
