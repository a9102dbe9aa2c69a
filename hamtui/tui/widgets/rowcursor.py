"""The cursor on the timeline's rows, and the keys that move it, fold, zoom and pan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.scroll_view import ScrollView

from hamtui.model.state import Run, SpanKey, SpanState
from hamtui.model.timeline import Row, TreeView, groupings
from hamtui.model.window import Window
from hamtui.tui.glance import Glance
from hamtui.tui.messages import RowOpened, SelectionChanged, ViewChanged
from hamtui.tui.widgets.rowlist import RowList

#: Lines above the rows that do not scroll.
AXIS = 1


def _key(keys: str, action: str, id: str, description: str, tooltip: str) -> Binding:  # noqa: A002
    return Binding(keys, action, description, show=False, id=f"timeline.{id}", tooltip=tooltip)


class RowCursor(ScrollView, can_focus=True):
    """A list of rows with a cursor. Subclasses draw it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("up,k", "move(-1)", "up", "Up", "Cursor to the row above"),
        _key("down,j", "move(1)", "down", "Down", "Cursor to the row below"),
        _key("pageup", "page(-1)", "page_up", "Page up", "Cursor up by a screen"),
        _key("pagedown", "page(1)", "page_down", "Page down", "Cursor down by a screen"),
        _key("home", "edge(False)", "first", "First", "Cursor to the first row"),
        _key("end,G", "edge(True)", "last", "Last", "Cursor to the last row"),
        _key("left,h", "left", "left", "Close", "Close the group, or go to the group that the row is in"),
        _key("right", "right", "right", "Open", "Open the group"),
        _key("space", "fold", "fold", "Fold", "Open or close the group"),
        _key("enter", "open", "open", "Open", "Open or close the group; on a node, go to its pane"),
        _key(
            "g",
            "regroup",
            "regroup",
            "Group",
            "Group by module, by lineage from the targets, running first, or by the tags layer and entity",
        ),
        _key("plus,equals_sign", "zoom(0.5)", "zoom_in", "Zoom in", "Half as much time in the waterfall"),
        _key("minus", "zoom(2.0)", "zoom_out", "Zoom out", "Twice as much time in the waterfall"),
        _key("0", "whole", "whole", "Whole run", "The whole run in the waterfall"),
        _key(
            "comma,less_than_sign", "pan(-0.25)", "earlier", "Earlier", "The waterfall earlier by a quarter"
        ),
        _key(
            "full_stop,greater_than_sign", "pan(0.25)", "later", "Later", "The waterfall later by a quarter"
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.list = RowList()
        self.follow = True
        self.zoomed: Window | None = None
        self.glance: Glance | None = None
        self.cursor = 0

    @property
    def selected(self) -> Row | None:
        """The row that the cursor is on."""
        return self.list.at(self.cursor)

    def redraw(self) -> None:
        """Draw everything anew."""
        raise NotImplementedError

    def redraw_row(self, number: int) -> None:
        """Draw one row anew."""
        raise NotImplementedError

    def remake(self) -> None:
        """Make the rows anew where need be, the cursor staying on what it was on."""
        raise NotImplementedError

    def window(self) -> Window:
        """The time that is in sight."""
        raise NotImplementedError

    def move_to(self, number: int, *, by_user: bool = True) -> None:
        """Put the cursor on a row, and the row in sight. Following pauses when the user does it."""
        if not self.list.rows:
            return
        number = min(max(number, 0), len(self.list) - 1)
        if by_user and self.follow:
            self.follow = False
            self.refresh_line(self.scroll_offset.y)
            self.post_message(ViewChanged())
        if number != self.cursor:
            before, self.cursor = self.cursor, number
            self.redraw_row(before)
            self.redraw_row(number)
            self.post_message(SelectionChanged(by_user=by_user))
        self.keep_in_sight()

    def keep_in_sight(self) -> None:
        """Scroll so that the cursor is on the screen, with some rows around it."""
        height = max(1, self.size.height - AXIS)
        around = min(2, (height - 1) // 3)
        lowest, highest = self.cursor - around, self.cursor + around + 1 - height
        top = self.scroll_offset.y
        if top > lowest or top < highest:
            self.scroll_rows(lowest if top > lowest else highest)

    def scroll_rows(self, top: int) -> None:
        """This row to the top, as far as that can be."""
        most = max(0, len(self.list) + AXIS - self.size.height)
        # By force, because whether there is anything to scroll is known to the layout only later.
        self.scroll_to(y=min(max(0, top), most), animate=False, immediate=True, force=True)

    def select(self, key: SpanKey, *, by_user: bool = False) -> bool:
        """Put the cursor on a span, opening what it is hidden in. False where the run has no such row."""
        if self.list.place(key) is None and self.glance is not None:
            view = self.list.opened_for(self.glance, key)
            if view != self.list.view:
                self.set_view(view)
        place = self.list.place(key)
        if place is None:
            return False
        self.move_to(place, by_user=by_user)
        return True

    def lead_to(self, key: SpanKey) -> None:
        """Put the cursor on a span for somebody who follows: on its group where that is folded."""
        over = self.list.over(key) if self.list.place(key) is None else None
        if over is None:
            self.select(key)
        else:
            self.move_to(over, by_user=False)

    @property
    def span_key(self) -> SpanKey | None:
        """The selected span; of folded parallel tasks the one to look at: late, in flight, or failed."""
        row, glance = self.selected, self.glance
        if row is None or glance is None or glance.run is None or row.span_key is not None or not row.times:
            return row.span_key if row is not None else None
        return _to_look_at(glance, glance.run, row.members)

    def find(self, node: str, task_id: str | None = None) -> SpanKey | None:
        """The key of a node's newest span (of a task, where one is given), what is in trouble first; or of its plan."""
        glance = self.glance
        if glance is None or glance.run is None:
            return None
        run = glance.run
        keys = [key for key in run.spans if key.node == node and task_id in {None, key.task_id}]
        bad = [key for key in keys if key in glance.marks or run.spans[key].status in {"failed", "aborted"}]
        return next(reversed(bad or keys), SpanKey(run.run_id, None, node) if node in run.plan else None)

    def set_view(self, view: TreeView) -> None:
        """Another grouping, filter or fold."""
        self.list.view = view
        self.remake()
        self.redraw()
        self.keep_in_sight()
        self.post_message(ViewChanged())

    def on_click(self, event: events.Click) -> None:
        """Select a row; on a group fold it; twice opens the pane."""
        number = event.y - AXIS + self.scroll_offset.y
        row = self.list.at(number)
        if event.y < AXIS or row is None:
            return
        self.move_to(number)
        if row.fold is not None and (row.span_key is None or event.x < 2 * row.depth + 3):
            self.action_fold()
        elif event.chain > 1:
            self.post_message(RowOpened())

    def action_move(self, by: int) -> None:
        """Cursor up or down by rows."""
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Cursor up or down by screens."""
        self.move_to(self.cursor + by * max(1, self.size.height - AXIS - 1))

    def action_edge(self, last: bool) -> None:
        """Cursor to the first or last row."""
        self.move_to(len(self.list) - 1 if last else 0)

    def action_fold(self) -> None:
        """Open or close the group under the cursor."""
        row = self.selected
        if row is not None and row.fold is not None:
            view = self.list.view
            self.set_view(view.open(row.fold) if row.folded else view.close(row.fold))

    def action_open(self) -> None:
        """Open or close a group; go to the pane of a span."""
        row = self.selected
        if row is not None and row.span_key is None:
            self.action_fold()
        elif row is not None:
            self.post_message(RowOpened())

    def action_left(self) -> None:
        """Close the group under the cursor, else go to the group that it is in."""
        row = self.selected
        if row is None:
            return
        if row.fold is not None and not row.folded:
            self.action_fold()
            return
        for number in range(self.cursor - 1, -1, -1):
            over = self.list.rows[number]
            if over.fold is not None and over.depth < row.depth:
                self.move_to(number)
                return

    def action_right(self) -> None:
        """Open the group under the cursor, else go on to the next row."""
        row = self.selected
        if row is not None and row.fold is not None and row.folded:
            self.action_fold()
        else:
            self.action_move(1)

    def action_regroup(self) -> None:
        """The next grouping: by module, by lineage, running first, by tags."""
        self.set_view(self.list.view.regroup(self._run))

    @property
    def groupings(self) -> tuple[str, ...]:
        """What the run's rows can be grouped by."""
        return groupings(self._run)

    @property
    def _run(self) -> Run | None:
        return None if self.glance is None else self.glance.run

    def action_zoom(self, factor: float) -> None:
        """The waterfall nearer or farther, around the selected span's end."""
        self._zoom(lambda window: window.zoom(factor, self.around()))

    def action_pan(self, part: float) -> None:
        """The waterfall earlier or later."""
        self._zoom(lambda window: window.pan(part))

    def action_whole(self) -> None:
        """The whole run in the waterfall."""
        self.zoomed = None
        self.redraw()
        self.post_message(ViewChanged())

    def around(self) -> float | None:
        """The instant that zooming keeps in place."""
        raise NotImplementedError

    def _zoom(self, change: Callable[[Window], Window]) -> None:
        if self.glance is not None and self.glance.run is not None:
            self.zoomed = change(self.window())
            self.redraw()
            self.post_message(ViewChanged())


def _to_look_at(glance: Glance, run: Run, members: Sequence[SpanKey]) -> SpanKey | None:
    """Of a group that may have a million members, looked at only for what there is in the run at all."""
    flying = [span.key for span in glance.flying_of(members)]
    if flying:
        return next((key for key in flying if key in glance.marks), flying[0])
    torn = list(_of(run, members, "aborted")) if glance.counts.get("aborted") else []
    if torn:
        return next((key for key in torn if run.spans[key].kept_suspect is not None), torn[0])
    return next(_of(run, members, "failed"), None) if glance.counts.get("failed") else None


def _of(run: Run, members: Sequence[SpanKey], state: SpanState) -> Iterator[SpanKey]:
    return (key for key in members if key in run.spans and run.spans[key].status == state)
