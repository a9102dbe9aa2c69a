"""Threads that have no part in a wait and could end it all the same: by a release or a cancel of their own.

A plain lock may be let go by any thread, and a future cancelled by any. So a circle of waiting proves nothing while
another thread that may go on can reach one of its locks, and its code speaks of letting go.
"""

import inspect
import threading
import types
from collections.abc import Iterable, Iterator
from typing import Any

from hamtui.recorder.known import is_stdlib
from hamtui.recorder.locals import Locals
from hamtui.recorder.locks import raw
from hamtui.recorder.resolve import is_a, values

#: What ends somebody else's wait.
_ENDS = frozenset({"release", "cancel", "set_result", "set_exception", "shutdown"})
#: Bounds: objects looked at in one container, how deep, codes remembered.
_MOST = 64
_DEPTH = 2
_MOST_NESTED = 3
_MAX_KNOWN = 2_000
#: Of one thread so many objects are looked at, besides those that hold nothing, in code that speaks of it, and in other.
_MOST_LOOKED_AT = 3_000
_MOST_PASSED = 500
_PLAIN = frozenset({int, str, float, bool, bytes, complex, type(None), type, types.CodeType})


class Meddlers:
    """Looks at threads' frames for what they could end."""

    def __init__(self, variables: Locals) -> None:
        self._variables = variables
        self._speaking: dict[types.CodeType, bool] = {}

    def of(self, wanted: set[int], frames: Iterable[types.FrameType]) -> set[int]:
        """Which of these objects (by id) a thread with such frames could let go, or cancel.

        All of them, where code that speaks of it has too much at hand to look at.
        """
        found: set[int] = set()
        purses = {True: _Purse(_MOST_LOOKED_AT), False: _Purse(_MOST_PASSED)}
        for frame in frames:
            speaks = self._speaks(frame)
            purse, depth = purses[speaks], _DEPTH if speaks else 1
            if purse.left < 0:
                continue
            for value in self._at_hand(frame):
                found |= {one for one in _reached(value, depth, purse, speaks=speaks) if one in wanted}
            if speaks and purse.left < 0:
                return set(wanted)
        return found

    def _at_hand(self, frame: types.FrameType) -> Iterator[Any]:
        for _, value in self._variables.all(frame):
            yield value
        for name in frame.f_code.co_names[:_MOST]:
            value = dict.get(frame.f_globals, name)
            if value is not None and type(value) is not types.ModuleType:
                yield value

    def _speaks(self, frame: types.FrameType) -> bool:
        """Whether its code, or a function that its code names, says such a word; threading's own says it for all."""
        code = frame.f_code
        if is_stdlib(code.co_filename):
            return False
        known = self._speaking.get(code)
        if known is None:
            if len(self._speaking) >= _MAX_KNOWN:
                self._speaking.clear()
            called = (dict.get(frame.f_globals, name) for name in code.co_names[:_MOST])
            # What a module's own code nests is the whole file.
            depth = _MOST_NESTED if code.co_flags & inspect.CO_OPTIMIZED else 0
            codes = [code, *(one.__code__ for one in called if depth and type(one) is types.FunctionType)]
            known = self._speaking[code] = any(_says(one, depth) for one in codes)
        return known


def _says(code: types.CodeType, depth: int) -> bool:
    if not _ENDS.isdisjoint(code.co_names):
        return True
    nested = [one for one in code.co_consts if type(one) is types.CodeType]
    return depth > 0 and any(_says(one, depth - 1) for one in nested[:_MOST])


class _Purse:
    """How many objects may still be looked at."""

    def __init__(self, left: int) -> None:
        self.left = left


def _reached(value: Any, depth: int, purse: _Purse, *, speaks: bool) -> Iterator[int]:
    """The objects that can be let go from a value: itself and its parts, or what a method at hand is bound to."""
    kind = type(value)
    if kind in _PLAIN:
        return
    purse.left -= 1
    if purse.left < 0:
        return
    if kind is types.BuiltinMethodType or kind is types.MethodType:
        name = value.__name__ if kind is types.BuiltinMethodType else value.__func__.__name__
        if name in _ENDS:
            yield id(value.__self__)
        if speaks and depth:
            yield from _reached(value.__self__, depth - 1, purse, speaks=speaks)
        return
    if speaks:
        yield id(value)
        yield id(raw(value))
    if depth:
        for part in _parts(value):
            yield from _reached(part, depth - 1, purse, speaks=speaks)


def _parts(value: Any) -> list[Any]:
    kind = type(value)
    if kind is list or kind is tuple:
        return list(value[:_MOST])
    if kind is dict:
        return list(value.values())[:_MOST]
    if kind is types.FunctionType:
        return [cell.cell_contents for cell in (value.__closure__ or ())[:_MOST] if _is_full(cell)]
    if is_a(value, threading.Condition):
        return []  # it keeps its lock's methods, which says nothing of who has it
    return [part for _, part in values(value)[:_MOST]]


def _is_full(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - the only way to ask
    except ValueError:
        return False
    return True
