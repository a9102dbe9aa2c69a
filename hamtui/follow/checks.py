"""What the last ``hamtui registry check --execute`` found, as the Catalog shows it."""

import os
from pathlib import Path

from hamtui.contract import layout, semantic_check
from hamtui.contract.semantic_check import Checked
from hamtui.follow.launches import LaunchRef

#: The newest so many launches are searched; a longer file is none of ours.
MOST_LAUNCHES = 50
MOST_BYTES = 16 * 1024 * 1024


def last_check(ref: LaunchRef) -> dict[str, Checked]:
    """By semantic_id, from the launch itself, else from the newest of its diag folder that was a check. Never raises."""
    for folder in (ref.dir, *([] if ref.flat else _newest(ref.dir.parent))):
        found = _read(folder / layout.SEMANTIC_CHECK)
        if found is not None:
            return found
    return {}


def _newest(diag: Path) -> list[Path]:
    """By their names alone: a look at each of a thousand would cost a command more than all else of the past."""
    try:
        names = [name for name in os.listdir(diag) if layout.LAUNCH_ID.match(name)]
    except OSError:
        return []
    return [diag / name for name in sorted(names, reverse=True)[:MOST_LAUNCHES]]


def _read(path: Path) -> dict[str, Checked] | None:
    try:
        if not path.is_file() or os.path.getsize(path) > MOST_BYTES:
            return None
        told = semantic_check.parse(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return {one.semantic_id: one for one in told.outputs}
