"""The rows of the shown run, kept in step with it, and where each of them is."""

from __future__ import annotations

from hamtui.model.state import SpanKey
from hamtui.model.timeline import Row, RowKey, TreeView, rows
from hamtui.tui.glance import Glance
from hamtui.tui.widgets.rowdraw import label_cells


class RowList:
    """Rows, made anew only when something happened in the run or the user wants another view of it."""

    def __init__(self) -> None:
        self.view = TreeView()
        self.rows: list[Row] = []
        self.longest = 0
        self._places: dict[RowKey, int] = {}
        self._made_from: object = None

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, number: int) -> Row | None:
        """The row of this number, if there is one."""
        return self.rows[number] if 0 <= number < len(self.rows) else None

    def place(self, key: RowKey) -> int | None:
        """The number of a row that is shown."""
        return self._places.get(key)

    def update(self, glance: Glance) -> bool:
        """Make the rows for this glance; whether there was anything to make."""
        run = glance.run
        source = (
            run.run_id if run is not None else None,
            glance.revision,
            self.view,
            frozenset(glance.marks),
        )
        if source == self._made_from:
            return False
        self._made_from = source
        self.rows = rows(run, self.view, glance.marks, glance.waiting) if run is not None else []
        self._places = {row.key: number for number, row in enumerate(self.rows)}
        self.longest = max((label_cells(row.label, row.depth, row.times) for row in self.rows), default=0)
        return True

    def reveal(self, glance: Glance, key: SpanKey) -> None:
        """Open whatever hides a span: groups, or the filter."""
        if glance.run is None:
            return
        if self.view.filter:
            self.view = TreeView(self.view.grouping, "", self.view.opened, self.view.closed)
            self.update(glance)
        while key not in self._places:
            # Each round opens the innermost folded group in sight that holds it.
            over = next(
                (row for row in reversed(self.rows) if row.folded and self._holds(glance, row, key)), None
            )
            if over is None or over.fold is None or over.fold in self.view.opened:
                return
            self.view = self.view.open(over.fold)
            self.update(glance)

    def _holds(self, glance: Glance, row: Row, key: SpanKey) -> bool:
        if row.span_key is None:
            return key in row.members
        assert glance.run is not None
        assert row.fold is not None
        opened = rows(glance.run, self.view.open(row.fold), glance.marks, glance.waiting)
        return any(other.key == key or key in other.members for other in opened)
