"""A value's summary and payload as rows of text: what ``contract.summary`` describes, or whatever a script of one's own wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from rich.cells import cell_len
from rich.style import Style

from hamtui.model.text import plural, size
from hamtui.tui.widgets.lines import Pen

Row = tuple[str, Style]

#: A cell of a table takes no more; where whole columns matter more than whole cells, less.
_CELL = 24
_NARROWER = (_CELL, 18, 13, 10)
#: What a sentence says in words of its own, or rows below it say.
_SAID = frozenset(
    {"type", "rows", "columns", "shape", "length", "bytes", "schema", "fields", "left_out", "statistics"}
)
#: Rows of one payload; the rest is counted.
_ROWS = 24
_LONGEST = 400


def summary_rows(pen: Pen, name: str, summary: Any) -> list[Row]:
    """One sentence, and below it the columns or fields: with statistics as a table, else in a line."""
    look = pen.look
    head = f"{pen.clean(name)}: " if name else ""
    rows = [(head + _sentence(pen, summary), look.text)]
    if not isinstance(summary, Mapping):
        return rows
    kinds = _pairs(summary.get("schema")) or _pairs(summary.get("fields"))
    known = summary.get("statistics")
    table = known.get("columns") if isinstance(known, Mapping) else None
    if isinstance(known, Mapping) and isinstance(table, list) and table:
        rows += _statistics(pen, table, dict(kinds), known)
    elif kinds:
        told = [f"{pen.clean(key)} {kind}" if kind else f"{pen.clean(key)} not set" for key, kind in kinds]
        rows.append(("  " + pen.clean(pen.sep.join(told) + _left_out(summary, "more")), look.dim))
    return rows


def _sentence(pen: Pen, summary: Any) -> str:
    if not isinstance(summary, Mapping):
        return short(pen, summary)
    parts = [] if summary.get("type") is None else [short(pen, summary["type"])]
    rows, columns, shape = (summary.get(key) for key in ("rows", "columns", "shape"))
    if _whole(rows) and _whole(columns):
        parts.append(f"{plural(rows, 'row')} {pen.look.glyphs.times} {plural(columns, 'column')}")
    elif _whole(rows):
        parts.append(plural(rows, "row"))
    elif _whole(columns):
        parts.append(plural(columns, "column"))
    elif isinstance(shape, list) and shape:
        parts.append(
            f" {pen.look.glyphs.times} ".join(
                f"{side:,}" if _whole(side) else short(pen, side) for side in shape
            )
        )
    elif "length" in summary:
        length = summary["length"]
        parts.append(f"length {length:,}" if _whole(length) else f"length {short(pen, length)}")
    if _whole(summary.get("bytes")):
        parts.append(size(summary["bytes"]))
    parts += [f"{pen.clean(key)} {short(pen, value)}" for key, value in summary.items() if key not in _SAID]
    return ", ".join(parts)


def _statistics(pen: Pen, table: list[Any], kinds: Mapping[str, str], known: Mapping[str, Any]) -> list[Row]:
    header = ("column", "type", "nulls", "least", "greatest")
    cells = [
        [row[0] or "all", kinds.get(row[0], ""), *["" if cell is None else cell for cell in row[1:4]]]
        for row in table
        if isinstance(row, list) and row and isinstance(row[0], str)
    ]
    rows = grid(pen, header, cells, cuts=_NARROWER)
    stopped = known.get("stopped_s")
    why = f"; stopped after {stopped}s" if isinstance(stopped, (int, float)) else ""
    if _whole(known.get("left_out")):
        rows.append((f"  {plural(known['left_out'], 'column')} without statistics{why}", pen.look.dim))
    return rows


def payload_rows(pen: Pen, name: str, payload: Any) -> list[Row]:
    """A value: on one row where it is short, a table's first rows as a table, else an item a row."""
    look = pen.look
    head = f"{pen.clean(name)} = " if name else ""
    if isinstance(payload, Mapping) and isinstance(payload.get("names"), list):
        return [(f"{head}first rows", look.text), *_head(pen, payload)]
    whole = head + _inline(pen, payload)
    if cell_len(whole) <= pen.width or not _parts(payload):
        return [(pen.cut(whole, _LONGEST), look.text)]
    rows = [(head + _kind(pen, payload), look.text), *((row, look.text) for row in _tree(pen, payload, 1))]
    more = len(rows) - _ROWS
    return rows if more <= 0 else [*rows[:_ROWS], (f"  ({plural(more, 'row')} more)", look.dim)]


