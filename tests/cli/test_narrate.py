"""One line a verdict: a proven one at once, another one when it has stood, and nothing that flaps."""

import pytest

from hamtui.cli.narrate import Narrator
from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import FLIGHT, Kind, Source
from hamtui.model import verdict
from hamtui.model.baseline import Past
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from tests.tui.pane_runs import T0, Told

ALIVE = ProcessFact(alive=True, supervisor_alive=True)
KEY = SpanKey("r1", None, "risk_score")
PAST = Past(durations={("risk_score", "v1"): (3.0, 4.0, 5.0)})


def mark(
    name: str, *, since: float = 1.0, level: str = "suspected", progress: bool | None = False
) -> Suspect:
    return Suspect(level, progress, name, f"{name} at risk.py:88", since)  # type: ignore[arg-type]


class Story:
    """A node that is late, and what its mark says at each second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, past: Past = Past()) -> None:
        told = Told()
        told.start("risk_score", 0.0)
        start = FlightEvent(flight.NODE_START, ts=T0, mono=50.0, run_id="r1", pid=10, node="risk_score")
        self.told = told
        self.narrator = Narrator(told.launch, past)
        self.mark: Suspect | None = None
        monkeypatch.setattr(verdict, "suspect", lambda *_: self.mark)
        list(self.narrator.changes([(Source(FLIGHT, Kind.FLIGHT), start)], ALIVE, Now(T0, 50.0)))

    def at(self, second: float, found: Suspect | None) -> list[str]:
        self.mark = found
        return [line[9:] for line in self.narrator.changes([], ALIVE, Now(T0 + second, 50.0 + second))]


def test_the_first_verdict_is_told_at_once_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, PAST)
    assert story.at(31, mark("blocked.lock")) == [
        "hang?  risk_score suspected after 31s, usually 4–5 s (3 runs): blocked.lock, blocked.lock at risk.py:88"  # noqa: RUF001
    ]
    assert story.at(32, mark("blocked.lock")) == []


def test_unknown_waits_for_what_it_may_become(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch)
    assert story.at(31, mark("unknown", since=0.5)) == []
    assert story.at(32, mark("unknown", since=1.5)) == []
    (line,) = story.at(33, mark("sleeping", since=2.5))
    assert line.startswith("hang?  risk_score suspected after 33s: sleeping")
    story = Story(monkeypatch)
    story.at(31, mark("unknown", since=0.5))
    assert len(story.at(34, mark("unknown", since=3.5))) == 1


def test_what_flaps_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch)
    story.at(31, mark("polling"))
    said = [
        line
        for second in range(32, 60)
        for line in story.at(second, mark("sleeping" if second % 3 else "polling"))
    ]
    assert said == []


def test_what_stands_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch)
    story.at(31, mark("polling"))
    said = {second: line for second in range(32, 50) for line in story.at(second, mark("blocked.socket"))}
    assert list(said) == [37]
    assert "blocked.socket" in said[37]


def test_a_proof_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch)
    story.at(31, mark("blocked.lock"))
    (line,) = story.at(32, mark("deadlocked", level="confirmed"))
    assert line.startswith("hang   risk_score confirmed after 32s: deadlocked")


def test_late_but_working_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch)
    (line,) = story.at(31, mark("running.python", progress=True))
    assert line.startswith("late   risk_score late, but working, after 31s: running.python")
