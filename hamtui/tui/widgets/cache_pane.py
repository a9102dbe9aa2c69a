"""What the cache did for each node of the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, overload

from rich.style import Style

from hamtui.model.cache import outcome
from hamtui.model.counts import in_order, waiting
from hamtui.model.misses import explain, saved_s
from hamtui.model.state import CacheOutcome, Run, Span, SpanKey
from hamtui.model.text import duration
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.lines import Line, Pen
from hamtui.tui.widgets.lines_pane import Fresh, LinesPane

#: What each outcome looks like: the state whose glyph and colour it shares.
_LOOKS = {
    "hit": "cached",
    "executed": "succeeded",
    "recomputed": "succeeded",
    "not-stored": "skipped",
    "unhashable": "skipped",
    "disabled": "pending",
    "ignored": "pending",
}
_NAME = 40
_OUTCOME = 13
_TIME = 13


class _Row(NamedTuple):
    span: Span
    outcome: CacheOutcome | None
    saved: float | None


class _Table(Sequence[Line]):
    """Lines that are made when they come into sight."""

    def __init__(self, head: list[Line], rows: list[_Row], draw: Callable[[_Row], Line]) -> None:
        self.head = head
        self.rows = rows
        self.draw = draw

    def __len__(self) -> int:
        return len(self.head) + len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        return self.head[at] if at < len(self.head) else self.draw(self.rows[at - len(self.head)])


class CachePane(LinesPane):
    """Why the selected node was no hit, totals, then a row a span: outcome, why, and the time it took or saved."""

    slug = "cache"
    title = "Cache"
    key = "2"
    help = (
        "What the cache did for each node of the run: hit, executed, recomputed, not stored; why it was no hit, "
        "with the change of its code where that is why; and the time that a hit saved, by the node's own past. enter goes to the node."
    )

    def __init__(self) -> None:
        super().__init__()
        self._selected: object = None
        self._answered = False
        self._about: object = None
        self._fresh = Fresh()
        self._rows_now: list[_Row] = []
        self._ended: dict[SpanKey, _Row] = {}

    def lines(self, subject: Subject, width: int) -> Sequence[Line]:
        """The table, or why there is none."""
        pen = Pen(self.look, width)
        run = subject.run
        if run is None:
            return pen.says("No run yet.")
        rows = self._rows(subject, run)
        known = [row for row in rows if row.outcome is not None]
        if all(row.outcome is None or row.outcome.outcome == "disabled" for row in rows):
            info = subject.launch.info
            if info is not None and info.cache_dir is None:
                return pen.says(
                    "The cache is off for this launch.",
                    "--cache turns it on: unchanged nodes are then read, not run. An impure node can go stale.",
                )
            if not known:
                return pen.says(
                    "No word from the cache yet." if info is not None else "No cache log in this folder.",
                    "Hamilton writes cache_logs.jsonl where the Driver was built with_cache.",
                )
        name = min(
            _NAME, max(12, width * 2 // 5), max((len(_label(row.span)) for row in rows), default=12) + 2
        )
        answer = self._answer(pen, subject)
        self._answered = bool(answer)
        head = [*answer, *self._totals(pen, rows, known), self._columns(pen, name)]
        selected = _selected(subject)
        self.view.pinned = len(head) if len(head) <= self.view.size.height // 2 else 0
        return _Table(head, rows, lambda row: self._line(pen, row, name, selected=row.span.key == selected))

    def redraw(self) -> None:
        """Bring the selected node's row into sight when another one was selected."""
        self.view.pinned = 0
        super().redraw()
        subject = self.subject
        key = None if subject is None else _selected(subject)
        if subject is None or subject.run is None or key == self._selected or not self.view.total:
            return
        self._selected = key
        if self._answered:  # what the row says stands above, with more
            self.view.row = 0
            self.view.scroll_to(y=0, animate=False, force=True)
            return
        rows = self._rows_now
        place = next((at for at, row in enumerate(rows) if row.span.key == key), None)
        if place is not None:
            self.view.go_to(self.view.total - len(rows) + place)

    def _rows(self, subject: Subject, run: Run) -> list[_Row]:
        """Rows of spans that ended don't change: they are made once for what is known of the past."""
        if not self._fresh.over(subject):
            return self._rows_now
        about = (id(subject.launch), run.run_id, id(subject.past))
        if about != self._about:
            self._about = about
            self._ended.clear()
        rows = []
        for span in _spans(run):
            row = self._ended.get(span.key)
            if row is None or row.span is not span:
                row = self._row(subject, span)
                if span.ended_at is not None:
                    self._ended[span.key] = row
            rows.append(row)
        self._rows_now = rows
        return rows

    def _row(self, subject: Subject, span: Span) -> _Row:
        found = outcome(subject.launch, span, subject.past)
        hit = found is not None and found.outcome == "hit"
        saved = saved_s(subject.launch, span, subject.past) if hit else None
        return _Row(span, found, saved)

    def _answer(self, pen: Pen, subject: Subject) -> list[Line]:
        """Of the selected node: why it was no hit, since when, and how its code differs."""
        span = subject.span
        found = None if span is None else outcome(subject.launch, span, subject.past)
        miss = None if span is None else explain(subject.launch, span, subject.past)
        if span is None or found is None or found.outcome != "executed" or miss is None or miss.since is None:
            return []  # its row says what there is to say
        look, diff = self.look, miss.diff
        lines = pen.flow(
            (f"{pen.clean(span.key.node)} {found.outcome}", look.strong),
            (f": {found.why}" if found.why else "", look.text),
            (pen.clean(f" since {miss.since}") if any(part.changed for part in miss.parts) else "", look.dim),
        )
        room = max(4, self.view.size.height // 2 - 3)
        shown = diff if len(diff) <= room else [line for line in diff if line.startswith(("-", "+"))]
        lines += [self._changed(pen, line) for line in shown[:room]]
        if len(shown) > room:
            lines.append(Line.of((f"  {len(shown) - room} more changed lines; y copies all", look.dim)))
        return lines

    def _changed(self, pen: Pen, line: str) -> Line:
        """A line of a difference: its sign says what its colour does."""
        look = self.look
        style = {"+": look.succeeded, "-": look.failed, "@": look.dim}.get(line[:1], look.text)
        return Line.of((pen.cut("  " + line, pen.width), style))

    def copyable(self) -> tuple[str, str] | None:
        """The whole difference of the selected node's code, where there is one; else what the pane says."""
        subject = self.subject
        miss = (
            None
            if subject is None or subject.span is None
            else explain(subject.launch, subject.span, subject.past)
        )
        if miss is not None and miss.diff:
            return "the change of its code", "\n".join(miss.diff) + "\n"
        return super().copyable()

    def _totals(self, pen: Pen, rows: list[_Row], known: list[_Row]) -> list[Line]:
        look = self.look
        hits = [row for row in known if row.outcome is not None and row.outcome.outcome == "hit"]
        asked = [
            row
            for row in known
            if row.outcome is not None and row.outcome.outcome not in ("disabled", "ignored")
        ]
        saved = [row.saved for row in hits if row.saved is not None]
        parts: list[tuple[str, Style]] = [
            (f"{look.glyphs.cached} {len(hits)}/{len(asked)} hits", look.cached)
        ]
        if asked:
            parts.append((f"{pen.sep}hit rate {100 * len(hits) // len(asked)} %", look.text))
        if saved:
            unknown = len(hits) - len(saved)
            parts.append((f"{pen.sep}saved ~{duration(sum(saved))}", look.strong))
            parts.append((f" ({unknown} not known)" if unknown else "", look.dim))
        elif hits:
            parts.append((f"{pen.sep}time saved not known: no earlier run", look.dim))
        still = sum(row.outcome is None and row.span.ended_at is None for row in rows)
        parts.append((f"{pen.sep}{still} still open" if still else "", look.dim))
        return pen.flow(*parts)

    def _columns(self, pen: Pen, name: int) -> Line:
        texts = ("  " + "node".ljust(name), "outcome".ljust(_OUTCOME), "time".ljust(_TIME), "why")
        return Line.of((pen.cut("".join(texts), pen.width), self.look.dim))

    def _line(self, pen: Pen, row: _Row, name: int, *, selected: bool) -> Line:
        look, span = self.look, row.span
        word: str = "" if row.outcome is None else row.outcome.outcome
        shown = span.status if span.status in {"failed", "aborted"} else _LOOKS.get(word, span.status)
        style, glyph = look.of(shown), look.glyphs.of(shown)
        took = span.elapsed_s
        if word == "hit":
            time = "" if row.saved is None else f"saved ~{duration(row.saved)}"
        else:
            time = "" if took is None else f"took {duration(took)}"
        if row.outcome is None:
            word = span.status
        why = "" if row.outcome is None else row.outcome.why or ""
        room = pen.width - 2 - name - _OUTCOME - _TIME
        return Line.of(
            (look.glyphs.cursor if selected else " ", look.accent),
            (" ", look.text),
            (pen.cut(_label(span), name - 1, pad=True) + " ", look.strong if selected else look.text),
            (pen.cut(f"{glyph} {word}", _OUTCOME, pad=True), style),
            (time.ljust(_TIME), look.strong if word == "hit" else look.dim),
            (pen.cut(why, room), look.dim if word == "hit" else look.text),
            action=("node", span.key.node, *([span.key.task_id] if span.key.task_id else [])),
            under=look.cursor_blurred if selected else None,
        )


def _spans(run: Run) -> list[Span]:
    """Spans in the order in which they started, then what has not started."""
    planned = [Span(SpanKey(run.run_id, None, name), state) for name, state in waiting(run).items()]
    return [*in_order(run), *planned]


def _selected(subject: Subject) -> SpanKey | None:
    if subject.span is None and subject.node is not None and subject.run is not None:
        return SpanKey(subject.run.run_id, None, subject.node.name)
    return None if subject.span is None else subject.span.key


def _label(span: Span) -> str:
    """The node, and which block of a Parallelizable it is of; other tasks bear the node's name or its group's."""
    task_id = span.key.task_id
    return f"{span.key.node} {task_id}" if task_id is not None and "." in task_id else span.key.node
