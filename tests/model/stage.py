"""A launch made of what was seen of it second by second, for verdicts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.contract.vitals import End, Holder, ProcessVital, ThreadLook, ThreadVital, Tick, Vital, Wait
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from hamtui.model.verdict import suspect
from tests.model.streams import MAIN, T0, fold

ALIVE = ProcessFact(alive=True, supervisor_alive=True)
MAIN_PID, MAIN_TID = 100, 7
VITALS = Source("vitals.jsonl", Kind.VITALS)
STACKS = Source("faulthandler_stacks.jsonl", Kind.STACKS)
KEY = SpanKey("r", None, "a")
PEER = End(5, "tcp", local="10.0.0.1:4242", peer="10.0.4.7:5432", state="ESTABLISHED")


def here(line: int, text: str | None = None, function: str = "a") -> Frame:
    return Frame("/home/u/risk.py", line, function, text)


def library(name: str, function: str) -> Frame:
    return Frame(f"/usr/lib/python3.11/{name}", 300, function)


def look(
    tid: int = MAIN_TID, native: int = MAIN_PID, name: str = "MainThread", line: int = 88, **more: Any
) -> ThreadLook:
    return ThreadLook(tid, native, name, frames=[here(line)], **{"call": "futex", "timed": False, **more})


def lock(name: str = "ledger_lock", holder: int | None = 8, sure: bool = True, **more: Any) -> Wait:
    holders = [Holder(holder, "with", sure)] if holder is not None else []
    return Wait(**{"kind": "lock", "name": name, "id": hash(name), "sure": sure, "holders": holders, **more})


class Life:
    """One thread's counters, moved on by each sample."""

    def __init__(self, native_id: int = MAIN_PID, **more: Any) -> None:
        self.vital = ThreadVital(
            native_id, **{"state": "S", "cpu_s": 0.5, "switches": 10, "queued_s": 0.0, **more}
        )

    def on(self, cpu: float = 0.0, wakes: int = 0, queued: float = 0.0, **more: Any) -> ThreadVital:
        old = self.vital
        self.vital = replace(
            old,
            cpu_s=(old.cpu_s or 0.0) + cpu,
            switches=(old.switches or 0) + wakes,
            queued_s=(old.queued_s or 0.0) + queued,
            **{"state": "R" if cpu >= 0.5 else "S", "call": None, "ends": [], **more},
        )
        return self.vital


class Stage:
    """Node ``a`` starts at second 1 in the main thread, and is late from second 3 on."""

    def __init__(self, *, hang_after: float = 2.0, pid: int = MAIN_PID, native: int | None = None) -> None:
        graph = Graph([PlannedNode("a", file="/home/u/risk.py"), PlannedNode("b", file="/home/u/risk.py")])
        self.pid = pid
        host = None if pid == MAIN_PID else "box"
        own = MAIN if host is None else Source(f"hamilton_flight.box.{pid}.jsonl", Kind.FLIGHT, host, pid)
        self.inside = VITALS if host is None else Source(f"vitals.box.{pid}.jsonl", Kind.VITALS, host, pid)
        start = FlightEvent(
            flight.NODE_START,
            T0 + 1,
            "r",
            "a",
            mono=1.0,
            pid=pid,
            thread_id=MAIN_TID,
            native_id=native or pid,
        )
        self.records: list[tuple[Source, Record]] = [
            (Source("launch.json", Kind.LAUNCH), LaunchInfo(pid=MAIN_PID, host="box", hang_after=hang_after)),
            (Source("graph.g.json", Kind.GRAPH), graph),
            (MAIN, FlightEvent(flight.GRAPH_START, T0, "r", mono=0.0, pid=MAIN_PID, graph="g")),
            (own, start),
        ]
        self.seq = 0
        self.cpu = 1.0

    def add(self, source: Source, record: Record) -> None:
        self.records.append((source, record))

    def sample(
        self,
        at: float,
        *threads: ThreadVital,
        others: Iterable[ProcessVital] = (),
        state: str = "S",
        moved: int | None = None,
        **more: Any,
    ) -> None:
        main = ProcessVital(
            MAIN_PID, 1, "python", state, sum(one.cpu_s or 0.0 for one in threads), threads=list(threads)
        )
        main = replace(main, read_bytes=moved, write_bytes=0 if moved is not None else None)
        self.add(VITALS, Vital("sample", T0 + at, at, MAIN_PID, processes=[main, *others], **more))

    def beat(self, at: float, still: int | None = None, *ticks: Tick) -> None:
        self.add(self.inside, Vital("beat", T0 + at, at, self.pid, still=still, ticks=list(ticks)))

    def probe(self, at: float, *looks: ThreadLook, until: float | None = None) -> None:
        self.seq += 1
        vital = Vital("probe", T0 + at, at, self.pid, self.seq, looks=list(looks), late=1)
        self.add(self.inside, vital)
        while until is not None and at < until:
            at += 0.5
            self.beat(at, self.seq)

    def dump(self, at: float, *threads: ThreadStack, **more: Any) -> None:
        self.add(STACKS, Dump(T0 + at, at, self.pid, threads=list(threads), **more))

    def seconds(self, first: int, last: int, life: Life, **each: Any) -> None:
        """A sample a second in which the thread does the same each time."""
        for at in range(first, last + 1):
            self.sample(at, life.on(**each))

    def launch(self) -> Launch:
        return fold(self.records)

    def mark(self, at: float, fact: ProcessFact = ALIVE) -> Suspect | None:
        launch = self.launch()
        return suspect(launch, launch.runs["r"].spans[KEY], fact, Now(T0 + at, at))

    def told(self, at: float, fact: ProcessFact = ALIVE) -> tuple[str, bool | None, str]:
        found = self.mark(at, fact)
        assert found is not None
        return found.verdict, found.progress, found.level

    def why(self, at: float) -> str:
        found = self.mark(at)
        assert found is not None
        return found.why


def quiet(*looks: ThreadLook, until: int = 8, others: Any = (), **each: Any) -> Stage:
    """Samples and a probe of threads that do nothing."""
    stage = Stage()
    threads = [Life(one.native_id or 0) for one in looks]
    for at in range(1, until + 1):
        stage.sample(at, *(one.on(**each) for one in threads), others=others)
    stage.probe(1.5, *looks, until=until)
    return stage


def two_locks(**more: Any) -> tuple[ThreadLook, ThreadLook]:
    main = look(wait=lock("ledger_lock", 8, **more))
    return main, look(8, 200, "Thread-2", 71, wait=lock("book_lock", MAIN_TID))
