"""What is laid over a running span's bar: where it usually ends, how far it is, and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from hamtui.model.baseline import Usual
from hamtui.model.progress import is_quiet, progress_share, rate
from hamtui.model.state import Now, Span, Suspect
from hamtui.model.text import plural, visible
from hamtui.model.verdict import UNKNOWN
from hamtui.model.window import Window
from hamtui.tui.cells import fit
from hamtui.tui.glyphs import Glyphs
from hamtui.tui.theme import Look
from hamtui.tui.widgets import bars

#: Cells of the bar that says how much is done, without its ends.
_GAUGE = 5
#: Fewer columns than this between two marks, and the first of them gives way.
_APART = 2


class Overlay(NamedTuple):
    """``label`` begins at cell ``at`` of the waterfall; ``inside`` the bar, or beside it. ``marks`` are (cell, glyph).

    ``warns``: it tells of something that may be wrong, in the colour of that.
    """

    label: str = ""
    at: int = 0
    inside: bool = False
    marks: tuple[tuple[int, str], ...] = ()
    warns: bool = False

    @property
    def end(self) -> int:
        """The cell after the label."""
        return self.at + cell_len(self.label)


NOTHING = Overlay()


def verdict_word(mark: Suspect) -> str:
    """A mark in a word: its verdict, with a question mark while it is only suspected; its level where none is known."""
    if mark.verdict == UNKNOWN:
        return mark.level
    return mark.verdict if mark.level == "confirmed" or mark.progress else f"{mark.verdict}?"


def amount(value: float) -> str:
    """``1,234``; ``0.5``."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"


def speed(span: Span, now: Now) -> str:
    """``56/s``, ``2.5/min``; empty where it is not known, or the ticks stopped coming."""
    pace = rate(span)
    if pace is None or is_quiet(span, now):
        return ""
    if pace >= 1:
        return f"{pace:,.0f}/s" if pace >= 10 else f"{pace:.1f}/s"
    return f"{pace * 60:.1f}/min" if pace >= 1 / 60 else f"{pace * 3600:.1f}/h"


def tick_forms(span: Span, now: Now, glyphs: Glyphs) -> list[str]:
    """What a span told of itself, the longest form first: ``▕███  ▏ 1,234/10,000 56/s``."""
    tick, share, pace = span.tick, progress_share(span), speed(span, now)
    if tick is None:
        return []
    if share is None:
        return list(dict.fromkeys([f"{amount(tick.done)} {pace}".rstrip(), pace or amount(tick.done)]))
    percent = f"{int(share * 100)}%"
    done = f"{amount(tick.done)}/{amount(tick.total or 0)}"
    gauge = _gauge(share, glyphs)
    forms = [f"{gauge} {done} {pace}", f"{gauge} {percent} {pace}", f"{percent} {pace}", percent]
    return list(dict.fromkeys(form.rstrip() for form in forms))


def _gauge(share: float, glyphs: Glyphs) -> str:
    eighths = int(share * _GAUGE * 8)
    whole, rest = divmod(eighths, 8)
    filled = glyphs.blocks[8] * whole + (glyphs.blocks[rest] if rest else "")
    return f"{glyphs.ends[0]}{filled:{glyphs.track}<{_GAUGE}}{glyphs.ends[1]}"


def ends_at(
    usual: Usual | None, start: float, window: Window, width: int, glyphs: Glyphs
) -> tuple[tuple[int, str], ...]:
    """Where half of the past runs had ended by then, and 95 of 100, as (cell, glyph), of those in sight."""
    if usual is None or usual.n < 2 or width <= 0:
        return ()
    found: dict[int, str] = {}
    for seconds, glyph in ((usual.p50, glyphs.half), (usual.p95, glyphs.most)):
        cell = int((start + seconds - window.start) / window.length * width)
        if 0 <= cell < width:
            for near in range(cell - _APART + 1, cell + 1):
                found.pop(near, None)
            found[cell] = glyph
    return tuple(sorted(found.items()))


def place_label(forms: Sequence[str], extent: tuple[int, int], *, ascii_only: bool) -> tuple[str, int, bool]:
    """The longest form that fits into the bar (before its arrow), else on its left."""
    first, end = extent
    first += ascii_only
    for form in forms:
        need = cell_len(form)
        if end - first >= need + 3:
            return f" {form} ", first, True
        if first >= need + 2:
            return form, first - need - 1 - ascii_only, False
    return "", 0, False


def reason(message: str, width: int, glyphs: Glyphs) -> Overlay:
    """Why a span has no bar, from the waterfall's left edge on."""
    line = visible(message.partition("\n")[0], ascii_only=glyphs.ascii_only)
    return Overlay(fit(line, width - 1, glyphs.ellipsis).rstrip())


def warning(span: Span, extent: tuple[int, int], width: int) -> Overlay:
    """That a node ended well, but: beside its bar, on the right, else on the left, where there is room."""
    missing = f"without {plural(span.incomplete, 'item')} that failed" if span.incomplete else ""
    forms = [missing or "type warning", "incomplete" if missing else "types"]
    first, end = extent
    for form in forms:
        need = cell_len(form)
        if end + 1 + need <= width:
            return Overlay(form, end + 1, warns=True)
        if first >= need + 1:
            return Overlay(form, first - need - 1, warns=True)
    return NOTHING


def laid_over(
    line: list[Segment], width: int, overlay: Overlay, extent: tuple[int, int], look: Look, state: str
) -> list[Segment]:
    """A bar of whole cells with the overlay on it."""
    if overlay == NOTHING:
        return line
    cells: list[tuple[str, Style]] = [
        (char, segment.style or Style()) for segment in line for char in segment.text
    ][:width]
    for cell, glyph in overlay.marks:
        if extent[0] <= cell < extent[1] - 1:
            cells[cell] = (glyph, _on(look, state))
        elif cell != extent[1] - 1:
            cells[cell] = (glyph, look.dim)
    beside = look.warning if overlay.warns else look.of(state)
    for offset, char in enumerate(overlay.label):
        if 0 <= overlay.at + offset < len(cells):
            cells[overlay.at + offset] = (char, _on(look, state) if overlay.inside else beside)
    return [
        Segment("".join(char for char, _ in run), style)
        for style, found in groupby(cells, key=lambda cell: cell[1])
        for run in [list(found)]
    ]


def _on(look: Look, state: str) -> Style:
    """Text inside a bar: cut out of its colour."""
    style = look.bar(state)
    return style if look.glyphs.ascii_only else style + Style(reverse=True, bold=False, dim=False)


def cells_of(geometry: bars.Geometry) -> tuple[int, int]:
    """First cell and the one after the last of a bar in flight."""
    return bars.extent(geometry, "running")
