"""A widget that is one line of styled parts, and redraws only the cells that changed."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from hamtui.tui.theme import DEFAULT_LOOK, Look

#: Moving the terminal's cursor costs as much as some cells.
_NEAR = 12


class OneLine(Widget):
    """Subclasses say in ``segments`` what stands in a line of a width; ``update`` draws what differs."""

    DEFAULT_CSS = """
    OneLine { height: 1; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown: Strip | None = None

    @property
    def look(self) -> Look:
        """Styles and glyphs of the app's theme."""
        look = getattr(self.app, "look", DEFAULT_LOOK)
        return look if isinstance(look, Look) else DEFAULT_LOOK

    def segments(self, width: int) -> list[Segment]:
        """The line, in at most ``width`` cells."""
        raise NotImplementedError

    def update(self) -> None:
        """Draw the cells that differ from what is on the screen."""
        width = self.size.width
        if not self.is_mounted or not width:
            return
        fresh = Strip(self.segments(width)).adjust_cell_length(width)
        stale, self._shown = self._shown, fresh
        if stale is None or stale.cell_length != fresh.cell_length:
            self.refresh()
            return
        cells, before = _cells(fresh), _cells(stale)
        changed = [at for at, pair in enumerate(zip(before, cells, strict=False)) if pair[0] != pair[1]]
        if len(cells) != width or len(before) != width:
            self.refresh()  # wide characters: cells and characters do not match
        elif changed:
            self.refresh(*_stretches(changed))

    def on_resize(self) -> None:
        """Another width, another line."""
        self._shown = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The one line."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.rich_style)
        if self._shown is None or self._shown.cell_length != width:
            self._shown = Strip(self.segments(width)).adjust_cell_length(width)
        return self._shown.apply_style(self.rich_style)


def _stretches(changed: list[int]) -> list[Region]:
    """Regions around the changed columns, near ones together."""
    found: list[Region] = []
    first = last = changed[0]
    for at in changed[1:]:
        if at - last > _NEAR:
            found.append(Region(first, 0, last + 1 - first, 1))
            first = at
        last = at
    return [*found, Region(first, 0, last + 1 - first, 1)]


def _cells(strip: Strip) -> list[tuple[str, object]]:
    return [(char, segment.style) for segment in strip for char in segment.text]
