"""The node's function as it was when the run began, with the line that runs."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, ClassVar

from rich.style import Style
from textual import on, work
from textual.message import Message

from hamtui.contract.graph import PlannedNode
from hamtui.contract.stacks import Frame
from hamtui.model.frames import first_own
from hamtui.model.stacks import stack_of
from hamtui.model.text import duration
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.lines import Ink, Line, Pen
from hamtui.tui.widgets.lines_pane import LinesPane
from hamtui.tui.widgets.stack_lines import base

#: A longer function is shown up to here.
_LINES = 5_000
_WORDS = {"running": "here", "failed": "raised here", "aborted": "was here"}


class SourcePane(LinesPane):
    """The source out of the graph file: the file on disk may have changed since the run began."""

    slug = "source"
    title = "Source"
    key = "6"
    help = (
        "The node's function as it was when the run began (the graph file keeps it), and the line on which its "
        "thread stands, stood last, or raised."
    )
    cursor: ClassVar[bool] = False
    wide: ClassVar[bool] = True

    class Coloured(Message):
        """The colours are there."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: tuple[object, int | None] = (None, None)
        self._fetching = False

    def lines(self, subject: Subject, width: int) -> list[Line]:
        """A heading, then the function."""
        pen = Pen(self.look, width)
        node = subject.node
        if node is None:
            if subject.span is None:
                return pen.says("No node is selected.", "Move to one in the tree above.")
            return pen.says(
                "No graph file in this folder names this node, so its source is not known.",
                "hamtui shows what the flight file says; hamtui run records the source too.",
            )
        if not node.source:
            what = "an input" if node.role == "input" else "made by Hamilton, or its source could not be read"
            return pen.says(f"No source: {node.name} is {what}.", _place(node))
        line, note = self._standing(subject, node)
        first = node.line or 1
        rows = [pen.clean(row) for row in node.source.rstrip("\n").split("\n")[:_LINES]]
        digits = len(str(first + len(rows)))
        lines = [Line.of((pen.cut(_place(node), width), self.look.path))]
        for at, inks in enumerate(_highlight("\n".join(rows), self._colours())):
            lines.append(self._row(pen, first + at, digits, inks, note if first + at == line else None))
        return lines

    def _colours(self) -> str:
        """The name of the look's colours; none until a thread has what makes them: a tenth of a second at worst."""
        if not self.look.code or lexer.cache_info().currsize:
            return self.look.code
        if not self._fetching:
            self._fetching = True
            self.call_after_refresh(self._fetch)
        return ""

    @work(thread=True, exit_on_error=False, group="colours")
    def _fetch(self) -> None:
        lexer()
        self.post_message(self.Coloured())

    @on(Coloured)
    def _coloured(self, event: Coloured) -> None:
        event.stop()
        self.redraw()

    def redraw(self) -> None:
        """Bring the marked line into sight when it is another one."""
        super().redraw()
        subject = self.subject
        if subject is None or subject.node is None or not self.view.total:
            return
        line, _ = self._standing(subject, subject.node)
        key = None if subject.span is None else subject.span.key
        if (key, line) != self._seen:
            self._seen = (key, line)
            row = 0 if line is None else 1 + line - (subject.node.line or 1)
            height = self.view.size.height
            self.view.scroll_to(y=0 if row < height else max(0, row - height // 2), animate=False, force=True)

    def _row(self, pen: Pen, number: int, digits: int, inks: tuple[Ink, ...], note: str | None) -> Line:
        look = self.look
        if note is None:
            return Line((Ink(f"  {number:>{digits}}  ", look.dim), *inks))
        text = "".join(ink.text for ink in inks)
        mark = look.glyphs.marker
        back = look.glyphs.back
        return Line.of(
            (f"{mark} ", look.suspect if note.startswith("here") else look.error),
            (f"{number:>{digits}}", look.strong),
            ("  ", look.text),
            (text, look.here),
            (f"  {back} {pen.clean(note)}", look.suspect),
        )

    def _standing(self, subject: Subject, node: PlannedNode) -> tuple[int | None, str]:
        """The line of this function to mark, and the words beside it."""
        span = subject.span
        if span is None or not node.file or not node.source:
            return None, ""
        word = _WORDS.get(span.status)
        first = node.line or 1
        lines = range(first, first + node.source.count("\n") + 1)
        if span.status == "failed" and span.error is not None:
            numbers = [
                int(number)
                for file, number in re.findall(r'File "([^"]+)", line (\d+)', span.error.traceback or "")
                if file == node.file and int(number) in lines
            ]
            return (numbers[-1], f"{word}: {span.error.type}") if numbers else (None, "")
        found = stack_of(subject.launch, span) if word is not None else None
        if found is None:
            return None, ""
        dump, thread = found
        inside = [frame for frame in thread.frames if frame.file == node.file and frame.line in lines]
        if not inside:
            return None, ""
        age = None if dump.ts is None else max(0.0, subject.now.unix - dump.ts)
        ago = f" {duration(age)} ago" if span.status == "running" and age is not None and age >= 1 else ""
        return inside[0].line, f"{word}{ago}{_deeper(thread.frames, inside[0], node.file)}"


def _deeper(frames: list[Frame], frame: Frame, own_file: str) -> str:
    """Where the call on the marked line has got to, if that is the user's code too."""
    top = first_own(frames, own_file)
    if top is None or frames[top] is frame:
        return ""
    inner = frames[top]
    return f", in {base(inner.file)}:{inner.line} {inner.function}"


def _place(node: PlannedNode) -> str:
    if not node.file:
        return ""
    return f"{node.file}:{node.line}" if node.line else node.file


@cache
def lexer() -> Any:
    """What takes Python apart: its import and its expressions take long for whoever waits for a key."""
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]  # noqa: PLC0415

    return PythonLexer(stripnl=False, ensurenl=False)


@lru_cache(32)
def _highlight(source: str, code: str) -> list[tuple[Ink, ...]]:
    """The source's rows in the colours of a Pygments style; plain for none."""
    rows: list[list[Ink]] = [[]]
    if not code:
        return [(Ink(row),) if row else () for row in source.split("\n")]
    from pygments.styles import get_style_by_name  # type: ignore[import-untyped]  # noqa: PLC0415

    styles = get_style_by_name(code)
    inks: dict[object, Style] = {}
    for token, text in lexer().get_tokens(source):
        if token not in inks:
            told = styles.style_for_token(token)
            colour = f"#{told['color']}" if told["color"] else None
            inks[token] = Style(color=colour, bold=told["bold"] or None, italic=told["italic"] or None)
        first, *more = text.split("\n")
        if first:
            rows[-1].append(Ink(first, inks[token]))
        rows.extend([Ink(part, inks[token])] if part else [] for part in more)
    return [tuple(row) for row in rows]
