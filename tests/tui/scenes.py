"""Launches made up record by record, for screens: what the follower would hand over, at a fixed instant."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Source, classify, graph_name
from hamtui.contract.logs import CacheEvent
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.follow.follower import Batch
from hamtui.follow.launches import LaunchRef
from hamtui.model.records import Record
from hamtui.model.state import Now, ProcessFact, Unread
from hamtui.tui.app import HamtuiApp

T0 = 1_795_383_957.8
MONO0 = 5_000.0
PID = 4121
MAIN = 140_001
CODE = "/home/me/shop/risk.py"


def source(name: str) -> Source:
    found = classify(name)
    assert found is not None
    return found


FLIGHT = source("hamilton_flight.jsonl")


@dataclass
class Scene:
    """A launch at the instant ``at`` seconds after its start. Builders append records in the order of time."""

    at: float = 192.4
    records: list[tuple[Source, Record]] = field(default_factory=list)
    alive: bool | None = True
    unread: Unread = Unread()
    run_id: str = "run-1"

    def add(self, name: str, record: Record) -> None:
        self.records.append((source(name), record))

    def launch(self, modules: list[str], targets: list[str], **more: Any) -> Scene:
        self.add(
            "launch.json",
            LaunchInfo(
                pid=PID, process_start=T0 - 0.5, id="20261122T213511Z-4121", started_at=T0 - 0.2, host="box7",
                modules=modules, targets=targets, supervisor_pid=4100, **more,
            ),
        )  # fmt: skip
        return self

    def plan(self, nodes: list[PlannedNode]) -> Scene:
        self.add(graph_name("abc"), Graph(nodes=nodes))
        return self

    def event(self, kind: str, at: float, **keys: Any) -> None:
        keys.setdefault("run_id", self.run_id)
        keys.setdefault("pid", PID)
        self.records.append((FLIGHT, FlightEvent(event=kind, ts=T0 + at, mono=MONO0 + at, **keys)))

    def begin(self, targets: list[str], at: float = 0.0) -> Scene:
        self.event("graph_start", at, final_vars=targets, graph="abc")
        return self

    def start(self, node: str, at: float, task: str | None = None, thread: int = MAIN) -> Scene:
        self.event("node_start", at, node=node, task_id=task, thread_id=thread)
        return self

    def end(self, node: str, at: float, took: float, task: str | None = None, **keys: Any) -> Scene:
        keys.setdefault("success", True)
        self.event("node_end", at, node=node, task_id=task, elapsed_s=took, **keys)
        return self

    def ran(self, node: str, at: float, took: float, task: str | None = None, **keys: Any) -> Scene:
        return self.start(node, at, task).end(node, at + took, took, task, **keys)

    def hit(self, node: str, at: float) -> Scene:
        self.start(node, at)
        self.add(
            "cache_logs.jsonl",
            CacheEvent("get_result", self.run_id, T0 + at, node, None, "result_store", "hit", None),
        )
        return self.end(node, at + 0.001, 0.001)

    def finish(self, at: float, *, success: bool = True, error: str | None = None, code: int = 0) -> Scene:
        self.event("graph_end", at, success=success, elapsed_s=at, error=error)
        self.add("exit.json", ExitInfo(exit_code=code, ended_at=T0 + at + 0.1))
        self.alive, self.at = False, at + 60
        return self

    # ---- what the app is given

    def now(self, _: object = None) -> Now:
        return Now(T0 + self.at, MONO0 + self.at)

    def fact(self, _: object = None, __: object = None) -> ProcessFact:
        return ProcessFact(alive=self.alive, supervisor_alive=self.alive)

    def app(self, folder: Path | None = None, **options: Any) -> HamtuiApp:
        feed = Fed(self)
        ref = LaunchRef("20261122T213511Z-4121", folder or Path("/nowhere/20261122T213511Z-4121"), False, T0)
        app = HamtuiApp(ref, clock=self.now, fact=self.fact, follower=feed, **options)
        app.animation_level = "none"
        return app


class Fed:
    """Stands for the follower: everything at once, then whatever ``more`` is given, until it is stopped."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._more = threading.Event()
        self._given = 0

    def batches(self, stop: threading.Event) -> Iterator[Batch]:
        while not stop.is_set():
            records = self._scene.records[self._given :]
            self._given += len(records)
            if records or not self._more.is_set():
                self._more.set()
                yield Batch(records, self._scene.unread, caught_up=True, notified=True)
            stop.wait(0.02)


