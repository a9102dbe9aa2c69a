"""What a service's thousands of runs are worth in lines: the first few all, the rest a sum, and what failed."""

from collections.abc import Iterable

import pytest

from hamtui.cli import gather
from hamtui.cli.narrate import Narrator
from hamtui.contract.flight import FlightEvent
from hamtui.model import keeping
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact
from tests.model.streams import MAIN, T0
from tests.model.test_keeping import run_of

ALIVE = ProcessFact(alive=True, supervisor_alive=True)


class Told:
    """A launch and what is told of it."""

    def __init__(self) -> None:
        self.launch = Launch("x")
        self.narrator = Narrator(self.launch)

    def hears(self, events: Iterable[FlightEvent], at: float) -> list[str]:
        records = [(MAIN, event) for event in events]
        for source, event in records:
            self.launch.apply(source, event)
        return [line[9:] for line in self.narrator.changes(records, ALIVE, Now(T0 + at))]

    def runs(self, numbers: range, fails: bool = False) -> list[str]:
        return [line for number in numbers for line in self.hears(run_of(number, fails=fails), number + 0.5)]


def test_few_runs_are_told_node_by_node() -> None:
    (began, *nodes, ended) = Told().hears(run_of(0), 1)
    assert began.startswith("run    run-0 started: c")
    assert len(nodes) == 6 and ended.startswith("run    run-0 succeeded after 0.4s: 3 succeeded")


def test_many_runs_are_summed_up_every_ten_seconds() -> None:
    said = Told().runs(range(120))  # one a second
    in_full = gather.MOST_RUNS * 8
    sums = said[in_full:]
    assert all(line.startswith("runs ") for line in sums)
    assert 10 <= len(sums) <= 12
    assert sums[0] == "runs   11 more runs: 11 succeeded; median 0.4s, longest 0.4s"


def test_rare_runs_are_told_in_full_at_first_then_by_their_start_and_end() -> None:
    told = Told()
    said = [told.runs(range(number, number + 1)) for number in range(0, 3_000, 60)]
    assert [len(lines) for lines in said] == [8] * gather.FULL_RUNS + [2] * (50 - gather.FULL_RUNS)


def test_a_run_that_fails_among_many_gets_a_line_with_what_failed() -> None:
    told = Told()
    told.runs(range(20))
    lines = told.hears(run_of(20, fails=True), 20.5)
    assert lines[0] == "run    run-20 failed after 0.4s: 2 succeeded, 1 failed: c: ValueError: no"
    every = told.runs(range(21, 200), fails=True)
    alone = [line for line in every if line.startswith("run ")]
    sums = [line for line in every if line.startswith("runs ")]
    assert len(alone) <= (len(sums) + 1) * gather.MOST_FAILED
    assert all(" failed; median" in line for line in sums[1:])


def test_what_was_summed_up_is_told_before_the_end() -> None:
    told = Told()
    told.runs(range(9))
    (line,) = [line[9:] for line in told.narrator.rest(Now(T0 + 10))]
    assert line.startswith("runs   6 more runs: 6 succeeded")
    assert list(told.narrator.rest(Now(T0 + 11))) == []


def test_what_is_remembered_does_not_grow_with_the_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    told.runs(range(500))
    narrator = told.narrator
    assert not narrator._open and not narrator._tells
    assert sum(map(len, narrator._told_spans.values())) == gather.MOST_RUNS * 3


def test_what_is_remembered_does_not_grow_with_the_runs() -> None:
    told = Told()
    keeping.watch(told.launch)
    told.launch.whole.most, told.launch.whole.most_lines = 20, 50
    said = told.runs(range(1_000))
    assert len(told.launch.runs) == 70
    assert len(told.narrator._told_runs) <= 2 * 70 + 1
    assert sum(int(line.split()[1]) for line in said if line.startswith("runs ")) > 900
