"""What ends a launch outside any run, and how it is told: as Python tells it, without our own frames."""

import os
import sys
from types import TracebackType

_HERE = os.path.dirname(__file__)


class UsageError(Exception):
    """What was asked can't be done as asked. Its text is one sentence for the person who asked."""

    exit_code = 2
    stage = "usage"


class NoHamiltonError(UsageError):
    """The interpreter of the launch has no Hamilton."""

    exit_code = 1
    stage = "import"


def trimmed(tb: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins with the user's or Hamilton's code.

    None where there is no such part (a module that does not exist); all of it for a fault of our own.
    """
    rest, ours = tb, False
    while rest is not None:
        file = rest.tb_frame.f_code.co_filename
        # As it stands: ``abspath`` asks for the working folder, which the user's code may have removed.
        ours = os.path.dirname(file) == _HERE
        if not ours and not _is_importlib(file):
            return rest
        rest = rest.tb_next
    return tb if ours else None


def _is_importlib(file: str) -> bool:
    return file.startswith("<frozen importlib") or file.endswith(os.path.join("importlib", "__init__.py"))


def keep_last_words_short(last: BaseException) -> None:
    """Have the interpreter print ``last``, which is about to leave the program, with the traceback it has now.

    On its way out it passes frames of ours. The hook that stands then (the user's, where he set one) is called
    as it would have been.
    """
    hook, tb = sys.excepthook, last.__traceback__

    def last_words(kind: type[BaseException], error: BaseException, found: TracebackType | None) -> None:
        if error is last:
            found = error.__traceback__ = tb  # what Python prints goes by the attribute
        hook(kind, error, found)

    sys.excepthook = last_words
