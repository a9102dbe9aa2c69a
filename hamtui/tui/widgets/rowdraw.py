"""One row of the timeline as a strip: name, state, time, and its bar beside it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from hamtui.model import where
from hamtui.model.state import Span, SpanKey
from hamtui.model.text import duration, visible
from hamtui.model.timeline import Row, Tally, tally, times_of
from hamtui.model.window import Window, bar, ticks
from hamtui.tui.cells import fit, flow, right
from hamtui.tui.glance import DEBUG_WORD, DEBUGGED, LATE, Glance, mark_state, shown_state, state_word
from hamtui.tui.theme import Look
from hamtui.tui.widgets import bars, overlay
from hamtui.tui.widgets.lines import fit_start
from hamtui.tui.widgets.overlay import Overlay

_TIME = 8
_WORD = 10
_GUTTER = 1
#: From this width on a state's word has a column of its own.
_WIDE = 100
#: Below this there is no waterfall.
_BARS_FROM = 50
#: Below this no row says in which process it ran; from it on that gets at most this share of the line.
_PLACES_FROM, _PLACES_SHARE = 72, 8
#: Cells of `` try 2`` behind a name.
TRY_CELLS = 6

#: The word, the time, where the bar lies, and what is written on it and from which cell on.
Drawn = tuple[str, str, tuple[object, ...], tuple[int, str]]


@dataclass(frozen=True)
class Columns:
    """Cells of each part of a row; ``word``, ``place`` and ``bars`` are 0 where there is no room for them.

    ``place``: of the process that a span ran in, where a run has more than one.
    """

    name: int
    word: int
    time: int
    bars: int
    place: int = 0

    @property
    def time_at(self) -> int:
        """The first cell of the state's word and the time."""
        return _GUTTER + self.name

    @property
    def bars_at(self) -> int:
        """The first cell of the waterfall."""
        return self.time_at + self.word + self.time + self.place + 2


