"""``hamtui status --json``, schema 1, to the letter of the contract."""

from pathlib import PurePath
from typing import Any

from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact


def status(
    launch: Launch, ref_id: str, ref_dir: PurePath, fact: ProcessFact, now: Now, past: Past = NO_PAST
) -> dict[str, Any]:
    """The whole picture as JSON values. Settles the launch first (``ending.settle``)."""
    raise NotImplementedError


def exit_code(status: dict[str, Any]) -> int:
    """``status --exit-code``: 0 fine, 1 failed, 3 suspected, 4 confirmed, 5 killed, crashed or lost; the largest."""
    raise NotImplementedError
