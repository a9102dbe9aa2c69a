"""``p``: the terminal to the pdb of a node that waits in the debugger, and the dashboard back after it."""

from __future__ import annotations

from textual.app import SuspendNotSupported
from textual.binding import Binding

from hamtui.follow import prompt
from hamtui.follow.prompt import Unreachable
from hamtui.model.state import Span
from hamtui.model.text import visible
from hamtui.tui.picking import Picking

_CLEAR = "\x1b[H\x1b[2J"


class Debugging(Picking):
    """A part of the app."""

    readonly: bool = False

    KEYS: tuple[Binding, ...] = (
        Binding(
            "p",
            "debug",
            "Debug",
            show=False,
            id="app.debug",
            tooltip="The terminal to the pdb of the selected node, else of the first that waits in the debugger",
        ),
    )

    @property
    def debugged(self) -> Span | None:
        """The span that ``p`` is about: the selected one, else the one that waits longest; None where none does."""
        glance = self.session.glance
        if self.readonly or glance is None or not glance.live:
            return None
        waiting = prompt.waiting(self.session.launch)
        row = self.dashboard.timeline.selected
        selected = [span for span in waiting if row is not None and span.key == row.span_key]
        return next(iter(selected + waiting), None)

    def action_debug(self) -> None:
        """Step aside until pdb lets the node go on, or the person leaves its prompt."""
        span = self.debugged
        if span is None:
            return
        try:
            path = prompt.socket_of(span)
            with self.suspend():
                went_on = prompt.talk(path, _CLEAR + prompt.greeting(span, "the dashboard"))
        except (Unreachable, SuspendNotSupported) as error:
            self.notify(visible(error), severity="warning", markup=False)
            return
        if not went_on:
            self.notify(f"{visible(span.key.node)} waits in the debugger; p goes back to it", markup=False)
        self.draw_soon()
