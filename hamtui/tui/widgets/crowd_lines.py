"""Parallel blocks put together by what they do: a sentence on all of them, then a line a group."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style

from hamtui.model.alike import Alike, Crowd
from hamtui.model.state import Span, SpanKey
from hamtui.model.text import duration
from hamtui.tui.widgets.lines import Line, fit
from hamtui.tui.widgets.stack_lines import Drawing

#: Groups on the screen; what a thousand blocks do differently is no help on a thousand lines.
MOST = 12
_PLACE = 24
_NUMBER, _WORD = 5, 10
#: So many blocks are named by their numbers.
_FEW = 6


def crowd_lines(crowd: Crowd, drawing: Drawing, title: str, own: SpanKey | None = None) -> list[Line]:
    """``title`` names the group. ``own``: the span that the pane is on, whose group is marked."""
    look = drawing.look
    if not crowd.groups:
        return []
    over = any(group.spans[0].status == "aborted" for group in crowd.groups)
    usual = "" if crowd.usual is None else f", usually {duration(crowd.usual)}"
    ended = f"{drawing.sep}{crowd.done:,} done{usual}" if crowd.done else ""
    state = "were in flight" if over else "in flight"
    lines = drawing.flow(
        (f"{drawing.clean(title)}", look.strong),
        (f"  {crowd.size:,} {state}: ", look.text),
        (_sentence(crowd, drawing), look.text),
        (ended, look.dim),
    )
    mine = None if own is None else crowd.of(own)
    shown = crowd.groups[:MOST]
    place = min(_PLACE, max(cell_len(_place(group, drawing)) for group in shown))
    lines += [_group(group, drawing, place, own=group is mine) for group in shown]
    if len(crowd.groups) > MOST:
        rest = crowd.groups[MOST:]
        lines.append(
            Line.of(
                (
                    f"   and {sum(len(group.spans) for group in rest):,} in {len(rest):,} other places",
                    look.dim,
                )
            )
        )
    return lines


def _sentence(crowd: Crowd, drawing: Drawing) -> str:
    """``197 in parse_row, 3 in recv from 10.0.4.7:5432``: the largest group, then those that stand out."""
    largest = [group for group in crowd.groups if group.largest and not group.straggler][:1]
    told = (largest + [group for group in crowd.groups if group.straggler])[:3] or list(crowd.groups[:2])
    return ", ".join(f"{len(group.spans):,} {_doing(group, drawing)}" for group in told)


def _doing(group: Alike, drawing: Drawing) -> str:
    where = f"in {group.frame.function}" if group.frame is not None else "with no stack yet"
    return drawing.clean(f"{where}, waiting for {group.counterpart}" if group.counterpart else where)


def _word(group: Alike) -> str:
    """What a group is among the others."""
    if group.straggler:
        return "straggler" if len(group.spans) == 1 else "stragglers"
    return "most" if group.largest else ""


def _place(group: Alike, drawing: Drawing) -> str:
    return "no stack yet" if group.frame is None else drawing.place(group.frame)


def _group(group: Alike, drawing: Drawing, place: int, *, own: bool) -> Line:
    look, glyphs = drawing.look, drawing.look.glyphs
    stands_out = group.straggler or bool(group.suspected)
    hot = (look.suspect if group.hanging else look.late) if stands_out else look.text
    state = "suspect" if group.hanging else "late" if group.suspected else group.spans[0].status
    parts: list[tuple[str, Style]] = [
        (f" {glyphs.marker if own else ' '}{glyphs.of(state)} ", hot),
        (f"{len(group.spans):>{_NUMBER},} ", hot),
        (f"{_word(group):<{_WORD}} ", hot if group.straggler else look.dim),
        (fit(_place(group, drawing), place, glyphs.ellipsis, pad=True) + "  ", look.path),
        (drawing.clean(group.frame.function) + "  " if group.frame is not None else "", look.text),
        (drawing.clean(group.verdict) + "  " if group.verdict else "", look.text),
        (f"{glyphs.arrow} {drawing.clean(group.counterpart)}  " if group.counterpart else "", look.accent),
        (_seconds(group) + "  ", look.dim),
        (_numbers(group.spans), look.dim),
    ]
    return _cut(parts, drawing, _action(group.spans[0]))


def _cut(parts: list[tuple[str, Style]], drawing: Drawing, action: tuple[str, ...]) -> Line:
    kept, room = [], drawing.width
    for text, style in parts:
        cut = fit(text, room, drawing.look.glyphs.ellipsis)
        kept.append((cut, style))
        room -= Line.of((cut, style)).width
    return Line.of(*kept, action=action)


def _seconds(group: Alike) -> str:
    low, high = duration(group.seconds[0]), duration(group.seconds[1])
    return low if low == high else f"{low} to {high}"


def _numbers(spans: tuple[Span, ...]) -> str:
    """``[17] [404]``: which of the blocks these are, where they are few."""
    if len(spans) > _FEW:
        return ""
    parts = [(span.key.task_id or "").partition(".")[2].partition(".")[0] for span in spans]
    return " ".join(f"[{number}]" for number in sorted(int(part) for part in parts if part.isdecimal()))


def _action(span: Span) -> tuple[str, ...]:
    return ("node", span.key.node, *((span.key.task_id,) if span.key.task_id is not None else ()))