def node(name: str, *needs: str, module: str = "orders", **keys: Any) -> PlannedNode:
    return PlannedNode(name, list(needs), module=module, file=CODE, line=12, version=f"v-{name}", **keys)


SHOP = [
    node("raw_orders", module="ingest"),
    node("raw_customers", module="ingest"),
    node("raw_events", module="ingest"),
    node("currency_rates", module="ingest"),
    node("orders", "raw_orders", "currency_rates", module="clean"),
    node("customers", "raw_customers", module="clean"),
    node("sessions", "raw_events", module="clean"),
    node("joined", "orders", "customers", module="features"),
    node("risk_score", "joined", module="features"),
    node("basket", "joined", "sessions", module="features"),
    node("churn", "joined", module="features"),
    node("segment", "churn", module="features"),
    node("summary", "risk_score", "basket", "segment", module="report"),
    node("daily_report", "summary", module="report"),
]


def shop(at: float = 192.4) -> Scene:
    """A run in the middle: six spans done, two of them cached, three in flight."""
    scene = Scene(at=at).launch(["orders.py"], ["daily_report"], hang_after=None, cache_dir="/c").plan(SHOP)
    scene.begin(["daily_report"])
    scene.hit("raw_orders", 0.3).hit("raw_customers", 0.4)
    scene.ran("raw_events", 0.5, 21.4).ran("currency_rates", 0.6, 3.1)
    scene.ran("orders", 4.0, 6.2).ran("customers", 4.8, 4.8).ran("sessions", 22.0, 17.9)
    return scene.ran("joined", 40.0, 12.6)


def running() -> Scene:
    return shop(at=75.0).start("risk_score", 53.0).start("basket", 60.0).start("churn", 70.5)


def suspected() -> Scene:
    """Two threads, each with the lock that the other waits for."""
    scene = shop().start("risk_score", 53.0, thread=MAIN).start("churn", 180.4, thread=140_003)
    mine = [
        Frame(CODE, 88, "risk_score", "with ledger_lock:"),
        Frame(CODE, 61, "score_all", "rows = [risk_score(r) for r in batch]"),
        Frame(
            "/usr/lib/python3/dist-packages/hamilton/node.py",
            290,
            "__call__",
            "return self.callable(**kwargs)",
        ),
    ]
    other = [
        Frame(CODE, 71, "refresh", "with book_lock:"),
        Frame("/usr/lib/python3.11/threading.py", 975, "run"),
    ]
    for seq, (at, why) in enumerate([(54.0, "first-look"), (173.1, "late"), (190.0, "still-late")]):
        scene.add(
            "faulthandler_stacks.jsonl",
            Dump(
                ts=T0 + at, mono=MONO0 + at, pid=PID, seq=seq, why=why, taken_by="inside",
                threads=[ThreadStack(MAIN, 4121, "MainThread", mine), ThreadStack(140_002, 4130, "Thread-2", other)],
            ),
        )  # fmt: skip
    return scene


def failed() -> Scene:
    scene = shop(at=60.0).start("risk_score", 53.0)
    trace = (
        "Traceback (most recent call last):\n"
        f'  File "{CODE}", line 88, in risk_score\n    raise ValueError("no rate for [red]XYZ[/]")\n'
        "ValueError: no rate for [red]XYZ[/]\n"
    )
    error = "ValueError: no rate for [red]XYZ[/]"
    keys: dict[str, Any] = {"success": False, "error": error, "error_type": "ValueError", "traceback": trace}
    return scene.end("risk_score", 53.8, 0.8, **keys).finish(54.0, success=False, error=error, code=1)


