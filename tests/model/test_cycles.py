"""Who can never go on: proven circles alone, and what stands behind them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract.vitals import Holder, ThreadLook, Wait
from hamtui.model import cycles
from tests.model.stage import lock, look


def waiting(tid: int, holder: int | None, *, sure: bool = True) -> ThreadLook:
    return look(tid, tid * 10, f"T{tid}", wait=lock(f"l{holder}", holder, sure))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[ThreadLook], dict[int, int]]:
    """Threads, each waiting for one other or none; and the edges that are sure."""
    count = draw(st.integers(1, 12))
    looks, sure = [], {}
    for tid in range(count):
        target = draw(st.none() | st.integers(0, count))
        is_sure = draw(st.booleans()) or draw(st.booleans())
        looks.append(waiting(tid, target, sure=is_sure))
        if target is not None and is_sure:
            sure[tid] = target
    return looks, sure


@given(graphs())
def test_exactly_those_are_stuck_whose_sure_waits_lead_into_a_circle(
    drawn: tuple[list[ThreadLook], dict[int, int]],
) -> None:
    looks, sure = drawn
    found = cycles.stuck(looks)
    for one in looks:
        at, steps = one.thread_id, 0
        while at in sure and steps <= len(looks):
            at, steps = sure[at], steps + 1
        assert (one.thread_id in found) == (steps > len(looks))
        if one.thread_id not in found:
            continue
        at = sure[one.thread_id]
        for _ in looks:
            if at == one.thread_id:
                break
            at = sure[at]
        assert (found[one.thread_id].how == cycles.CIRCLE) == (at == one.thread_id)


@given(graphs())
def test_those_that_it_rests_on_are_all_that_lie_on_the_way(
    drawn: tuple[list[ThreadLook], dict[int, int]],
) -> None:
    looks, sure = drawn
    for tid, stuck in cycles.stuck(looks).items():
        way, at = [], tid
        while at not in way:
            way.append(at)
            at = sure[at]
        assert set(stuck.threads) == set(way)
        assert stuck.threads[0] == tid


@given(graphs())
def test_every_thread_of_a_circle_signs_it_alike(drawn: tuple[list[ThreadLook], dict[int, int]]) -> None:
    found = cycles.stuck(drawn[0])
    for stuck in found.values():
        if stuck.how == cycles.CIRCLE:
            assert {found[thread].signature for thread in stuck.threads} == {stuck.signature}


def test_two_that_are_said_to_hold_it_prove_nothing() -> None:
    both = Wait("lock", "x", 1, True, [Holder(1, "with", True), Holder(2, "acquire", True)])
    looks = [look(0, 0, "T0", wait=both), waiting(1, 0), waiting(2, 0)]
    assert cycles.stuck(looks) == {}


def test_a_wait_with_a_limit_ends() -> None:
    looks = [waiting(0, 1), replace(waiting(1, 0), timed=True)]
    assert cycles.stuck(looks) == {}


def test_a_job_that_runs_is_up_to_its_thread() -> None:
    running = Wait("future", "job", 1, True, threads=[1], detail="running")
    looks = [look(0, 0, "T0", wait=running), waiting(1, 0)]
    assert cycles.stuck(looks)[0].how == cycles.CIRCLE
    pending = replace(running, detail="pending")
    assert cycles.stuck([look(0, 0, "T0", wait=pending), waiting(1, 0)]) == {}


def test_a_chain_ends_where_it_began() -> None:
    looks = {one.thread_id: one for one in (waiting(0, 1), waiting(1, 2), waiting(2, 1))}
    assert [one.thread_id for one in cycles.chain(looks, 0)] == [0, 1, 2]
    long = {tid: waiting(tid, tid + 1) for tid in range(64)}
    assert len(cycles.chain(long, 0)) == cycles.MAX_LINKS
