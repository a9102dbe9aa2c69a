"""A thread beside many that each use little: none of them keeps the GIL, all of them together do."""

from tests.model.stage import Life, Stage, look


def _beside(share: float) -> Stage:
    """The node's thread asks for the GIL 184 times a second beside twenty with this share of a core each."""
    stage, own, others = Stage(), Life(), [Life(200 + number) for number in range(20)]
    stage.probe(1.5, look(gil="wants"), until=8)
    for at in range(1, 9):
        stage.sample(at, own.on(cpu=0.02, wakes=184, call="futex"), *(one.on(cpu=share) for one in others))
    return stage


def test_a_crowd_starves_a_thread_of_the_gil() -> None:
    assert _beside(0.04).told(8.2) == ("gil-starved", None, "suspected")


def test_a_crowd_that_does_nothing_starves_nobody() -> None:
    assert _beside(0.0).told(8.2)[0] != "gil-starved"


def test_a_gil_that_is_let_go_all_the_time_is_not_held() -> None:
    """The heart is silent for want of a turn: the sampling thread wakes thousands of times, and never gets one."""
    stage, own, sampler = Stage(), Life(), Life(300)
    stage.probe(1.5, look(call="running"))
    for at in range(1, 9):
        stage.sample(at, own.on(cpu=0.99), sampler.on(cpu=0.06, wakes=4_000))
    assert stage.told(8.2) == ("running.python", True, "suspected")


def test_one_that_is_asked_for_in_vain_is_held() -> None:
    stage, own, sampler = Stage(), Life(), Life(300)
    stage.probe(1.5, look(call="running"))
    for at in range(1, 9):
        stage.sample(at, own.on(cpu=0.99), sampler.on(wakes=198))
    assert stage.told(8.2) == ("gil-held", True, "suspected")