def columns(width: int, longest: int, word: int = 0, place: int = 0, tries: int = 0) -> Columns:
    """Cells for a line of ``width``; ``longest``: of the widest name, with its indent and glyphs; ``word``: of a state.

    ``place``: of the longest name of a process, 0 where the run has but one. ``tries``: of what stands behind names.
    """
    time = min(_TIME, max(0, width - 12))
    if width < _BARS_FROM:
        return Columns(max(0, width - _GUTTER - time), 0, time, 0)
    word = max(_WORD, word + 1) if width >= _WIDE else 0
    # A long verdict takes half of its cells from the names, half from the waterfall.
    most = int(width * 0.42) - _GUTTER - time - word + max(0, word - _WORD) // 2
    name = min(max(longest + 1, 18), max(most, 18)) + tries
    place = min(place + 1, max(6, width // _PLACES_SHARE)) if place and width >= _PLACES_FROM else 0
    return Columns(name, word, time, width - _GUTTER - name - word - time - place - 2, place)


def _share(done: int, total: int, room: int) -> str:
    """How many of how many; where that finds no room the share, which is 100 % of nothing but all."""
    said = f"{done}/{total}"
    return said if len(said) <= room or not total else f"{done * 1000 // total / 10}%"


def label_cells(label: str, depth: int, times: int) -> int:
    """Cells that a row's name needs, with indent and glyphs."""
    width = len(label) if label.isascii() and label.isprintable() else cell_len(visible(label))
    return 2 * depth + 4 + width + (len(str(times)) + 2 if times else 0)


def is_submitted(glance: Glance, key: SpanKey) -> bool:
    """Whether an engine has the node and has not begun with it, as far as is known."""
    return glance.run is not None and key.node in glance.run.submitted


class RowDraw:
    """Draws rows of one glance at one size. Whatever is asked twice for an unchanged row is drawn once."""

    def __init__(self, glance: Glance, look: Look, cols: Columns, window: Window) -> None:
        self.glance = glance
        self.look = look
        self.columns = cols
        self.window = window
        self._tallies: dict[str, Tally] = {}
        self._ended: dict[str, bars.Aggregate] = {}
        self._flying: dict[str, list[Span]] = {}

    def later(self, glance: Glance) -> RowDraw:
        """The same at a later instant at which nothing happened: what does not depend on time is kept."""
        other = RowDraw(glance, self.look, self.columns, self.window)
        other._tallies, other._ended, other._flying = self._tallies, self._ended, self._flying
        return other

    def moves(self, row: Row) -> bool:
        """Whether the row changes as time goes."""
        if row.span_key is None:
            return bool(row.folded or row.times) and bool(self.flying(row))
        return self.state(row.span_key) in bars.MOVING

    def state(self, key: SpanKey) -> str:
        """A span's status, or ``suspect``, ``late`` where it is known to work, ``debugged`` in the debugger."""
        if key in self.glance.marks:
            return mark_state(self.glance.marks[key])
        run = self.glance.run
        span = run.spans.get(key) if run is not None else None
        if span is None:
            return self.glance.waiting.get(key.node, "pending")
        return shown_state(span)

    def span(self, row: Row) -> Span | None:
        """The row's span; None for groups and for what is only planned."""
        run = self.glance.run
        return run.spans.get(row.span_key) if run is not None and row.span_key is not None else None

    def tally(self, row: Row) -> Tally:
        """The counts of a group's row."""
        assert isinstance(row.key, str)
        run = self.glance.run
        assert run is not None
        if row.key not in self._tallies:
            hangs = {key: mark for key, mark in self.glance.marks.items() if not mark.progress}
            self._tallies[row.key] = tally(run, row, hangs, self.glance.waiting)
        return self._tallies[row.key]

    def texts(self, row: Row) -> tuple[str, str, str]:
        """State, its word and the time of a row; the word is empty where the row says it otherwise."""
        if row.span_key is None:
            counts = self.tally(row)
            word = f"{counts.suspected} late" if counts.suspected else ""
            if not word and counts.failed:
                word = f"{counts.failed} failed"
            elif not word and counts.running:
                word = f"{counts.running} running"
            if row.fold is not None and row.fold.startswith("state:"):
                return counts.state, "", f"{counts.total}"
            touches = 0 < self.columns.word <= len(word)
            return counts.state, word, _share(counts.done, counts.total, self.columns.time - touches)
        state = self.state(row.span_key)
        span = self.span(row)
        mark = self.glance.marks.get(row.span_key)
        word = overlay.verdict_word(mark) if mark is not None else state_word(state)
        if state == "pending" and is_submitted(self.glance, row.span_key):
            return state, "submitted", self.look.glyphs.pending if self.columns.word else "sent"
        if state == "pending":
            usual = self.glance.usual(row.span_key.node)
            return state, word, f"~{duration(usual.p50)}" if usual is not None else self.look.glyphs.pending
        elapsed = span.elapsed(self.glance.now) if span is not None else None
        return state, word, duration(elapsed)

    def _aggregate(self, row: Row) -> bars.Cells:
        """How busy a group was; empty where its own rows show that."""
        run = self.glance.run
        if run is None or self.columns.bars <= 0 or not (row.folded or row.times):
            return ()
        assert isinstance(row.key, str)
        if row.key not in self._ended:
            ended = bars.Aggregate(self.window, self.columns.bars)
            for key in row.members:
                span = run.spans.get(key)
                if span is not None and span.status != "running":
                    self._add(ended, span)
            self._ended[row.key] = ended
        busy = self._ended[row.key].copy()
        for span in self.flying(row):
            self._add(busy, span)
        return busy.cells()

    def _add(self, busy: bars.Aggregate, span: Span) -> None:
        assert self.glance.run is not None
        between = times_of(self.glance.run, span, self.glance.now)
        if between is not None:
            state = self.state(span.key)
            busy.add(*between, "running" if state in {LATE, DEBUGGED} else state)

    def flying(self, row: Row) -> list[Span]:
        """What of a group is in flight."""
        assert isinstance(row.key, str)
        if row.key not in self._flying:
            self._flying[row.key] = self.glance.flying_of(row.members)
        return self._flying[row.key]

    def _geometry(self, row: Row) -> bars.Geometry:
        """Where a span's bar lies."""
        run, span = self.glance.run, self.span(row)
        between = times_of(run, span, self.glance.now) if run is not None and span is not None else None
        return bar(*between, self.window, self.columns.bars) if between is not None else (0, 0)

    def drawn(self, row: Row) -> Drawn:
        """What of a row changes with time: its word, its time and its bar, cheap to compare."""
        state, word, time = self.texts(row)
        if row.span_key is None:
            return word, time, self._aggregate(row), (0, "")
        laid = self._overlay(row, state)
        return word, time, bars.extent(self._geometry(row), state), (laid.at, laid.label)

    def _overlay(self, row: Row, state: str) -> Overlay:
        """What is laid over a span's bar; nothing over most."""
        span, glance, width = self.span(row), self.glance, self.columns.bars
        if span is None or glance.run is None or not width:
            return overlay.NOTHING
        if state == "skipped" and span.error is not None:
            return overlay.reason(span.error.message, width, self.look.glyphs)
        if state in {"succeeded", "cached"} and (span.mismatches or span.incomplete):
            return overlay.warning(span, overlay.cells_of(self._geometry(row)), width)
        moving = state in bars.MOVING
        forms = overlay.tick_forms(span, glance.now, self.look.glyphs) if moving else []
        mark = glance.marks.get(span.key) if moving else span.kept_suspect if state == "aborted" else None
        if mark is not None and (not self.columns.word or not moving):
            word = overlay.verdict_word(mark)
            forms = [*(f"{word} {form}" for form in forms), word]
        if state == DEBUGGED and not self.columns.word:
            forms = [DEBUG_WORD, "debugger"]
        between = times_of(glance.run, span, glance.now) if forms or moving else None
        if between is None:
            return overlay.NOTHING
        marks: tuple[tuple[int, str], ...] = ()
        if moving:
            usual = glance.usual(span.key.node)
            marks = overlay.ends_at(usual, between[0], self.window, width, self.look.glyphs)
        extent = overlay.cells_of(self._geometry(row))
        ascii_only = self.look.glyphs.ascii_only
        return Overlay(*overlay.place_label(forms, extent, ascii_only=ascii_only), marks)

    def _name(self, row: Row, state: str, *, selected: bool) -> list[Segment]:
        look, glyphs = self.look, self.look.glyphs
        cols = self.columns
        indent = "  " * min(row.depth, max(0, cols.name // 6))
        mark = (glyphs.folded if row.folded else glyphs.unfolded) + " " if row.fold is not None else "  "
        name = visible(row.label, ascii_only=glyphs.ascii_only)
        gutter = Segment(glyphs.cursor if selected else " ", look.accent)
        parts: list[tuple[str, Style]]
        if row.span_key is None:
            parts = [(indent + mark, look.dim)]
            if row.folded and state != "pending":
                parts.append((glyphs.of(state) + " ", look.of(state)))
            parts.append((name, look.of(state) if row.folded and state == "suspect" else look.strong))
            if row.times:
                parts.append((f" {glyphs.times}{row.times}", look.dim))
        else:
            style = (
                look.of(state)
                if state in {"suspect", "late", DEBUGGED, "failed", "aborted", "skipped", "pending"}
                else look.text
            )
            parts = [
                (indent + mark, look.dim),
                (glyphs.of(state), look.of(state)),
                (" ", look.text),
                (name, style),
            ]
            if state == "running":
                parts[-1] = (name, look.strong)
            span = self.span(row)
            if span is not None and span.tries > 1:
                parts.append((f" try {span.tries}", look.warning))
        return [gutter, *flow(parts, cols.name - 1, glyphs.ellipsis), Segment(" ")]

    def _place(self, row: Row) -> list[Segment]:
        """The process that the row's span ran in, where that is not the run's main one."""
        cols, look = self.columns, self.look
        span, run = self.span(row), self.glance.run
        if not cols.place:
            return []
        said = where.where(run, span, self.glance.home) if run is not None and span is not None else ""
        said = fit_start(
            visible(said, ascii_only=look.glyphs.ascii_only), cols.place - 1, look.glyphs.ellipsis
        )
        return [Segment(right(said, cols.place), look.dim)]

    def _figures(self, row: Row, state: str, word: str, time: str) -> list[Segment]:
        look, cols = self.look, self.columns
        group = row.span_key is None
        plain = look.dim if group or state in {"succeeded", "cached"} else look.of(state)
        if group:
            plain = look.of(state) if state in {"suspect", "failed"} and word else look.dim
        if cols.word:
            return [
                Segment(fit(word, cols.word, look.glyphs.ellipsis), plain),
                Segment(right(time, cols.time), look.dim if group else plain),
            ]
        if not group and state in {"cached", "failed", "aborted", "skipped"}:
            time = state
        return [Segment(right(time, cols.time), look.dim if group else plain)]

    def strip(self, row: Row, *, cursor: Style | None) -> Strip:
        """The row's whole line. ``cursor`` is laid under the row where the cursor is."""
        look, cols = self.look, self.columns
        state, word, time = self.texts(row)
        name = self._name(row, state, selected=cursor is not None)
        left = [*name, *self._figures(row, state, word, time), *self._place(row)]
        if cursor is not None:
            left = [Segment(text, cursor + style if style else cursor) for text, style, _ in left]
        if not cols.bars:
            return Strip(left)
        if row.span_key is None:
            cells = self._aggregate(row)
            line = bars.aggregate_segments(cells, look) if cells else [Segment(" " * cols.bars)]
        else:
            geometry = self._geometry(row)
            line = bars.segments(geometry, cols.bars, state, look)
            laid = self._overlay(row, state)
            line = overlay.laid_over(line, cols.bars, laid, overlay.cells_of(geometry), look, state)
        return Strip([*left, Segment(" "), Segment(look.glyphs.rule, look.faint), *line])

    def axis(self, title: str) -> Strip:
        """The line above the rows: what they are, and the time axis."""
        look, cols = self.look, self.columns
        width = cols.name + cols.word + cols.time
        left = [Segment(" "), Segment(fit(title, width, look.glyphs.ellipsis), look.dim)]
        if cols.place and self.glance.run is not None:
            left.append(
                Segment(right(where.heading(self.glance.run, self.glance.home), cols.place), look.dim)
            )
        if not cols.bars:
            return Strip(left)
        line, at = [], 0
        for column, label in ticks(self.window, cols.bars) if self.glance.run is not None else ():
            line.append(Segment(" " * (column - at) + label, look.dim))
            at = column + len(label)
        line.append(Segment(" " * (cols.bars - at)))
        return Strip([*left, Segment(" "), Segment(look.glyphs.rule, look.faint), *line])
