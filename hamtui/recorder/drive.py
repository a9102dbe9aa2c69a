"""Coroutines of others' hooks that have nothing to wait for."""

import inspect
from typing import Any


def drive(given: Any) -> None:
    """Run a coroutine to its end here. Raises RuntimeError where it waits for something after all."""
    if inspect.iscoroutine(given):
        try:
            given.send(None)
        except StopIteration:
            return
        given.close()
        raise RuntimeError("a hook that was not to wait waits for something")
