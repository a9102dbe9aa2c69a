"""Many late spans at once: what is known of a thread serves all of them, and what comes late still counts."""

import pytest

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.stacks import ThreadStack
from hamtui.model import judging, windows
from hamtui.model.fold import Launch
from hamtui.model.stacks import stack_of, stacks_of, why_none
from hamtui.model.state import Now, SpanKey, Suspect
from hamtui.model.verdict import marks
from tests.model.stage import ALIVE, KEY, MAIN_PID, MAIN_TID, Life, Stage, here, library, look
from tests.model.streams import MAIN, T0


def _stage(count: int) -> Stage:
    """So many tasks of node ``b`` beside ``a``, all in one thread that stands in a recv."""
    stage = Stage()
    for number in range(count):
        event = FlightEvent(
            flight.NODE_START,
            T0 + 1,
            "r",
            "b",
            task_id=f"t{number}",
            mono=1.0,
            pid=MAIN_PID,
            thread_id=MAIN_TID,
            native_id=MAIN_PID,
        )
        stage.add(MAIN, event)
    stage.probe(1.5, look(call="recvfrom", fds=[5]), until=8)
    stage.seconds(1, 8, Life(), call="recvfrom")
    return stage


def _marks(launch: Launch, at: float = 8.2) -> dict[SpanKey, Suspect]:
    return marks(launch, launch.runs["r"], ALIVE, Now(T0 + at, at))


def test_each_span_of_a_thread_is_told_by_its_own_node() -> None:
    found = _marks(_stage(3).launch())
    assert len(found) == 4
    assert {key.node: mark.chain[0].node for key, mark in found.items()} == {"a": "a", "b": "b"}
    assert {mark.why for mark in found.values()} == {
        "waits at risk.py:88 for socket, in recvfrom, no CPU and no wake for 7.0s"
    }


def test_a_thread_is_judged_once_for_all_its_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    launch, judged, made = _stage(100).launch(), [0], [0]
    wait, window = judging._wait, windows._window

    def counted_wait(*args: object) -> object:
        judged[0] += 1
        return wait(*args)  # type: ignore[arg-type]

    def counted_window(*args: object) -> object:
        made[0] += 1
        return window(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "_wait", counted_wait)
    monkeypatch.setattr(windows, "_window", counted_window)
    assert len(_marks(launch)) == 101
    assert judged[0] <= 4, "a look at two instants"
    before = made[0]
    launch.history.changed()
    assert len(_marks(launch)) == 101
    assert made[0] == before, "samples that were there tell the same"


def test_a_look_that_comes_late_counts() -> None:
    stage = _stage(0)
    launch = stage.launch()
    span = launch.runs["r"].spans[KEY]
    assert "risk.py:88" in _marks(launch)[KEY].why
    assert stack_of(launch, span) is None
    for at, line in ((9.0, 95), (4.0, 91), (8.5, 93)):
        stage.records.clear()
        stage.dump(at, ThreadStack(MAIN_TID, MAIN_PID, "M", [library("socket.py", "recv"), here(line)]))
        launch.apply(*stage.records[0])
        found = stack_of(launch, span)
        assert found is not None
        assert found[1].frames[1].line == 95
    assert [thread.frames[1].line for _, thread in stacks_of(launch, span)] == [91, 93, 95]


def test_a_dump_that_failed_says_why_only_for_its_time() -> None:
    stage = _stage(0)
    stage.dump(0.5, error="too early")
    stage.dump(5.0, error="no answer")
    launch = stage.launch()
    assert why_none(launch, launch.runs["r"].spans[KEY]) == "no answer"
