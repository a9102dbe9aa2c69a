"""Spools of workers that died before they could send all: on this machine the supervisor reads them itself."""

import contextlib
import json
import os
import shutil
import stat
import tempfile
from pathlib import Path

from hamtui.contract import identity, layout
from hamtui.supervise.streams import Streams

_CHUNK = 1024 * 1024
_BASES = "bases.json"
_OLD = ".old"


def collect(folder: Path, main_pid: int) -> int:
    """Append to the launch's files what is left in spools on this machine, which are removed; how many there were."""
    prefix = layout.spool_prefix(str(folder), identity.host(), main_pid)
    found = 0
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(tempfile.gettempdir())):
            spool = Path(tempfile.gettempdir()) / name
            if name.startswith(prefix) and _is_ours(spool):
                found += 1
                with contextlib.suppress(OSError):
                    _take(Streams(folder), spool)
                    shutil.rmtree(spool)
    return found


def _is_ours(spool: Path) -> bool:
    """Whether it is a folder that this user made: anybody can find out the name, and make one."""
    found = os.lstat(spool)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _take(streams: Streams, spool: Path) -> None:
    for name in sorted(os.listdir(spool)):
        source = layout.classify(name)
        if source is None or source.host is None or source.pid is None:
            continue
        if not streams.may_write(name, source.host, source.pid):
            continue
        at = _bases(spool / f"{source.host}.{source.pid}.{_BASES}").get(name, 0)
        stream = f"{spool.name}.{source.pid}"
        for part in (spool / f"{name}{_OLD}", spool / name):
            at = _append(streams, name, stream, at, part)


def _bases(path: Path) -> dict[str, int]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return (
        {name: base for name, base in told.items() if isinstance(base, int)} if isinstance(told, dict) else {}
    )


def _append(streams: Streams, name: str, stream: str, at: int, part: Path) -> int:
    """Append one file that stands at ``at`` in its stream; where it ends there."""
    try:
        # Not waiting: to open a pipe that somebody put there would never end.
        fd = os.open(part, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return at
    with open(fd, "rb") as file:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return at
        while data := file.read(_CHUNK):
            streams.take(name, stream, at, data)
            at += len(data)
    return at
