"""The tasks of an event loop: where each stands and what it awaits, read without running any of their code."""

import itertools
import sys
import types
import weakref
from collections.abc import Iterator
from typing import Any

from hamtui.recorder.dumps import Row
from hamtui.recorder.known import is_stdlib

MAX_TASKS = 64
_MOST_KNOWN = 10_000
_MOST_DEEP = 100
_MAX_NAME = 100

Told = tuple[str, Row | None, str | None]


def tasks_of(loop_id: int) -> list[Told]:
    """The unfinished tasks of the loop with this identity: name, where its coroutine stands, what task it awaits."""
    kinds = _kinds()
    found: list[Told] = []
    for task in _all(kinds):
        if id(task._loop) == loop_id and not task.done():  # noqa: SLF001 - of asyncio's very own classes
            found.append((_name(task), _stands(task.get_coro()), _awaited(task, kinds)))
            if len(found) >= MAX_TASKS:
                break
    return sorted(found, key=lambda told: told[0])


def _kinds() -> tuple[Any, ...]:
    """The classes of tasks that asyncio has; a subclass may be anybody's code."""
    tasks = sys.modules.get("asyncio.tasks")
    names = tasks.__dict__ if tasks is not None else {}
    return tuple(names[name] for name in ("_CTask", "_PyTask") if name in names)


def coroutines() -> Iterator[Any]:
    """What the unfinished tasks of all loops run."""
    for task in itertools.islice(_all(_kinds()), MAX_TASKS):
        if not task.done():
            yield task.get_coro()


def _all(kinds: tuple[Any, ...]) -> Iterator[Any]:
    """One at a time: a task that ends meanwhile would be done away with here, with all that it holds."""
    names = sys.modules["asyncio.tasks"].__dict__ if kinds else {}
    for name in ("_all_tasks", "_scheduled_tasks", "_eager_tasks"):
        known: Any = names.get(name)
        if known is None:
            continue
        # One step of C each, so that no task comes or goes meanwhile.
        for one in list(getattr(known, "data", known))[:_MOST_KNOWN]:
            task = one() if type(one) is weakref.ref else one
            if type(task) in kinds:
                yield task
            del one, task


def _name(task: Any) -> str:
    name = task.get_name()
    return name[:_MAX_NAME] if type(name) is str else "Task"


def _stands(coroutine: Any) -> Row | None:
    """The innermost frame of what a task runs that is not the standard library's, else the innermost of all."""
    frame: Any = None
    own: Any = None
    at = coroutine
    for _ in range(_MOST_DEEP):
        if type(at) is types.CoroutineType:
            inner, after = at.cr_frame, at.cr_await
        elif type(at) is types.GeneratorType:
            inner, after = at.gi_frame, at.gi_yieldfrom
        elif type(at) is types.AsyncGeneratorType:
            inner, after = at.ag_frame, at.ag_await
        else:
            break
        frame, at = inner or frame, after
        if inner is not None and not is_stdlib(inner.f_code.co_filename):
            own = inner
    frame = own or frame
    if frame is None:
        return None
    code = frame.f_code
    return code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_name


def _awaited(task: Any, kinds: tuple[Any, ...]) -> str | None:
    """The name of the task that a task waits for; of several (``gather``) the first that is not done."""
    waits_for = task._fut_waiter  # noqa: SLF001
    if type(waits_for) in kinds:
        return _name(waits_for)
    gathering = sys.modules["asyncio.tasks"].__dict__.get("_GatheringFuture")
    children = waits_for._children if gathering is not None and type(waits_for) is gathering else None  # noqa: SLF001
    if type(children) is list:
        return next((_name(one) for one in children if type(one) in kinds and not one.done()), None)
    return None
