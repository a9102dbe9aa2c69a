"""A pane on a growing file: reads in a worker only what is on the screen, and follows the end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from rich.style import Style
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from hamtui.model.state import Run, Span
from hamtui.model.text import plural
from hamtui.model.verdict import launch_state
from hamtui.tui.widgets.lines import Line, LineView, Pen
from hamtui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from hamtui.tui.subject import Subject
    from hamtui.tui.theme import Look

_OVER = ("succeeded", "failed", "killed", "crashed", "lost")
#: Screens' worth of rows that are read at once: a page before and one after.
_SCREENS = 3
_READING = "reading"


class Pages(Protocol):
    """What the pane needs of ``follow.pages`` and ``follow.log_pages``."""

    @property
    def count(self) -> int:
        """Rows known so far."""

    @property
    def complete(self) -> bool:
        """Whether that is all."""

    def refresh(self) -> bool:
        """Look at the file again; True when it changed."""

    def read(self, first: int, count: int) -> Sequence[Any]:
        """Rows from ``first`` on."""


@dataclass(frozen=True)
class Page:
    """What a look at the file found: rows ``first`` and on, of ``count`` that are known so far."""

    of: Hashable
    first: int
    rows: Sequence[Any]
    count: int
    complete: bool
    facts: tuple[Any, ...] = ()


class PagedPane(Pane):
    """Subclasses open the pages and draw a row; this one reads, scrolls, follows and pauses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "only", "all/node", id="pages.only", tooltip="All, or only this node's"),
    ]
    DEFAULT_CSS = """
    PagedPane { layout: vertical; }
    PagedPane > #status { height: 1; }
    """

    class Looked(Message):
        """The worker read a page."""

        def __init__(self, page: Page) -> None:
            super().__init__()
            self.page = page

    def __init__(self) -> None:
        super().__init__()
        self.subject: Subject | None = None
        self.status = LineView(id="status")
        self.status.can_focus = False
        self.view = LineView()
        self.only = False
        self.following = True
        self.page: Page | None = None
        self._pages: Pages | None = None
        self._pages_of: Hashable = None
        self._reading = False
        self._read_again = False
        self._seen = 0
        self._trouble = ""
        self._clock: Timer | None = None
        self._jumped: int | None = None
        self._drawn_in: Look | None = None

    def compose(self) -> ComposeResult:
        """A line that says what is shown, and the rows."""
        yield self.status
        yield self.view

    def on_mount(self) -> None:
        """The clock runs only while the pane is in sight and the launch in flight."""
        self._clock = self.set_interval(1.0, self._look, pause=True)

    def on_hide(self) -> None:
        """Out of sight nothing is read."""
        if self._clock is not None:
            self._clock.pause()

    # ---- what subclasses say

    @abstractmethod
    def key_of(self, subject: Subject) -> Hashable:
        """What the pages depend on: when it differs, they are opened anew."""

    @abstractmethod
    def open(self, subject: Subject) -> Pages:
        """The pages for that. Called on the UI thread: opens no file yet."""

    def goes_on(self, before: Pages, now: Pages) -> bool:  # noqa: ARG002
        """Whether the rows of the pages before are the first of these: who reads there is left where they are."""
        return False

    @abstractmethod
    def draw(self, pen: Pen, rows: Sequence[Any]) -> list[Line]:
        """Rows as lines, one each."""

    @abstractmethod
    def said(self, pen: Pen, subject: Subject, page: Page) -> list[tuple[str, Style]]:
        """What is shown, for the line on top."""

    @abstractmethod
    def missing(self, pen: Pen, subject: Subject, page: Page) -> list[Line]:
        """Why there are no rows."""

    def marked(self, lines: list[Line], page: Page) -> list[Line]:  # noqa: ARG002
        """The page's lines with what is to be seen in them marked."""
        return lines

    def facts(self, pages: Pages) -> tuple[Any, ...]:  # noqa: ARG002
        """More that the worker read, for ``said`` and ``missing``."""
        return ()

    # ---- looking

    def show(self, subject: Subject) -> None:
        """Look at the file when it may have grown, and draw what differs."""
        self.subject = subject
        key = self.key_of(subject)
        if key != self._pages_of or self._pages is None:
            before, self._pages, self._pages_of = self._pages, self.open(subject), key
            if before is None or not self.goes_on(before, self._pages):
                self.page, self.following, self._seen = None, True, 0
        if self._clock is not None:
            over = launch_state(subject.launch, subject.fact, subject.now) in _OVER
            (self._clock.pause if over else self._clock.resume)()
        self._look()

    def _look(self) -> None:
        """Have the worker look, now or as soon as it is free."""
        if self._pages is None or not self.is_mounted:
            return
        if self._reading:
            self._read_again = True
            return
        self._reading, self._read_again = True, False
        height = max(1, self.view.size.height)
        first = None if self.following else max(0, self.view.top - height)
        self._read(self._pages, self._pages_of, first, _SCREENS * height)

    @work(thread=True, exclusive=True, exit_on_error=False, group=_READING)
    def _read(self, pages: Pages, of: Hashable, first: int | None, count: int) -> None:
        """In a thread of its own: count on, then read the rows in sight (``first`` None: the last)."""
        pages.refresh()
        begin = max(0, pages.count - count) if first is None else first
        rows = pages.read(begin, count)
        self.post_message(self.Looked(Page(of, begin, rows, pages.count, pages.complete, self.facts(pages))))

    @on(Worker.StateChanged)
    def _ended(self, event: Worker.StateChanged) -> None:
        event.stop()
        if event.state is WorkerState.ERROR and event.worker.group == _READING:
            self._reading = False
            self._trouble = f"could not be read: {event.worker.error}"
            self._say()

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        event.stop()
        self._reading = False
        if event.page.of == self._pages_of:
            self._trouble = ""
            changed = event.page != self.page or self.look is not self._drawn_in
            self.page = event.page
            if self.following:
                self._seen = event.page.count
            if changed:
                self.redraw()
            else:
                self._say()
        if self._read_again or event.page.of != self._pages_of or not event.page.complete:
            self._look()

    # ---- drawing

    @property
    def pen(self) -> Pen:
        """What writes to this pane's width in the app's look."""
        return Pen(self.look, self.view.room)

    def redraw(self) -> None:
        """Draw the page that was read last."""
        page, subject = self.page, self.subject
        if page is None or subject is None:
            return
        self._drawn_in = self.look
        if page.count == 0 and page.complete:
            self.view.show_lines(self.missing(self.pen, subject, page), width=0)
        else:
            lines = self.marked(self.draw(self.pen, page.rows), page)
            self.view.show_lines(lines, first=page.first, total=page.count)
            if self.following:
                self.view.to_end()
        self._say()

    def _say(self) -> None:
        page, subject = self.page, self.subject
        if page is None or subject is None:
            return
        pen = Pen(self.look, max(1, self.size.width))
        parts: list[tuple[str, Style]] = []
        fresh = page.count - self._seen
        if not self.following:
            down = "v" if self.look.glyphs.ascii_only else "▼"
            text = (
                f"{down} {plural(fresh, 'new line')}{pen.sep}end follows"
                if fresh > 0
                else f"paused{pen.sep}end follows"
            )
            parts.append((text + "  ", self.look.accent if fresh > 0 else self.look.dim))
        if self._trouble:
            parts.append((pen.clean(self._trouble) + "  ", self.look.error))
        parts += self.said(pen, subject, page)
        if not page.complete:
            parts.append((f"{pen.sep}counting on", self.look.dim))
        said = pen.flow(*parts)[:1]
        self.status.show_lines([Line(line.inks, ("only",)) for line in said], width=0)

    @on(LineView.Chosen)
    def _clicked(self, event: LineView.Chosen) -> None:
        event.stop()
        if event.action == ("only",):
            self.action_only()

    @on(LineView.Wanted)
    def _scrolled(self, event: LineView.Wanted) -> None:
        event.stop()
        page = self.page
        if page is None or page.count == 0:
            return
        # Where a jump lands does not follow, at the end neither.
        following = event.at_end and event.first != self._jumped
        self._jumped = None
        if following != self.following:
            self.following = following
            self._seen = page.count
            self._say()
        inside = page.first <= event.first and event.first + event.count <= page.first + len(page.rows)
        if (not inside and not following) or (following and page.first + len(page.rows) < page.count):
            self._look()

    @on(LineView.Fitted)
    def _refit(self) -> None:
        self.redraw()
        self._look()

    def jump(self, row: int) -> None:
        """Bring a row into sight and stay there; one that is in sight moves nothing."""
        page, view = self.page, self.view
        if page is None:
            return
        if self.following:
            self.following, self._seen = False, page.count
        if row < page.count and not view.top <= row < view.top + view.size.height:
            was = view.top
            view.scroll_to(y=max(0, row - view.size.height // 3), animate=False, force=True)
            self._jumped = view.top if view.top != was else None
            self._look()
        self._say()

    def action_only(self) -> None:
        """All, or only this node's."""
        self.only = not self.only
        if self.subject is not None:
            self.show(self.subject)

    def copyable(self) -> tuple[str, str] | None:
        """The rows that are read."""
        text = self.view.text()
        return (self.title.lower(), text) if text.strip() else None

    def switch(self, subject: Subject) -> tuple[str, Style]:
        """The words on the key that switches between all and one node's."""
        if subject.span is None:
            return ("", self.look.dim)
        name = self.pen.cut(subject.span.key.node, 24)
        return ("  n all" if self.only else f"  n only {name}", self.look.accent)


def spans_beside(run: Run, span: Span) -> int:
    """How many other spans wrote into the same bytes of output.log, or could have."""
    if span.output_start is None:
        return 0
    end = float("inf") if span.output_end is None else span.output_end
    return sum(
        other is not span
        and other.output_start is not None
        and other.output_start < end
        and (other.output_end is None or other.output_end > span.output_start)
        for other in run.spans.values()
    )
