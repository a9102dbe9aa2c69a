"""The base of the panes under the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.widget import Widget

from hamtui.tui.theme import DEFAULT_LOOK, Look

if TYPE_CHECKING:
    from hamtui.tui.subject import Subject


class Pane(Widget):
    """One view on the selection.

    ``show`` is called on the visible pane alone, when the selection or what is known of it changed, and
    once a second while the selected span is in flight; draw only what differs. A pane reads no file and
    starts no process in a handler: that is for a worker. Its own keys go into ``BINDINGS`` (each with id,
    description and tooltip) and work from anywhere while it is open, as ``step`` does.
    """

    #: Short name for the tab's id and the command palette: ``stacks``.
    slug: ClassVar[str] = ""
    #: The tab's label: ``Stacks``.
    title: ClassVar[str] = ""
    #: The key that opens it from anywhere: ``1``.
    key: ClassVar[str] = ""
    #: One sentence for the help screen and the tab's tooltip.
    help: ClassVar[str] = ""
    #: Whether it has a tab whatever the subject is.
    always: ClassVar[bool] = True
    #: What the keys ``[`` and ``]`` step through, for the line of keys; empty where there is nothing.
    steps: str = ""
    #: Whether the pane can be searched: ``search`` then asks for a text.
    searches: ClassVar[bool] = False

    DEFAULT_CSS = """
    Pane { height: 1fr; width: 1fr; }
    """

    @property
    def look(self) -> Look:
        """Styles and glyphs of the app's theme."""
        look = getattr(self.app, "look", DEFAULT_LOOK)
        return look if isinstance(look, Look) else DEFAULT_LOOK

    def show(self, subject: Subject) -> None:
        """Draw what this pane has to say of the subject."""
        raise NotImplementedError

    def step(self, by: int) -> None:
        """To the older (-1) or newer (+1) of what the pane steps through."""

    def search(self) -> None:
        """Ask for a text to look for."""

    def badge(self, subject: Subject) -> str:  # noqa: ARG002
        """A few characters beside the tab's label, like a count; empty for none. Must be cheap."""
        return ""

    def has_tab(self, subject: Subject) -> bool:  # noqa: ARG002
        """Whether a pane that is not ``always`` there has a tab while another one is open. Must be cheap."""
        return True

    def copyable(self) -> tuple[str, str] | None:
        """What the key ``y`` copies while this pane has the focus: (what it is, text); None for nothing."""
        return None


def bindings_of(pane: type[Pane]) -> list[Binding]:
    """The keys of a kind of pane, those of its bases first."""
    return [
        each
        for base in reversed(pane.__mro__)
        if issubclass(base, Pane)
        for each in base.__dict__.get("BINDINGS", ())
        if isinstance(each, Binding)
    ]
