"""What the run printed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from rich.style import Style

from hamtui.contract.layout import OUTPUT
from hamtui.follow.pages import PageLine, TextPages
from hamtui.follow.searching import Cancelled, Hit, Place, Progress, Search
from hamtui.follow.text_search import TextSearch
from hamtui.model.printed import newest, printed
from hamtui.model.text import plural, size
from hamtui.model.wanted import Wanted
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.lines import Line, Pen
from hamtui.tui.widgets.paged_pane import Page, Pages, spans_beside
from hamtui.tui.widgets.searched_pane import SEARCH_HELP, SearchedPane

#: Characters before a match that stand before it where the row's beginning does not.
_BEFORE = 24


class OutputPane(SearchedPane):
    """stdout and stderr: all of it, or the bytes that were written while the node ran."""

    slug = "output"
    title = "Output"
    key = "5"
    help = (
        "What the run printed, stdout and stderr together. n shows all or only what was written while this node "
        "ran. It follows the end; scrolling up pauses, end goes on. Colours are left out, other control "
        "characters are spelled out; of a progress bar the newest state is shown. "
        + SEARCH_HELP
        + " What is shown is what is found, and of a line of which only the beginning is shown, the rest too."
    )

    def key_of(self, subject: Subject) -> Hashable:
        """The file and the bytes."""
        span = subject.span
        if not self.only or span is None:
            return (subject.ref.dir, None)
        return (subject.ref.dir, span.key, span.output_start, span.output_end)

    def open(self, subject: Subject) -> Pages:
        """The whole file, or the node's bytes."""
        path, span = subject.ref.dir / OUTPUT, subject.span
        if not self.only or span is None:
            return TextPages(path)
        if span.output_start is None:
            return TextPages(path, 0, 0)
        return TextPages(path, span.output_start, span.output_end)

    def goes_on(self, before: Pages, now: Pages) -> bool:
        """Where a node's bytes begin is known from its start on, where they end only when it has ended."""
        assert isinstance(before, TextPages)
        assert isinstance(now, TextPages)
        return (before.path, before.start, before.end) == (now.path, now.start, None) and now.end is not None

    def facts(self, pages: Pages) -> tuple[Any, ...]:
        """Whether the file is there, and its bytes."""
        return (pages.exists, pages.size) if isinstance(pages, TextPages) else (False, 0)

    def searcher(self, pages: Pages, wanted: Wanted, cancelled: Cancelled, progress: Progress) -> Search:
        """The same file, and the same bytes of it."""
        assert isinstance(pages, TextPages)
        return TextSearch(pages.path, wanted, pages.start, pages.end, cancelled=cancelled, progress=progress)

    def place(self, row: int) -> Place:
        """The row, or the first that is read."""
        rows: Sequence[PageLine] = self.page.rows if self.page is not None else ()
        near = next((each for each in rows if each.number >= row), rows[0] if rows else None)
        if near is None:
            return Place(0, self._pages.start if isinstance(self._pages, TextPages) else 0)
        return Place(near.number, near.offset)

    def far(self, done: int, of: int) -> str:
        """In bytes."""
        return f"{size(done)} of {size(of)}"

    def searched(self, line: Line) -> Sequence[int]:
        """All but the notes, which are dim."""
        return [number for number, ink in enumerate(line.inks) if ink.style == self.look.text]

    def unshown(self, hit: Hit) -> Line | None:
        """The part of a long line that was found."""
        dots, around = self.look.glyphs.ellipsis, hit.around
        first = next((span[0] for span in self.wanted.spans(around)), 0) if self.wanted is not None else 0
        text = self.pen.clean(around[max(0, first - _BEFORE) :].expandtabs(8))
        note = "(further on in this line)  "
        return Line.of((f"{note}{dots}", self.look.dim), (text, self.look.text), (dots, self.look.dim))

    def draw(self, pen: Pen, rows: Sequence[Any]) -> list[Line]:
        """A line each."""
        return [self._row(pen, row) for row in rows]

    def _row(self, pen: Pen, row: PageLine) -> Line:
        if row.cut and not row.text.strip(b"\0"):
            return self._first_kept(pen, row)
        text, times = newest(row.text + (b"\r" if b"\r" in row.last else b"") + row.last)
        notes = []
        if times:
            notes.append(f"{times} updates" if times < 100 else "many updates")
        if row.cut and not times:
            text = pen.clean(printed(row.text))
            notes.append(f"{size(row.length - len(row.text))} more on this line")
        note = f"  ({', '.join(notes)})" if notes else ""
        return Line.of((pen.clean(text), self.look.text), (note, self.look.dim))

    def _first_kept(self, pen: Pen, row: PageLine) -> Line:
        """A line before which ``--max-size`` made a hole, that reads as zeros."""
        kept = (row.text + row.last).lstrip(b"\0")
        note = f"({size(row.length - len(kept))} before this are gone: --max-size)  "
        return Line.of((note, self.look.dim), (pen.clean(newest(kept)[0]), self.look.text))

    def said(self, pen: Pen, subject: Subject, page: Page) -> list[tuple[str, Style]]:
        """Whose output, how much, and whether others' is in it."""
        look, span = self.look, subject.span
        much = f"{plural(page.count, 'line')}, {size(page.facts[1])}"
        if not self.only or span is None:
            return [("all output", look.text), (f"{pen.sep}{much}", look.dim), self.switch(subject)]
        beside = 0 if subject.run is None else spans_beside(subject.run, span)
        parts = [(f"only {pen.cut(span.key.node, 30)}", look.strong), (f"{pen.sep}{much}", look.dim)]
        if beside:
            what = plural(beside, "other node")
            parts.append((f"{pen.sep}shared with {what} that ran then", look.warning))
        return [*parts, self.switch(subject)]

    def missing(self, pen: Pen, subject: Subject, page: Page) -> list[Line]:
        """Nothing printed, or nothing recorded."""
        span = subject.span
        if not page.facts[0]:
            return pen.says(
                "There is no output.log in this folder.",
                "hamtui run records what the run prints; other people's scripts print to their own terminal.",
            )
        if not self.only or span is None:
            return pen.says(
                "Nothing was printed yet." if subject.launch.exit is None else "The run printed nothing."
            )
        if span.status == "pending":
            return pen.says("It has not started.")
        if span.output_start is None:
            return pen.says("Where this node's output begins is not recorded.", "n shows all output.")
        return pen.says("Nothing was printed while this node ran.", "n shows all output.")
