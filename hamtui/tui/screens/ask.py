"""A question with a few answers, each by one key."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class Answer(NamedTuple):
    """``id`` is what the screen returns, ``key`` the letter that chooses it, ``text`` what it means."""

    id: str
    key: str
    text: str


class Ask(ModalScreen[str]):
    """Returns the chosen answer's id; escape and ctrl+c give the last one, which must be the harmless one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "Stay", show=False, id="ask.stay", tooltip="Change nothing"),
    ]

    def __init__(self, question: str, answers: list[Answer]) -> None:
        super().__init__()
        self._question = question
        self._answers = answers

    def compose(self) -> ComposeResult:
        """The question, then the answers."""
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False, classes="question")
            yield OptionList(
                *(
                    Option(
                        Text.assemble((f" {answer.key} ", "bold reverse"), f" {answer.text}"), id=answer.id
                    )
                    for answer in self._answers
                ),
            )

    def on_mount(self) -> None:
        """Start at the harmless answer."""
        self.query_one(OptionList).highlighted = len(self._answers) - 1

    def on_key(self, event: Key) -> None:
        """A letter chooses."""
        for answer in self._answers:
            if event.character == answer.key:
                event.stop()
                self.dismiss(answer.id)
                return

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id or self._answers[-1].id)

    def action_stay(self) -> None:
        """The harmless answer."""
        self.dismiss(self._answers[-1].id)
