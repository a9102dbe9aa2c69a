"""An audit of eight shops in which two things fail and everything else goes on. About 5 s.

    hamtui run sample_dags/audit.py --target report --target ledger_check --target labels --keep-going

One shop's count sheet is torn: its `sheet` fails, what is made of it in its block is skipped, and the other shops
are counted, so that `shortages` collects seven of eight. The bank's statement cannot be read: `statement` fails,
`balance` and `ledger_check` are skipped, and each says for what (row, Node pane, `hamtui status`). `labels` needs
none of it. The launch ends `failed` with exit code 1. `--input torn=none --input bank=open` mends both: with
`--cache` only what failed, and what stands on it, is computed then.
"""

import time

from hamilton.htypes import Collect, Parallelizable

_SHOPS = ("Aachen", "Bern", "Cork", "Delft", "Essen", "Faro", "Ghent", "Hilo")
_Sheet = dict[str, int]


def catalogue(pace: int | float = 1) -> dict[str, float]:
    """What the shops sell, and for how much."""
    time.sleep(0.4 * pace)
    return {f"item-{n:03d}": round(1.99 + (n * 13) % 50, 2) for n in range(60)}


def shop(catalogue: dict[str, float]) -> Parallelizable[str]:
    """The shops, one by one."""
    yield from _SHOPS[: len(catalogue)]


def sheet(shop: str, catalogue: dict[str, float], torn: str = "Delft", pace: int | float = 1) -> _Sheet:
    """What was counted in a shop."""
    time.sleep(0.25 * pace)
    if shop == torn:
        raise ValueError(f"the sheet of {shop} ends after item-{len(shop):03d} [torn]")
    return {item: (n * 7 + len(shop)) % 20 for n, item in enumerate(catalogue)}


def short(sheet: _Sheet, shop: str) -> str:
    """What a shop has run out of."""
    return f"{shop}: {', '.join(item for item, count in sheet.items() if count == 0)}"


def shortages(short: Collect[str]) -> list[str]:
    """Of all the shops that could be counted."""
    return [one for one in short if one is not None]


def report(shortages: list[str]) -> str:
    """For the buyer."""
    return "\n".join([f"{len(shortages)} shops counted", *shortages])


def statement(bank: str = "closed", pace: int | float = 1) -> dict[str, float]:
    """What the bank says."""
    time.sleep(0.6 * pace)
    if bank != "open":
        raise ConnectionError(f"the bank is {bank}")
    return {"in": 1200.0, "out": 1100.0}


def balance(statement: dict[str, float]) -> float:
    """What is left."""
    return statement["in"] - statement["out"]


def ledger_check(balance: float, catalogue: dict[str, float]) -> str:
    """Whether the books are right."""
    return f"{balance:+.2f} over {len(catalogue)} items"


def labels(catalogue: dict[str, float], pace: int | float = 1) -> list[str]:
    """One label an item: needs nothing of what fails."""
    time.sleep(0.5 * pace)
    return [f"{item} {price:.2f}" for item, price in catalogue.items()]
