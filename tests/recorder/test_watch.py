"""When probes are taken: near and past the threshold, once while nothing moves, and for no more than their share."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from hamtui.recorder import watch as module
from hamtui.recorder.dumps import Stacks
from hamtui.recorder.looks import Looks
from hamtui.recorder.watch import SHARE, Watch
from tests.recorder.conftest import Launched, Launcher, pythons
from tests.recorder.test_looks import span


def test_near_is_two_seconds_before_or_half_of_a_short_threshold() -> None:
    def near(age: float, hang_after: float) -> bool:
        looks = Looks(hang_after, 30.0)
        return bool(looks.near([span(100.0)], 100.0 + age)[0])

    assert not near(7.9, 10.0)
    assert near(8.0, 10.0)
    assert not near(0.4, 1.0)
    assert near(0.5, 1.0)


def test_the_latest_comes_first() -> None:
    spans = [
        span(100.0, hang_after=5.0, name="a")._replace(thread_id=1, native_id=11),
        span(101.0, hang_after=1.0, name="b")._replace(thread_id=2, native_id=12),
        span(109.0, hang_after=50.0, name="c")._replace(thread_id=3, native_id=13),
    ]
    assert Looks(None, 30.0).near(spans, 110.0) == ({2: 12, 1: 11}, 8.0)
    assert Looks(None, 30.0).near([], 110.0) == ({}, float("-inf"))


class Played:
    """Stands in for what probes, and for the CPU's clock."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.cost = 0.001
        self.holds = True
        self.taken = 0
        self.now = 100.0
        self.places: dict[int, tuple[Any, ...]] = {}

    def still(self, _: Any) -> bool:
        self.cpu += 0.0001
        return self.holds

    def take(self, seq: int, _late: Any, _own: int) -> bytes:
        self.cpu += self.cost
        self.taken += 1
        return b"%d\n" % seq


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> tuple[Watch, Played]:
    double = Played()
    monkeypatch.setattr(module, "Prober", lambda _: double)
    monkeypatch.setattr(module, "_thread_time", lambda: double.cpu)
    return Watch(Stacks("/")), double


def beats(watch: Watch, seconds: float, late_for: float, change: Callable[[int], bool]) -> list[int | None]:
    """What each beat carries: the still one, or the new one's number negative."""
    said: list[int | None] = []
    numbers = iter(range(1, 10_000))
    for at in range(int(seconds * 2)):
        double: Any = watch._prober
        now = double.now = double.now + 0.5
        double.holds = not change(at)
        still = watch.still({1: 11}, now)
        line = watch.probe({1: 11}, late_for + at / 2, now, 0, numbers.__next__)
        said.append(still if line is None else -int(line))
    return said


def test_one_probe_while_nothing_moves(played: tuple[Watch, Played]) -> None:
    watch, double = played
    assert beats(watch, 5.0, 1.0, lambda at: at == 6) == [-1, 1, 1, 1, 1, 1, -2, 2, 2, 2]
    assert double.taken == 2
    assert watch.still({}, 200.0) is None
    assert watch.probe({}, 1.0, 200.0, 0, lambda: 5) is None


def test_it_is_taken_anew_after_a_while(played: tuple[Watch, Played]) -> None:
    watch, double = played
    beats(watch, 41.0, 1.0, lambda _: False)
    assert double.taken == 5
    double.taken = 0
    beats(watch, 120.0, 1000.0, lambda _: False)
    assert double.taken in (2, 3)


def test_what_moves_is_probed_less_often_in_the_end(played: tuple[Watch, Played]) -> None:
    watch, double = played
    beats(watch, 10.0, 1.0, lambda _: True)
    assert double.taken == 20
    double.taken = 0
    beats(watch, 20.0, 100.0, lambda _: True)
    assert 9 <= double.taken <= 11
    double.taken = 0
    beats(watch, 20.0, 1000.0, lambda _: True)
    assert 4 <= double.taken <= 5


def test_probes_have_their_share_of_the_time_and_no_more(played: tuple[Watch, Played]) -> None:
    watch, double = played
    double.cost = 0.05
    beats(watch, 60.0, 1.0, lambda _: True)
    assert double.cpu <= 60.0 * SHARE + 0.06
    assert double.taken > 5


def test_probes_that_fail_are_given_up(played: tuple[Watch, Played], monkeypatch: pytest.MonkeyPatch) -> None:
    watch, double = played

    def broken(*_: Any) -> bytes:
        double.taken += 1
        raise RuntimeError("no")

    monkeypatch.setattr(double, "take", broken)
    assert set(beats(watch, 20.0, 1.0, lambda _: True)) == {None}
    assert double.taken == 5


def test_a_dump_is_due_where_a_late_thread_moved_on(played: tuple[Watch, Played]) -> None:
    watch, double = played
    double.places = {1: ("a",)}
    watch.dumped(100.0)
    assert not watch.has_moved({1: 11}, 3.0, 110.0)
    double.places = {1: ("b",)}
    assert not watch.has_moved({1: 11}, 3.0, 104.0)
    assert watch.has_moved({1: 11}, 3.0, 105.0)
    assert not watch.has_moved({1: 11}, -1.0, 105.0)
    assert not watch.has_moved({1: 11}, 500.0, 105.0)


CROSSED = """
    import threading, time

    ledger_lock, book_lock = threading.Lock(), threading.Lock()

    def _other():
        with ledger_lock:
            time.sleep(0.3)
            with book_lock:
                pass

    def crossed() -> int:
        with book_lock:
            threading.Thread(target=_other, name="other", daemon=True).start()
            time.sleep(0.6)
            with ledger_lock:
                return 1

    def _first():
        end = time.monotonic() + 6
        while time.monotonic() < end:
            time.sleep(0.01)

    def _second():
        time.sleep(1000)

    def moves_on() -> int:
        _first()
        _second()
        return 1
"""


@pytest.mark.parametrize("python", pythons())
def test_a_deadlock_in_a_run(launcher: Launcher, python: str) -> None:
    launched = launcher.start(launcher.module(CROSSED), "crossed", python=python, hang_after=2.0)

    def stands() -> list[dict[str, Any]]:
        last = launched.probes()[-1:]
        return [beat for beat in launched.beats() if last and beat.get("still") == last[0]["seq"]][3:]

    launched.await_(stands, "beats that say it still holds")
    probe = launched.probes()[-1]
    (start,) = launched.flight("node_start")
    node, other = probe["looks"][:2]
    assert probe["late"] == 1
    assert (node["thread_id"], node["native_id"]) == (start["thread_id"], start["native_id"])
    assert node["frames"][0]["text"] == "with ledger_lock:"
    assert (node["wait"]["name"], other["wait"]["name"]) == ("ledger_lock", "book_lock")
    assert node["wait"]["holders"] == [{"thread_id": other["thread_id"], "how": "with", "sure": True}]
    assert other["wait"]["holders"] == [{"thread_id": node["thread_id"], "how": "with", "sure": True}]
    assert launched.flight("recorder_fault") == []


def test_a_late_node_that_moves_on_is_dumped_anew(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(CROSSED), "moves_on", hang_after=2.0, dump_every=1000.0)

    def shown(launched: Launched = launched) -> bool:
        dumps = launched.dumps("still-late")
        return bool(dumps) and any(f["function"] == "_second" for f in dumps[-1]["threads"][0]["frames"])

    launched.await_(shown, "a dump of the second function")
    assert json.dumps(launched.dumps("late")[0]["threads"][0]).count('"_first"') == 1
