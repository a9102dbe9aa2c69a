"""The one screen that matters: header, timeline, panes, keys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Input

from hamtui.tui.attend import attention, pane_for
from hamtui.tui.glance import Glance
from hamtui.tui.messages import (
    FilterTyped,
    GoTo,
    Notice,
    PaneOpened,
    RowOpened,
    SelectionChanged,
    ViewChanged,
)
from hamtui.tui.subject import Subject, subject_of
from hamtui.tui.widgets.cache_pane import CachePane
from hamtui.tui.widgets.catalog_pane import CatalogPane
from hamtui.tui.widgets.filterline import FilterLine
from hamtui.tui.widgets.header import Header
from hamtui.tui.widgets.keysline import KeysLine
from hamtui.tui.widgets.log_pane import LogPane
from hamtui.tui.widgets.node_pane import NodePane
from hamtui.tui.widgets.output_pane import OutputPane
from hamtui.tui.widgets.pane import Pane, bindings_of
from hamtui.tui.widgets.panes import Panes
from hamtui.tui.widgets.seams import MOST, Edge, Seam, place
from hamtui.tui.widgets.source_pane import SourcePane
from hamtui.tui.widgets.stacks_pane import StacksPane
from hamtui.tui.widgets.timeline import Timeline

PANES: tuple[type[Pane], ...] = (
    StacksPane,
    CachePane,
    NodePane,
    LogPane,
    OutputPane,
    SourcePane,
    CatalogPane,
)


def _key(keys: str, action: str, id: str, description: str, tooltip: str) -> Binding:  # noqa: A002
    return Binding(keys, action, description, show=False, id=f"dashboard.{id}", tooltip=tooltip)


#: Lines of a screen that has a pane without being asked for one.
_PANE_FROM = 22
#: How long the seams stay where they were put, seconds.
_SEAMS_S = 1.0
#: Keys that mean something in a pane only while it has the focus.
_KEPT = frozenset({"slash", "escape"})


def _pane_keys() -> Iterator[Binding]:
    """The panes' own keys, which reach the open pane from anywhere; but for those that are the dashboard's there."""
    own = [each for pane in PANES for each in bindings_of(pane) if each.key not in _KEPT]
    for each in {each.key: each for each in own}.values():
        yield Binding(
            each.key,
            f"in_pane('{each.key}')",
            each.description,
            show=False,
            id=f"dashboard.in_pane.{each.key}",
            tooltip=each.tooltip,
        )


#: The dashboard's keys, those of its panes among them.
KEYS: list[BindingType] = [
    _key(
        "slash",
        "filter",
        "filter",
        "Filter",
        "Only nodes whose name or state has these words, or a tag: layer:semantic",
    ),
    _key("f", "follow", "follow", "Follow", "The cursor follows what is late, or runs"),
    *(_key(pane.key, f"pane('{pane.slug}')", f"pane.{pane.slug}", pane.title, pane.help) for pane in PANES),
    _key("tab", "next_pane(1)", "next_pane", "Next pane", "The next pane"),
    _key("shift+tab", "next_pane(-1)", "previous_pane", "Previous pane", "The pane before"),
    _key(
        "left_square_bracket",
        "step(-1)",
        "older",
        "Older",
        "An older dump in Stacks, the match before in Log and Output",
    ),
    _key(
        "right_square_bracket",
        "step(1)",
        "newer",
        "Newer",
        "A newer dump in Stacks, the next match in Log and Output",
    ),
    *_pane_keys(),
    _key("m", "maximize_pane", "maximize", "Maximize", "The pane over the whole screen, and back"),
    _key("escape", "back", "back", "Back", "Back to the nodes; no filter"),
]


class Dashboard(Screen[None]):
    """Given a `Glance` by ``show`` and ``tick``; keeps what the user chose: selection, pane, view."""

    AUTO_FOCUS = "Timeline"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-medium"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (12, "-low"), (_PANE_FROM, "-middle"), (32, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(self) -> None:
        super().__init__()
        self.header = Header(id="header")
        self.timeline = Timeline(id="timeline")
        self.panes = Panes(PANES, id="panes")
        self.filter = FilterLine(id="filter")
        self._keys = KeysLine(id="keys")
        self._seams = [Seam() for _ in range(MOST)]
        self._seamed_at = float("-inf")
        self._glance: Glance | None = None
        self._pane_chosen = False
        self._pane_asked = False

    def compose(self) -> ComposeResult:
        """Header, timeline, filter, panes, keys."""
        yield self.header
        yield self.timeline
        yield self.panes
        yield self.filter
        yield self._keys
        yield from self._seams

    # ---- what is drawn

    def show(self, glance: Glance) -> None:
        """Something happened: draw what changed."""
        first = self._glance is None or not self._glance.caught_up
        self._glance = glance
        self.header.show(glance)
        self.timeline.show(glance)
        if glance.caught_up and self.timeline.follow:
            self._attend(glance)
        if first and glance.caught_up:
            self._offer(pane_for(glance, None))
        self.show_subject()
        self._place_seams()

    def _place_seams(self) -> None:
        """Edges where something ticks; none when nothing does. Each move paints the whole screen, so they seldom move."""
        if time.monotonic() - self._seamed_at < _SEAMS_S:
            return
        edges: list[Edge] = []
        if self._glance is not None and self._glance.live:
            edges = [*(Edge(x, 0, 1) for x in self.header.seams), *self.timeline.seams()]
        if place(self._seams, edges, self.size.width):
            self._seamed_at = time.monotonic()

    def tick(self, glance: Glance, *, pane: bool) -> None:
        """Only time passed. ``pane``: the open pane too."""
        self._glance = glance
        self.header.show(glance)
        self.timeline.tick(glance)
        key, row = self.timeline.span_key, self.timeline.selected
        group = row is not None and row.span_key is None
        if pane and (group or any(span.key == key for span in glance.flying)):
            self.show_subject()
        if pane:
            self._place_seams()

    def show_keys(self, keys: tuple[tuple[str, str, str], ...], told: str | None = None) -> None:
        """The keys that do something now, for the bottom line, or what is ``told`` there instead."""
        self._keys.show(keys, told)

    def restyle(self) -> None:
        """The theme is another one."""
        self.timeline.redraw()
        self.header.on_resize()
        self._keys.on_resize()
        self.panes.restyle()

    def subject(self) -> Subject | None:
        """What the panes are about."""
        glance, row = self._glance, self.timeline.selected
        group = row.members if row is not None else ()
        return None if glance is None else subject_of(glance, self.timeline.span_key, group)

    def show_subject(self) -> None:
        """Tell the open pane what it is about."""
        subject = self.subject()
        if subject is not None:
            self.panes.show(subject)

    def _attend(self, glance: Glance) -> None:
        current = self.timeline.span_key
        key = attention(glance, current)
        if key is not None:
            if key != current:
                self.timeline.lead_to(key)
            self._offer(pane_for(glance, key))

    def _offer(self, slug: str | None) -> None:
        """Show a pane unless the user chose one."""
        if slug is not None and not self._pane_chosen:
            self.open_pane(slug, chosen=False)

    def open_pane(self, slug: str, *, chosen: bool = True) -> None:
        """Show a pane; by the user's choice it is kept, and shown at sizes that leave it out otherwise."""
        if chosen:
            self._pane_chosen = True
            self._ask_for_pane(True)
        if self.panes.opened != slug:
            self.panes.open(slug)
            self.post_message(ViewChanged())

    def _ask_for_pane(self, asked: bool) -> None:
        self._pane_asked = asked
        self._give_way()

    def _give_way(self) -> None:
        """Another class has every widget styled anew, so it is set where it makes a difference alone."""
        self.set_class(self._pane_asked and self.size.height < _PANE_FROM, "-pane-asked")

    def select_node(self, node: str, task_id: str | None = None) -> bool:
        """Put the cursor on a node; False where the run has none of this name."""
        key = self.timeline.find(node, task_id)
        if key is None or not self.timeline.select(key):
            return False
        self.timeline.follow = False
        return True

    # ---- what widgets say

    @on(SelectionChanged)
    def _selected(self, event: SelectionChanged) -> None:
        event.stop()
        self.show_subject()

    @on(RowOpened)
    def _opened(self, event: RowOpened) -> None:
        event.stop()
        self._ask_for_pane(True)
        self.call_after_refresh(self._into_pane)

    def _into_pane(self) -> None:
        self.show_subject()
        target = self.panes.target
        # Somebody may type in a line by now that a key of theirs has opened since.
        if target is not None and not isinstance(self.focused, Input):
            self.set_focus(target)

    @on(PaneOpened)
    def _pane_opened(self, event: PaneOpened) -> None:
        event.stop()
        self.open_pane(event.slug)

    @on(GoTo)
    def _go_to(self, event: GoTo) -> None:
        event.stop()
        if not self.select_node(event.node, event.task_id):
            self.post_message(Notice(f"{event.node} is not in the plan of this run", "warning"))

    @on(ViewChanged)
    def _view_changed(self) -> None:
        self.timeline.refresh_line(self.timeline.scroll_offset.y)

    @on(FilterTyped)
    def _filter_typed(self, event: FilterTyped) -> None:
        event.stop()
        view = self.timeline.list.view
        if view.filter != event.text.strip():
            self.timeline.set_view(replace(view, filter=event.text.strip()))
            self.show_subject()
        if event.done:
            self.remove_class("-filtering")
            self.set_focus(self.timeline)

    def on_resize(self, event: Resize) -> None:
        """A pane that came into sight by its size has to be drawn."""
        if event.size != self.app.size:
            # Of two sizes on their way at once each would bring the other about again, for ever.
            event.prevent_default()
            return
        self._give_way()
        self.call_after_refresh(self._place_seams)
        self.call_after_refresh(self.show_subject)

    # ---- keys

    def action_filter(self) -> None:
        """Type a filter."""
        self.add_class("-filtering")
        self.filter.ask(self.timeline.list.view.filter)

    def action_follow(self) -> None:
        """Follow, or stay."""
        self.timeline.follow = not self.timeline.follow
        if self.timeline.follow and self._glance is not None:
            self._attend(self._glance)
        self.timeline.refresh_line(self.timeline.scroll_offset.y)

    def action_pane(self, slug: str) -> None:
        """Show a pane."""
        self.open_pane(slug)

    async def action_in_pane(self, key: str) -> None:
        """What the open pane does at one of its own keys, wherever the focus is."""
        await self.panes.act(key)

    def action_next_pane(self, by: int) -> None:
        """Show the next pane; where none is in sight, bring the open one there first."""
        if not self.panes.size.height:
            self.open_pane(self.panes.opened)
        else:
            self._pane_chosen = True
            self.panes.cycle(by)
            self.post_message(ViewChanged())

    def action_step(self, by: int) -> None:
        """To an older or newer dump."""
        pane = self.panes.current
        if pane is not None:
            pane.step(by)

    def action_maximize_pane(self) -> None:
        """The pane over the whole screen, and back."""
        self.toggle_class("-pane-whole")
        if self.has_class("-pane-whole"):
            self._ask_for_pane(True)
            self.call_after_refresh(self._into_pane)
        else:
            self.set_focus(self.timeline)

    def action_back(self) -> None:
        """Back to the nodes; from there, no filter."""
        if self.has_class("-pane-whole"):
            self.remove_class("-pane-whole")
        elif self.timeline.has_focus and self.timeline.list.view.filter:
            self.timeline.set_view(replace(self.timeline.list.view, filter=""))
        else:
            self._ask_for_pane(False)
        self.set_focus(self.timeline)
