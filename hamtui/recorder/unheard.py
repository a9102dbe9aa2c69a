"""What a program logs at INFO while nobody has set up logging: dropped by the root's default level, wanted in our log.

Lowering that level would record it, and would change what the user's own handlers print. So ``Logger.info`` hears it
itself, where the record would otherwise not even be made: levels, handlers and ``isEnabledFor`` stay the user's.
"""

import functools
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from hamtui.recorder.guard import attempt

#: Of these records so many a second are told: a loop that logs each item must neither slow down nor fill the disk.
MOST_A_SECOND = 1_000

#: What formatting takes in without running anything of anybody's.
_SAFE = frozenset({str, int, float, bool, type(None)})

_monotonic, _frame = time.monotonic, getattr(sys, "_getframe", None)


class _Pace:
    """How many were told in this second. Threads may miscount a little; a lock would be worse."""

    def __init__(self) -> None:
        self.second = self.told = 0

    def is_full(self) -> bool:
        second = int(_monotonic())
        if second != self.second:
            self.second, self.told = second, 0
        self.told += 1
        return self.told > MOST_A_SECOND


def listen(tell: Callable[[logging.LogRecord], None]) -> None:
    """Call ``tell`` for each record below the root's default level that ``Logger.info`` is asked for, from now on."""
    pace = _Pace()

    own_file = logging.addLevelName.__code__.co_filename

    def record(logger: logging.Logger, message: object, given: tuple[Any, ...]) -> None:
        if _frame is None or pace.is_full() or not _is_default(logger):
            return
        caller, inside = _frame(1), False
        # Out through the guard's frames to logging's own (info, and logging.info above it), and past these.
        while caller.f_back is not None and not (inside and caller.f_code.co_filename != own_file):
            inside = inside or caller.f_code.co_filename == own_file
            caller = caller.f_back
        if not isinstance(message, str):
            message, given = type(message).__name__, ()
        elif not all(type(one) in _SAFE or _is_event(one) for one in given):
            # What nobody was to hear is not formatted: that would run the user's own code, under locks of his.
            message, given = f"{message}  ({', '.join(type(one).__name__ for one in given)})", ()
        place = caller.f_code.co_filename, caller.f_lineno
        tell(
            logging.LogRecord(logger.name, logging.INFO, *place, message, given, None, caller.f_code.co_name)
        )

    def info(self: logging.Logger, msg: object, *args: Any, **kwargs: Any) -> None:
        if self.isEnabledFor(20):
            self._log(20, msg, args, **kwargs)
        else:
            attempt(record, self, msg, args)

    functools.update_wrapper(info, logging.Logger.info)
    del info.__wrapped__  # type: ignore[attr-defined]
    # logging finds the caller's line by passing over frames of its own file: this one is to count as one.
    info.__code__ = info.__code__.replace(co_filename=own_file)
    logging.Logger.info = info  # type: ignore[method-assign]


def _is_event(one: Any) -> bool:
    """Whether it is an event of Hamilton's cache, which puts names and words of Hamilton's alone into its text."""
    kind = type(one)
    return kind.__name__ == "CachingEvent" and kind.__module__ == "hamilton.caching.adapter"


def _is_default(logger: logging.Logger) -> bool:
    """Whether the root's default level alone is what drops the record: a level that somebody set is respected."""
    root = logger.manager.root
    if logger.disabled or logger.manager.disable >= logging.INFO or root.level != logging.WARNING:
        return False
    at: logging.Logger | None = logger
    while at is not None and at is not root:
        if at.level:
            return False
        at = at.parent
    return True
