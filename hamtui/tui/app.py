"""The app: folds what the feed reads, looks at it, and hands the glance to the screen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.timer import Timer

from hamtui.contract.launch import LaunchInfo
from hamtui.follow.follower import Follower
from hamtui.follow.launches import LaunchRef
from hamtui.follow.past import read_past
from hamtui.follow.process import look as look_at_process
from hamtui.follow.process import now as now_of
from hamtui.model.state import Now, ProcessFact
from hamtui.tui.actions import Actions
from hamtui.tui.commands import Commands
from hamtui.tui.feed import Batches, feed
from hamtui.tui.glance import Glance
from hamtui.tui.glyphs import ASCII
from hamtui.tui.hands import Hands
from hamtui.tui.messages import Arrived, FactLooked, FeedEnded, PastRead, ViewChanged
from hamtui.tui.pace import Effort
from hamtui.tui.screens.dashboard import Dashboard
from hamtui.tui.session import Session
from hamtui.tui.theme import LOOKS, THEMES, Look

#: How long changes are gathered before they are drawn.
_GATHER_S = 0.02
#: A drawing that takes longer waits, while a long file is read, until all of it is: keys come first.
_DEAR_S = 0.1
_SLOW_S, _FAST_S = 1.0, 0.25
#: A span younger than this shows tenths of a second.
_TENTHS_S = 10.0


class HamtuiApp(Actions):
    """The dashboard on one launch; others can be opened from it.

    ``clock`` and ``fact`` stand for the machine (`hamtui.follow.process`), ``follower`` for the files, in tests.
    ``stop`` climbs the stop ladder and yields a sentence a step; without it the run cannot be stopped from here.
    ``line`` is how it is sent to the terminal (`Paced`). ``hands`` continue what is stopped, end a child, and start the launch another time.
    """

    TITLE = "hamtui"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "Leave", show=False, id="app.leave", tooltip="Leave; the run goes on"),
        Binding(
            "ctrl+c",
            "interrupt",
            "Leave",
            show=False,
            id="app.interrupt",
            priority=True,
            tooltip="Leave; where hamtui launched the run, it asks what becomes of it",
        ),
        *Actions.KEYS,
        Binding("y", "copy", "Copy", show=False, id="app.copy", tooltip="Copy what the open pane says"),
        Binding("r", "pick_run", "Runs", show=False, id="app.runs", tooltip="Another run of this launch"),
        Binding("l", "pick_launch", "Launches", show=False, id="app.launches", tooltip="Another launch"),
        Binding("question_mark", "help", "Keys", show=False, id="app.help", tooltip="Keys and glyphs"),
    ]

    def __init__(
        self,
        ref: LaunchRef,
        *,
        readonly: bool = False,
        poll: bool = False,
        ascii: bool = False,  # noqa: A002
        theme: str | None = None,
        open_node: str | None = None,
        own_launch: bool = False,
        clock: Callable[[LaunchInfo | None], Now] = now_of,
        fact: Callable[[LaunchInfo | None, Path], ProcessFact] = look_at_process,
        follower: Batches | None = None,
        stop: Callable[[], Iterator[str]] | None = None,
        hands: Hands | None = None,
        **line: Any,
    ) -> None:
        colourless = bool(os.environ.get("NO_COLOR"))
        self.look: Look = LOOKS["dark"]
        super().__init__(**line, ansi_color=True if colourless else None)
        self.readonly = readonly
        self.own_launch = own_launch
        self.stop_run = None if readonly else stop
        self.hands = None if readonly else hands
        self.stopped = False
        self.session = Session(ref, 0)
        self.dashboard = Dashboard()
        self._first_ref = ref
        self._poll = poll
        self._ascii = ascii
        self._theme_asked = "mono" if colourless else theme or "dark"
        self._open_node = open_node
        self._clock = clock
        self._fact_of = fact
        self._source = follower
        self._draw_timer: Timer | None = None
        self._beat: Timer | None = None
        self._effort = Effort()
        self._beats = 0
        for name in list(self.available_themes):
            self.unregister_theme(name)
        for each in THEMES:
            self.register_theme(each)
        self.theme = self._theme_asked if self._theme_asked in LOOKS else "dark"
        self.restyle(self.theme)
        self.set_class(ascii, "-ascii")

    # ---- beginning and end

    def get_default_screen(self) -> Dashboard:
        """The dashboard is the screen that everything else lies on."""
        return self.dashboard

    def on_mount(self) -> None:
        """The feed begins when the screen can show what it brings."""
        if self._theme_asked not in LOOKS:
            sentence = f"there is no theme {self._theme_asked!r}; there are {', '.join(LOOKS)}"
            self.notify(sentence, severity="warning", markup=False)
        _leave_well(self)
        self.call_after_refresh(self.open_launch, self._first_ref)

    def restyle(self, theme: str) -> None:
        """Styles and glyphs of this theme, everywhere."""
        look = LOOKS.get(theme, LOOKS["dark"])
        self.look = look.with_glyphs(ASCII) if self._ascii else look

    def watch_theme(self, theme: str) -> None:
        """Draw everything in the new theme."""
        self.restyle(theme)
        if self.dashboard.is_mounted:
            self.call_after_refresh(self.dashboard.restyle)

    def open_launch(self, ref: LaunchRef) -> None:
        """Show a launch from its first byte on; an earlier one is let go."""
        self.session.stop.set()
        session = self.session = Session(ref, self.session.generation + 1)
        self._effort = Effort()
        given = self._source if ref is self._first_ref else None
        source = given or Follower(ref, self._poll, newest_first=True)
        self.work(partial(feed, source, session.stop, self.post_message, session.generation), "feed")
        self.work(partial(self._read_past, session), "past")
        self._look_at_process()

    def leave(self, *, refused: bool = False, code: int = 0) -> None:
        """End the app, and say how things stood."""
        self.session.stop.set()
        self.exit(self.session.left(refused=refused, stopped=self.stopped), return_code=code)

    def on_unmount(self) -> None:
        """Let the feed's thread end, and draw no more."""
        self.session.stop.set()
        for timer in (self._beat, self._draw_timer):
            if timer is not None:
                timer.stop()

    # ---- what comes in

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        if event.generation == self.session.generation and self.session.fold(event.batch):
            self.draw_soon()
        event.folded.set()

    @on(FeedEnded)
    def _feed_ended(self, event: FeedEnded) -> None:
        if event.generation == self.session.generation:
            self.session.lose(event.sentence)
            self.notify(event.sentence, title="Nothing more can be read", severity="error", markup=False)
            self.draw_soon()

    @on(FactLooked)
    def _looked(self, event: FactLooked) -> None:
        if event.generation != self.session.generation:
            return
        if event.sample is not None:
            self.session.take_in(event.sample)
        if self.session.look(event.fact) or event.sample is not None:
            self.draw_soon()

    @on(PastRead)
    def _past_read(self, event: PastRead) -> None:
        if event.generation == self.session.generation:
            self.session.remember(event.past)
            self.draw_soon()

    def _read_past(self, session: Session) -> None:
        self.post_message(PastRead(read_past(session.ref), session.generation))

    def _look_at_process(self) -> None:
        """Ask the machine in a thread: /proc may block."""
        session = self.session
        interest = session.interest(self.clock())

        def ask() -> None:
            fact = self._fact_of(session.launch.info, session.ref.dir)
            self.post_message(FactLooked(fact, session.generation, session.sample(fact, interest)))

        self.work(ask, "fact")

    @on(ViewChanged)
    def _view_changed(self) -> None:
        self.show_keys()

    # ---- what goes out

    def clock(self) -> Now:
        """The instant that it is."""
        return self._clock(self.session.launch.info)

    def draw_soon(self) -> None:
        """Draw in a moment, together with whatever else changes until then."""
        if self._draw_timer is None:
            wait = _FAST_S if self._only_reading() else max(_GATHER_S, self._effort.rest)
            self._draw_timer = self.set_timer(wait, self._draw)

    def _only_reading(self) -> bool:
        """Whether a long file is being read, and to draw its rows again and again would hold that, and keys, up."""
        reading = not self.session.caught_up and self.session.glance is not None
        return reading and self._effort.took > _DEAR_S

    def _draw(self) -> None:
        self._draw_timer = None
        if self._only_reading():
            self.dashboard.header.show(self.session.reading())
            return
        self._effort.begin()
        session, glance = self.session, self.session.whole(self.clock())
        if session.refused and self.own_launch:
            self.leave(refused=True)
            return
        self.dashboard.show(glance)
        self._place_cursor(glance)
        self.show_keys()
        self.tell(glance)
        self._effort.known()
        self._keep_beating(glance)

    def post_display_hook(self) -> None:
        """A frame is painted, which costs more than to know what is in it."""
        self._effort.painted()
        super().post_display_hook()

    def _place_cursor(self, glance: Glance) -> None:
        """``--node``: once it is there."""
        if self._open_node is None or glance.run is None or not glance.caught_up:
            return
        node, self._open_node = self._open_node, None
        if not self.dashboard.select_node(node):
            self.notify(f"{node} is not in the plan of this run", severity="warning", markup=False)

    # ---- the passing of time

    def _keep_beating(self, glance: Glance) -> None:
        """A timer while anything may change by itself; none when the launch is over."""
        if glance.live and self._beat is None:
            young = any((span.elapsed(glance.now) or 0.0) < _TENTHS_S for span in glance.flying)
            fast = young and self.dashboard.timeline.moving_in_sight()
            self._beats = 0 if not fast else self._beats
            self._beat = self.set_timer(_FAST_S if fast else _SLOW_S, partial(self._tick, whole=not fast))
        elif not glance.live and self._beat is not None:
            self._beat.stop()
            self._beat = None

    def _tick(self, *, whole: bool) -> None:
        """Time passed. Once a second (``whole``) the machine is asked and the pane drawn too."""
        self._beat = None
        self._beats += 1
        whole = whole or self._beats * _FAST_S >= _SLOW_S
        if whole:
            self._beats = 0
            self._look_at_process()
            self.show_keys()
        glance, changed = self.session.later(self.clock())
        if changed:
            self.draw_soon()
        else:
            self.dashboard.tick(glance, pane=whole)
        self._keep_beating(glance)


def _leave_well(app: HamtuiApp) -> None:
    """On TERM the terminal is put back too, which is what a program that is just killed leaves in raw mode."""
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # no main thread, no such loop
        code = 128 + signal.SIGTERM
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, partial(app.leave, code=code))
