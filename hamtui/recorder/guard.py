"""Watching must never break a run: what the recorder, or an object that it looks at, raises stops here."""

import contextlib
import functools
import inspect
import itertools
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

from hamtui.contract import redact
from hamtui.recorder.text import clip

T = TypeVar("T")

#: Of one hook's faults so many are written one by one; after these only the powers of two.
FAULTS_SAID_SINGLY = 5


def is_the_users(error: BaseException) -> bool:
    """Whether an exception that came up in our code is the user's own: Ctrl-C, SystemExit, or what a signal's handler raised.

    Python runs a handler inside whatever it interrupts, ours included, and its exception (a time limit's) must go
    on as if we were not there. A handler is known by its argument: the frame that it interrupted.
    """
    if not isinstance(error, Exception):
        return True
    above, tb = None, error.__traceback__
    while tb is not None:
        if above is not None and _was_given(tb.tb_frame, above):
            return True
        above, tb = tb.tb_frame, tb.tb_next
    return False


def _was_given(frame: FrameType, interrupted: FrameType) -> bool:
    """Whether a function's arguments hold the frame that it was called in."""
    code = frame.f_code
    takes = code.co_argcount + bool(code.co_flags & inspect.CO_VARARGS) + code.co_kwonlyargcount
    if not takes:
        return False
    given = [frame.f_locals.get(name) for name in code.co_varnames[:takes]]
    return any(
        one is interrupted or (type(one) is tuple and any(part is interrupted for part in one))
        for one in given
    )


def _shield(function: Callable[..., T], failed: Callable[[Exception], T]) -> Callable[..., T]:
    """``function``, with what it raises handed to ``failed``, but for what is the user's, which passes.

    Keyword arguments reach ``function`` as one dict, its last argument: to unpack them twice a hook costs 0.5 µs.
    """

    def shielded(*args: Any, **said: Any) -> T:
        try:
            return function(*args, said)
        except Exception as error:  # the one place: counted and said by ``failed``
            if is_the_users(error):
                raise
            return failed(error)

    return shielded


def _call(function: Callable[..., Any], *rest: Any) -> tuple[Any, Exception | None]:
    return function(*rest[:-1], **rest[-1]), None


_attempt = _shield(_call, lambda error: (None, error))


def attempt(function: Callable[..., T], /, *args: Any, **kwargs: Any) -> tuple[T | None, Exception | None]:
    """``(result, None)``, or ``(None, exception)``."""
    return _attempt(function, *args, **kwargs)


class Faults:
    """The recorder's own trouble in this process: counted per place, told to ``listener`` in bounded number."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._counters: dict[str, itertools.count[int]] = {}
        self.listener: Callable[[str, Exception, int], object] | None = None

    def note(self, where: str, error: Exception) -> None:
        """Count one fault. Never raises."""
        count = next(self._counters.setdefault(where, itertools.count(1)))
        self.counts[where] = count
        if self.listener is not None and (count <= FAULTS_SAID_SINGLY or count & (count - 1) == 0):
            attempt(self.listener, where, error, count)


FAULTS = Faults()


def hook(function: Callable[[Any, dict[str, Any]], None]) -> Callable[..., None]:
    """A hook that raises kills the run: this one counts instead, and says so in the flight file.

    ``function(recorder, said)``: what Hamilton says by keyword, those of a later Hamilton included, is ``said``.
    """

    def failed(error: Exception) -> None:
        # So deep that nothing more can be called: the user's own code, which may still fit, is to go on.
        with contextlib.suppress(RecursionError):
            FAULTS.note(function.__name__, error)

    shielded = _shield(function, failed)
    functools.update_wrapper(shielded, function)
    del shielded.__wrapped__  # type: ignore[attr-defined]  # its signature is another
    return shielded


def error_text(error: BaseException, limit: int = 32_768) -> str:
    """``Type: message``, at most ``limit`` characters of it; a ``__str__`` that raises is said to be unprintable."""
    message, failed = attempt(str, error)
    if failed is not None or message is None:
        message = "<unprintable>"
    return clip(redact.known(f"{type(error).__name__}: {message}"), limit)


def traceback_text(error: BaseException, limit: int = 65_536) -> str | None:
    """The traceback as Python prints it, its middle left out where it is longer than ``limit`` characters."""
    lines, failed = attempt(traceback.format_exception, type(error), error, error.__traceback__)
    if failed is not None or lines is None:
        return None
    text = redact.known("".join(lines))
    if len(text) > limit:
        text = (
            f"{text[: limit // 4]}\n  [... {len(text) - limit} characters ...]\n{text[-(limit * 3 // 4) :]}"
        )
    return text
