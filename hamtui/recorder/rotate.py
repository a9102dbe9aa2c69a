"""Files that grow for ever, kept within ``--max-size``: set aside in numbered parts, of which the newest stay.

``hamilton_flight.jsonl`` becomes ``hamilton_flight.jsonl.1`` by rename, the next time ``….2``, and so on: a part's name
never changes, and the lowest number that is there tells how many are gone. ``seq`` counts on over parts. output.log is
the supervisor's: the user's own descriptors lead to it, and whatever they write next would land in the part.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hamtui.contract import flight as said
from hamtui.contract import layout
from hamtui.recorder import events
from hamtui.recorder.flight import Journal, OpenFile, journals
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.spans import SPANS

#: Parts that are kept beside the file that grows.
MOST_OLD = 3
#: How much of a launch's ``--max-size`` each of its files may take, its parts together. A worker's files have as much.
SHARES = {
    layout.FLIGHT: 0.35,
    layout.CACHE_LOG: 0.25,
    layout.APP_LOG: 0.15,
    layout.VITALS: 0.10,
    layout.STACKS: 0.05,
}
#: A file is set aside at half its size where no run is open, so that parts hold whole runs; else when it is full.
_EARLY = 0.5


@dataclass(frozen=True)
class _Asked:
    """A launch's bytes; whether something is open in it; what writes that again into a new part of the flight file."""

    most: int
    busy: Callable[[], bool]
    retell: Callable[[], object]


@dataclass
class _Gone:
    """What of a file was deleted so far."""

    parts: int = 0
    bytes: int = 0


#: By launch folder; the files of a launch that is not here grow on.
_asked: dict[str, _Asked] = {}


def limit(
    launch_dir: str,
    most: int | None,
    busy: Callable[[], bool] = SPANS.any,
    retell: Callable[[], object] = lambda: None,
) -> None:
    """Keep the launch's files within ``most`` bytes from here on; None: let them grow."""
    if most is not None:
        _asked[os.path.abspath(launch_dir)] = _Asked(most, busy, retell)


def is_limited(launch_dir: str) -> bool:
    """Whether the launch's files are set aside at all."""
    return os.path.abspath(launch_dir) in _asked


def look() -> None:
    """Set aside what has grown too big. For the sampler's beat, and for a run's end."""
    if not _asked:
        return
    for journal in journals():
        asked, share = _asked.get(journal.launch_dir), SHARES.get(journal.name)
        file = journal.opened()
        if asked is None or share is None or file is None:
            continue
        full, size = max(1, int(asked.most * share / (MOST_OLD + 1))), _size(file.fd)
        if size >= full or (size >= full * _EARLY and not asked.busy()):
            _, error = attempt(_rotate, journal, file, asked)
            if error is not None:
                FAULTS.note("rotate", error)


def _size(fd: int) -> int:
    try:
        return os.fstat(fd).st_size
    except OSError:
        return 0  # closed under us: the next write opens it


def _rotate(journal: Journal, file: OpenFile, asked: _Asked) -> None:
    """One thread does it; nobody waits. Raises OSError where the folder can't be written: the file grows on."""
    if not file.rotating.acquire(blocking=False):
        return
    try:
        number = _next_number(file.path)
        if not file.set_aside(layout.part_name(file.path, number)):
            return
        gone = _drop_old(file.path, number)
    finally:
        file.rotating.release()
    flight = journal if journal.name == layout.FLIGHT else journal.beside(layout.FLIGHT)
    about: dict[str, Any] = {
        "file": os.path.basename(file.path),
        "part": number,
        "count": gone.parts,
        "bytes": gone.bytes,
    }
    events.write(flight, said.FILE_ROTATED, None, about)
    if flight is journal:
        asked.retell()


def _numbers(path: str) -> list[int]:
    """The parts that there are, oldest first."""
    name = os.path.basename(path)
    parts = (layout.split_part(other) for other in os.listdir(os.path.dirname(path)))
    return sorted(number for base, number in parts if base == name and number is not None)


def _next_number(path: str) -> int:
    return max(_numbers(path), default=0) + 1


_gone: dict[str, _Gone] = {}


def _drop_old(path: str, newest: int) -> _Gone:
    """Delete the parts that are too many; what is gone by now."""
    gone = _gone.setdefault(path, _Gone())
    for number in _numbers(path):
        if number <= newest - MOST_OLD:
            old = layout.part_name(path, number)
            size = os.stat(old).st_size
            os.unlink(old)
            gone.parts, gone.bytes = number, gone.bytes + size
    return gone
