"""Nodes that say how far they are, by `hamtui.tick` in their loops. About 25 s.

    hamtui run sample_dags/ticking.py --target summary --executor threads --max-tasks 3

Watch `scored` count to 2,000: a bar, a rate and the time that is left stand in its row, and however long it takes it
is late but working, never stuck. Each block under `region` counts for itself, one of them with no total. Launch it
again: now the run says how long it will take.

`tick` is the only thing that hamtui ever asks of your code, and this runs without hamtui too.
"""

import time

from hamilton.htypes import Collect, Parallelizable

try:
    from hamtui import tick
except ImportError:  # run by plain Hamilton where hamtui is not installed

    def tick(done: float, total: float | None = None, note: str | None = None) -> None:
        """Nobody listens."""


_REGIONS = ("north", "east", "south", "west", "centre", "overseas")


def rows(count: int = 2_000, pace: int | float = 1) -> list[int]:
    """What there is to score."""
    time.sleep(0.5 * pace)
    return list(range(count))


def scored(rows: list[int], pace: int | float = 1) -> int:
    """One score a row, ticked at each."""
    score = 0
    for number, row in enumerate(rows, 1):
        score = (score * 31 + row) % 1_000_003
        time.sleep(0.005 * pace)
        tick(number, len(rows), "first half" if number <= len(rows) // 2 else "second half")
    return score


def region() -> Parallelizable[str]:
    """One block a region."""
    yield from _REGIONS


def orders(region: str, pace: int | float = 1) -> int:
    """The region's orders, page by page; overseas nobody knows how many pages there are."""
    pages = 20 + 10 * _REGIONS.index(region)
    total = None if region == "overseas" else pages
    return sum(_page(number, total, pace) for number in range(1, pages + 1))


def _page(number: int, total: int | None, pace: float) -> int:
    time.sleep(0.1 * pace)
    tick(number, total, f"page {number}")
    return number * 7


def all_orders(orders: Collect[int]) -> int:
    """The orders of all regions."""
    return sum(orders)


def summary(scored: int, all_orders: int) -> str:
    """One line."""
    return f"{all_orders} orders, score {scored}"
