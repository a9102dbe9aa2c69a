"""A node whose worker died and that another one took over: a line for the death, one for the new try, one for its end."""

from hamtui.cli.narrate import Narrator
from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Source, classify
from hamtui.contract.vitals import GONE, Vital
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import Now, ProcessFact

ALIVE = ProcessFact(alive=True, supervisor_alive=True)


def source(name: str) -> Source:
    found = classify(name)
    assert found is not None
    return found


def test_each_try_has_a_line_and_the_end_is_told_once_more() -> None:
    launch = Launch()
    launch.apply(source("launch.json"), LaunchInfo(pid=1, process_start=0.0, host="box7", id="x"))
    narrator = Narrator(launch)

    def told(at: float, file: str, record: Record) -> list[str]:
        launch.apply(source(file), record)
        settle(launch, ALIVE, Now(at))
        return [line[9:] for line in narrator.changes([(source(file), record)], ALIVE, Now(at))]

    def event(kind: str, at: float, pid: int, **keys: object) -> list[str]:
        file = "hamilton_flight.jsonl" if pid == 1 else f"hamilton_flight.box7.{pid}.jsonl"
        return told(at, file, FlightEvent(kind, ts=at, mono=at, run_id="r", pid=pid, **keys))  # type: ignore[arg-type]

    event("graph_start", 1.0, 1)
    assert event("node_start", 2.0, 51, node="a") == ["node   a started"]
    gone = Vital(GONE, 3.0, 3.0, 51, host="box7", signal=9)
    assert told(3.0, "vitals.jsonl", gone) == [
        "node   a aborted after 1.0s: WorkerDied: its worker process 51 was killed by signal 9"
    ]
    assert event("node_start", 4.0, 52, node="a") == [
        "node   a is tried again: this is try 2, try 1: its worker process 51 was killed by signal 9"
    ]
    assert event("node_end", 6.0, 52, node="a", success=True, elapsed_s=2.0) == [
        "node   a succeeded after 2.0s"
    ]
