"""Ranges of seconds in words: what is usual for a node, and what is left of a run."""

import math

from hamtui.model.baseline import Usual
from hamtui.model.text import plural

#: From so many seconds up to the next line a range is told in this unit.
_UNITS = (
    (0.0, 0.001, "ms"),
    (0.0995, 1.0, "s"),
    (120.0, 60.0, "min"),
    (7200.0, 3600.0, "h"),
    (172800.0, 86400.0, "d"),
)
#: Below so many units a figure has one decimal.
_FINE = 3.0


def _unit(seconds: float) -> tuple[float, str]:
    return next((size, word) for least, size, word in reversed(_UNITS) if seconds >= least)


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= _FINE else f"{value:.1f}".removesuffix(".0")


def between(low: float, high: float, *, ascii_only: bool = False) -> str:
    """``3-6 s``, ``40-90 ms``, ``20 ms-45 s``; ``3 s`` where both ends read the same. The dash is a long one but in ASCII."""
    low, high = max(0.0, min(low, high)), max(0.0, low, high)
    size, word = _unit(high)
    first, last = _figure(low / size), _figure(high / size)
    if first == last:
        return f"{last} {word}"
    dash = "-" if ascii_only else "\u2013"
    if first == "0" and low > 0:
        below, its_word = _unit(low)
        return f"{_figure(low / below)} {its_word}{dash}{last} {word}"
    return f"{first}{dash}{last} {word}"


def usually(known: Usual, *, ascii_only: bool = False) -> str:
    """``usually 3-6 s (23 runs)``: from the median to the 95th percentile."""
    return f"usually {between(known.p50, known.p95, ascii_only=ascii_only)} ({plural(known.n, 'run')})"


def time_left(low: float, high: float, *, ascii_only: bool = False) -> str:
    """``about 3-5 min left``, ``up to 40 s left``: in steps coarse enough to stand still for a while."""
    low, high = max(0.0, min(low, high)), max(0.0, low, high)
    if high < 1.0:
        return "about done"
    size, word = _unit(max(high, 1.0))
    step = _step(high / size, word)
    first, last = math.floor(low / size / step) * step, math.ceil(high / size / step) * step
    if first <= 0:
        return f"up to {_figure(last)} {word} left"
    if first == last:
        return f"about {_figure(last)} {word} left"
    dash = "-" if ascii_only else "\u2013"
    return f"about {_figure(first)}{dash}{_figure(last)} {word} left"


def _step(high: float, word: str) -> float:
    if word == "s":
        return 1.0 if high < 20 else 5.0
    return 0.5 if high < _FINE else 1.0 if high < 60 else 5.0