def cached() -> Scene:
    scene = Scene().launch(["orders.py"], ["daily_report"], cache_dir="/c").plan(SHOP).begin(["daily_report"])
    for number, planned in enumerate(SHOP):
        scene.hit(planned.name, 0.1 + number * 0.02)
    return scene.finish(0.5)


def parallel(blocks: int = 64) -> Scene:
    """One slow shard of many."""
    plan = [
        node("shards", role="expand"), node("score", "shards"), node("total", "score", role="collect"), node("done", "total"),
    ]  # fmt: skip
    scene = Scene(at=171.0).launch(["shards.py"], ["done"]).plan(plan).begin(["done"])
    scene.event("task_start", 0.0, task_id="expand-score", nodes=["shards"], purpose="EXPAND_UNORDERED")
    scene.ran("shards", 0.0, 0.4, task="expand-score")
    for number in range(blocks):
        task = f"expand-score.{number}.block-score"
        at = 1.0 + number * 0.6
        keys = {"nodes": ["score"], "spawning_task_id": "expand-score", "purpose": "EXECUTE_BLOCK"}
        scene.event("task_submit", 0.5, task_id=task, **keys)
        if number >= blocks - 3:
            continue
        scene.event("task_start", at, task_id=task, **keys)
        if number == 7:
            scene.start("score", at, task=task)
        else:
            scene.ran("score", at, 2.0 + number % 5, task=task)
    return scene


def empty() -> Scene:
    return Scene(at=1.4).launch(["orders.py"], ["daily_report"])


def import_error() -> Scene:
    scene = Scene().launch(["orders.py"], ["daily_report"])
    scene.event(
        "launch_error", 0.4, run_id=None, stage="import", error="ModuleNotFoundError: No module named 'polars'",
        error_type="ModuleNotFoundError", traceback="Traceback…\nModuleNotFoundError: No module named 'polars'\n",
    )  # fmt: skip
    scene.add("exit.json", ExitInfo(exit_code=1, ended_at=T0 + 0.5))
    scene.alive = False
    return scene


def many_runs(number: int = 12) -> Scene:
    scene = Scene(at=2.0 * number).launch(["service.py"], []).plan(SHOP[:2])
    for each in range(number):
        scene.run_id = f"run-{each}"
        scene.begin(["raw_orders"], at=2.0 * each)
        scene.ran("raw_orders", 2.0 * each + 0.1, 0.5).ran("raw_customers", 2.0 * each + 0.7, 0.3)
        if each < number - 1:
            scene.event("graph_end", 2.0 * each + 1.1, success=True, elapsed_s=1.1)
    return scene


def hostile() -> Scene:
    """Names that would be markup, escapes, a line turned round, or columns out of step."""
    names = [
        "[red]x[/red]",
        "a\x1b[31mb",
        "\u202ecba",
        "日本語の節",
        "new\nline",
        "[@click=app.quit]y",
        "e\u0301clair",
    ]
    scene = Scene(at=9.0).launch(["m.py"], names[-1:]).plan([node(name, module="m\x07") for name in names])
    scene.begin(names[-1:])
    for number, name in enumerate(names[:-1]):
        scene.ran(name, 0.1 + number, 0.5)
    return scene.start(names[-1], 8.0)


def wide(count: int = 10_000, flying: int = 8, at: float = 100.0) -> Scene:
    """Many rows, a few in flight."""
    scene = (
        Scene(at=at)
        .launch(["m.py"], ["n0"])
        .plan([node(f"n{number}", module=f"m{number // 500}") for number in range(count)])
    )
    scene.begin(["n0"])
    for number in range(count - flying):
        if number % 2 == 0 and number >= flying:
            scene.ran(f"n{number}", 0.001 * number, 0.05)
    for number in range(flying):
        scene.start(f"n{number}", at - 30 - number)
    return scene
