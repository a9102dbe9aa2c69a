"""Every test here starts real runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.e2e.terminal import Opener, Terminal

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder, whatever else was collected."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def open_terminal() -> Iterator[Opener]:
    """Opens terminals and closes what a failed test left open."""
    opened: list[Terminal] = []

    def opener(command: Sequence[object], cwd: Path, rows: int = 24, columns: int = 80) -> Terminal:
        opened.append(Terminal(command, cwd, rows, columns))
        return opened[-1]

    yield opener
    for terminal in opened:
        terminal.close()
