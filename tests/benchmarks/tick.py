"""What the passing of time costs: 10,000 rows of which 8 run, on a real pty of 160×50, bytes counted.

``python -m tests.benchmarks tick``. Beside it a DataTable of as many rows whose 8 cells of time are set each second, and the
same launch when it is over.
"""

import json
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Measured
from tests.benchmarks.on_pty import OnPty

ROWS, RUNNING, SECONDS = 10_000, 8, 10.0
_TABLE = """
import sys, time
from textual.app import App
from textual.widgets import DataTable
class Table(App):
    def compose(self):
        yield DataTable()
    def on_mount(self):
        table = self.query_one(DataTable)
        self.columns = table.add_columns("node", "state", "time")
        self.keys = [table.add_row(f"stage_{n}", "running" if n < 8 else "succeeded", "1.0s") for n in range(10_000)]
        self.began = time.time()
        self.set_interval(1.0, self.tick)
    def tick(self):
        table = self.query_one(DataTable)
        for key in self.keys[:8]:
            table.update_cell(key, self.columns[2], f"{time.time() - self.began:.1f}s")
Table().run()
"""


def write(folder: Path, rows: int, running: int = RUNNING, *, over: bool = False) -> None:
    """A flat folder: the first nodes run, the rest is done; too long ago for tenths, and not so long that any is late."""
    folder.mkdir()
    now = time.time() - 20.0
    names = [f"stage_{number}" for number in range(rows)]
    events: list[dict[str, Any]] = [
        {"event": "graph_start", "final_vars": names[-1:], "execution_path": names}
    ]
    events += [{"event": "node_start", "node": name} for name in names]
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
        screen.for_seconds(5.0)
        cpu, began = screen.cpu(), time.monotonic()
        written = screen.for_seconds(seconds)
        took = time.monotonic() - began
        return written / took / 1024, (screen.cpu() - cpu) / took * 100


def attached(folder: Path, seconds: float = SECONDS) -> tuple[float, float]:
    """The same of the dashboard on a launch."""
    return watched("-m", "hamtui", "attach", str(folder), "--readonly", seconds=seconds)


def measure() -> Measured:
    found = Measured("tick", f"{ROWS:,} rows, {RUNNING} running, 160×50, a second")
    with tempfile.TemporaryDirectory() as root:
        going, ended = Path(root, "going"), Path(root, "ended")
        write(ended, ROWS, over=True)
        told = {"DataTable, 8 cells a second": watched("-c", _TABLE)}
        write(going, ROWS)
        told["hamtui, 8 running"] = attached(going)
        told["hamtui, the run is over"] = attached(ended)
    for name, (kib, cpu) in told.items():
        found.add(name, [kib], "KiB/s", None, f"{cpu:.1f} % of a core")
    found.aim("8 running, bytes", told["hamtui, 8 running"][0], 1.5, "KiB/s")
    found.aim("8 running, CPU", told["hamtui, 8 running"][1], 1.0, "% of a core")
    found.aim("the run is over, bytes", told["hamtui, the run is over"][0], 0.0, "KiB/s")
    return found
