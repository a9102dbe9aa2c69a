"""A chain of waiting as a short list: who stands where, and whose turn it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    if not chain:
        return []
    first = _closes_at(chain) if circle else len(chain)
    who = min(_WHO, max(cell_len(_who(drawing, link)) for link in chain))
    place = min(_PLACE, max(cell_len(_place(drawing, link)) for link in chain))
    function = min(_FUNCTION, max(cell_len(_function(drawing, link)) for link in chain))
    needed = (
        4
        + who
        + 2
        + place
        + 2
        + max(cell_len(_source(drawing, link) + _turn(drawing, link)) for link in chain)
        + 4
    )
    if needed + function + 2 > drawing.width:
        function = 0
    return [
        _line(link, drawing, (who, place, function), _joint(drawing, number, first, len(chain)))
        for number, link in enumerate(chain)
    ]


def _line(link: Link, drawing: Drawing, cells: tuple[int, int, int], joint: str) -> Line:
    look, ellipsis = drawing.look, drawing.look.glyphs.ellipsis
    who, place, function = cells
    action: tuple[str, ...] = ("node", link.node) if link.node is not None else ()
    parts: list[tuple[str, Style]] = [
        (f" {joint} ", drawing.hot or look.accent),
        (fit(_who(drawing, link), who, ellipsis, pad=True) + "  ", look.strong),
    ]
    if place and link.frame is not None:
        parts.append((fit(_place(drawing, link), place, ellipsis, pad=True) + "  ", look.path))
    if function and link.frame is not None:
        parts.append((fit(_function(drawing, link), function, ellipsis, pad=True) + "  ", look.text))
    source, turn = _source(drawing, link), _turn(drawing, link)
    room = drawing.width - sum(cell_len(text) for text, _ in parts)
    left = room - cell_len(turn) - 4
    if left < min(_LEAST, cell_len(source)):
        source = ""
    if source:
        source = fit(source, left, ellipsis)
        parts.append((source + ("  " if turn else ""), look.text))
        room -= cell_len(source) + 2
    if turn:
        said = fit(f"{look.glyphs.back} {turn}", room, ellipsis)
        parts.append((said, drawing.hot or look.accent))
    return Line.of(*parts, action=action)


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


def _who(drawing: Drawing, link: Link) -> str:
    """A thread or process; with the node that it runs where its name does not say so already."""
    node = link.node
    return drawing.clean(link.who if node is None or node in link.who else f"{link.who} ({node})")


def _place(drawing: Drawing, link: Link) -> str:
    return "" if link.frame is None else drawing.place(link.frame)


def _function(drawing: Drawing, link: Link) -> str:
    return "" if link.frame is None else drawing.clean(link.frame.function)


def _source(drawing: Drawing, link: Link) -> str:
    """The source line that it stands on; of what has none, what it is doing."""
    if link.frame is None:
        return drawing.clean(link.doing or "")
    return drawing.clean(known_text(link.frame, drawing.nodes)) or drawing.clean(link.doing or "")


def _turn(drawing: Drawing, link: Link) -> str:
    """What it waits for, unless the source line names it, and whose turn it is."""
    waits_for, relation = link.waits_for or "", link.relation or ""
    if waits_for and (waits_for in _source(drawing, link) or waits_for in relation):
        waits_for = ""
    return drawing.clean(f"{waits_for}, {relation}" if waits_for and relation else waits_for or relation)
