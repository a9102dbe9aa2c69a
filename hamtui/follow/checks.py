"""What the last ``hamtui registry check --execute`` found, as the Catalog shows it."""

import os
from pathlib import Path

from hamtui.contract import layout, semantic_check
from hamtui.contract.semantic_check import Checked
from hamtui.follow.launches import LaunchRef, launches

#: The newest so many launches are searched; a longer file is none of ours.
MOST_LAUNCHES = 50
MOST_BYTES = 16 * 1024 * 1024


def last_check(ref: LaunchRef) -> dict[str, Checked]:
    """By semantic_id, from the launch itself, else from the newest of its diag folder that was a check. Never raises."""
    beside = [] if ref.flat else [other.dir for other in launches(ref.dir.parent)[:MOST_LAUNCHES]]
    for folder in (ref.dir, *beside):
        found = _read(folder / layout.SEMANTIC_CHECK)
        if found is not None:
            return found
    return {}


def _read(path: Path) -> dict[str, Checked] | None:
    try:
        if not path.is_file() or os.path.getsize(path) > MOST_BYTES:
            return None
        told = semantic_check.parse(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return {one.semantic_id: one for one in told.outputs}
