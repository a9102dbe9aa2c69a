"""A chain of waiting as a short list: who stands where, and whose turn it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style

from hamtui.model.state import Link
from hamtui.tui.widgets.lines import Line, fit
from hamtui.tui.widgets.stack_lines import Drawing, known_text

_WHO = 26
_PLACE = 26
_FUNCTION = 22
#: A source line that has fewer cells than this tells nothing.
_LEAST = 8


def chain_lines(chain: Sequence[Link], drawing: Drawing, *, circle: bool) -> list[Line]:
    """One row a link. ``circle``: the last of them waits for one of the others, which a line at the left joins.

    Where there is little room the function goes first, then the source line's end; who, where and the relation stay.
    """
    if not chain or (len(chain) == 1 and chain[0].relation is None):
        return []  # the sentence and the stack say as much
    rows = [_Row.of(link, drawing, own=not number) for number, link in enumerate(chain)]
    first = _closes_at(chain) if circle else len(chain)
    framed = [row for row in rows if row.place]
    rows = [_short(row, rows[number + 1 :]) for number, row in enumerate(rows)]
    who = min(_WHO, max((cell_len(row.who) for row in rows if row.place), default=0))
    place = min(_PLACE, max((cell_len(row.place) for row in framed), default=0))
    function = min(_FUNCTION, max((cell_len(row.function) for row in framed), default=0))
    source = max((cell_len(row.source) for row in framed), default=0)
    turn = max(cell_len(row.turn) for row in rows)
    beside = drawing.width - 3 - who - 2 - (place + 2 if place else 0) - (turn + 4 if turn else 0)
    if function and source + function + 2 > beside:
        function = 0
    source = min(source, beside - (function + 2 if function else 0))
    cells = (who, place, function, source if source >= _LEAST else 0)
    return [
        _line(link, row, drawing, cells, _joint(drawing, number, first, len(chain)))
        for number, (link, row) in enumerate(zip(chain, rows, strict=True))
    ]


class _Row(NamedTuple):
    """What stands in the columns of a link: clean text."""

    who: str
    place: str
    function: str
    source: str
    turn: str

    @classmethod
    def of(cls, link: Link, drawing: Drawing, *, own: bool) -> _Row:
        """``own``: the link is the span's own thread, whose node everybody knows."""
        frame, node = link.frame, link.node
        named = own or node is None or node in link.who
        doing = drawing.clean(link.doing or "")
        source = doing if frame is None else drawing.clean(known_text(frame, drawing.nodes)) or doing
        return cls(
            drawing.clean(link.who if named else f"{link.who} ({node})"),
            "" if frame is None else drawing.place(frame),
            "" if frame is None else drawing.clean(frame.function),
            source,
            drawing.clean(_turn(link, source)),
        )


def _short(row: _Row, rest: Sequence[_Row]) -> _Row:
    """Without the command line of a process that has a row of its own, for its number is enough there."""
    called = next((other.who for other in rest if other.who == row.turn), "")
    return row._replace(turn=called.partition(" (")[0]) if called else row


def _turn(link: Link, source: str) -> str:
    """What it waits for, unless the source line names it, and whose turn it is."""
    waits_for, relation = link.waits_for or "", link.relation or ""
    if waits_for and (waits_for in source or waits_for in relation):
        waits_for = ""
    return f"{waits_for}, {relation}" if waits_for and relation else waits_for or relation


def _line(link: Link, row: _Row, drawing: Drawing, cells: tuple[int, int, int, int], joint: str) -> Line:
    look, ellipsis = drawing.look, drawing.look.glyphs.ellipsis
    who, place, function, source = cells
    parts: list[tuple[str, Style]] = [
        (f" {joint} ", drawing.hot or look.accent),
        (fit(row.who, who if row.place else max(who, drawing.width // 2), ellipsis), look.strong),
        (" " * (max(0, who - cell_len(row.who)) + 2), look.text),
    ]
    if not row.place:
        parts.append((row.source + "  " if row.source else "", look.text))
    else:
        parts.append((fit(row.place, place, ellipsis, pad=True) + "  ", look.path))
        if function:
            parts.append((fit(row.function, function, ellipsis, pad=True) + "  ", look.text))
        if source:
            parts.append((fit(row.source, source, ellipsis, pad=bool(row.turn)) + "  ", look.text))
    room = drawing.width - sum(cell_len(text) for text, _ in parts)
    if row.turn:
        parts.append((fit(f"{look.glyphs.back} {row.turn}", room, ellipsis), drawing.hot or look.accent))
    return Line.of(*parts, action=("node", link.node) if link.node is not None else ())


def _closes_at(chain: Sequence[Link]) -> int:
    """The link that the last one waits for: the circle begins there, what is before leads to it."""
    last = chain[-1].relation or ""
    for number, link in enumerate(chain):
        if re.search(rf"(?<!\w){re.escape(link.who)}(?!\w)", last):
            return number
    return 0


def _joint(drawing: Drawing, number: int, first: int, length: int) -> str:
    glyphs = drawing.look.glyphs
    if number < first:
        return glyphs.step if number else " "
    circle = glyphs.circle
    if length - first == 1:
        return glyphs.step if first else " "
    return circle[0] if number == first else circle[2] if number == length - 1 else circle[1]
