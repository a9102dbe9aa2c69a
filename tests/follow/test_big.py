"""The generator of big launches: what it says it writes is what is read, and twice the same."""

from pathlib import Path

import pytest

from hamtui.follow.follower import read_launch
from hamtui.model.counts import counts
from hamtui.model.ending import settle
from hamtui.model.state import Now
from tests.data.big import Shape, big, run_id
from tests.data.shop import GONE, NOT_KNOWN
from tests.follow.watching import ref_of

SHAPES = {
    "plain": Shape(runs=3, nodes=20),
    "blocks": Shape(runs=2, nodes=5, blocks=7, depth=3, failures=100),
    "workers": Shape(nodes=4, blocks=9, depth=2, workers=4),
    "open": Shape(runs=2, nodes=12, open_run=True),
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_said_is_written_and_read(tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    folder = big(tmp_path, shape)
    files = sorted(folder.glob("hamilton_flight*"))
    assert len(files) == 1 + shape.workers
    assert sum(file.read_bytes().count(b"\n") for file in files) == shape.events
    launch = read_launch(ref_of(folder))
    settle(launch, NOT_KNOWN if shape.open_run else GONE, Now(2e9))
    assert list(launch.runs) == [run_id(number) for number in range(shape.runs)]
    assert not launch.unread.lines and not launch.unknown
    for run in launch.runs.values():
        open_one = shape.open_run and run is list(launch.runs.values())[-1]
        told = counts(run, {})
        assert len(run.spans) == shape.spans and run.state == ("running" if open_one else "succeeded")
        assert told["running"] == open_one and told["planned"] == shape.spans
        assert bool(told["failed"]) == bool(shape.failures)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    shape = SHAPES["blocks"]
    one, other, another = (
        big(tmp_path / name, Shape(**{**vars(shape), "seed": seed}))
        for name, seed in (("one", 1), ("other", 1), ("another", 2))
    )
    names = [file.name for file in one.iterdir()]
    assert sorted(names) == sorted(file.name for file in other.iterdir())
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)
    flight = "hamilton_flight.jsonl"
    assert (one / flight).read_bytes() != (another / flight).read_bytes()


def test_so_many_events_as_were_asked_for() -> None:
    assert Shape(runs=3, nodes=100).with_events(100_000).events == pytest.approx(100_000, rel=0.01)
