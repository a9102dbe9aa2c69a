"""Under which data version a node's newest result was stored, from the cache logs of a diag folder's launches."""

import os
import re
from pathlib import Path

from hamtui.contract import layout
from hamtui.contract.layout import Kind
from hamtui.contract.logs import CacheEvent
from hamtui.follow.decode import decode
from hamtui.follow.launches import launches

#: The newest so many launches are searched, and so much of each one's log from its end.
MOST_LAUNCHES = 50
MOST_BYTES = 64 * 1024 * 1024
#: The id of a task that is one block of many: ``expand-day.3.block-day``. None of these is the node's value.
_BLOCK = re.compile(r"\.\d+\.")
_EVENTS = frozenset({"set_result", "get_result"})


def newest_version(diag: Path, node: str, cache_dir: str) -> str | None:
    """The data version; None where no launch with this cache folder stored a result of the node."""
    for ref in launches(diag)[:MOST_LAUNCHES]:
        if not ref.flat and _cache_of(ref.dir) == os.path.realpath(cache_dir):
            found = _last(ref.dir / layout.CACHE_LOG, node)
            if found is not None:
                return found
    return None


def _cache_of(folder: Path) -> str | None:
    try:
        info = decode(Kind.LAUNCH, (folder / layout.LAUNCH).read_bytes())
    except OSError:
        return None
    path = getattr(info, "cache_dir", None)
    return os.path.realpath(path) if path else None


def _last(log: Path, node: str) -> str | None:
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        if b"_result" not in line:
            continue
        event = decode(Kind.CACHE_LOG, line)
        if not isinstance(event, CacheEvent) or event.node_name != node or _BLOCK.search(event.task_id or ""):
            continue
        stored = event.event_type in _EVENTS and not str(event.msg or "").startswith("not stored")
        if stored and isinstance(event.value, str) and event.value:
            return event.value
    return None
