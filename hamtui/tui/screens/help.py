"""The help: keys, what the glyphs mean, what each pane tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from hamtui.tui.glance import DEBUG_WORD
from hamtui.tui.theme import Look
from hamtui.tui.widgets.pane import Pane

_STATES = (
    ("running", "in flight; its time goes on"),
    ("suspect", "late, and maybe stuck; Stacks says on what. A verdict without ? is proven"),
    ("late", "late, but measurably working"),
    ("debugged", "waits in the debugger, or somebody steps through it: p"),
    ("succeeded", "ended well"),
    ("cached", "its result came out of the cache"),
    ("failed", "raised; Node has the error and its traceback"),
    ("pending", "to come; ~8s is what it usually takes"),
    ("skipped", "something upstream failed and the run went on without it"),
    ("aborted", "its process died, or was stopped, while it ran"),
)
_WORDS = {"suspect": "suspected", "late": "late", "debugged": DEBUG_WORD}
_COLUMN = 22


def _signs(look: Look) -> Iterator[tuple[str, str]]:
    """What is drawn on and beside the bars."""
    glyphs = look.glyphs
    yield f"{glyphs.tip} at a bar's end", "in flight"
    yield f"{glyphs.half} on or after a bar", "half of this node's earlier runs had ended by here"
    yield f"{glyphs.most} on or after a bar", "95 of 100 of them had"
    yield "deadlocked on a bar", "what a late node is doing; ? until it is proven"
    yield (
        f"{glyphs.ends[0]}{glyphs.blocks[8] * 2}{glyphs.track * 3}{glyphs.ends[1]} 40% 56/s",
        "how far a node says it is, by hamtui.tick",
    )


class Help(ModalScreen[None]):
    """Everything on one page."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "Leave", show=False, id="help.leave", tooltip="Back"),
    ]

    def __init__(self, groups: list[tuple[str, list[Binding]]], panes: Iterable[Pane], look: Look) -> None:
        super().__init__()
        self._groups = groups
        self._panes = tuple(panes)
        self._look = look

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with Vertical(classes="dialog -large"), VerticalScroll():
            yield Static(self.text(), markup=False)

    def text(self) -> Text:
        """The page."""
        look = self._look
        page = Text()

        def line(left: str, style: Style, right: str) -> None:
            page.append(f"  {left:<{_COLUMN - 2}}", style)
            page.append(right + "\n", look.text)

        page.append("What the glyphs mean\n", look.strong)
        for state, meaning in _STATES:
            word = _WORDS.get(state, state)
            line(f"{look.glyphs.of(state)} {word}", look.of(state), meaning)
        page.append("\nIn the waterfall\n", look.strong)
        for sign, meaning in _signs(look):
            line(sign, look.text, meaning)
        for title, bindings in self._groups:
            page.append(f"\n{title}\n", look.strong)
            for binding in bindings:
                line(_keys(binding, look), look.key, binding.tooltip or binding.description)
        page.append("\nPanes\n", look.strong)
        for pane in self._panes:
            line(f"{pane.key} {pane.title}", look.key, pane.help)
        return page


_NAMES = {
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
}


def _keys(binding: Binding, look: Look) -> str:
    arrows = {} if look.glyphs.ascii_only else {"up": "↑", "down": "↓", "left": "←", "right": "→"}
    names = _NAMES | arrows
    return " ".join(names.get(key, key) for key in binding.key.split(","))
