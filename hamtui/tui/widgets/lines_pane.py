"""A pane that is one list of lines, made from the subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult

from hamtui.tui.messages import GoTo
from hamtui.tui.widgets.lines import Line, LineView, Pen
from hamtui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from hamtui.tui.subject import Subject


#: What was counted over all spans holds for this many seconds where nothing is known to have happened.
_FRESH_S = 1.0


class Fresh:
    """Says whether figures over all spans of a run are to be made anew: walking a cursor must not do that."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._until = 0.0

    def over(self, subject: Subject) -> bool:
        """Whether the run is another one, something happened in it, or a second has passed."""
        launch, run, now = subject.launch, subject.run, subject.now.unix
        known: tuple[object, ...] = (id(launch), id(subject.past), launch.heard_at, launch.exit is None)
        if run is not None:
            known += (id(run), run.state, len(run.spans), len(run.nodes))
        if known == self._of and self._until - _FRESH_S <= now < self._until:
            return False
        self._of, self._until = known, now + _FRESH_S
        return True


class LinesPane(Pane):
    """Subclasses say what the lines are; this one holds, breaks and redraws them."""

    #: Whether rows can be walked with a cursor.
    cursor: ClassVar[bool] = True
    #: Whether lines may be wider than the pane, and are scrolled sideways then.
    wide: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.subject: Subject | None = None
        self.view = LineView(cursor=self.cursor)

    def compose(self) -> ComposeResult:
        """One view of lines."""
        yield self.view

    def show(self, subject: Subject) -> None:
        """Make the lines anew; rows that did not change are not drawn again."""
        self.subject = subject
        self.redraw()

    def redraw(self) -> None:
        """Draw the newest subject, unless the pane has no size yet."""
        if self.subject is not None and self.is_mounted and self.view.size.width:
            lines = self.lines(self.subject, self.view.room)
            self.view.show_lines(lines, width=None if self.wide else 0)

    def lines(self, subject: Subject, width: int) -> Sequence[Line]:
        """What the pane shows, in lines of at most ``width`` cells."""
        raise NotImplementedError

    @on(LineView.Fitted)
    def _refit(self) -> None:
        self.redraw()

    @on(LineView.Chosen)
    def _choose(self, event: LineView.Chosen) -> None:
        event.stop()
        self.chosen(event.action)

    def chosen(self, action: tuple[str, ...]) -> None:
        """Enter or a click on a row with this action: ``("node", name, task_id?)`` goes there."""
        if len(action) >= 2 and action[0] == "node":
            self.post_message(GoTo(action[1], action[2] if len(action) > 2 else None))

    def copyable(self) -> tuple[str, str] | None:
        """All that the pane says."""
        text = self.view.text()
        return (self.title.lower(), text) if text.strip() else None

    @property
    def pen(self) -> Pen:
        """What writes to this pane's width in the app's look."""
        return Pen(self.look, self.view.room)
