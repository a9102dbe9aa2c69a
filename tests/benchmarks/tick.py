"""What the passing of time costs: 10,000 rows of which 8 run, on a real pty of 160×50, bytes counted.

``python -m tests.benchmarks tick``. Beside it a DataTable of as many rows whose 8 cells of time are set each second, and the
same launch when it is over. Then 50 that run, ten ticks a second: CPU a tick, of all its process, beside a DataTable and a
Tree; on 160×50, where some half of the 50 have room above the pane, and on 160×100, where all of them have.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measuring import Measured
from tests.benchmarks.on_pty import LINES, OnPty

ROWS, RUNNING, SECONDS, ROUNDS = 10_000, 8, 8.0, 2

OFTEN, TALL = 50, 2 * LINES
_CPU_MS = 10.0
#: To the first row, and to stay there: a cursor that follows would leave most of what runs above the screen.
_HOME = "\x1b[H"
#: Says what a tick cost, between the sixth and the last that is counted.
_NOTE = """
import json, os, sys, time
told, seen, COUNTED = sys.argv.pop(), [], 36
def note():
    seen.append((time.monotonic(), time.process_time()))
    if len(seen) == COUNTED:
        (began, before), (ended, after) = seen[5], seen[-1]
        ticks = COUNTED - 6
        with open(told + "~", "w") as file:
            json.dump({"ms": (after - before) / ticks * 1000, "hz": ticks / (ended - began)}, file)
        os.rename(told + "~", told)
"""
_OURS_OFTEN = (
    _NOTE
    + """
from hamtui.cli.main import main
from hamtui.tui import app
tick = app.HamtuiApp._tick
def counted(self, *, whole):
    tick(self, whole=whole)
    if self.session.glance is not None and len(self.session.glance.flying) == 50:
        note()
app.HamtuiApp._tick, app._FAST_S = counted, 0.1
main()
"""
)


def table(running: int, every: float, note: str = "") -> str:
    """A program: a DataTable of as many rows, the times of the first so many set ``every`` so many seconds, then ``note``."""
    return f"""
import time
from textual.app import App
from textual.widgets import DataTable
class Table(App):
    def compose(self):
        yield DataTable()
    def on_mount(self):
        table = self.query_one(DataTable)
        self.columns = table.add_columns("node", "state", "time")
        self.keys = [
            table.add_row(f"stage_{{n}}", "running" if n < {running} else "succeeded", "1.0s") for n in range({ROWS})
        ]
        self.began = time.time()
        self.set_interval({every}, self.tick)
    def tick(self):
        table = self.query_one(DataTable)
        for key in self.keys[:{running}]:
            table.update_cell(key, self.columns[2], f"{{time.time() - self.began:.1f}}s")
        {note}
Table().run()
"""


_TREE_OFTEN = (
    _NOTE
    + """
from textual.app import App
from textual.widgets import Tree
class Nodes(App):
    def compose(self):
        yield Tree("nodes")
    def on_mount(self):
        root = self.query_one(Tree).root
        root.expand()
        self.nodes = [root.add_leaf(f"stage_{n}  1.0s") for n in range(10_000)]
        self.began = time.time()
        self.set_interval(0.1, self.tick)
    def tick(self):
        for n, node in enumerate(self.nodes[:50]):
            node.set_label(f"stage_{n}  {time.time() - self.began:.1f}s")
        note()
