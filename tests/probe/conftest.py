"""Processes that end with the test."""

from collections.abc import Callable, Iterator

import pytest

from tests.probe import stuck
from tests.probe.stuck import Stuck

Start = Callable[..., Stuck]


@pytest.fixture
def start() -> Iterator[Start]:
    made: list[Stuck] = []

    def one(script: str, *arguments: str) -> Stuck:
        made.append(stuck.start(script, *arguments))
        return made[-1]

    yield one
    for each in reversed(made):
        each.finish()
