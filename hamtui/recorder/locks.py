"""Python's locks as they lie in memory, and which thread holds one.

A ``_thread.lock`` and a ``_thread.RLock`` keep the address of their semaphore in the third word of the object (3.10 to
3.13), which is the futex that a thread waits on: equal addresses prove for what.
"""

import ctypes
import re
import threading
import types
from _thread import LockType, RLock
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hamtui.contract.vitals import ACQUIRE, OWNER, WITH, Holder
from hamtui.recorder.known import CONDITION_WAIT, Known
from hamtui.recorder.locals import MISSING
from hamtui.recorder.places import place
from hamtui.recorder.resolve import Resolver, attribute, is_a
from hamtui.recorder.sites import Functions, Path

_WORD_AT = 16
_RLOCK_OWNER = re.compile(r"\A<locked _thread\.RLock object owner=(\d+) ")
_Condition, _Semaphore = threading.Condition, threading.Semaphore


def is_raw(obj: Any) -> bool:
    """Whether it is one of the two locks themselves."""
    return type(obj) is LockType or type(obj) is RLock


def raw(obj: Any) -> Any:
    """The lock itself behind what ``with`` and ``acquire`` are used on; MISSING for anything else."""
    if is_raw(obj):
        return obj
    if obj is not MISSING and is_a(obj, _Condition):
        inner = attribute(obj, "_lock")
        return inner if is_raw(inner) else MISSING
    return MISSING


def word(obj: Any) -> int:
    """The address of the futex of a lock (or of a C queue, which keeps its lock in the same place)."""
    return ctypes.c_void_p.from_address(id(obj) + _WORD_AT).value or 0


def process_word(obj: Any) -> int:
    """The same of a lock of ``multiprocessing``, which is its semaphore's address; 0 for anything else."""
    handle = attribute(attribute(obj, "_semlock"), "handle")
    return handle if type(handle) is int else 0


def owner(lock: Any) -> int:
    """The thread that an RLock says it is owned by; 0 for none."""
    found = _RLOCK_OWNER.match(repr(lock)) if type(lock) is RLock else None
    return int(found[1]) if found else 0


@dataclass
class Hold:
    """A place in which a lock is held: by which thread, known how; ``loose`` where it may have been let go."""

    thread_id: int
    how: str
    loose: bool


class Holders:
    """Looks for the holders of locks in all threads' frames."""

    def __init__(self, resolver: Resolver, functions: Functions, known: Known) -> None:
        self._resolver = resolver
        self._known = known
        self._functions = functions

    def find(
        self,
        wanted: dict[int, Any],
        stack: Iterable[types.FrameType],
        ident: int,
        at: Any,
    ) -> Iterator[tuple[int, Hold]]:
        """The locks of ``wanted`` (by id) that a thread holds; ``at`` is the one that it waits for itself."""
        away: set[int] = set()  # let go while a condition is waited for, by a frame further in
        for frame in stack:
            if self._known.label(frame) == CONDITION_WAIT:
                away.add(id(raw(self._resolver.variables.get(frame, "self"))))
                continue
            found = self._functions.locking(frame.f_code)
            if found is None:
                continue
            here = place(frame.f_code, frame.f_lasti, frame.f_lineno or 0)
            for held in found.held:
                if held.at(here):
                    lock = self._is(frame, held.path, wanted)
                    if lock is not MISSING and id(lock) not in away:
                        yield id(lock), Hold(ident, WITH if held.how == "with" else ACQUIRE, held.loose)
            for region, paths in found.items:
                if at is not MISSING and region.holds(here):
                    yield from self._before(frame, paths, wanted, ident, at)

    def _is(self, frame: types.FrameType, path: Path, wanted: dict[int, Any]) -> Any:
        lock = raw(self._resolver.follow(frame, path))
        return lock if id(lock) in wanted else MISSING

    def _before(
        self, frame: types.FrameType, paths: list[Path | None], wanted: dict[int, Any], ident: int, at: Any
    ) -> Iterator[tuple[int, Hold]]:
        """In ``with A, B`` a thread that waits for B holds A."""
        entered: list[Any] = []
        for path in paths:
            lock = raw(self._resolver.follow(frame, path)) if path is not None else MISSING
            if lock is at:
                for one in entered:
                    yield id(one), Hold(ident, WITH, loose=False)
                return
            if id(lock) in wanted:
                entered.append(lock)


def holders(lock: Any, holds: list[Hold], *, nobody_else: bool, meddled: bool = False) -> list[Holder]:
    """Who holds a lock. ``nobody_else``: no thread is there that could let go what another took; ``meddled``: one is."""
    if type(lock) is RLock:
        thread_id = owner(lock)
        return [Holder(thread_id, OWNER, sure=True)] if thread_id else []
    if not lock.locked():
        return []
    found: dict[int, Holder] = {}
    for hold in holds:
        sure = not hold.loose and not meddled and (hold.how == WITH or nobody_else)
        known = found.get(hold.thread_id)
        if known is None or (sure and not known.sure):
            found[hold.thread_id] = Holder(hold.thread_id, hold.how, sure)
    # One lock has one holder: two are two guesses.
    return (
        list(found.values()) if len(found) < 2 else [Holder(one.thread_id, one.how) for one in found.values()]
    )
