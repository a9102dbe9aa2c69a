"""Tree and waterfall as one list of rows: one cursor, one scroll, each bar beside its node."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip

from hamtui.model.lost import retried
from hamtui.model.text import visible
from hamtui.model.timeline import Row, times_of
from hamtui.model.where import longest
from hamtui.model.window import Window, fit
from hamtui.tui.cells import differing, flow
from hamtui.tui.glance import DEBUG_WORD, Glance
from hamtui.tui.messages import SelectionChanged
from hamtui.tui.theme import DEFAULT_LOOK, Look
from hamtui.tui.widgets.overlay import verdict_word
from hamtui.tui.widgets.rowcursor import AXIS, RowCursor
from hamtui.tui.widgets.rowdraw import TRY_CELLS, Columns, Drawn, RowDraw, columns
from hamtui.tui.widgets.seams import Edge

#: Seams are as long as the rows, in steps of so many: not each row that comes moves them.
_SEAM_LINES = 8
_TITLES = {"module": "Nodes", "running": "Running first"}


class Timeline(RowCursor):
    """The rows of one run. Given a `Glance` by ``show`` when something changed, by ``tick`` when only time did."""

    DEFAULT_CSS = """
    Timeline { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-gutter: stable; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._draw: RowDraw | None = None
        self._last: Row | None = None
        self._strips: dict[int, Strip] = {}
        self._seen: dict[int, Drawn] = {}
        #: The lines of the screen as they were last drawn, by their places.
        self._lines: dict[int, Strip] = {}

    @property
    def look(self) -> Look:
        """Styles and glyphs of the app's theme."""
        look = getattr(self.app, "look", DEFAULT_LOOK)
        return look if isinstance(look, Look) else DEFAULT_LOOK

    @property
    def room(self) -> int:
        """Cells of a line, without the scrollbar's."""
        return self.scrollable_content_region.width

    def show(self, glance: Glance) -> None:
        """Draw what changed: new rows, states, marks."""
        before = self.glance.run.run_id if self.glance is not None and self.glance.run is not None else None
        self.glance = glance
        if glance.run is not None and before not in {None, glance.run.run_id}:
            self.zoomed = None
        self.remake()
        self._redraw_changed()

    def _redraw_changed(self) -> None:
        """Draw the cells in sight that differ: something happens all the time, most of it to other rows.

        A service shows another run each moment, and most of its lines are as those of the one before.
        """
        before, glance = self._draw, self.glance
        columns = self._columns()
        if before is None or glance is None or columns != before.columns or self.look is not before.look:
            self.redraw()
            return
        self._draw = RowDraw(glance, self.look, columns, self.window())
        self._strips.clear()
        self._seen.clear()
        room = self.room
        for y in range(self.size.height):
            old, new = self._lines.get(y), self._line(y).adjust_cell_length(room)
            for first, last in [(0, self.size.width)] if old is None else differing(old, new):
                self.refresh(Region(first, y, last - first, 1))

    def _columns(self) -> Columns:
        words, place, tries = [0], 0, 0
        if self.glance is not None:
            if self.glance.run is not None:
                place = longest(self.glance.run, self.glance.home)
                tries = TRY_CELLS if retried(self.glance.launch, self.glance.run) else 0
            words += [len(verdict_word(mark)) for mark in self.glance.marks.values()]
            words += [len(DEBUG_WORD) for span in self.glance.flying if span.in_debugger]
        return columns(self.room, self.list.longest, max(words), place, tries)

    def tick(self, glance: Glance) -> None:
        """Draw what the passing of time changed, and only those cells."""
        self.glance = glance
        if self._draw is None or self.window() != self._draw.window:
            self._redraw_changed()
            return
        draw = self._draw = self._draw.later(glance)
        for number in self._in_sight():
            row = self.list.at(number)
            if row is None:
                break
            if not draw.moves(row):
                continue
            stale, fresh = self._seen.get(number), draw.drawn(row)
            if fresh != stale:
                self._strips.pop(number, None)
                self._seen[number] = fresh
                y = number - self.scroll_offset.y + AXIS
                self.refresh(*_changed(draw.columns, y, stale, fresh))

    def seams(self) -> list[Edge]:
        """Where something ticks, on the screen: the times, and stretches of the waterfall, of as many lines as have rows."""
        if self._draw is None:
            return []
        cols, place = self._draw.columns, self.region
        step = max(12, cols.bars // 8)
        ticking = [cols.time_at + cols.word, *range(cols.bars_at, cols.bars_at + cols.bars, step)]
        lines = min(place.height - AXIS, -(-len(self.list) // _SEAM_LINES) * _SEAM_LINES)
        return [Edge(place.x + x, place.y + AXIS, lines) for x in ticking]

    def moving_in_sight(self) -> bool:
        """Whether any row on the screen changes as time goes."""
        draw = self._draw
        return draw is not None and any(draw.moves(row) for row in map(self.list.at, self._in_sight()) if row)

    def _in_sight(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(len(self.list), top + max(0, self.size.height - AXIS)))

    def remake(self) -> None:
        """Make the rows anew where need be; the row under the cursor stays on its line of the screen."""
        if self.glance is None:
            return
        # A filter that nothing passes leaves no row: the cursor goes back to the one that it was on.
        before, place = self.selected or self._last, self.cursor
        if not self.list.update(self.glance):
            return
        self._measure()
        self._last = before if not len(self.list) else None
        if before is not None:
            found = self.list.nearest(before)
            self.cursor = max(0, min(place, len(self.list) - 1)) if found is None else found
            if self.cursor != place:
                self.scroll_rows(self.scroll_offset.y + self.cursor - place)
        if (self.selected.key if self.selected else None) != (before.key if before else None):
            self.post_message(SelectionChanged(by_user=False))

    def _measure(self) -> None:
        """How far it scrolls. Where all is in sight, rows that come and go do not lay the screen out anew."""
        self.virtual_size = Size(self.room, max(len(self.list) + AXIS, self.size.height))

    def redraw(self) -> None:
        """Draw everything anew."""
        self._strips.clear()
        self._seen.clear()
        if self.glance is not None and self.room > 0:
            self._draw = RowDraw(self.glance, self.look, self._columns(), self.window())
        self.refresh()

    def redraw_row(self, number: int) -> None:
        """Draw one row anew."""
        self._strips.pop(number, None)
        self.refresh_line(number + AXIS)

    def window(self) -> Window:
        """The time that is in sight: what was zoomed to, else the whole run."""
        if self.zoomed is not None:
            return self.zoomed
        glance = self.glance
        if glance is None or glance.run is None:
            return fit(0.0, live=True)
        return fit(glance.elapsed or 0.0, live=glance.run_live)

    def around(self) -> float | None:
        """The selected span's end, where it has one."""
        row, glance = self.selected, self.glance
        if row is None or glance is None or glance.run is None or row.span_key is None:
            return None
        span = glance.run.spans.get(row.span_key)
        between = times_of(glance.run, span, glance.now) if span is not None else None
        return between[1] if between is not None else None

    def on_resize(self) -> None:
        """Lay the columns out for the new width and keep the cursor in sight."""
        self._measure()
        self.redraw()
        self.call_after_refresh(self.keep_in_sight)

    def on_focus(self) -> None:
        """The cursor is drawn stronger with the focus."""
        self.redraw_row(self.cursor)

    def on_blur(self) -> None:
        """The cursor is drawn weaker without the focus."""
        self.redraw_row(self.cursor)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the axis, then rows."""
        line = self._lines[y] = self._line(y).adjust_cell_length(self.room)
        return line.apply_style(self.rich_style)

    def _line(self, y: int) -> Strip:
        draw = self._draw
        if draw is None:
            return Strip.blank(self.room)
        if y < AXIS:
            return draw.axis(self._title())
        number = y - AXIS + self.scroll_offset.y
        row = self.list.at(number)
        if not self.list.rows:
            said = self._nothing()[y - AXIS - 1 : y - AXIS] if y > AXIS else []
            return Strip(
                flow([(f"  {text}", style) for text, style in said], self.room, self.look.glyphs.ellipsis)
            )
        if row is None:
            rule = Segment(self.look.glyphs.rule, self.look.faint)
            return Strip([Segment(" " * (draw.columns.bars_at - 1)), rule] if draw.columns.bars else [])
        strip = self._strips.get(number)
        if strip is None:
            cursor = self.look.cursor if self.has_focus else self.look.cursor_blurred
            strip = self._strips[number] = draw.strip(row, cursor=cursor if number == self.cursor else None)
            if number not in self._seen:
                self._seen[number] = draw.drawn(row)
        return strip

    def _nothing(self) -> list[tuple[str, Style]]:
        """Why there are no rows, a sentence a line."""
        glance, look = self.glance, self.look
        if glance is None or not glance.caught_up:
            return [("reading the launch's files", look.dim)]
        if glance.run is not None and self.list.view.filter:
            return [
                (f"no node has {self.list.view.filter!r} in its name, state or tags", look.text),
                ("escape clears the filter", look.dim),
            ]
        error = glance.launch.error
        if error is not None:
            sentence = visible(f"{error.type}: {error.message}", ascii_only=look.glyphs.ascii_only)
            return [
                (f"{look.glyphs.failed} {sentence}", look.failed),
                ("no run was started; Output has what was printed", look.dim),
            ]
        if glance.live:
            return [("no run yet: modules are imported, then the Driver is built", look.dim)]
        return [("the launch ended before any run started", look.dim)] if glance.run is None else []

    def _title(self) -> str:
        view = self.list.view
        title = _TITLES.get(view.grouping, f"Nodes by {view.grouping}")
        if view.filter:
            shown = sum(1 for row in self.list.rows if row.span_key is not None)
            title = visible(f"{shown} with {view.filter!r}", ascii_only=self.look.glyphs.ascii_only)
        following = self.follow and self.glance is not None and self.glance.run_live
        return f"{title} {self.look.glyphs.dot} following" if following else title


def _changed(cols: Columns, y: int, stale: Drawn | None, fresh: Drawn) -> list[Region]:
    """The cells of a line that differ between what was drawn and what is to be."""
    if stale is None:
        return [Region(0, y, cols.bars_at + cols.bars, 1)]
    regions = []
    if stale[:2] != fresh[:2]:
        at, width = cols.time_at, cols.word + cols.time
        if stale[0] == fresh[0]:
            at, width = cols.time_at + cols.word, cols.time
        regions.append(Region(at, y, width, 1))
    if stale[3] != fresh[3] and cols.bars:
        first, last = _rewritten(stale[3], fresh[3])
        regions.append(Region(cols.bars_at + first, y, min(last, cols.bars) - first, 1))
    before, after = stale[2], fresh[2]
    if before != after and cols.bars:
        if len(before) == len(after) == 2 and isinstance(before[1], int) and isinstance(after[1], int):
            # A bar that grew: the arrow's old cell to its new one.
            first = max(0, min(before[1], after[1]) - 1)
            last = min(max(before[1], after[1]), cols.bars)
        else:
            cells = [n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new]
            first, last = (cells[0], cells[-1] + 1) if cells else (0, cols.bars)
        if last > first:
            regions.append(Region(cols.bars_at + first, y, last - first, 1))
    return regions


def _rewritten(stale: tuple[int, str], fresh: tuple[int, str]) -> tuple[int, int]:
    """The cells in which two labels differ."""
    if stale[0] != fresh[0] or len(stale[1]) != len(fresh[1]):
        written = [label for label in (stale, fresh) if label[1]]
        return min(at for at, _ in written), max(at + len(text) for at, text in written)
    differ = [at for at, (old, new) in enumerate(zip(stale[1], fresh[1], strict=True)) if old != new]
    return stale[0] + differ[0], stale[0] + differ[-1] + 1
