"""A list of styled lines that scrolls: what every pane is drawn with.

A line is made of inks, text with its style: never markup, and safe to send to a terminal, which whoever
makes an ink of the run's text sees to with ``model.text.visible``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hamtui.model.text import visible
from hamtui.tui.theme import DEFAULT_LOOK, Look

if TYPE_CHECKING:
    from typing_extensions import Self

_NONE = Style()


class Ink(NamedTuple):
    """Text in one style; no newline, no control character."""

    text: str
    style: Style = _NONE


@dataclass(frozen=True)
class Line:
    """A row. ``under`` is laid under the whole of it; ``action`` says what enter or a click on it asks for."""

    inks: tuple[Ink, ...] = ()
    action: tuple[str, ...] = ()
    under: Style | None = None

    @classmethod
    def of(cls, *parts: tuple[str, Style], action: tuple[str, ...] = (), under: Style | None = None) -> Self:
        """A line out of (text, style) pairs; empty texts are left out."""
        return cls(tuple(Ink(text, style) for text, style in parts if text), action, under)

    @property
    def text(self) -> str:
        """What stands in it."""
        return "".join(ink.text for ink in self.inks)

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return sum(cell_len(ink.text) for ink in self.inks)


BLANK = Line()


def fit(text: str, width: int, ellipsis: str = "…", *, pad: bool = False) -> str:
    """The text in at most ``width`` cells, its end cut with an ellipsis; with ``pad`` in exactly as many."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width) if pad else text
    room = max(0, width - cell_len(ellipsis))
    return (
        set_cell_size(set_cell_size(text, room).rstrip() + ellipsis, width)
        if pad
        else (set_cell_size(text, room).rstrip() + ellipsis[:width])
    )


def fit_start(text: str, width: int, ellipsis: str = "…") -> str:
    """The text's end in at most ``width`` cells: of a path the file is worth more than the root."""
    if cell_len(text) <= width:
        return text
    room = max(0, width - cell_len(ellipsis))
    start = len(text)
    while start > 0 and cell_len(text[start - 1 :]) <= room:
        start -= 1
    return fit(ellipsis + text[start:], width, ellipsis)


def wrap(text: str, width: int) -> list[str]:
    """Rows of at most ``width`` cells, broken at spaces where there are any."""
    width = max(1, width)
    rows: list[str] = []
    row = ""
    for word in _words(text):
        if cell_len(row) + cell_len(word.rstrip()) <= width:
            row += word
            continue
        if row.strip():
            rows.append(row.rstrip())
        row = word.lstrip()
        if cell_len(row.rstrip()) > width:
            *full, row = chop_cells(row, width)
            rows += full
    if row.strip() or not rows:
        rows.append(row.rstrip())
    return rows


def _words(text: str) -> Iterator[str]:
    """The words of a text, each with the spaces behind it; leading spaces are the first."""
    start = 0
    while start < len(text):
        end = text.find(" ", start)
        if end < 0:
            yield text[start:]
            return
        while end < len(text) and text[end] == " ":
            end += 1
        yield text[start:end]
        start = end


def flow(parts: Sequence[tuple[str, Style]], width: int, indent: int = 2) -> list[Line]:
    """Styled parts on one line where they fit, else broken between or inside them, indented."""
    lines: list[Line] = []
    inks: list[Ink] = []
    used = 0
    for text, style in parts:
        for word in _words(text):
            needed = cell_len(word.rstrip())
            if inks and used + needed > width:
                lines.append(Line(tuple(inks)))
                inks, used = [Ink(" " * indent)], indent
                word = word.lstrip()  # noqa: PLW2901
            for piece in chop_cells(word, max(1, width - indent)) if needed > width else [word]:
                if inks and used + cell_len(piece.rstrip()) > width:
                    lines.append(Line(tuple(inks)))
                    inks, used = [Ink(" " * indent)], indent
                inks.append(Ink(piece, style))
                used += cell_len(piece)
    if inks:
        lines.append(Line(tuple(inks)))
    return [Line(tuple(_joined(line.inks))) for line in lines]


def _joined(inks: Sequence[Ink]) -> Iterator[Ink]:
    """Neighbours in one style as one ink: fewer bytes to the terminal."""
    at = 0
    while at < len(inks):
        end = at + 1
        while end < len(inks) and inks[end].style == inks[at].style:
            end += 1
        yield Ink("".join(ink.text for ink in inks[at:end]), inks[at].style)
        at = end


