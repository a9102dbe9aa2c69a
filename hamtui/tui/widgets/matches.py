"""A text that was looked for, seen in lines: lit where it stands, and a mark before the row that was gone to."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

from rich.cells import cell_len
from rich.style import Style

from hamtui.model.wanted import Wanted
from hamtui.tui.widgets.lines import Ink, Line


def lit(line: Line, wanted: Wanted, style: Style, inks: Container[int]) -> Line:
    """The line with the text in this style wherever it stands in the inks of these numbers."""
    parts: list[Ink] = []
    for number, ink in enumerate(line.inks):
        parts += _parts(ink, wanted, style) if number in inks else [ink]
    return (
        line
        if len(parts) == len(line.inks) and tuple(parts) == line.inks
        else replace(line, inks=tuple(parts))
    )


def _parts(ink: Ink, wanted: Wanted, style: Style) -> Iterator[Ink]:
    at = 0
    for first, end in wanted.spans(ink.text):
        if first > at:
            yield Ink(ink.text[at:first], ink.style)
        yield Ink(ink.text[first:end], ink.style + style)
        at = end
    if at < len(ink.text) or not ink.text:
        yield Ink(ink.text[at:], ink.style)


def column(line: Line, wanted: Wanted, inks: Container[int]) -> tuple[int, int] | None:
    """The cells that the first match takes, as (first, behind the last); None where the line has none."""
    at = 0
    for number, ink in enumerate(line.inks):
        for first, end in wanted.spans(ink.text) if number in inks else ():
            begin = at + cell_len(ink.text[:first])
            return begin, begin + cell_len(ink.text[first:end])
        at += cell_len(ink.text)
    return None


def guttered(line: Line, mark: str = "", style: Style = Style()) -> Line:  # noqa: B008
    """The line two cells to the right, before it the mark."""
    return replace(line, inks=(Ink(f"{mark:<2}", style), *line.inks))
