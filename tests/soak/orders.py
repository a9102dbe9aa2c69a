"""The dataflows of the service; each node writes in the oracle how it ended, before anybody else can know."""

import logging
import os
from typing import Any

from hamilton.htypes import Collect, Parallelizable

#: Every so-manieth turn fails, and every so-manieth is made of blocks.
FAILS, BLOCKS = 5, 4
#: Blocks of a turn that has some.
WIDTH = 6

_log = logging.getLogger("orders")


def note(turn: int, node: str, outcome: str) -> None:
    """One line of the oracle: one write, so that a kill tears none."""
    os.write(int(os.environ["SOAK_ORACLE_FD"]), f"{turn}\t{node}\t{outcome}\n".encode())


def loaded(turn: int) -> list[int]:
    _log.info("turn %d", turn)
    found = list(range(turn % 100 + 200))
    note(turn, "loaded", "succeeded")
    return found


def priced(loaded: list[int], turn: int) -> dict[str, int]:
    found = {str(n): n * n for n in loaded}
    note(turn, "priced", "succeeded")
    return found


def checked(priced: dict[str, int], turn: int) -> int:
    if turn % FAILS == 0:
        note(turn, "checked", "failed")
        raise ValueError(f"turn {turn} has no price")
    note(turn, "checked", "succeeded")
    return len(priced)


def largest(priced: dict[str, int], turn: int) -> int:
    found = max(priced.values())
    note(turn, "largest", "succeeded")
    return found


def report(checked: int, largest: int, turn: int) -> str:
    note(turn, "report", "succeeded")
    return f"{checked} {largest}"


def block(loaded: list[int], turn: int) -> Parallelizable[int]:
    yield from range(WIDTH)
    note(turn, "block", "succeeded")


def scaled(block: int, turn: int) -> int:
    note(turn, "scaled", "succeeded")
    return block * 3


def judged(scaled: int, turn: int) -> int:
    note(turn, "judged", "succeeded")
    return scaled + 1


def totals(judged: Collect[int], turn: int) -> int:
    found: int = sum(judged)
    note(turn, "totals", "succeeded")
    return found


def asked(turn: int) -> dict[str, Any]:
    """What a turn is asked for."""
    return {"final_vars": ["totals" if turn % BLOCKS == 0 else "report"], "inputs": {"turn": turn}}