@dataclass(frozen=True)
class Pen:
    """Writes the run's text safely, in a look and to a width."""

    look: Look
    width: int

    @property
    def sep(self) -> str:
        """What stands between two facts on a line."""
        return f" {self.look.glyphs.dot} "

    def clean(self, text: object) -> str:
        """The run's text on one line, safe to draw."""
        raw = text if isinstance(text, str) else str(text)
        return visible(raw.expandtabs(4), ascii_only=self.look.glyphs.ascii_only)

    def cut(self, text: object, width: int, *, pad: bool = False) -> str:
        """The run's text, safe and in at most ``width`` cells."""
        return fit(self.clean(text), width, self.look.glyphs.ellipsis, pad=pad)

    def flow(self, *parts: tuple[str, Style], indent: int = 2) -> list[Line]:
        """Styled parts, broken to the width."""
        return flow([part for part in parts if part[0]], self.width, indent)

    def says(self, *sentences: str) -> list[Line]:
        """An empty state: what is missing, then why."""
        style = self.look.text
        lines: list[Line] = []
        for sentence in sentences:
            lines += [Line.of((row, style)) for row in wrap(self.clean(sentence), self.width)]
            style = self.look.dim
        return lines


class LineView(ScrollView, can_focus=True):
    """Lines, of which it draws those on the screen, and redraws those that changed.

    With ``cursor`` a row is highlighted while it has the focus, and enter or a click posts ``Chosen`` with
    that row's action; without, the keys scroll. ``lines`` may be a window into more: ``Wanted`` then asks for
    the rows that came into sight.

    No text is selected in it with the mouse: Textual would have each row of a growing file drawn in a style of its own,
    which its caches keep. The terminal selects with shift, and ``y`` copies.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    LineView { height: 1fr; width: 1fr; scrollbar-size: 1 1; scrollbar-gutter: stable; overflow-x: hidden; }
    LineView.-ascii { scrollbar-size: 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "row(-1)", "Up", show=False, id="lines.up"),
        Binding("down,j", "row(1)", "Down", show=False, id="lines.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="lines.page_up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="lines.page_down"),
        Binding("home", "end(-1)", "Top", show=False, id="lines.top"),
        Binding("end", "end(1)", "Bottom", show=False, id="lines.bottom"),
        Binding("left", "sideways(-8)", "Left", show=False, id="lines.left"),
        Binding("right", "sideways(8)", "Right", show=False, id="lines.right"),
        Binding("enter", "choose", "Open", show=False, id="lines.choose"),
    ]

    class Chosen(Message):
        """Enter or a click on a row; ``action`` is the row's, maybe empty."""

        def __init__(self, action: tuple[str, ...]) -> None:
            super().__init__()
            self.action = action

    class Wanted(Message):
        """Other rows came into sight: ``first`` and how many. ``at_end`` when the last is among them."""

        def __init__(self, first: int, count: int, *, at_end: bool) -> None:
            super().__init__()
            self.first = first
            self.count = count
            self.at_end = at_end

        def can_replace(self, message: Message) -> bool:
            """Only where the scrolling came to rest counts."""
            return isinstance(message, LineView.Wanted)

    class Fitted(Message):
        """It has another size: whatever was broken to its width must be broken anew."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest size counts."""
            return isinstance(message, LineView.Fitted)

    def __init__(self, *, cursor: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._cursor = cursor
        self._lines: Sequence[Line] = ()
        self._first = 0
        self._total = 0
        self._drawn: dict[int, Line] = {}
        self.row = 0
        #: Rows that stay at the top while the others scroll under them.
        self.pinned = 0

    @property
    def look(self) -> Look:
        """Styles and glyphs of the app's theme."""
        look = getattr(self.app, "look", DEFAULT_LOOK)
        return look if isinstance(look, Look) else DEFAULT_LOOK

    @property
    def room(self) -> int:
        """Cells that a line may take."""
        return max(1, self.scrollable_content_region.width or self.size.width)

    @property
    def top(self) -> int:
        """The row at the top."""
        return round(self.scroll_y)

    @property
    def total(self) -> int:
        """Rows that there are."""
        return self._total

    def text(self) -> str:
        """Everything that it holds, as lines of text."""
        return "\n".join(line.text.rstrip() for line in self._lines)

    def show_lines(
        self, lines: Sequence[Line], *, first: int = 0, total: int | None = None, width: int | None = None
    ) -> None:
        """Hold these lines, rows ``first`` and on of ``total``; draw the ones that differ."""
        self._lines, self._first = lines, first
        self._total = max(len(lines) + first, 0) if total is None else total
        if width is None:
            width = max((line.width for line in lines), default=0)
        size = Size(max(width, 1), self._total)
        self.set_class(self.look.glyphs.ascii_only, "-ascii")
        self.row = max(0, min(self.row, self._total - 1))
        if size != self.virtual_size:
            self.virtual_size = size
            if self.scroll_y > self.max_scroll_y:
                self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        for y in range(self.size.height):
            if self._drawn.get(y, BLANK) != self._line(self._row_at(y)):
                self.refresh_line(self.top + y)

    def _row_at(self, y: int) -> int:
        return y if y < self.pinned else self.top + y

    def _line(self, row: int) -> Line:
        at = row - self._first
        return self._lines[at] if 0 <= at < len(self._lines) else BLANK

    def render_line(self, y: int) -> Strip:
        """Row ``y`` of the screen."""
        row = self._row_at(y)
        line = self._line(row)
        self._drawn[y] = line
        base = self.rich_style
        if line.under is not None:
            base += line.under
        if self._cursor and row == self.row and self.has_focus and self._total:
            base += self.look.cursor
        segments = [Segment(ink.text, base + ink.style) for ink in line.inks]
        left, width = round(self.scroll_x), self.size.width
        return Strip(segments, line.width).crop_extend(left, left + width, base)

    def go_to(self, row: int) -> None:
        """Put the cursor on a row and bring it into sight."""
        old, self.row = self.row, max(0, min(row, self._total - 1))
        height = max(1, self.scrollable_content_region.height)
        if self.row < self.top + self.pinned:
            self.scroll_to(y=max(0, self.row - self.pinned), animate=False, force=True)
        elif self.row >= self.top + height:
            self.scroll_to(y=self.row - height + 1, animate=False, force=True)
        self.refresh_line(old)
        self.refresh_line(self.row)

    def to_end(self) -> None:
        """Scroll to the last row."""
        self.scroll_to(y=max(0, self._total - self.size.height), animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for the rows that came into sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            height = self.size.height
            self.post_message(self.Wanted(self.top, height, at_end=self.top + height >= self._total))

    def on_resize(self, event: Resize) -> None:
        """Say so: lines are made for a width."""
        del event
        self._drawn.clear()
        self.post_message(self.Fitted())

    def on_focus(self) -> None:
        """Draw the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw no cursor."""
        self.refresh()

    def on_click(self, event: Click) -> None:
        """The row that was clicked is chosen."""
        row = self._row_at(event.y)
        if row < self._total:
            if self._cursor:
                self.go_to(row)
            if self._line(row).action:
                self.post_message(self.Chosen(self._line(row).action))

    def _move(self, cursor: Callable[[int], int], scroll: Callable[[int], int]) -> None:
        if self._cursor:
            self.go_to(cursor(self.row))
        else:
            self.scroll_to(y=max(0, scroll(self.top)), animate=False, force=True)

    def action_row(self, by: int) -> None:
        """The next or the last row."""
        self._move(lambda row: row + by, lambda top: top + by)

    def action_page(self, by: int) -> None:
        """A page on or back."""
        step = by * max(1, self.size.height - 1)
        self._move(lambda row: row + step, lambda top: top + step)

    def action_end(self, way: int) -> None:
        """The first or the last row."""
        last, top = self._total if way > 0 else 0, self.top
        self._move(lambda _: last, lambda _: last)
        if way > 0 and self.top == top:
            self.post_message(self.Wanted(top, self.size.height, at_end=True))

    def action_sideways(self, by: int) -> None:
        """Columns to the left or right."""
        self.scroll_to(x=max(0, self.scroll_x + by), animate=False, force=True)

    def action_choose(self) -> None:
        """Ask for what the row under the cursor offers."""
        self.post_message(self.Chosen(self._line(self.row).action if self._cursor else ()))
