"""What Textual would keep of what is gone from the screen, for as long as the program runs or nearly.

A ``Strip`` remembers what was cut of it. Where that is all of it, it remembers itself, and stays with all that it
remembers until the garbage collector's rare look at everything: of a screen that changes all the time some hundred a
second. And two colours of each widget are remembered by the cache of all its lines, which so stays when the widget is
gone (https://github.com/Textualize/textual/issues/6665). Each makes tens of MB in an hour.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rich.style import Style
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.strip import Strip

_divide, _crop_extend = Strip.divide, Strip.crop_extend
#: A Textual that has mended it keeps the colours in another way, and is left alone.
_colours: Any = getattr(StylesCache.get_inner_outer, "__wrapped__", None)


def divide(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """``Strip.divide``."""
    cuts = list(cuts)
    return [strip] if cuts == [strip.cell_length] else _divide(strip, cuts)


def crop_extend(strip: Strip, start: int, end: int, style: Style | None) -> Strip:
    """``Strip.crop_extend``."""
    return strip if start <= 0 and end == strip.cell_length else _crop_extend(strip, start, end, style)


@lru_cache(1024)
def _inner_outer(base_background: Color, background: Color) -> Any:
    return _colours(None, base_background, background)


def inner_outer(_: object, base_background: Color, background: Color) -> Any:
    """``StylesCache.get_inner_outer``, remembered by the colours alone."""
    return _inner_outer(base_background, background)


def let_go() -> None:
    """Have Textual keep none of it from here on, in this process."""
    Strip.divide = divide  # type: ignore[method-assign,assignment]
    Strip.crop_extend = crop_extend  # type: ignore[method-assign,assignment]
    if _colours is not None:
        StylesCache.get_inner_outer = inner_outer  # type: ignore[method-assign,assignment]
