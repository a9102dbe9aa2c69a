"""The ways to stand still, by name, and their threads."""

import threading
import time
from collections.abc import Callable
from typing import Any

WAYS: dict[str, Callable[[], Any]] = {}
THREADS: dict[str, threading.Thread] = {}


def way(function: Callable[[], Any]) -> Callable[[], Any]:
    WAYS[function.__name__] = function
    return function


def beside(function: Callable[[], Any], name: str) -> threading.Thread:
    """A second thread of a way."""
    THREADS[name] = threading.Thread(target=function, name=name, daemon=True)
    THREADS[name].start()
    return THREADS[name]


def forever() -> None:
    time.sleep(1000)


def spin() -> None:
    while True:
        pass
