"""Empty widgets under the others, whose left edges let a small change be sent as a small change.

Textual 8 sends what changed in a line from the left edge of the nearest widget on, even where the change is
at the line's end. An edge just before each figure that ticks cuts the bytes on the wire to a sixth.
Nothing but that depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

#: As many as there may be; what is asked for beyond is left out.
MOST = 14


class Edge(NamedTuple):
    """Where an edge should be: column, first line, number of lines."""

    x: int
    y: int
    lines: int


class Seam(Widget):
    """One edge, reaching to the next: side by side they cut each line once for each of them."""

    DEFAULT_CSS = """
    Seam { layer: seams; position: absolute; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._placed: tuple[Edge, int] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Nothing, the same for every line, so that Textual cuts it up but once: it is always covered."""
        return [Strip.blank(crop.width)] * crop.height

    def put(self, placed: tuple[Edge, int] | None) -> bool:
        """To this edge, so many cells wide, or away; whether it was elsewhere."""
        if placed == self._placed:
            return False
        self._placed = placed
        self.display = placed is not None
        if placed is not None:
            edge, width = placed
            self.styles.offset = (edge.x, edge.y)
            self.styles.width = width
            self.styles.height = edge.lines
        return True


def place(seams: Iterable[Seam], edges: Iterable[Edge], width: int) -> bool:
    """Put the seams at these edges of a screen of ``width``, and the rest of them away; whether any was elsewhere."""
    wanted = sorted(
        {edge for edge in edges if 0 < edge.x < width and edge.lines > 0}, key=lambda edge: (edge.y, edge.x)
    )
    follows = {edge: after for edge, after in pairwise(wanted) if edge.y == after.y}
    placed = [(edge, (follows[edge].x if edge in follows else width) - edge.x) for edge in wanted]
    moved = [seam.put(placed[n] if n < len(placed) else None) for n, seam in enumerate(seams)]
    return any(moved)
