"""Whether memory stayed flat: how far it grew after a warm-up, against a bound that does not grow with the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, median_low

#: One sample: seconds since the beginning, runs that were over by then, MiB by process.
Sample = tuple[float, int, dict[str, float]]
#: How much each may grow after the warm-up, in MiB, however long it lasts. A dashboard keeps the newest 500 runs
#: whole and a line each of the 2,000 before, which a short soak is still filling when its warm-up is over.
BOUNDS = {"run": 8.0, "supervisor": 4.0, "dashboard": 16.0}
#: The first third is warm-up: imports, caches, and what is kept of the newest runs.
WARM_UP = 1 / 3
#: What is compared: the first and the last so much of what is left.
EDGE = 1 / 5


@dataclass(frozen=True)
class Growth:
    """A process's resident MiB: where it began and ended, after the warm-up; its slope in KiB a thousand runs."""

    process: str
    start: float
    warm: float
    last: float
    most: float
    slope: float
    bound: float

    @property
    def flat(self) -> bool:
        return self.last - self.warm <= self.bound


def growth(process: str, samples: Sequence[Sample]) -> Growth:
    """Judge one process by all samples that have it."""
    known = [(at, runs, of[process]) for at, runs, of in samples if process in of]
    warm = [one for one in known if one[0] >= known[-1][0] * WARM_UP]
    edge = max(1, round(len(warm) * EDGE))
    return Growth(
        process,
        known[0][2],
        median(mib for _, _, mib in warm[:edge]),
        median(mib for _, _, mib in warm[-edge:]),
        max(mib for _, _, mib in known),
        _slope([(runs, mib) for _, runs, mib in warm]) * 1024 * 1000,
        BOUNDS[process.partition(" ")[0]],
    )


def _slope(points: Sequence[tuple[int, float]]) -> float:
    """The median of the slopes of all pairs (Theil and Sen), of a thousand pairs at most a point."""
    step = max(1, len(points) // 300)
    points = points[::step]
    slopes = [
        (y2 - y1) / (x2 - x1) for n, (x1, y1) in enumerate(points) for x2, y2 in points[n + 1 :] if x2 > x1
    ]
    return median_low(slopes) if slopes else 0.0


def table(rows: Sequence[Growth]) -> list[str]:
    """What each process did, one line each."""
    head = f"{'process':<14}{'start':>9}{'warm':>9}{'end':>9}{'most':>9}{'grew':>9}{'bound':>9}{'KiB/1000 runs':>15}"
    return [
        head + "   MiB",
        *(
            f"{row.process:<14}{row.start:9.1f}{row.warm:9.1f}{row.last:9.1f}{row.most:9.1f}{row.last - row.warm:+9.1f}"
            f"{row.bound:9.1f}{row.slope:15.1f}   {'flat' if row.flat else 'GREW'}"
            for row in rows
        ),
    ]
