"""Any behaviour as one of two parallel tasks: the other one is over at once."""

import importlib
import time

from hamilton.htypes import Collect, Parallelizable


def block() -> Parallelizable[int]:
    yield from range(2)


def outcome(block: int, behaviour: str) -> int:
    """``behaviour`` is ``module.function``; block 0 does nothing."""
    if block == 0:
        time.sleep(0.1)
        return 0
    module, _, name = behaviour.rpartition(".")
    done: int = getattr(importlib.import_module(module), name)()
    return done


def outcomes(outcome: Collect[int]) -> int:
    return sum(outcome)
