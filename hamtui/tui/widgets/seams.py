"""Empty widgets under the others, whose left edges let a small change be sent as a small change.

Textual 8 sends what changed in a line from the left edge of the nearest widget on, even where the change is
at the line's end. An edge just before each figure that ticks cuts the bytes on the wire to a sixth.
Nothing but that depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from textual.strip import Strip
from textual.widget import Widget

#: As many as there may be; what is asked for beyond is left out.
MOST = 6


class Edge(NamedTuple):
    """Where an edge should be: column, first line, number of lines."""

    x: int
    y: int
    lines: int


class Seam(Widget):
    """One edge, a cell wide. Lies on a layer of its own under everything."""

    DEFAULT_CSS = """
    Seam { layer: seams; position: absolute; display: none; width: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._edge: Edge | None = None

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """Nothing: it is always covered."""
        return Strip.blank(self.size.width, self.rich_style)

    def put(self, edge: Edge | None, width: int) -> None:
        """To this place on a screen of ``width``, or away."""
        wanted = edge if edge is not None and 0 < edge.x < width and edge.lines > 0 else None
        if wanted == self._edge:
            return
        self._edge = wanted
        self.display = wanted is not None
        if wanted is not None:
            self.styles.offset = (wanted.x, wanted.y)
            self.styles.height = wanted.lines


def place(seams: Iterable[Seam], edges: Iterable[Edge], width: int) -> None:
    """Put the seams at these edges, and the rest of them away."""
    wanted: list[Edge | None] = list(dict.fromkeys(edges))
    for number, seam in enumerate(seams):
        seam.put(wanted[number] if number < len(wanted) else None, width)
