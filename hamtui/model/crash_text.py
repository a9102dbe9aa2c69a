"""CPython's raw crash text, as faulthandler writes it, to a structured dump.

The text has no time and no pid; those come from the end of the process and the file's name. Threads are
named by ``threading.get_ident()`` in hex; the one that crashed is ``Current thread``.
"""

import re

from hamtui.contract.stacks import Frame, ThreadStack

_FATAL = re.compile(r"^(?:Fatal Python error|Windows fatal exception): (.+)$")
_TIMER = re.compile(r"^Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!$")
_THREAD = re.compile(
    r"^(Current thread|Thread) 0x([0-9a-fA-F]+)(?: \[(.*)\])?(?: .*)? \(most recent call first\):$"
)
_THREAD_PLAIN = re.compile(r"^(Current thread|Thread|Stack) .*\(most recent call first\):$")
_FRAME = re.compile(r'^  File "(.*)", line (\d+|\?\?\?) in (.*)$')
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_SURROGATES = range(0xD800, 0xE000)


class _Block:
    """What one dump of the text said so far."""

    def __init__(self, reason: str | None) -> None:
        self.reason = reason
        self.current: list[ThreadStack] = []
        self.others: list[ThreadStack] = []
        self.open: ThreadStack | None = None

    def threads(self) -> list[ThreadStack]:
        return self.current + self.others


def parse(text: str) -> list[tuple[str | None, list[ThreadStack]]]:
    """Each dump of the text, oldest first: why the process died (``Segmentation fault``) and its threads.

    The thread that crashed comes first. Lines that are no part of a dump are passed over; a text cut off
    anywhere yields what stood before the cut.
    """
    blocks: list[_Block] = []
    for line in text.splitlines():
        fatal = _FATAL.match(line)
        if fatal or _TIMER.match(line):
            blocks.append(_Block(fatal.group(1) if fatal else None))
            continue
        head = _THREAD.match(line)
        if head or _THREAD_PLAIN.match(line):
            if not blocks:
                blocks.append(_Block(None))
            _open_thread(blocks[-1], head, line.startswith("Thread"))
            continue
        frame = _FRAME.match(line)
        if frame and blocks and blocks[-1].open is not None:
            blocks[-1].open.frames.append(_frame(frame))
        elif not line.startswith("  ") and blocks:
            blocks[-1].open = None
    return [(block.reason, block.threads()) for block in blocks if block.reason or block.threads()]


def _open_thread(block: _Block, head: "re.Match[str] | None", other: bool) -> None:
    ident = int(head.group(2), 16) if head else None
    name = unescape(head.group(3)) if head and head.group(3) else None
    block.open = ThreadStack(thread_id=ident, name=name)
    (block.others if other else block.current).append(block.open)


def _frame(match: "re.Match[str]") -> Frame:
    line = int(match.group(2)) if match.group(2).isdecimal() else 0
    return Frame(unescape(match.group(1)), line, unescape(match.group(3)))


def unescape(text: str) -> str:
    r"""``s\xe8gv.py`` as it was: faulthandler writes what is no ASCII as ``\x``, ``\u`` and ``\U`` escapes."""

    def one(match: "re.Match[str]") -> str:
        code = int(match.group(1) or match.group(2) or match.group(3), 16)
        return match.group(0) if code > 0x10FFFF or code in _SURROGATES else chr(code)

    return _ESCAPE.sub(one, text)
