"""Whether an event costs the same however many there are, and a second on the screen however many rows there are.

``python -m tests.benchmarks growth``. The same kind of launch, folded whole, at growing sizes: CPU microseconds an event,
each size in an interpreter of its own, in turn. On a real pty, 8 running nodes beside more and more that are done and off
the screen: CPU milliseconds a second, which is a tick.
"""

import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks.measuring import Measured, child, in_turn
from tests.benchmarks.open_big import FOLDED
from tests.benchmarks.tick import attached, write
from tests.data.big import Shape, big

ROUNDS = 3
#: What takes some ten seconds each time is folded once.
FEW, MANY_EVENTS = 1, ("1,000,000 events", "500 workers")
ROWS = (100, 1_000, 10_000)
TICKS_S = 8.0
SHAPES = {
    "10,000 events": Shape(nodes=100).with_events(10_000),
    "100,000 events": Shape(nodes=100).with_events(100_000),
    "1,000,000 events": Shape(nodes=100).with_events(1_000_000),
    "10,000 nodes": Shape(nodes=10_000),
    "2,000 blocks of 20": Shape(nodes=100, blocks=2_000),
    "500 workers": Shape(nodes=100, blocks=2_000, workers=500),
    "5,000 executes": Shape(runs=5_000, nodes=10),
}
#: How much more an event or a tick may cost where there is a hundred times as much: flat, but for caches and noise.
_FLAT = 1.5


def measure() -> Measured:
    first, *_ = SHAPES
    found = Measured("growth", "a launch folded whole, by its size; a tick, by its rows", first)
    took = _folded()
    for name, values in took.items():
        found.add(name, values, "µs an event", None if name == first else took[first])
    ratio = next(row.ratio for row in found.rows if row.label == "1,000,000 events")
    assert ratio is not None
    found.aim("1,000,000 events against 10,000, an event", ratio.median, _FLAT, "times")
    ticks = {rows: _tick_ms(rows) for rows in ROWS}
    fewest = ticks[ROWS[0]]
    for rows, ms in ticks.items():
        found.add(
            f"a tick, 8 of {rows:,} rows run", [ms], "ms", None, f"{ms / fewest:.2f} × {ROWS[0]:,} rows"
        )
    found.aim(f"a tick of {ROWS[-1]:,} rows against {ROWS[0]:,}", ticks[ROWS[-1]] / fewest, _FLAT, "times")
    return found


def _folded() -> dict[str, list[float]]:
    """Microseconds an event, of each shape."""
    with tempfile.TemporaryDirectory() as root:
        folders = {name: big(Path(root, name), shape) for name, shape in SHAPES.items()}

        def cost(name: str) -> float:
            flight = folders[name] / "hamilton_flight.jsonl"
            return child(FOLDED, str(flight))["s"] / SHAPES[name].events * 1e6

        took = in_turn({name: partial(cost, name) for name in SHAPES}, FEW)
        rest = {name: partial(cost, name) for name in SHAPES if name not in MANY_EVENTS}
        more = in_turn(rest, ROUNDS - FEW)
        return {name: values + more.get(name, []) for name, values in took.items()}


def _tick_ms(rows: int) -> float:
    """CPU milliseconds a second of the dashboard, when all is drawn."""
    with tempfile.TemporaryDirectory() as root:
        write(Path(root, "going"), rows)
        return attached(Path(root, "going"), TICKS_S)[1] * 10
