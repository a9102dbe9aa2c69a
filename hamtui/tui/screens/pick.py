"""Pick one of many: a run of the launch, or a launch of the folder."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

#: More lines than this are no help to anybody.
MOST = 500


class Pick(ModalScreen[str | None]):
    """Lines to choose from, each with an id; returns the id, or None when left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Leave", show=False, id="pick.leave", tooltip="Change nothing"),
        Binding("j", "down", "Down", show=False, id="pick.down", tooltip="Next line"),
        Binding("k", "up", "Up", show=False, id="pick.up", tooltip="Line above"),
    ]

    def __init__(self, title: str, lines: list[tuple[str, Text]], current: str | None) -> None:
        super().__init__()
        self._title = title
        self._lines = lines[:MOST]
        self._left_out = max(0, len(lines) - MOST)
        self._current = current

    def compose(self) -> ComposeResult:
        """A title, the lines, and how many more there are."""
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="question")
            yield OptionList(*(Option(text, id=id_) for id_, text in self._lines))
            if self._left_out:
                yield Static(f"and {self._left_out:,} older ones", markup=False, classes="note")

    def on_mount(self) -> None:
        """Start at what is shown."""
        ids = [id_ for id_, _ in self._lines]
        self.query_one(OptionList).highlighted = ids.index(self._current) if self._current in ids else 0

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def action_down(self) -> None:
        """Next line."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Line above."""
        self.query_one(OptionList).action_cursor_up()
