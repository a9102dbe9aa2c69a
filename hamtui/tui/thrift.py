"""A frame in fewer bytes: a colour that is set already is not set again, nor the cursor put where it stands.

Textual writes each piece of a line with its whole style, a reset behind it and a position before it. On a thin line that is
most of what is sent. What the terminal shows is the same (ECMA-48: SGR and CUP).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[(?P<sgr>[\d;]*)m"
    r"|(?P<end>\n?)\x1b\[(?P<row>\d+);(?P<column>\d+)H"
    r"|(?P<text>[^\x1b\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<other>\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])|[\x00-\x1f\x7f-\x9f])"
)


class _Style(NamedTuple):
    """What SGR sets: bold and its like, and the two colours, each as its parameters; empty where it is the terminal's own."""

    attributes: frozenset[str] = frozenset()
    fore: str = ""
    back: str = ""


_PLAIN = _Style()


def thrifty(frame: str) -> str:
    """The same frame in fewer bytes. What stands before it must have left no style set; this leaves none either."""
    if frame.count("\x1b[") < 3:
        return frame
    return "".join(_pieces(frame))


def _pieces(frame: str) -> Iterator[str]:
    wanted = actual = _PLAIN
    #: Where the cursor stands; None where that is not sure.
    at: tuple[int, int] | None = None
    for token in _TOKEN.finditer(frame):
        kind = token.lastgroup
        if kind == "text":
            text = token["text"]
            if wanted != actual:
                yield _change(actual, wanted)
                actual = wanted
            yield text
            at = (at[0], at[1] + len(text)) if at is not None and _is_plain(text) else None
        elif kind == "sgr":
            wanted = _styled(wanted, token["sgr"])
        elif kind == "column":
            place = int(token["row"]), int(token["column"])
            if token["end"] and (at is None or at[0] >= place[0]):
                # It may scroll; from a line above it moves nothing that the position does not.
                if actual != _PLAIN:
                    yield _change(actual, _PLAIN)
                    actual = _PLAIN
                yield "\n"
                at = None
            if place != at:
                yield f"\x1b[{place[0]};{place[1]}H"
                at = place
        else:
            if wanted != actual:
                yield _change(actual, wanted)
                actual = wanted
            yield token["other"]
            at = None
    if wanted != actual:
        yield _change(actual, wanted)


@lru_cache(1024)
def _is_plain(text: str) -> bool:
    """Whether each character takes one cell, so that it is known where the cursor stands behind it."""
    return text.isascii() or cell_len(text) == len(text)


@lru_cache(1024)
def _styled(before: _Style, parameters: str) -> _Style:
    attributes, fore, back = before
    told = iter(parameters.split(";"))
    for one in told:
        number = int(one or "0")
        if number == 0:
            attributes, fore, back = _PLAIN
        elif number in {38, 48}:
            depth = next(told, "")
            colour = ";".join([one, depth, *(next(told, "0") for _ in range(3 if depth == "2" else 1))])
            fore, back = (colour, back) if number == 38 else (fore, colour)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            fore = one
        elif 40 <= number <= 47 or 100 <= number <= 107:
            back = one
        elif number == 39:
            fore = ""
        elif number == 49:
            back = ""
        else:
            attributes |= {one}
    return _Style(attributes, fore, back)


@lru_cache(1024)
def _change(old: _Style, new: _Style) -> str:
    """The shortest SGR from one style to another."""
    told = sorted(new.attributes - old.attributes)
    told += [new.fore or "39"] * (new.fore != old.fore) + [new.back or "49"] * (new.back != old.back)
    anew = ["0", *sorted(new.attributes), *filter(None, (new.fore, new.back))]
    shorter = (
        told if old.attributes <= new.attributes and len(";".join(told)) <= len(";".join(anew)) else anew
    )
    return f"\x1b[{';'.join(shorter)}m"
