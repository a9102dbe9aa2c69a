"""What ends a launch outside any run, and how it is told: as Python tells it, without our own frames."""

import os
import sys
from types import TracebackType

_HERE = os.path.dirname(os.path.abspath(__file__))


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
        ours = os.path.dirname(os.path.abspath(file)) == _HERE
        if not ours and not _is_importlib(file):
            return rest
        rest = rest.tb_next
    return tb if ours else None


def _is_importlib(file: str) -> bool:
    return file.startswith("<frozen importlib") or file.endswith(os.path.join("importlib", "__init__.py"))


def trim_last_words() -> None:
    """Have the interpreter's last traceback begin with the user's code.

    Only for an exception that is about to leave the program: the hook that stands then (the user's, where he
    set one) is called as it would have been.
    """
    hook = sys.excepthook

    def last_words(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        hook(kind, error, trimmed(tb))

    sys.excepthook = last_words
