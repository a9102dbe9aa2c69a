"""Old launches of a diag folder: which of them may go, and taking them away."""

import contextlib
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from hamtui.contract import layout
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind
from hamtui.follow import process
from hamtui.follow.decode import decode

#: A launch.json is a page; what is bigger is none.
_MOST_INFO = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What is to stay: the newest ``keep`` launches, those begun within ``older_than`` seconds, ``max_size`` bytes.

    None is no limit; a launch goes if any of them says so.
    """

    keep: int | None = None
    older_than: float | None = None
    max_size: int | None = None


@dataclass(frozen=True)
class Found:
    """A launch folder beyond the limits. ``stays`` says why it is left alone all the same; None: it may go."""

    dir: Path
    size: int
    over: str
    stays: str | None = None


def beyond(diag_dir: Path, limits: Limits, now: float) -> list[Found]:
    """The launches of a diag folder that are beyond the limits, oldest first. Raises OSError where it can't be read."""
    found, total = [], 0
    for number, name in enumerate(sorted(_named(diag_dir), key=_age, reverse=True), 1):
        folder = diag_dir / name
        size = _size(folder)
        total += size
        over = _over(limits, number, now - _began(name), total)
        if over is not None:
            found.append(Found(folder, size, over, _why_it_stays(folder)))
    return found[::-1]


def _named(diag_dir: Path) -> list[str]:
    """What is named as a launch folder is; ``latest``, and whatever else somebody keeps there, is not."""
    return [name for name in os.listdir(diag_dir) if layout.LAUNCH_ID.match(name)]


def _age(name: str) -> tuple[str, int]:
    start, _, pid = name.rpartition("-")
    return start, int(pid)


def _began(name: str) -> float:
    """When the launch of this name began, Unix seconds; now for a date that there is not, which is never old."""
    try:
        start = datetime.strptime(_age(name)[0], layout.LAUNCH_TIME_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        return time.time()
    return start.timestamp()


def _over(limits: Limits, number: int, seconds: float, total: int) -> str | None:
    """By which limit a launch is too many: the ``number``th newest, so old, ``total`` bytes with all newer ones."""
    if limits.keep is not None and number > limits.keep:
        return "beyond --keep"
    if limits.older_than is not None and seconds > limits.older_than:
        return "older than --older-than"
    if limits.max_size is not None and total > limits.max_size:
        return "beyond --max-size"
    return None


def _why_it_stays(folder: Path) -> str | None:
    """None where it is a launch of this user's that is over."""
    found = os.lstat(folder)
    if stat.S_ISLNK(found.st_mode):
        return "it is a link"
    if not stat.S_ISDIR(found.st_mode):
        return "it is no folder"
    if found.st_uid != os.geteuid():
        return "it belongs to somebody else"
    info = _info(folder)
    if info is None:
        return "it has no launch.json that can be read"
    fact = process.look(info, folder)
    if fact.alive or fact.supervisor_alive:
        return "it is running"
    if (folder / layout.EXIT).is_file():
        return None
    return None if fact.alive is False else f"whether it runs on {info.host} can't be told from here"


def _info(folder: Path) -> LaunchInfo | None:
    path = folder / layout.LAUNCH
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with path.open("rb") as file:
            record = decode(Kind.LAUNCH, file.read(_MOST_INFO))
    except OSError:
        return None
    return record if isinstance(record, LaunchInfo) else None


def _size(folder: Path) -> int:
    """Bytes of the files in a folder and below it; no link is followed."""
    total = 0
    with contextlib.suppress(OSError):
        for path, _, names in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(path, name)).st_size
    return total


def remove(found: Found) -> None:
    """Delete a launch folder, launch.json last: one that is half deleted can be pruned again. Raises OSError."""
    last = found.dir / layout.LAUNCH
    with os.scandir(found.dir) as entries:
        inside = list(entries)
    for entry in inside:
        if entry.name == layout.LAUNCH:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    last.unlink(missing_ok=True)
    found.dir.rmdir()


def drop_latest(diag_dir: Path) -> None:
    """Delete the link ``latest`` if what it leads to is gone."""
    link = diag_dir / layout.LATEST
    if link.is_symlink() and not link.exists():
        with contextlib.suppress(OSError):
            link.unlink()


def prune(diag_dir: Path, limits: Limits) -> Iterator[tuple[Found, OSError | None]]:
    """Remove what may go, telling each launch beyond the limits, and why one could not be removed."""
    for found in beyond(diag_dir, limits, time.time()):
        fault = None
        if found.stays is None:
            try:
                remove(found)
            except OSError as error:
                fault = error
        yield found, fault
    drop_latest(diag_dir)


def keep_newest(diag_dir: Path, keep: int) -> None:
    """What ``--keep`` does as a launch begins. Never raises OSError: what can't be removed stays."""
    with contextlib.suppress(OSError):
        for _ in prune(diag_dir, Limits(keep=keep)):
            pass


if __name__ == "__main__":
    told = json.load(sys.stdin)
    keep_newest(Path(told["diag_dir"]), told["keep"])
