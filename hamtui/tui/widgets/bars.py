"""Bars of the waterfall as segments, in eighths of a cell, or in ASCII."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style

from hamtui.model.window import Window, bar
from hamtui.tui.theme import Look

#: What fills a bar where there are no block characters, so that states differ without colour.
#: States whose bar ends in an arrow.
MOVING = frozenset({"running", "suspect", "late", "debugged"})
_ASCII_FILL = {
    "running": "=",
    "suspect": "#",
    "late": "+",
    "debugged": ":",
    "failed": "x",
    "cached": "-",
    "aborted": "%",
    "skipped": ".",
}

Geometry = tuple[int, int]
Cells = tuple[tuple[int, str], ...]


def segments(geometry: Geometry, width: int, state: str, look: Look) -> list[Segment]:
    """One bar in exactly ``width`` cells. What is in flight ends in an arrow."""
    left, length = geometry
    if length <= 0 or width <= 0:
        return [Segment(" " * width)] if width > 0 else []
    style = look.bar(state)
    moving = state in MOVING
    if look.glyphs.ascii_only or moving:
        return _whole(left, length, width, state, look, style)
    blocks = look.glyphs.blocks
    first, skipped = divmod(left, 8)
    end, rest = divmod(left + length, 8)
    found: list[Segment] = [Segment(" " * first)] if first else []
    if first == end or (end == first + 1 and not rest and skipped and length < 8):
        # All of it in one cell: a block from the cell's left edge is the nearest there is.
        found.append(Segment(blocks[max(1, length)], style))
        end = first + 1
    else:
        if skipped:
            found.append(Segment(look.glyphs.rights[8 - skipped], style))
            first += 1
        if end > first:
            found.append(Segment(blocks[8] * (end - first), style))
        if rest:
            found.append(Segment(blocks[rest], style))
            end += 1
    if end < width:
        found.append(Segment(" " * (width - end)))
    return found


def _whole(left: int, length: int, width: int, state: str, look: Look, style: Style) -> list[Segment]:
    """A bar of whole cells."""
    first = min(left // 8, width - 1)
    end = min(max(first + 1, -(-(left + length) // 8)), width)
    glyphs = look.glyphs
    fill = _ASCII_FILL.get(state, "=") if glyphs.ascii_only else glyphs.blocks[8]
    body = fill * (end - first)
    if state in MOVING:
        body = body[:-1] + glyphs.tip
    found = [Segment(" " * first)] if first else []
    found.append(Segment(body, style))
    if end < width:
        found.append(Segment(" " * (width - end)))
    return found


def extent(geometry: Geometry, state: str) -> tuple[int, int]:
    """First cell and the one after the last that the bar needs; what did not change needs no drawing."""
    left, length = geometry
    if state in MOVING:
        return left // 8, max(left // 8 + 1, -(-(left + length) // 8))
    return left, left + length


class Aggregate:
    """How busy a group is over time, counted by cell; spans are added one by one."""

    def __init__(self, window: Window, width: int) -> None:
        self._window = window
        self._width = width
        self._change = [0] * (width + 1)
        self._states = [""] * width

    def copy(self) -> Aggregate:
        """The same counts, to add to."""
        other = Aggregate(self._window, 0)
        other._width, other._change, other._states = self._width, self._change.copy(), self._states.copy()
        return other

    def add(self, start: float, end: float, state: str) -> None:
        """One more span, in seconds from the run's start."""
        left, length = bar(start, end, self._window, self._width)
        if length <= 0:
            return
        first, last = left // 8, min((left + length - 1) // 8, self._width - 1)
        self._change[first] += 1
        self._change[last + 1] -= 1
        states = self._states
        if state in MOVING:
            for cell in range(first, last + 1):
                if states[cell] != "suspect":
                    states[cell] = state
        elif state in {"failed", "aborted"} and not states[last]:
            states[last] = state

    def cells(self) -> Cells:
        """(height 0 to 8, state) a cell, the busiest being 8 high."""
        counts, level = [], 0
        for cell in range(self._width):
            level += self._change[cell]
            counts.append(level)
        top = max(counts, default=0)
        return tuple(
            (-(-8 * count // top) if top else 0, state or "succeeded")
            for count, state in zip(counts, self._states, strict=True)
        )


def aggregate_segments(cells: Cells, look: Look) -> list[Segment]:
    """An aggregate as segments, one a stretch of the same state."""
    found: list[Segment] = []
    text, before = "", ""
    for height, state in cells:
        if state != before and text:
            found.append(Segment(text, look.bar(before)))
            text = ""
        before = state
        text += look.glyphs.heights[height]
    if text:
        found.append(Segment(text, look.bar(before)))
    return found
