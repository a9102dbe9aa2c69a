"""Watching must never break a run: what the recorder, or an object that it looks at, raises stops here."""

import functools
import itertools
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from hamtui.recorder.text import clip

T = TypeVar("T")

#: Of one hook's faults so many are written one by one; after these only the powers of two.
FAULTS_SAID_SINGLY = 5


def _shield(function: Callable[..., T], failed: Callable[[Exception], T]) -> Callable[..., T]:
    """``function``, with what it raises handed to ``failed``. KeyboardInterrupt and SystemExit pass: they are the user's.

    Keyword arguments reach ``function`` as one dict, its last argument: to unpack them twice a hook costs 0.5 µs.
    """

    def shielded(*args: Any, **said: Any) -> T:
        try:
            return function(*args, said)
        except Exception as error:  # noqa: BLE001 - the one place: counted and said by ``failed``
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
    return clip(f"{type(error).__name__}: {message}", limit)


def traceback_text(error: BaseException, limit: int = 65_536) -> str | None:
    """The traceback as Python prints it, its middle left out where it is longer than ``limit`` characters."""
    lines, failed = attempt(traceback.format_exception, type(error), error, error.__traceback__)
    if failed is not None or lines is None:
        return None
    text = "".join(lines)
    if len(text) > limit:
        text = (
            f"{text[: limit // 4]}\n  [... {len(text) - limit} characters ...]\n{text[-(limit * 3 // 4) :]}"
        )
    return text
