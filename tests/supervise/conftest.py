"""A launch of a small script, ended with the test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.supervise import running
from tests.supervise.running import Running

Launch = Callable[..., Running]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    made: list[Running] = []

    def one(script: str, **given: Any) -> Running:
        made.append(running.launch(tmp_path, script, **given))
        return made[-1]

    yield one
    for each in made:
        each.finish()
