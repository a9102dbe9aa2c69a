"""Which processes have a pipe, a socket or a file open: a bounded walk through descriptors, kept between samples."""

import os
import stat
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from hamtui.probe.budget import Budget

#: Processes of the same user that are looked through for one other end, the run's own tree among them.
MOST_PROCESSES = 200
#: Descriptors looked at in one process.
MOST_DESCRIPTORS = 1024
#: How long what was found is taken to hold before it is checked, and before everybody is looked at anew, seconds.
CHECK_EVERY_S = 5.0
WALK_EVERY_S = 30.0
#: How long one process' descriptors serve for several walks, seconds; and how many are kept in all.
_TABLES_KEPT_S = 0.5
_MOST_LINKS = 20_000
_MOST_KEPT = 256


@dataclass(frozen=True)
class Opener:
    """A process that has something open, by this descriptor; ``reads`` and ``writes`` as it was opened."""

    pid: int
    fd: int
    reads: bool
    writes: bool


@dataclass
class Found:
    """Who has ``link`` open, as far as was looked: ``whole`` when every process was."""

    link: str
    openers: list[Opener] = field(default_factory=list)
    whole: bool = False
    at: float = 0.0
    checked: float = 0.0


class Openers:
    """Looks for the processes that have open what a link of /proc/PID/fd says (``pipe:[4711]``, a path).

    A walk that the budget cuts short is gone on with at the next sample.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Found] = {}
        self._walks: dict[str, tuple[Found, Iterator[bool]]] = {}
        self._tables: dict[int, dict[str, list[int]]] = {}
        self._tables_at = 0.0
        self._links = 0

    def of(self, link: str, near: Collection[int], uid: int, budget: Budget) -> Found:
        """Who has it open; processes ``near`` are looked at first, then others of user ``uid``.

        While a new look is under way, what the last one found holds.
        """
        kept = self._kept.get(link)
        if kept is not None and _still_holds(kept, time.monotonic()):
            return kept
        if link not in self._walks:
            while len(self._kept) + len(self._walks) >= _MOST_KEPT:
                self._forget()
            fresh = Found(link)
            self._walks[link] = fresh, self._walk(fresh, list(near), uid)
        found, walk = self._walks[link]
        while not budget.spent():
            if next(walk, True):
                found.whole, found.at = True, time.monotonic()
                found.checked = found.at
                del self._walks[link]
                self._kept[link] = found
                return found
        return kept or found

    def _forget(self) -> None:
        oldest: dict[str, Found] | dict[str, tuple[Found, Iterator[bool]]] = self._kept or self._walks
        del oldest[next(iter(oldest))]

    def _walk(self, found: Found, near: list[int], uid: int) -> Iterator[bool]:
        """Look through one process at a step; False while there are more, then True."""
        seen: set[int] = set()
        for pid in _candidates(near, uid):
            if pid in seen:
                continue
            seen.add(pid)
            for fd in self._table(pid).get(found.link, ()):
                opener = _opener(pid, fd)
                if opener is not None:
                    found.openers.append(opener)
            yield False
            if len(seen) >= MOST_PROCESSES:
                break
        yield True

    def _table(self, pid: int) -> dict[str, list[int]]:
        """A process' descriptors by what they lead to; read once for all that is looked for in one sample."""
        now = time.monotonic()
        if now - self._tables_at > _TABLES_KEPT_S:
            self._tables, self._tables_at, self._links = {}, now, 0
        if pid not in self._tables:
            table = links(pid)
            self._links += len(table)
            if self._links > _MOST_LINKS:
                return table
            self._tables[pid] = table
        return self._tables[pid]


def _still_holds(kept: Found, now: float) -> bool:
    """Whether what was found may be said again: fresh, or those who were found have it open still."""
    if now - kept.at >= WALK_EVERY_S:
        return False
    if now - kept.checked < CHECK_EVERY_S:
        return True
    kept.checked = now
    return bool(kept.openers) and all(_has(each, kept.link) for each in kept.openers)


def _has(opener: Opener, link: str) -> bool:
    try:
        return os.readlink(f"/proc/{opener.pid}/fd/{opener.fd}") == link
    except OSError:
        return False


def _candidates(near: list[int], uid: int) -> Iterator[int]:
    yield from near
    own = os.getpid()
    try:
        pids = sorted((int(name) for name in os.listdir("/proc") if name.isdecimal()), reverse=True)
    except OSError:
        return
    yield from (pid for pid in pids if pid != own and owner(pid) == uid)


def owner(pid: int) -> int | None:
    """The user whose process it is; None where it is gone."""
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def links(pid: int) -> dict[str, list[int]]:
    """What the descriptors of a process lead to, as far as it may be read."""
    folder = f"/proc/{pid}/fd"
    found: dict[str, list[int]] = {}
    try:
        names = os.listdir(folder)[:MOST_DESCRIPTORS]
    except OSError:
        return found
    for name in names:
        try:
            found.setdefault(os.readlink(f"{folder}/{name}"), []).append(int(name))
        except (OSError, ValueError):  # noqa: PERF203  each may be closed meanwhile
            continue
    return found


def _opener(pid: int, fd: int) -> Opener | None:
    try:
        reads, writes = modes(f"/proc/{pid}/fd/{fd}")
    except OSError:
        return None
    return Opener(pid, fd, reads, writes)


def modes(path: str) -> tuple[bool, bool]:
    """Whether a descriptor reads and writes, by the rights of its link in /proc.

    Raises:
        OSError: it is gone.
    """
    rights = os.lstat(path).st_mode
    return bool(rights & stat.S_IRUSR), bool(rights & stat.S_IWUSR)
