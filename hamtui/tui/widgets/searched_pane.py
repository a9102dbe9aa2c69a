"""A pane on a growing file that can be searched, whatever the file's size: a worker looks, the view goes there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from hamtui.follow.searching import Cancelled, Hit, Outcome, Place, Progress, Search
from hamtui.model.wanted import Wanted
from hamtui.tui.messages import ViewChanged
from hamtui.tui.widgets.lines import Line, LineView
from hamtui.tui.widgets.matches import column, guttered, lit
from hamtui.tui.widgets.paged_pane import Page, PagedPane, Pages
from hamtui.tui.widgets.searchline import SearchLine

if TYPE_CHECKING:
    from hamtui.tui.subject import Subject

#: Cells that the mark takes.
_GUTTER = 2
#: For the panes' help.
SEARCH_HELP = (
    "s (here also /) searches: plain text, capitals matter once it has one. It begins at the top row in sight and goes round; "
    "enter and ] go on, [ goes back, escape ends it."
)


class SearchedPane(PagedPane):
    """Subclasses say what searches their pages; this one asks for a text, has it looked for, and shows where it stands."""

    searches = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "search", "search", id="search.open", tooltip="Search in the whole file: ] on, [ back"),
        Binding(
            "slash", "search", "search", id="search.slash", tooltip="The same, while the pane has the focus"
        ),
        Binding(
            "escape", "end_search", "end search", id="search.end", tooltip="End the search, go on as before"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.line = SearchLine()
        self.wanted: Wanted | None = None
        self.hit: Hit | None = None
        self._last = ""
        self._owed = 0
        self._followed = True
        self._to_go = False
        #: Where in its row the match is, that was gone to.
        self._cells: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        """The rows, and under them the line of the search."""
        yield from super().compose()
        yield self.line

    def on_descendant_focus(self) -> None:
        """Keys mean other things now."""
        self.post_message(ViewChanged())

    def on_descendant_blur(self) -> None:
        """Keys mean other things now."""
        self.post_message(ViewChanged())

    # ---- what subclasses say

    @abstractmethod
    def searcher(self, pages: Pages, wanted: Wanted, cancelled: Cancelled, progress: Progress) -> Search:
        """What looks for the text in what is shown. Called on the UI thread: opens no file yet."""

    @abstractmethod
    def far(self, done: int, of: int) -> str:
        """How far a search is, in words."""

    @abstractmethod
    def searched(self, line: Line) -> Sequence[int]:
        """The numbers of the line's inks in which a search looks."""

    def place(self, row: int) -> Place:
        """A row, or one near it, as a search wants it."""
        return Place(row)

    def unshown(self, hit: Hit) -> Line | None:  # noqa: ARG002
        """What to show in the stead of a row of which the part that was found is not shown."""
        return None

    # ---- what a person does

    def search(self) -> None:
        """Ask for a text."""
        if not self.line.opened:
            self._followed = self.following
        again = f"enter: {self._last}" if self._last else "text; capitals matter once it has one"
        self.line.ask(again)
        self.post_message(ViewChanged())

    def action_search(self) -> None:
        """Ask for a text."""
        self.search()

    @on(SearchLine.Asked)
    def _asked(self, event: SearchLine.Asked) -> None:
        event.stop()
        text = event.text or self._last
        if not text:
            self.action_end_search()
            return
        self._stop()
        if self.wanted is None or self.wanted.text != text:
            self._last, self.wanted, self.hit, self.steps = text, Wanted(text), None, "match"
        self.line.keep(text, self.view)
        self._seek(1)
        self.redraw()
        self.post_message(ViewChanged())

    @on(SearchLine.Left)
    def _left(self, event: SearchLine.Left) -> None:
        event.stop()
        self.action_end_search()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing is searched, escape is the dashboard's."""
        if action == "end_search":
            return self.line.opened
        return super().check_action(action, parameters)

    def action_end_search(self) -> None:
        """Search no more. Whoever followed the end before does so again; whoever did not stays."""
        self._stop()
        self.wanted, self.hit, self.steps = None, None, ""
        self.line.close(self.view)
        self.following = self.following or self._followed
        self.redraw()
        self._look()
        self.post_message(ViewChanged())

    @on(LineView.Chosen)
    def _again(self, event: LineView.Chosen) -> None:
        event.stop()
        if not event.action:
            self.step(1)

    def step(self, by: int) -> None:
        """To the match before (-1) or behind (+1)."""
        if self.wanted is None:
            return
        if self.line.searching:
            self._owed += by
        else:
            self._seek(by)

    # ---- looking

    def show(self, subject: Subject) -> None:
        """Other pages are searched anew."""
        before, searching = self._pages, self.line.searching
        super().show(subject)
        if before is self._pages:
            return
        same = before is not None and self._pages is not None and self.goes_on(before, self._pages)
        if searching or not same:
            self._stop()
            self.line.end(None, asked=self.wanted is not None)
        if not same:
            self.hit = None

    def on_hide(self) -> None:
        """Out of sight nothing is searched."""
        if self.line.searching:
            self._stop()
            self.line.end(None, asked=True)

    def _stop(self) -> None:
        """Whatever is searched is of no interest any more."""
        self.line.stop()
        self._owed, self._to_go = 0, False

    def _seek(self, way: int) -> None:
        """Have the next match looked for: from the one in sight, else from the top row."""
        if self.wanted is None or self._pages is None or self.page is None:
            return
        pages, wanted, top, hit = self._pages, self.wanted, self.view.top, self.hit
        here = hit is not None and top <= hit.place.row < top + self.view.size.height
        place = hit.place if hit is not None and here else self.place(top)

        def find(cancelled: Cancelled, progress: Progress) -> Callable[[], Outcome]:
            search = self.searcher(pages, wanted, cancelled, progress)
            return partial(search.forward, place, past=here) if way > 0 else partial(search.backward, place)

        self.line.seek(find, self.far)

    @on(SearchLine.Sought)
    def _sought(self, event: SearchLine.Sought) -> None:
        event.stop()
        owed = self._owed
        self._stop()
        self.line.end(event.outcome)
        if event.outcome.hit is not None:
            self.hit, self._to_go = event.outcome.hit, True
            self.jump(self.hit.place.row)
            self.redraw()
        if owed and self.hit is not None:
            way = 1 if owed > 0 else -1
            self._seek(way)
            self._owed = owed - way

    # ---- drawing

    def marked(self, lines: list[Line], page: Page) -> list[Line]:
        """The text lit wherever it stands, and a mark before the row that was gone to."""
        wanted, hit, look = self.wanted, self.hit, self.look
        if wanted is None:
            return lines
        if hit is None:
            return [lit(line, wanted, look.match, self.searched(line)) for line in lines]
        found: list[Line] = []
        for row, line in enumerate(lines, page.first):
            if row == hit.place.row:
                shown, self._cells = self._found(line, hit, wanted)
                found.append(guttered(shown, look.glyphs.marker, look.accent))
            else:
                found.append(guttered(lit(line, wanted, look.match, self.searched(line))))
        return found

    def _found(self, line: Line, hit: Hit, wanted: Wanted) -> tuple[Line, tuple[int, int] | None]:
        """The row that was gone to, of a long one the part that was found, and where the match stands in it."""
        cells = column(line, wanted, self.searched(line))
        part = self.unshown(hit) if cells is None else None
        if part is not None:
            line, cells = part, column(part, wanted, self.searched(part))
        return lit(line, wanted, self.look.tab, self.searched(line)), cells

    def redraw(self) -> None:
        """Draw; a match that was gone to comes into sight, to the right too."""
        super().redraw()
        page, hit = self.page, self.hit
        if not self._to_go or page is None or hit is None or page.count <= hit.place.row:
            return
        self.jump(hit.place.row)
        if page.first <= hit.place.row < page.first + len(page.rows):
            self._to_go = False
            self._reveal()

    def _reveal(self) -> None:
        """Bring the match into sight from the side, the line's beginning too where both fit."""
        view = self.view
        if self._cells is None:
            return
        first, end = (cell + _GUTTER for cell in self._cells)
        left = 0 if end <= view.room else max(0, first - view.room // 3)
        if not view.scroll_x <= first < end <= view.scroll_x + view.room:
            view.scroll_to(x=left, animate=False, force=True)

    def copyable(self) -> tuple[str, str] | None:
        """The rows that are read, without the marks before them."""
        found = super().copyable()
        if found is None or self.hit is None:
            return found
        return found[0], "\n".join(line[_GUTTER:] for line in found[1].split("\n"))
