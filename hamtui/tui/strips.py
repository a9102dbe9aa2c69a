"""Textual's strips, when they would keep themselves.

A ``Strip`` remembers what was cut of it. Where that is all of it, it remembers itself, and stays with all that it
remembers until the garbage collector's rare look at everything: of a screen that changes all the time some hundred a
second, which makes tens of MB. Here such a strip is given back without being remembered.
"""

from collections.abc import Iterable, Sequence

from rich.style import Style
from textual.strip import Strip

_divide, _crop_extend = Strip.divide, Strip.crop_extend


def divide(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """``Strip.divide``."""
    cuts = list(cuts)
    return [strip] if cuts == [strip.cell_length] else _divide(strip, cuts)


def crop_extend(strip: Strip, start: int, end: int, style: Style | None) -> Strip:
    """``Strip.crop_extend``."""
    return strip if start <= 0 and end == strip.cell_length else _crop_extend(strip, start, end, style)


def let_go() -> None:
    """Have Textual's strips do so, from here on, in this process."""
    Strip.divide = divide  # type: ignore[method-assign,assignment]
    Strip.crop_extend = crop_extend  # type: ignore[method-assign,assignment]
