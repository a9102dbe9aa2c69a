"""What is proven, and what comes near a proof."""

import pytest

from hamtui.contract.launch import ExitInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.vitals import Holder, Wait
from hamtui.model.ending import settle
from hamtui.model.state import Now, ProcessFact
from tests.model.stage import (
    KEY,
    MAIN_PID,
    MAIN_TID,
    VITALS,
    Life,
    Stage,
    lock,
    look,
    quiet,
    two_locks,
)
from tests.model.streams import T0, fold

SUSPECTED, CONFIRMED = "suspected", "confirmed"
GONE = ProcessFact(alive=False, supervisor_alive=False)


def test_a_cycle_is_proven_and_told_to_the_letter() -> None:
    stage = quiet(*two_locks())
    assert stage.told(8.2) == ("deadlocked", False, CONFIRMED)
    assert stage.why(8.2) == (
        "waits at risk.py:88 for ledger_lock, held by Thread-2, which waits for book_lock, held by MainThread"
    )
    mark = stage.mark(8.2)
    assert mark is not None
    assert [(link.who, link.waits_for, link.relation) for link in mark.chain] == [
        ("MainThread", "ledger_lock", "held by Thread-2"),
        ("Thread-2", "book_lock", "held by MainThread"),
    ]
    assert [link.frame and link.frame.line for link in mark.chain] == [88, 71]


@pytest.mark.parametrize("native", [MAIN_PID, 200])
def test_a_thread_of_the_circle_that_woke_takes_the_proof_away(native: int) -> None:
    stage, lives = Stage(), {MAIN_PID: Life(), 200: Life(200)}
    stage.probe(1.5, *two_locks(), until=8)
    for at in range(1, 9):
        stage.sample(at, *(life.on(wakes=int(at == 8 and one == native)) for one, life in lives.items()))
    assert stage.told(8.2)[2] == SUSPECTED


def test_both_of_two_looks_must_prove_it() -> None:
    stage, lives = Stage(), (Life(), Life(200))
    stage.probe(1.5, *two_locks(), until=9)
    for at in range(1, 10):
        stage.sample(at, *(life.on(wakes=int(at == 6)) for life in lives))
    assert stage.told(7.2)[2] == SUSPECTED
    assert stage.told(8.2) == ("deadlocked", False, SUSPECTED), "the look before had them wake a moment ago"
    assert stage.told(9.2) == ("deadlocked", False, CONFIRMED)


def test_a_circle_of_which_one_wait_is_not_sure_proves_nothing() -> None:
    assert quiet(*two_locks(sure=False)).told(8.2) == ("blocked.lock", False, SUSPECTED)
    main, other = two_locks()
    limited = look(8, 200, "Thread-2", 71, wait=other.wait, timed=True)
    assert quiet(main, limited).told(8.2) == ("blocked.lock", False, SUSPECTED)


def test_one_look_alone_proves_nothing() -> None:
    stage, lives = Stage(), (Life(), Life(200))
    for at in range(1, 9):
        stage.sample(at, *(life.on() for life in lives))
    stage.probe(7.9, *two_locks())
    assert stage.told(8.2)[2] == SUSPECTED


def test_a_lock_that_it_holds_itself() -> None:
    stage = quiet(look(wait=lock("lock", MAIN_TID)))
    assert stage.told(8.2) == ("deadlocked", False, CONFIRMED)
    assert stage.why(8.2) == "waits at risk.py:88 for lock, held by MainThread itself"


def test_one_behind_a_circle_is_stuck_as_well() -> None:
    stage = quiet(
        look(wait=lock("rates_lock", 8)),
        look(8, 200, "refresh", 71, wait=lock("book_lock", 9)),
        look(9, 300, "keeper", 60, wait=lock("ledger_lock", 8)),
    )
    assert stage.told(8.2) == ("blocked.lock", False, CONFIRMED)
    assert "rates_lock, held by refresh, which waits for book_lock, held by keeper" in stage.why(8.2)


def test_a_join_closes_a_circle() -> None:
    stage = quiet(
        look(wait=Wait("join", "refresher", 5, True, threads=[8])),
        look(8, 200, "Thread-2", 71, wait=lock("book_lock", MAIN_TID)),
    )
    assert stage.told(8.2) == ("deadlocked", False, CONFIRMED)


@pytest.mark.parametrize("key", ["own_pool", "lost"])
def test_a_pool_that_never_gets_to_it(key: str) -> None:
    wait = Wait("pool", "pool", 5, sure=True, own_pool=key == "own_pool", lost=key == "lost")
    assert quiet(look(wait=wait)).told(8.2) == ("deadlocked", False, CONFIRMED)


