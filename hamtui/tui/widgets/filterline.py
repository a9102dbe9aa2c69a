"""The line in which a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from hamtui.tui.messages import FilterTyped


class _Field(Input):
    """Enter keeps the filter, escape clears it; the cursor does not blink, because that takes a timer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear", show=False, id="filter.clear", tooltip="No filter"),
        Binding(
            "down", "submit", "Keep", show=False, id="filter.keep", tooltip="Keep the filter, to the nodes"
        ),
    ]

    def action_clear(self) -> None:
        """Leave with no filter."""
        self.value = ""
        self.post_message(FilterTyped("", done=True))


class FilterLine(Horizontal):
    """A prompt and a field; says with every key what is typed."""

    def compose(self) -> ComposeResult:
        """The prompt and the field."""
        yield Static("/ ", markup=False)
        field = _Field(
            placeholder="name or state: late, running, failed, cached, pending; ! negates", compact=True
        )
        field.cursor_blink = False
        yield field

    def ask(self, text: str) -> None:
        """Show the line with this text and take the focus."""
        field = self.query_one(_Field)
        field.value = text
        # At once: focus() would do it after the keys that are typed by then.
        self.screen.set_focus(field)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.screen.focused is event.input:
            self.post_message(FilterTyped(event.value))

    @on(Input.Submitted)
    def _kept(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(FilterTyped(event.value, done=True))
