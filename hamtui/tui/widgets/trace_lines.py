"""An exception as lines: type and message, then its traceback with the libraries' frames folded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rich.style import Style

from hamtui.contract.stacks import Frame
from hamtui.model.errors import SKIPPED
from hamtui.model.frames import library
from hamtui.model.state import Error
from hamtui.model.text import plural
from hamtui.tui.widgets.lines import Line, Pen
from hamtui.tui.widgets.stack_lines import base

_FILE = re.compile(r'\s*File "([^"]+)", line (\d+)(?:, in (.+))?')
#: Rows of a message and of a traceback; the rest of a longer one is counted.
_MESSAGE_ROWS = 40
_TRACE_ROWS = 400


def error_lines(pen: Pen, error: Error, *, libraries: bool, own_file: str | None = None) -> list[Line]:
    """What was raised, and where: the user's frames, and the libraries' when they are unfolded."""
    look = pen.look
    first, *more = error.message.split("\n")
    lines = pen.flow((pen.clean(f"{error.type}: {first}"), look.error + Style(bold=True)))
    for row in more[:_MESSAGE_ROWS]:
        lines += pen.flow((pen.clean(row), look.error))
    if len(more) > _MESSAGE_ROWS:
        lines.append(Line.of((f"  ({len(more) - _MESSAGE_ROWS:,} more lines)", look.dim)))
    if error.type == SKIPPED and not error.traceback:
        return lines
    if not error.traceback:
        return [*lines, Line.of(("  no traceback was recorded", look.dim))]
    return lines + _trace(pen, error.traceback, libraries, own_file)


def _trace(pen: Pen, text: str, libraries: bool, own_file: str | None) -> list[Line]:
    look = pen.look
    rows = text.rstrip("\n").split("\n")
    cut = max(0, len(rows) - _TRACE_ROWS)
    lines = [Line.of((f"  ({cut:,} earlier lines)", look.dim))] if cut else []
    folded: Counter[str] = Counter()
    for frame, block in _blocks(rows[cut:]):
        owner = None if frame is None else library(frame, own_file)
        if owner is not None and not libraries:
            folded[owner] += 1
            continue
        if folded:
            lines.append(_fold(pen, folded))
            folded = Counter()
        if frame is None:
            # The heading and the last row say again what stands above; causes and notes do not.
            lines += [line for row in block for line in pen.flow((pen.clean(row), look.dim))]
            continue
        style = look.dim if owner is not None else look.text
        place = pen.clean(f"{base(frame.file)}:{frame.line}")
        lines.append(
            Line.of(
                (f"  {place}", look.dim if owner else look.path), (f"  {pen.clean(frame.function)}", style)
            )
        )
        lines += [Line.of((pen.cut(row, pen.width), style)) for row in block[1:]]
    return [*lines, _fold(pen, folded)] if folded else lines


def _blocks(rows: list[str]) -> Iterator[tuple[Frame | None, list[str]]]:
    """Each frame with its rows, and what stands between frames; the usual heading is left out."""
    frame: Frame | None = None
    block: list[str] = []
    for row in rows:
        found = _FILE.match(row)
        if found is None and (not block or frame is None or row.startswith("    ")):
            if row != "Traceback (most recent call last):":
                block.append(row)
            continue
        if block:
            yield frame, block
        frame, block = None, [row]
        if found is not None:
            frame = Frame(found[1], int(found[2]), found[3] or "")
    if block and frame is not None:
        yield frame, block
    elif block[:-1]:
        yield None, block[:-1]


def _fold(pen: Pen, owners: Counter[str]) -> Line:
    what = ", ".join(
        f"{plural(count, 'frame')} in {pen.clean(name)}" for name, count in owners.most_common(3)
    )
    said = pen.cut(what, pen.width - 16)
    return Line.of(
        (f"  {said}  ", pen.look.dim),
        (f"{pen.look.glyphs.enter} show", pen.look.accent),
        action=("libraries",),
    )