def test_nobody_is_there_to_set_it() -> None:
    wait = Wait("event", "ready", 5, True, alone=True)
    assert quiet(look(wait=wait)).told(8.2) == ("blocked.condition", False, CONFIRMED)
    unsure = Wait("event", "ready", 5, False, alone=True)
    assert quiet(look(wait=unsure)).told(8.2) == ("blocked.condition", False, SUSPECTED)


def test_the_holder_that_works_is_told_with_what_it_does() -> None:
    stage, own, holder = Stage(), Life(), Life(200)
    stage.probe(
        1.5, look(wait=lock("book_lock", 8)), look(8, 200, "keeper", 60, call="clock_nanosleep"), until=8
    )
    for at in range(1, 9):
        stage.sample(at, own.on(), holder.on(call="clock_nanosleep"))
    assert stage.told(8.2) == ("blocked.lock", False, SUSPECTED)
    assert stage.why(8.2).startswith(
        "waits at risk.py:88 for book_lock, held by keeper, which sleeps at risk.py:60"
    )


def test_a_holder_that_let_go_ends_the_wait() -> None:
    stage, own = Stage(), Life()
    stage.probe(1.5, *two_locks(), until=4)
    stage.seconds(1, 4, own)
    stage.probe(4.5, look(call="running", gil="wants"))
    stage.seconds(5, 8, own, cpu=0.9)
    stage.probe(8.0, look(call="running", gil="wants"))
    assert stage.told(8.2) == ("running.python", True, SUSPECTED)


def test_old_evidence_proves_nothing_of_a_run_that_lives() -> None:
    stage = quiet(*two_locks())
    assert stage.told(30.0) == ("deadlocked", False, SUSPECTED)
    assert stage.told(30.0, GONE) == ("deadlocked", False, CONFIRMED)


def test_without_samples_the_looks_from_inside_tell_and_prove_nothing() -> None:
    stage = Stage()
    stage.probe(1.5, *two_locks(), until=8)
    assert stage.told(8.2) == ("deadlocked", None, SUSPECTED)


def test_an_unsure_holder_is_still_named() -> None:
    wait = Wait("lock", "gate", 5, True, [Holder(8, "acquire")])
    stage = quiet(look(wait=wait), look(8, 200, "keeper", 60, call="clock_nanosleep"))
    assert "for gate, held by keeper" in stage.why(8.2)


def test_what_is_read_after_the_end_still_tells_what_was_in_flight() -> None:
    stage = quiet(*two_locks())
    vitals = [pair for pair in stage.records if pair[0] == VITALS]
    launch = fold([pair for pair in stage.records if pair[0] != VITALS])
    launch.apply(Source("exit.json", Kind.EXIT), ExitInfo(signal=9, ended_at=T0 + 8.3))
    settle(launch, GONE, Now(T0 + 60))
    span = launch.runs["r"].spans[KEY]
    assert span.kept_suspect is not None
    assert span.kept_suspect.verdict == "unknown"
    settle(fold(vitals, launch), GONE, Now(T0 + 60))
    assert span.kept_suspect is not None
    assert (span.kept_suspect.verdict, span.kept_suspect.level) == ("deadlocked", CONFIRMED)


def _still(*probes: tuple[float, float]) -> Stage:
    """Two threads in a circle that never move, looked at from the first to the second instant of each pair."""
    stage, lives = Stage(), (Life(), Life(200))
    for at in range(1, 9):
        stage.sample(at, *(life.on() for life in lives))
    for begun, until in probes:
        stage.probe(begun, *two_locks(), until=until)
    return stage


def test_two_windows_with_one_look_prove_nothing() -> None:
    assert _still((6.5, 6.5)).told(8.2) == ("deadlocked", False, SUSPECTED)
    assert _still((6.5, 7.5)).told(8.2) == ("deadlocked", False, CONFIRMED)
    assert _still((5.5, 5.5), (6.5, 6.5)).told(8.2) == ("deadlocked", False, CONFIRMED)


def test_what_the_last_look_no_longer_says_is_not_confirmed() -> None:
    stage = _still((1.5, 7.0))
    assert stage.told(7.2)[2] == CONFIRMED
    stage.probe(7.5, look(call="running"))
    assert stage.told(8.2) == ("deadlocked", False, SUSPECTED)


def test_an_old_look_says_nothing_of_a_thread_that_woke_since() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 13):
        stage.sample(at, life.on(wakes=int(at == 6)))
    stage.probe(1.5, look(wait=lock(holder=None)), until=2.0)
    assert stage.told(5.2)[0] == "blocked.lock"
    assert stage.told(12.2)[0] == "unknown"
