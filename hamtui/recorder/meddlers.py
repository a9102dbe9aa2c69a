"""Threads that have no part in a wait and could end it all the same: by a release or a cancel of their own.

A plain lock may be let go by any thread, and a future cancelled by any. So a circle of waiting proves nothing while
another thread that may go on can reach one of its locks, and its code speaks of letting go.
"""

import functools
import gc
import inspect
import itertools
import sys
import threading
import types
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from hamtui.recorder import loops
from hamtui.recorder.known import is_stdlib
from hamtui.recorder.locals import Locals
from hamtui.recorder.locks import raw
from hamtui.recorder.pools import is_simple_queue
from hamtui.recorder.resolve import bases, is_a, own_names, values

#: What ends somebody else's wait.
_ENDS = frozenset({"release", "cancel", "set_result", "set_exception", "shutdown"})
#: Bounds: objects looked at in one container, how deep, codes remembered.
_MOST = 64
_MOST_QUEUED = 10_000
#: An attribute takes two of these, an item one.
_DEPTH = 4
_MOST_NESTED = 3
_MAX_KNOWN = 2_000
#: Of one thread so many objects are looked at, besides those that hold nothing, in code that speaks of it, and in other.
_MOST_LOOKED_AT = 3_000
_MOST_PASSED = 1_000
_PLAIN = frozenset({int, str, float, bool, bytes, complex, type(None), type, types.CodeType})
_HOLDERS = frozenset({list, tuple, dict, deque, functools.partial})


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
            if frame.f_code.co_name == "run_forever" and any(map(self._coroutine_says, loops.coroutines())):
                return set(wanted)
            speaks = self._speaks(frame)
            purse, depth = purses[speaks], _DEPTH
            if purse.left < 0:
                continue
            for value in self._at_hand(frame):
                found |= {one for one in self._reached(value, depth, purse, speaks=speaks) if one in wanted}
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
        """Whether its code, or a function or a method that its code names, says such a word.

        Threading's own says it for all.
        """
        code = frame.f_code
        if is_stdlib(code.co_filename):
            return False
        if self._function_says(code, frame.f_globals):
            return True
        named = frozenset(code.co_names)
        return any(
            _method_says(value, named) for _, value in itertools.islice(self._variables.all(frame), _MOST)
        )

    def _function_says(self, code: types.CodeType, names: dict[str, Any]) -> bool:
        known = self._speaking.get(code)
        if known is None:
            if len(self._speaking) >= _MAX_KNOWN:
                self._speaking.clear()
            called = (dict.get(names, name) for name in code.co_names[:_MOST])
            # What a module's own code nests is the whole file.
            depth = _MOST_NESTED if code.co_flags & inspect.CO_OPTIMIZED else 0
            codes = [code, *(one.__code__ for one in called if depth and type(one) is types.FunctionType)]
            known = self._speaking[code] = any(_says(one, depth) for one in codes)
        return known

    def _coroutine_says(self, coroutine: Any) -> bool:
        """Whether what a task will run on says such a word."""
        for _ in range(_MOST):
            if type(coroutine) is not types.CoroutineType:
                return False
            frame = coroutine.cr_frame
            if frame is not None and self._speaks(frame):
                return True
            coroutine = coroutine.cr_await
        return False

    def _reached(self, value: Any, depth: int, purse: "_Purse", *, speaks: bool) -> Iterator[int]:
        """The objects that can be let go from a value: itself and its parts, or what a method at hand is bound to."""
        kind = type(value)
        if kind in _PLAIN:
            return
        purse.left -= 1
        if purse.left < 0:
            return
        if kind is types.BuiltinMethodType or kind is types.MethodType:
            yield from self._bound(value, depth, purse, speaks=speaks)
            return
        if kind is types.FunctionType and self._calls(value):
            speaks = True
            for name in value.__code__.co_names[:_MOST]:
                one = dict.get(value.__globals__, name)
                if type(one) is not types.ModuleType and type(one) is not types.FunctionType:
                    yield from self._reached(one, depth - 2, purse, speaks=True)
        if speaks:
            yield id(value)
            yield id(raw(value))
        if depth > 0:
            cost = 1 if kind in _HOLDERS or is_queued(value) else 2
            parts = _parts(value)
            # What stands beside a function is what it will be called with: a timer's arguments, a partial's.
            speaks = speaks or any(type(part) is types.FunctionType and self._calls(part) for part in parts)
            for part in parts:
                yield from self._reached(part, depth - cost, purse, speaks=speaks)

    def _bound(self, method: Any, depth: int, purse: "_Purse", *, speaks: bool) -> Iterator[int]:
        """The same of a method, with the object that it is bound to."""
        function = method.__func__ if type(method) is types.MethodType else None
        name = method.__name__ if function is None else ""
        if type(function) is types.FunctionType:
            name = function.__name__
        if name in _ENDS:
            yield id(method.__self__)
        if type(function) is types.FunctionType and self._calls(function):
            speaks = True
            yield from self._reached(function, depth, purse, speaks=True)
        if speaks and depth > 0:
            yield from self._reached(method.__self__, depth - 1, purse, speaks=speaks)

    def _calls(self, function: types.FunctionType) -> bool:
        return not is_stdlib(function.__code__.co_filename) and self._function_says(
            function.__code__, function.__globals__
        )


def _method_says(value: Any, named: frozenset[str]) -> bool:
    """Whether a method of the value's that is named says such a word."""
    if type(value) in _PLAIN or type(value) in _HOLDERS:
        return False
    for base in bases(value):
        names = own_names(base)
        for name in itertools.islice(named.intersection(names), _MOST):
            method = names.get(name)
            passed = type(method) is not types.FunctionType or is_stdlib(method.__code__.co_filename)
            if not passed and _says(method.__code__, _MOST_NESTED):
                return True
    return False


def _says(code: types.CodeType, depth: int) -> bool:
    if not _ENDS.isdisjoint(code.co_names):
        return True
    nested = [one for one in code.co_consts if type(one) is types.CodeType]
    return depth > 0 and any(_says(one, depth - 1) for one in nested[:_MOST])


class _Purse:
    """How many objects may still be looked at."""

    def __init__(self, left: int) -> None:
        self.left = left


def is_queued(value: Any) -> bool:
    """Whether it is what a queue or an event loop keeps its work in."""
    events: Any = sys.modules.get("asyncio.events")
    return is_simple_queue(value) or (events is not None and is_a(value, events.__dict__.get("Handle")))


def _parts(value: Any) -> list[Any]:
    kind = type(value)
    if kind is list or kind is tuple:
        return list(value[:_MOST])
    if kind is dict:
        return list(value.values())[:_MOST]
    if kind is functools.partial or is_queued(value) or (kind is deque and len(value) <= _MOST_QUEUED):
        return _flat(gc.get_referents(value))[:_MOST]
    if kind is types.FunctionType:
        return [cell.cell_contents for cell in (value.__closure__ or ())[:_MOST] if _is_full(cell)]
    if is_a(value, threading.Condition):
        return []  # it keeps its lock's methods, which says nothing of who has it
    return [part for _, part in values(value)[:_MOST]]


def _flat(values: list[Any]) -> list[Any]:
    """With the lists in it opened: 3.12's queue keeps one."""
    return [part for one in values for part in (one if type(one) is list else [one])]


def _is_full(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - the only way to ask
    except ValueError:
        return False
    return True
