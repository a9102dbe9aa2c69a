"""The rows of the shown run, kept in step with it, and where each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, islice

from hamtui.model.grouping import Twig
from hamtui.model.state import Run, SpanKey
from hamtui.model.timeline import Row, RowKey, TreeView, lay, tree
from hamtui.tui.glance import Glance
from hamtui.tui.widgets.rowdraw import label_cells

#: So long the names' column keeps the room that an earlier run needed, seconds.
_KEEP_S = 10.0


class RowList:
    """Rows, made anew only when something happened in the run or the user wants another view of it."""

    def __init__(self) -> None:
        self.view = TreeView()
        self.rows: list[Row] = []
        #: Cells of the widest name. Of runs that follow each other quickly the widest: columns that jump can't be read.
        self.longest = 0
        self._own = 0
        self._own_run: str | None = None
        self._needed_at = 0.0
        self._places: dict[RowKey, int] = {}
        self._tree: list[Twig] = []
        #: The last tree of each grouping, and what it was made from.
        self._trees: dict[str, tuple[object, list[Twig]]] = {}
        self._grown_from: object = None
        self._made_from: object = None
        self._checked = ("", 0)

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, number: int) -> Row | None:
        """The row of this number, if there is one."""
        return self.rows[number] if 0 <= number < len(self.rows) else None

    def place(self, key: RowKey) -> int | None:
        """The number of a row that is shown."""
        return self._places.get(key)

    def update(self, glance: Glance) -> bool:
        """Make the rows for this glance; whether they are others now."""
        run = glance.run
        if run is None:
            changed, self.rows, self._places, self._tree = bool(self.rows), [], {}, []
            self._trees.clear()
            self._made_from = self._grown_from = None
            return changed
        grown_from = self._structure(glance, run)
        made_from = grown_from, self.view, glance.revision if self.view.filter else None
        if made_from == self._made_from:
            return False
        if grown_from != self._grown_from:
            kept = self._trees.get(self.view.grouping)
            if kept is None or kept[0] != grown_from:
                # First the old one goes: of a run of a million spans each takes its room.
                self._trees.pop(self.view.grouping, None)
                self._tree, kept = [], None
                made = tree(run, self.view.grouping, glance.marks, glance.waiting)
                kept = self._trees[self.view.grouping] = grown_from, made
            self._tree = kept[1]
        self._made_from, self._grown_from = made_from, grown_from
        rows = lay(run, self._tree, self.view, glance.marks, glance.waiting)
        if rows == self.rows:
            return False
        self.rows = rows
        self._places = {row.key: number for number, row in enumerate(self.rows)}
        if not self.view.filter:
            self._widen(run, glance.now.unix)
        return True

    def _widen(self, run: Run, now: float) -> None:
        widest = max((label_cells(row.label, row.depth, row.times) for row in self.rows), default=0)
        same = run.run_id == self._own_run
        narrower = widest < self._own if same else not 0.0 <= now - self._needed_at < _KEEP_S
        if narrower or widest >= self.longest:
            self.longest, self._needed_at = widest, now
        self._own, self._own_run = widest, run.run_id

    def _structure(self, glance: Glance, run: Run) -> tuple[object, ...]:
        """What the tree depends on: where only states changed, it stays as it is."""
        if self.view.grouping == "running":
            return run.run_id, self.view.grouping, glance.revision, frozenset(glance.marks)
        trouble: object = None
        if run.tasks or any(key.task_id is not None for key in islice(run.spans, 1)):
            trouble = (
                len(run.spans),
                glance.counts["failed"],
                glance.counts["aborted"],
                frozenset(glance.marks),
            )
        elif len(run.spans) > len(run.plan) or not self._planned(run):
            trouble = len(run.spans)
        return run.run_id, self.view.grouping, len(run.plan), len(run.tasks), trouble

    def _planned(self, run: Run) -> bool:
        """Whether every span that started is one of the plan."""
        if run.run_id != self._checked[0] or len(run.spans) < self._checked[1]:
            self._checked = run.run_id, 0
        for key in islice(run.spans, self._checked[1], None):
            if key.task_id is not None or key.node not in run.nodes:
                return False
        self._checked = run.run_id, len(run.spans)
        return True

    def nearest(self, row: Row) -> int | None:
        """Its number; where it is not shown, that of the first of its spans that is, or of the group that hides it."""
        keys: Iterable[RowKey] = chain((row.key,), row.members)
        here = next((at for key in keys if (at := self.place(key)) is not None), None)
        return self.over(row.span_key) if here is None and row.span_key is not None else here

    def over(self, key: SpanKey) -> int | None:
        """The number of the folded group of parallel tasks that a span is hidden in."""
        return next(
            (n for n, row in enumerate(self.rows) if row.times and row.folded and key in row.members), None
        )

    def opened_for(self, glance: Glance, key: SpanKey) -> TreeView:
        """The view with everything open that hides a span, and without a filter."""
        view = replace(self.view, filter="")
        run = glance.run
        while run is not None:
            rows = lay(run, self._tree, view, glance.marks, glance.waiting)
            if any(row.key == key for row in rows):
                break
            folds = [
                row for row in rows if row.folded and row.fold is not None and row.fold not in view.opened
            ]
            inner = next((row for row in reversed(folds) if self._holds(glance, run, view, row, key)), None)
            if inner is None or inner.fold is None:
                break
            view = view.open(inner.fold)
        return view

    def _holds(self, glance: Glance, run: Run, view: TreeView, row: Row, key: SpanKey) -> bool:
        if row.span_key is None:
            return key in row.members
        opened = lay(run, self._tree, view.open(row.fold or ""), glance.marks, glance.waiting)
        return any(other.key == key or key in other.members for other in opened)
