"""A launch whose supervisor is gone: the screen takes the samples, and off the thread that draws."""

import os
import threading
from pathlib import Path

import pytest

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.vitals import SAMPLE, ProcessVital, Vital
from hamtui.follow.launches import LaunchRef
from hamtui.model.state import Now, ProcessFact
from hamtui.probe.interest import Interest
from hamtui.probe.onlooker import Onlooker
from hamtui.tui.app import HamtuiApp
from hamtui.tui.messages import FactLooked
from hamtui.tui.session import Session
from tests.tui.driving import until

UNGUARDED = ProcessFact(alive=True, supervisor_alive=False)


def session(folder: Path) -> Session:
    """A launch of this very process, with one span that is late at 200.0."""
    opened = Session(LaunchRef("x", folder, flat=False, written_at=0.0), 0)
    opened.launch.apply(Source("launch.json", Kind.LAUNCH), LaunchInfo(pid=os.getpid(), hang_after=5.0))
    for event in (
        FlightEvent(flight.GRAPH_START, 100.0, "r1", pid=os.getpid()),
        FlightEvent(
            flight.NODE_START,
            100.0,
            "r1",
            pid=os.getpid(),
            node="risk",
            thread_id=1,
            native_id=threading.get_native_id(),
        ),
    ):
        opened.launch.apply(Source("hamilton_flight.jsonl", Kind.FLIGHT), event)
    opened._caught_up = True
    return opened


def test_a_late_spans_thread_is_sampled(tmp_path: Path) -> None:
    opened = session(tmp_path)
    opened.whole(Now(200.0))
    interest = opened.interest(Now(200.0))
    assert set(interest.threads) == {threading.get_native_id()}
    sample = opened.sample(UNGUARDED, interest)
    assert sample is not None and sample.processes[0].pid == os.getpid()
    before = opened.whole(Now(200.0)).revision
    opened.take_in(sample)
    assert opened.launch.sample == sample and opened.whole(Now(200.0)).revision > before


@pytest.mark.parametrize(
    "fact",
    [
        ProcessFact(alive=True, supervisor_alive=True),
        ProcessFact(alive=False, supervisor_alive=False),
        ProcessFact(),
    ],
)
def test_nobody_is_sampled_who_is_gone_elsewhere_or_sampled_already(
    tmp_path: Path, fact: ProcessFact
) -> None:
    opened = session(tmp_path)
    opened.whole(Now(200.0))
    assert opened.sample(fact, opened.interest(Now(200.0))) is None


def test_nothing_is_sampled_while_nothing_is_late(tmp_path: Path) -> None:
    opened = session(tmp_path)
    opened.whole(Now(102.0))
    assert opened.sample(UNGUARDED, opened.interest(Now(102.0))) is None


def test_a_look_that_brings_a_sample_is_not_passed_over() -> None:
    sample = Vital(SAMPLE, 1.0, processes=[ProcessVital(1)])
    plain, bringing = FactLooked(ProcessFact()), FactLooked(ProcessFact(), sample=sample)
    assert bringing.can_replace(plain) and not plain.can_replace(bringing)


async def test_the_screen_folds_what_it_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "launch.json").write_text(f'{{"pid": {os.getpid()}, "hang_after": 5.0}}')
    thread = threading.get_native_id()
    (tmp_path / "hamilton_flight.jsonl").write_text(
        f'{{"event": "graph_start", "ts": 100.0, "run_id": "r1", "pid": {os.getpid()}}}\n'
        f'{{"event": "node_start", "ts": 100.0, "run_id": "r1", "pid": {os.getpid()}, "node": "risk", "thread_id": 1, "native_id": {thread}}}\n'
    )
    where: list[int] = []
    look = Onlooker.look

    def noted(self: Onlooker, pid: int, interest: Interest) -> Vital | None:
        where.append(threading.get_native_id())
        return look(self, pid, interest)

    monkeypatch.setattr(Onlooker, "look", noted)
    ref = LaunchRef("x", tmp_path, flat=False, written_at=0.0)
    app = HamtuiApp(ref, clock=lambda _: Now(200.0), fact=lambda _, __: UNGUARDED)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(app.session.launch.samples) >= 2, "two samples")
        assert where and thread not in where, "not on the thread that draws"
