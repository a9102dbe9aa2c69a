"""The line in which a text to look for is typed, and which says what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from hamtui.follow.searching import Cancelled, Outcome, Progress
from hamtui.model.text import visible
from hamtui.tui.theme import DEFAULT_LOOK, Look

#: Makes what looks for a text until it finds it, or nobody waits.
Find = Callable[[Cancelled, Progress], Callable[[], Outcome]]
#: So much has been looked through, of so much, in words.
Far = Callable[[int, int], str]
#: How often it is said how far a search is.
_PULSE_S = 0.25


class _Field(Input):
    """Enter searches, escape ends the search; the cursor does not blink, because that takes a timer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False, id="search.leave", tooltip="No search"),
    ]

    def action_leave(self) -> None:
        """No search."""
        self.post_message(SearchLine.Left())


class SearchLine(Horizontal):
    """A prompt, a field and a few words; no row high until something is asked for."""

    DEFAULT_CSS = """
    SearchLine { height: 0; }
    SearchLine.-open { height: 1; }
    SearchLine > .prompt { width: 3; padding: 0 0 0 1; }
    SearchLine > .said { width: auto; max-width: 70%; padding: 0 1 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    SearchLine > Input { width: 1fr; border: none; padding: 0; height: 1; }
    """

    class Asked(Message):
        """Look for this text; an empty one is the one before."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Look for nothing."""

    class Sought(Message):
        """What was looked for came to an end."""

        def __init__(self, number: int, outcome: Outcome) -> None:
            super().__init__()
            self.number = number
            self.outcome = outcome

    def __init__(self) -> None:
        super().__init__()
        self.searching = False
        #: Of the newest search; one of another number is of no interest, and stops.
        self._number = 0
        self._done = (0, 0)
        self._far: Far = lambda _done, _of: ""
        self._pulse: Timer | None = None
        self._said = ""
        self._before: Widget | None = None

    def compose(self) -> ComposeResult:
        """The prompt, the field, and what there is to say."""
        yield Static("/ ", markup=False, classes="prompt")
        field = _Field(compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield Static("", markup=False, classes="said")

    def on_mount(self) -> None:
        """The timer runs only while something is looked for."""
        self._pulse = self.set_interval(_PULSE_S, self._tell, pause=True)

    def on_unmount(self) -> None:
        """Nobody waits: a thread that went on would keep the program from ending."""
        self.stop()

    @property
    def look(self) -> Look:
        """Styles and glyphs of the app's theme."""
        look = getattr(self.app, "look", DEFAULT_LOOK)
        return look if isinstance(look, Look) else DEFAULT_LOOK

    @property
    def opened(self) -> bool:
        """Whether it is in sight."""
        return self.has_class("-open")

    @property
    def typing(self) -> bool:
        """Whether somebody types in it."""
        return self.is_mounted and self.screen.focused is self.query_one(_Field)

    def ask(self, placeholder: str) -> None:
        """Come into sight, empty, and take the focus."""
        field = self.query_one(_Field)
        if not self.typing:
            self._before = self.screen.focused
        field.value, field.placeholder = "", placeholder
        self.add_class("-open")
        # At once: focus() would do it after the keys that are typed by then.
        self.screen.set_focus(field)

    def keep(self, text: str, focus: Widget) -> None:
        """Stay in sight with what is looked for, and give the focus away."""
        self.query_one(_Field).value = text
        if self.typing:
            self.screen.set_focus(focus)

    def close(self, focus: Widget) -> None:
        """Go out of sight; the focus goes back where it was, else to ``focus``."""
        before = self._before
        if self.typing:
            back = before if before is not None and before.focusable else focus
            self.screen.set_focus(back)
        self._before = None
        self.remove_class("-open")
        self._say("", self.look.dim)

    def _say(self, words: str, style: Style) -> None:
        """A few words on how it stands."""
        if words != self._said:
            self._said = words
            said = self.query_one(".said", Static)
            said.update(Text(words, style, no_wrap=True))
            said.styles.width = cell_len(words) + 2 if words else 0

    # ---- the search itself

    def seek(self, find: Find, far: Far) -> None:
        """Have what ``find`` makes run in a thread, and say how ``far`` it is; its outcome is posted, unless it is stopped."""
        self.stop()
        self.searching, self._done, self._far = True, (0, 0), far
        self._say("searching", self.look.dim)
        number = self._number

        def progress(done: int, of: int) -> None:
            if number == self._number:
                self._done = (done, of)

        self._find(number, find(lambda: self._number != number, progress))
        if self._pulse is not None:
            self._pulse.resume()

    def stop(self) -> None:
        """What is looked for is of no interest any more."""
        self._number += 1
        self.searching = False
        if self._pulse is not None:
            self._pulse.pause()

    @work(thread=True, exit_on_error=False)
    def _find(self, number: int, run: Callable[[], Outcome]) -> None:
        self.post_message(self.Sought(number, run()))

    @on(Sought)
    def _came(self, event: Sought) -> None:
        if event.number != self._number:
            event.stop()

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        event.stop()
        if event.state is WorkerState.ERROR:
            self.stop()
            self._say(
                visible(f"could not be searched: {event.worker.error}", ascii_only=True), self.look.error
            )

    def _tell(self) -> None:
        self._say(f"searching, {self._far(*self._done)}", self.look.dim)

    def end(self, outcome: Outcome | None, *, asked: bool = False) -> None:
        """Say how the search ended; with none, whether there is something ``asked`` for that could be looked for."""
        look = self.look
        if outcome is None:
            self._say("enter searches" if asked else "", look.dim)
        elif outcome.hit is not None:
            wrapped = f" {look.glyphs.dot} wrapped" if outcome.wrapped else ""
            self._say(f"line {outcome.hit.place.row + 1:,}{wrapped}", look.text)
        elif outcome.ending == "changed":
            self._say("the file changed meanwhile: enter searches again", look.warning)
        else:
            self._say("not found", look.warning)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Asked(event.value))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
