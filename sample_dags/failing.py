"""A stock count in which one node fails mid-graph, while others could go on. About 6 s.

    hamtui run sample_dags/failing.py --target summary --target shelf_labels

Watch `reconciled` fail at once with its own error and traceback (Node and Output panes), and see what that
cost: `summary` needs it and is never started, `shelf_labels` does not need it and could have been made.
The launch ends `failed` with exit code 1. `--input strict=false` leaves out the check, and it ends well.
"""

import logging
import time

logger = logging.getLogger(__name__)

_Counts = dict[str, int]


def counted(pace: int | float = 1) -> _Counts:
    """What was found on the shelves."""
    time.sleep(1.2 * pace)
    return {f"item-{n:03d}": (n * 37) % 90 for n in range(200)}


def booked(pace: int | float = 1) -> _Counts:
    """What the books say."""
    time.sleep(0.8 * pace)
    return {f"item-{n:03d}": (n * 37) % 90 - (n % 67 == 66) for n in range(200)}


def prices(pace: int | float = 1) -> dict[str, float]:
    """Price of each item."""
    time.sleep(0.5 * pace)
    return {f"item-{n:03d}": round(1.99 + (n * 13) % 50, 2) for n in range(200)}


def differences(counted: _Counts, booked: _Counts, pace: int | float = 1) -> _Counts:
    """Items whose count is not what the books say."""
    time.sleep(0.6 * pace)
    wrong = {item: counted[item] - booked[item] for item in counted if counted[item] != booked[item]}
    logger.warning("differences: %d items are not as booked", len(wrong))
    return wrong


def reconciled(differences: _Counts, strict: bool = True, pace: int | float = 1) -> _Counts:
    """The differences, if they may be booked at all."""
    time.sleep(1.0 * pace)
    print(f"reconciled: {differences}")
    if strict and differences:
        item, count = next(iter(differences.items()))
        raise ValueError(
            f"{len(differences)} items are not as booked, first {item}: {count:+d} [see the ledger]"
        )
    return differences


def stock_value(counted: _Counts, prices: dict[str, float], pace: int | float = 1) -> float:
    """What lies on the shelves, in money."""
    time.sleep(0.7 * pace)
    return round(sum(count * prices[item] for item, count in counted.items()), 2)


def shelf_labels(prices: dict[str, float], pace: int | float = 1) -> list[str]:
    """One label an item: needs nothing of what fails."""
    time.sleep(0.9 * pace)
    return [f"{item} {price:.2f}" for item, price in prices.items()]


def summary(reconciled: _Counts, stock_value: float) -> str:
    """The sentence that goes to the owner."""
    return f"stock is worth {stock_value:,.2f}; {len(reconciled)} differences booked"