def _head(pen: Pen, payload: Mapping[str, Any]) -> list[Row]:
    names, head = payload["names"], payload.get("head")
    cells = [[_inline(pen, cell) for cell in row] for row in head or () if isinstance(row, list)]
    return grid(pen, [str(name) for name in names], cells, payload.get("columns"))


def grid(
    pen: Pen,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    total: Any = None,
    cuts: Sequence[int] = (_CELL,),
) -> list[Row]:
    """A table in aligned columns, its cells cut to the first of ``cuts`` with which all columns fit the width.

    Columns that do not fit are counted, and those of ``total`` that are not told.
    """
    columns: list[tuple[int, list[str]]] = []
    for cut in cuts:
        columns = _columns(pen, header, rows, cut)
        if sum(width + 2 for width, _ in columns) <= pen.width:
            break
    shown, used = 0, 2
    while shown < len(columns) and (shown == 0 or used + columns[shown][0] <= pen.width):
        used += columns[shown][0] + 2
        shown += 1
    made = [
        "  " + "  ".join(pen.cut(texts[at], wide, pad=True) for wide, texts in columns[:shown])
        for at in range(len(rows) + 1)
    ]
    look = pen.look
    told = [(line.rstrip(), look.text if at else look.dim) for at, line in enumerate(made)]
    more = (total if _whole(total) else len(columns)) - shown
    return told if more <= 0 else [*told, (f"  ({plural(more, 'column')} more)", look.dim)]


def _columns(
    pen: Pen, header: Sequence[str], rows: Sequence[Sequence[Any]], cut: int
) -> list[tuple[int, list[str]]]:
    """The columns' cells as text, each with its width."""
    columns = []
    for number, name in enumerate(header):
        below = (_text(row[number]) if number < len(row) else "" for row in rows)
        texts = [pen.cut(text, cut) for text in (name, *below)]
        columns.append((max(map(cell_len, texts)), texts))
    return columns


def _parts(payload: Any) -> list[tuple[str, Any]]:
    """What lies in a collection or a model, each with its key."""
    if not isinstance(payload, Mapping):
        return []
    if isinstance(payload.get("items"), list):
        return [("", one) for one in payload["items"]]
    return _pairs(payload.get("pairs")) or _pairs(payload.get("fields"))


def _inline(pen: Pen, payload: Any) -> str:
    """A payload on one row."""
    if not isinstance(payload, Mapping):
        return short(pen, payload)
    parts = _parts(payload)
    if parts:
        inside = ", ".join(
            f"{pen.clean(key)}: {_inline(pen, one)}" if key else _inline(pen, one) for key, one in parts
        )
        more = _more(payload, len(parts))
        return f"{'[' if 'items' in payload else '{'}{inside}{more}{']' if 'items' in payload else '}'}"
    if "text" in payload:
        told = short(pen, payload["text"])
        return f"{told}, {size(payload['size'])}" if _whole(payload.get("size")) else told
    return _kind(pen, payload)


def _tree(pen: Pen, payload: Any, level: int) -> Iterable[str]:
    parts = _parts(payload)
    for key, one in parts:
        head = "  " * level + (f"{pen.clean(key)}: " if key else "")
        whole = head + _inline(pen, one)
        if cell_len(whole) <= pen.width or not _parts(one):
            yield pen.cut(whole, max(8, pen.width))
        else:
            yield head + _kind(pen, one)
            yield from _tree(pen, one, level + 1)
    more = _more(payload, len(parts))
    if more:
        yield "  " * level + more.removeprefix(", ")


def _more(payload: Mapping[str, Any], told: int) -> str:
    length = payload.get("length")
    return f", {length - told:,} more" if _whole(length) and length > told else ""


def _kind(pen: Pen, payload: Mapping[str, Any]) -> str:
    """Type and size of what is not shown whole."""
    return _sentence(
        pen, {key: payload[key] for key in ("type", "rows", "columns", "shape", "length") if key in payload}
    )


def _pairs(value: Any) -> list[tuple[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [(str(row[0]), row[1]) for row in rows if isinstance(row, list) and len(row) == 2]


def _left_out(summary: Mapping[str, Any], word: str) -> str:
    count = summary.get("left_out")
    return f", {count:,} {word}" if _whole(count) else ""


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell, default=repr)


def short(pen: Pen, value: Any) -> str:
    """Any JSON on one row."""
    if isinstance(value, Mapping):
        return ", ".join(f"{pen.clean(key)} {short(pen, each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return (
            "[" + ", ".join(short(pen, each) for each in value[:20]) + (", ...]" if len(value) > 20 else "]")
        )
    return pen.cut(_text(value), _LONGEST)