Nodes().run()
"""
)


def write(
    folder: Path,
    rows: int,
    running: int = RUNNING,
    *,
    over: bool = False,
    started: bool = True,
    ago: float = 62.0,
) -> None:
    """A flat folder: the first nodes run (or have not ``started``), the rest is done.

    It began so many seconds ``ago``: too long for tenths, and not so long that any is late. The axis holds
    30, 40, 60, 90 and 120 s, and all is drawn anew from one to the next.
    """
    folder.mkdir()
    now = time.time() - ago
    names = [f"stage_{number}" for number in range(rows)]
    events: list[dict[str, Any]] = [
        {"event": "graph_start", "final_vars": names[-1:], "execution_path": names}
    ]
    events += [{"event": "node_start", "node": name} for name in (names if started else names[running:])]
    done = names if over else names[running:]
    events += [{"event": "node_end", "node": name, "success": True, "elapsed_s": 1.0} for name in done]
    events += [{"event": "graph_end", "success": True}] * over
    with (folder / "hamilton_flight.jsonl").open("w") as file:
        for number, event in enumerate(events):
            file.write(json.dumps({**event, "run_id": "r", "ts": now + number * 1e-6}) + "\n")


def watched(*argv: str, seconds: float = SECONDS) -> tuple[float, float]:
    """KiB a second and percent of a core, once what is there is drawn."""
    with closing(OnPty(sys.executable, *argv)) as screen:
        screen.until(b"stage_")
        screen.for_seconds(4.0)
        cpu, began = screen.cpu(), time.monotonic()
        written = screen.for_seconds(seconds)
        took = time.monotonic() - began
        return written / took / 1024, (screen.cpu() - cpu) / took * 100


def attached(folder: Path, seconds: float = SECONDS) -> tuple[float, float]:
    """The same of the dashboard on a launch."""
    return watched("-m", "hamtui", "attach", str(folder), "--readonly", seconds=seconds)


def measure() -> Measured:
    found = Measured("tick", f"{ROWS:,} rows, {RUNNING} running, 160×50, a second", "DataTable")
    with tempfile.TemporaryDirectory() as root:
        going, ended = Path(root, "going"), Path(root, "ended")
        write(ended, ROWS, over=True)
        told = {"DataTable, 8 cells a second": watched("-c", table(RUNNING, 1.0))}
        write(going, ROWS)
        told["hamtui, 8 running"] = attached(going)
        scaled = Path(root, "scaled")
        write(scaled, ROWS, ago=22.0)
        told["hamtui, 8 running, and once a new scale"] = attached(scaled)
        told["hamtui, the run is over"] = attached(ended)
    for name, (kib, cpu) in told.items():
        found.add(name, [kib], "KiB/s", None, f"{cpu:.1f} % of a core")
    found.aim("8 running, bytes", told["hamtui, 8 running"][0], 1.5, "KiB/s")
    found.aim("8 running, CPU", told["hamtui, 8 running"][1], 1.0, "% of a core")
    found.aim("the run is over, bytes", told["hamtui, the run is over"][0], 0.0, "KiB/s")
    _tell_often(found)
    return found


def _tell_often(found: Measured) -> None:
    """50 that run, ten times a second: each kind once a round, in turn."""
    ours = {"hamtui": LINES, "hamtui, all in sight": TALL}
    kinds: dict[str, Callable[[], dict[str, float]]] = {
        "DataTable": partial(_often, _NOTE + table(OFTEN, 0.1, "note()")),
        "Tree": partial(_often, _TREE_OFTEN),
        **{name: partial(_ours_often, lines) for name, lines in ours.items()},
    }
    told = [{name: take() for name, take in kinds.items()} for _ in range(ROUNDS)]
    for name in kinds:
        ms, beside = ([one[each]["ms"] for one in told] for each in (name, found.reference))
        note = f"{median(one[name]['hz'] for one in told):.1f} ticks a second"
        against = None if name == found.reference else beside
        found.add(f"{name}, {OFTEN} running, a tick", ms, "ms", against, note)
        if name in ours:
            found.aim(f"{name}, {OFTEN} running, CPU a tick", median(ms), _CPU_MS, "ms")


def _often(code: str) -> dict[str, float]:
    """What a program says of its ticks."""
    with tempfile.TemporaryDirectory() as root:
        told = Path(root, "told.json")
        with closing(OnPty(sys.executable, "-c", code, str(told))) as screen:
            return _heard(screen, told)


def _ours_often(lines: int) -> dict[str, float]:
    """The same of hamtui. The nodes start when the launch is drawn, so that their tenths are shown."""
    with tempfile.TemporaryDirectory() as root:
        folder, told = Path(root, "going"), Path(root, "told.json")
        write(folder, ROWS, OFTEN, started=False)
        asked = ("attach", str(folder), "--readonly", str(told))
        with closing(OnPty(sys.executable, "-c", _OURS_OFTEN, *asked, lines=lines)) as screen:
            screen.until(b"stage_")
            screen.for_seconds(2.0)
            screen.press(_HOME)
            screen.for_seconds(0.5)
            start(folder)
            return _heard(screen, told)


def _heard(screen: OnPty, told: Path) -> dict[str, float]:
    end = time.monotonic() + 60.0
    while not told.exists():
        screen.read(0.1)
        if time.monotonic() > end:
            raise TimeoutError("it never ticked as often")
    found: dict[str, float] = json.loads(told.read_bytes())
    return found


def start(folder: Path) -> None:
    """The first nodes of a launch that was written with them not started."""
    with (folder / "hamilton_flight.jsonl").open("a") as file:
        for number in range(OFTEN):
            event = {"event": "node_start", "node": f"stage_{number}", "run_id": "r", "ts": time.time()}
            file.write(json.dumps(event) + "\n")
