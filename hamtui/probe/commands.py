"""Command lines, short enough to stand in a sentence."""

import os

from hamtui.contract import redact
from hamtui.probe import procs

_MOST = 80
_MOST_ARGUMENTS = 2
_EACH = 40
_BYTES = 4096


def command(pid: int) -> str | None:
    """What process ``pid`` was started as: the program's base name and its first two arguments, cut; None if gone.

    No more, because arguments may hold secrets, and less where an argument says that it is one: the value of
    ``--password``, the password in an address. A process without a command line is its ``[name]``.
    """
    found = procs.stat(pid)
    if found is None:
        return None
    # The kernel reads a command line through the process' memory, and waits while a disk holds that up.
    if found.state == "D" or not (data := procs.read(f"/proc/{pid}/cmdline", _BYTES)):
        return f"[{found.name}]"
    return shortened(data.rstrip(b"\0").decode("utf-8", "replace").split("\0"))


def shortened(argv: list[str]) -> str:
    """The command of this argument list, in at most 80 characters."""
    words = [os.path.basename(argv[0]) or argv[0]]
    words += [_cut(word, _EACH) for word in redact.words(argv[1 : 1 + _MOST_ARGUMENTS])]
    if len(argv) > 1 + _MOST_ARGUMENTS:
        words.append("...")
    return _cut(" ".join(" ".join(word.split()) for word in words), _MOST)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
