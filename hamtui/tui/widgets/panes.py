"""The strip of tabs and the pane under it that is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from hamtui.tui.widgets.oneline import OneLine
from hamtui.tui.widgets.pane import Pane, bindings_of

if TYPE_CHECKING:
    from hamtui.tui.subject import Subject


class Tabs(OneLine):
    """The panes' names, the open one marked; a click opens."""

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[tuple[str, str, str], ...] = ()
        self._open = ""

    def show(self, tabs: tuple[tuple[str, str, str], ...], opened: str) -> None:
        """Tabs as (slug, title, badge), and the open one's slug."""
        if (tabs, opened) != (self._tabs, self._open):
            self._tabs, self._open = tabs, opened
            self.update()

    def segments(self, width: int) -> list[Segment]:
        """The names, close together where there is little room."""
        look = self.look
        gap = " " if sum(len(title) + len(badge) + 5 for _, title, badge in self._tabs) <= width else ""
        line: list[Segment] = []
        for slug, title, badge in self._tabs:
            meta = Style.from_meta({"@click": f"screen.pane('{slug}')"})
            opened = slug == self._open
            # Brackets, where colours are few, would cost cells; the open tab is reversed or coloured by the look.
            line.append(Segment(f" {title} ", (look.tab if opened else look.dim) + meta))
            if badge:
                line.append(Segment(f"{badge} ", look.suspect if opened else look.dim))
            line.append(Segment(gap))
        return line


class Panes(Vertical):
    """Holds all panes; the open one alone is shown and told of the subject."""

    def __init__(self, panes: Sequence[type[Pane]], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._panes = [pane() for pane in panes]
        self._tabs = Tabs()
        self._subject: Subject | None = None
        self.opened = self._panes[0].slug if self._panes else ""

    def compose(self) -> ComposeResult:
        """Tabs, then every pane, all but the open one hidden."""
        yield self._tabs
        for pane in self._panes:
            pane.display = pane.slug == self.opened
            yield pane

    def on_mount(self) -> None:
        """Draw the tabs."""
        self._draw_tabs()

    @property
    def current(self) -> Pane | None:
        """The open pane."""
        return next((pane for pane in self._panes if pane.slug == self.opened), None)

    @property
    def all(self) -> tuple[Pane, ...]:
        """Every pane, in the tabs' order."""
        return tuple(self._panes)

    @property
    def target(self) -> Widget | None:
        """What takes the focus when somebody goes into the open pane."""
        pane = self.current
        if pane is None or pane.can_focus:
            return pane
        return next((widget for widget in pane.query("*") if widget.can_focus and widget.display), None)

    def open(self, slug: str) -> None:
        """Show the pane of this name."""
        if slug not in {pane.slug for pane in self._panes}:
            return
        self.opened = slug
        for pane in self._panes:
            pane.display = pane.slug == slug
        self._draw_tabs()
        self._show()

    async def act(self, key: str) -> None:
        """What the open pane does at one of its own keys, wherever the focus is."""
        pane = self.current
        for each in bindings_of(type(pane)) if pane is not None and self.size.height else ():
            if key == each.key:
                await self.app.run_action(each.action, pane)

    def cycle(self, by: int) -> None:
        """The next or previous pane."""
        slugs = [pane.slug for pane in self._shown()]
        if slugs:
            self.open(slugs[(slugs.index(self.opened) + by) % len(slugs)])

    def _shown(self) -> list[Pane]:
        """The panes that have a tab: the open one, and those that are of use."""
        subject = self._subject
        return [
            pane
            for pane in self._panes
            if pane.always or pane.slug == self.opened or (subject is not None and pane.has_tab(subject))
        ]

    def show(self, subject: Subject) -> None:
        """Tell the open pane."""
        self._subject = subject
        self._draw_tabs()
        self._show()

    def _show(self) -> None:
        pane = self.current
        if pane is not None and self._subject is not None and self.display:
            pane.show(self._subject)

    def _draw_tabs(self) -> None:
        subject = self._subject
        self._tabs.show(
            tuple((pane.slug, pane.title, pane.badge(subject) if subject else "") for pane in self._shown()),
            self.opened,
        )

    def restyle(self) -> None:
        """The theme is another one: draw all anew."""
        self._tabs.on_resize()
        self._show()
