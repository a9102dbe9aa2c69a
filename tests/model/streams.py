"""Events as several processes may write them, for properties."""

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from hypothesis import strategies as st

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import Now, ProcessFact
from hamtui.model.status import status

MAIN = Source("hamilton_flight.jsonl", Kind.FLIGHT)
CACHE = Source("cache_logs.jsonl", Kind.CACHE_LOG)
T0 = 1_000_000.0
RUNS, NODES, TASKS = ("r1", "r2"), ("a", "b", "c"), (None, "t1")


def source_of(pid: int) -> Source:
    return MAIN if pid == 1 else Source(f"hamilton_flight.box.{pid}.jsonl", Kind.FLIGHT, "box", pid)


@st.composite
def launches(draw: st.DrawFn) -> list[tuple[Source, Record]]:
    """What one main process and two workers wrote, each in its own order, one file after the other."""
    records: list[tuple[Source, Record]] = []
    for pid in (1, 2, 3):
        clock = draw(st.floats(0, 5))
        for seq in range(draw(st.integers(0, 12))):
            clock += draw(st.floats(0.001, 3))
            kinds = [flight.NODE_START, flight.NODE_START, flight.NODE_END]
            event = FlightEvent(
                draw(st.sampled_from(kinds)),
                ts=T0 + clock,
                mono=clock,
                pid=pid,
                seq=seq,
                run_id=draw(st.sampled_from(RUNS)),
                node=draw(st.sampled_from(NODES)),
                task_id=draw(st.sampled_from(TASKS)),
                thread_id=pid * 10,
            )
            if event.event == flight.NODE_END:
                success = draw(st.booleans())
                error = None if success else draw(st.sampled_from(["ValueError: no", "KeyboardInterrupt: "]))
                event = replace(event, success=success, error=error)
            records.append((source_of(pid), event))
    for number, run_id in enumerate(RUNS):
        if draw(st.booleans()):
            at = draw(st.floats(0, 1)) + number
            keys: dict[str, Any] = {"run_id": run_id, "pid": 1}
            begin = FlightEvent(
                flight.GRAPH_START, T0 + at, mono=at, **keys, execution_path=["a", "b", "c", "d"]
            )
            records.append((MAIN, begin))
            if draw(st.booleans()):
                records.append(
                    (MAIN, FlightEvent(flight.GRAPH_END, T0 + at + 20, mono=at + 20, **keys, success=True))
                )
    for run_id in RUNS:
        for node in draw(st.sets(st.sampled_from(NODES))):
            kind = draw(st.sampled_from(["get_result", "execute_node", "unhashable_data_version"]))
            records.append((CACHE, CacheEvent(kind, run_id, T0 + 1, node, None, "adapter")))
    return records


def fold(records: list[tuple[Source, Record]], into: Launch | None = None) -> Launch:
    launch = into or Launch("x")
    for source, record in records:
        launch.apply(source, record)
    return launch


def picture(launch: Launch) -> dict[str, Any]:
    """Everything that a look shows."""
    return status(launch, "x", PurePath("/x"), ProcessFact(), Now(T0 + 500))
