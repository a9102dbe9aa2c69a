"""Small launches, record by record, for the panes to show."""

from pathlib import Path
from typing import Any

from hamtui.contract import flight, stacks
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import CACHE_LOG, FLIGHT, STACKS, Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.fold import Launch

T0 = 1_795_383_957.0
FILE = "/home/me/risk.py"
HAMILTON = "/venv/lib/python3.11/site-packages/hamilton/node.py"
SOURCE = """def risk_score(joined: int) -> int:
    \"\"\"Scores [bold]every[/bold] row.\"\"\"
    with book_lock:
        with ledger_lock:
            return joined
"""

TOP = Frame(FILE, 88, "risk_score", "with ledger_lock:")
OUTER = Frame(FILE, 61, "score_all", "rows = [risk_score(r) for r in batch]")
LIBRARY = [Frame(HAMILTON, 280 + n, f"call_{n}", "return self.callable()") for n in range(7)]


def nodes() -> list[PlannedNode]:
    return [
        PlannedNode(
            "joined", ["orders"], "risk", FILE, 40, "int", {"module": "risk"}, None, None, "v0", "node"
        ),
        PlannedNode(
            "risk_score",
            ["joined"],
            "risk",
            FILE,
            85,
            "int",
            {"module": "risk", "team": "[red]us"},
            "Scores.",
            SOURCE,
            "v1",
        ),
        PlannedNode("report", ["risk_score"], "risk", FILE, 99, "str", {"module": "risk"}, None, None, "v2"),
    ]


class Told:
    """A launch that is told what happened. Times are seconds after ``T0``."""

    def __init__(
        self, *, cache: bool = False, hang_after: float | None = 30.0, graph: bool = True, info: bool = True
    ) -> None:
        self.launch = Launch("20261122T213511Z-4121")
        if info:
            self.launch.apply(
                Source("launch.json", Kind.LAUNCH),
                LaunchInfo(
                    pid=10,
                    host="box7",
                    started_at=T0,
                    hang_after=hang_after,
                    cache_dir=".hamilton_cache" if cache else None,
                ),
            )
        plan = nodes()
        if graph:
            self.launch.apply(
                Source("graph.abc.json", Kind.GRAPH), Graph(plan, [PlannedNode("orders", role="input")], 1)
            )
        names = [node.name for node in plan]
        self.event(
            flight.GRAPH_START,
            0.0,
            final_vars=["report"],
            execution_path=names,
            execution_path_len=3,
            graph="abc" if graph else None,
        )

    def event(self, kind: str, at: float, **keys: Any) -> None:
        self.launch.apply(
            Source(FLIGHT, Kind.FLIGHT),
            FlightEvent(kind, ts=T0 + at, mono=50.0 + at, run_id="r1", pid=10, **keys),
        )

    def start(self, node: str, at: float, task_id: str | None = None, thread: int = 1, **keys: Any) -> None:
        self.event(
            flight.NODE_START, at, node=node, task_id=task_id, thread_id=thread, native_id=thread, **keys
        )

    def end(self, node: str, at: float, took: float = 1.0, task_id: str | None = None, **keys: Any) -> None:
        keys.setdefault("success", True)
        self.event(flight.NODE_END, at, node=node, task_id=task_id, elapsed_s=took, **keys)

    def dump(
        self, at: float, frames: list[Frame], *others: ThreadStack, why: str = stacks.LATE, **keys: Any
    ) -> None:
        threads = [ThreadStack(1, 1, "MainThread", frames), *others]
        keys.setdefault("taken_by", "inside")
        self.launch.apply(
            Source(STACKS, Kind.STACKS),
            Dump(ts=T0 + at, mono=50.0 + at, pid=10, why=why, threads=threads, **keys),
        )

    def cached(self, kind: str, node: str, at: float, task_id: str | None = None, **keys: Any) -> None:
        self.launch.apply(
            Source(CACHE_LOG, Kind.CACHE_LOG), CacheEvent(kind, "r1", T0 + at, node, task_id, **keys)
        )

    def over(self, at: float, *, code: int | None = None, signal: int | None = None) -> None:
        self.launch.apply(Source("exit.json", Kind.EXIT), ExitInfo(code, signal, T0 + at))


def stuck() -> Told:
    """risk_score runs since 2 s, looked at three times, with a second thread."""
    told = Told()
    told.start("joined", 0.5)
    told.end("joined", 2.0, 1.5)
    told.start("risk_score", 2.0, kwargs_summary={"joined": {"type": "Table", "rows": 12}})
    other = ThreadStack(2, 2, "Thread-2", [Frame(FILE, 71, "refresh", "with book_lock:")])
    told.dump(3.0, [Frame(FILE, 86, "load", "time.sleep(1)"), OUTER, *LIBRARY], other, why=stacks.FIRST_LOOK)
    told.dump(32.0, [TOP, OUTER, *LIBRARY], other)
    told.dump(62.0, [TOP, OUTER, *LIBRARY], other, why=stacks.STILL_LATE)
    return told


def folder(tmp_path: Path) -> Path:
    """A launch folder to have files in."""
    path = tmp_path / "20261122T213511Z-4121"
    path.mkdir()
    return path
