"""How far a launch's tracker spool was told: ``tracker.json``, and the lines that are still to be."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hamtui.contract import files, layout, tracking

_SCHEMA = 1
_CHUNK = 1024 * 1024


@dataclass
class Progress:
    """``tracker.json``. ``files``: bytes told of each spool; ``templates`` and ``runs``: the server's numbers.

    ``open``: of each run the nodes that are told to be running, and whose they are. ``refused``: calls that the
    server would not take. ``destination``, ``tags`` and ``version`` are of the launch, for whoever sends later.
    """

    schema: int = _SCHEMA
    state: str = tracking.SENDING
    warning: str | None = None
    url: str | None = None
    told: int = 0
    refused: int = 0
    destination: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    version: dict[str, str] | None = None
    files: dict[str, int] = field(default_factory=dict)
    templates: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    open: dict[str, dict[str, str]] = field(default_factory=dict)


def read(folder: Path) -> Progress | None:
    """What the launch's file says; None where there is none that can be read."""
    try:
        told = json.loads((folder / layout.TRACKER).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(told, dict) or told.get("schema") != _SCHEMA:
        return None
    known = {one.name for one in fields(Progress)}
    return Progress(**{name: value for name, value in told.items() if name in known})


def write(folder: Path, progress: Progress) -> None:
    """By rename. Raises OSError."""
    files.put(folder / layout.TRACKER, json.dumps(asdict(progress), indent=1).encode("ascii"))


def spools(folder: Path) -> list[Path]:
    """The main process' spool first: runs begin in it."""
    stem, _, ending = layout.TRACKER_SPOOL.rpartition(".")
    main = folder / layout.TRACKER_SPOOL
    return [path for path in (main, *sorted(folder.glob(f"{stem}.*.{ending}"))) if path.exists()]


def lines(path: Path, offset: int) -> Iterator[tuple[dict[str, Any] | None, int]]:
    """The whole lines from ``offset`` on, each with the offset behind it; None for one that is no call."""
    try:
        file = path.open("rb")
    except OSError:
        return
    with file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            try:
                call = json.loads(line)
            except ValueError:
                call = None
            yield (call if isinstance(call, dict) else None), offset


def left(folder: Path, progress: Progress) -> int:
    """How many calls are not told yet."""
    return sum(_lines_after(path, progress.files.get(path.name, 0)) for path in spools(folder))


def _lines_after(path: Path, offset: int) -> int:
    count = 0
    with suppress(OSError), path.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(_CHUNK):
            count += chunk.count(b"\n")
    return count
