"""Whether an event costs the same however many there are: the same kind of launch, folded whole, at growing sizes.

``python -m tests.benchmarks growth``. CPU microseconds an event, each size in an interpreter of its own, in turn.
"""

import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks.measuring import Measured, child, in_turn
from tests.benchmarks.open_big import FOLDED
from tests.data.big import Shape, big

ROUNDS = 3
SHAPES = {
    "10,000 events": Shape(nodes=100).with_events(10_000),
    "100,000 events": Shape(nodes=100).with_events(100_000),
    "1,000,000 events": Shape(nodes=100).with_events(1_000_000),
    "10,000 nodes": Shape(nodes=10_000),
    "2,000 blocks of 20": Shape(nodes=100, blocks=2_000),
    "500 workers": Shape(nodes=100, blocks=2_000, workers=500),
    "5,000 executes": Shape(runs=5_000, nodes=10),
}
#: How much more an event may cost where there are a hundred times as many: flat, but for caches and noise.
_FLAT = 1.5


def measure() -> Measured:
    first, *_ = SHAPES
    found = Measured("growth", "a launch folded whole, by its size", first)
    with tempfile.TemporaryDirectory() as root:
        folders = {name: big(Path(root, name), shape) for name, shape in SHAPES.items()}

        def cost(name: str) -> float:
            flight = folders[name] / "hamilton_flight.jsonl"
            return child(FOLDED, str(flight))["s"] / SHAPES[name].events * 1e6

        took = in_turn({name: partial(cost, name) for name in SHAPES}, ROUNDS)
    for name, values in took.items():
        found.add(name, values, "µs an event", None if name == first else took[first])
    ratio = next(row.ratio for row in found.rows if row.label == "1,000,000 events")
    assert ratio is not None
    found.aim("1,000,000 events against 10,000, an event", ratio.median, _FLAT, "times")
    return found
