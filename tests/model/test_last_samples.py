"""What a thread did is told by the samples of its life, and by the bytes that it moved."""

from hamtui.model.state import ProcessFact
from tests.model.stage import Life, Stage, look


def test_a_corpse_does_not_take_back_what_was_seen_of_the_living() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 8):
        stage.sample(at, life.on(state="T"), state="T")
    stage.sample(8, life.on(state="Z"), state="Z")
    assert stage.told(8.2, ProcessFact(alive=False)) == ("paused", False, "confirmed")


def test_the_cpu_of_a_copy_goes_into_the_copy() -> None:
    stage, life, written = Stage(), Life(), 0
    stage.probe(1.5, look(call="running", gil="wants"), until=8)
    for at in range(1, 9):
        written += 40_000_000
        stage.sample(at, life.on(cpu=0.14, wakes=250, call="running", read_bytes=0, write_bytes=written))
    assert stage.told(8.2) == ("running.io", True, "suspected")
