"""Frames at the pace that the terminal keeps: one is drawn only when the one before is there.

What changes meanwhile is drawn once, with the newest values: frames are dropped, never events, and a key's own frame
waits for one other at most. A terminal that knows synchronized output (mode 2026) is asked for that mode behind each
frame: its answer says that the frame has arrived, whatever SSH and the kernel hold in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.events import Event, Key

from hamtui.model.text import size
from hamtui.tui.pace import FPS, Meter, Pace
from hamtui.tui.session import Left
from hamtui.tui.unkept import let_go
from hamtui.tui.wire import Wire, driver

#: DECRQM of mode 2026. Textual asks the same once, at its start.
ASK = "\x1b[?2026$p"
#: An answer that takes longer is not waited for any more: somebody may have attached another terminal.
_PATIENCE_S = 20.0
#: How often a line that has not taken a frame is looked at.
_LOOK_S = 0.05
#: After a key so long what it asked for may take several frames, which follow each other as fast as this, seconds.
_ANSWER_S, _QUICK_S = 0.25, 0.008
let_go()


class Paced(App[Left]):
    """The part of the app between what changes and what is sent."""

    LINE_KEYS: tuple[Binding, ...] = (
        Binding(
            "B",
            "debug_line",
            "Debug line",
            show=False,
            id="app.debug_line",
            tooltip="Bytes and frames a second that go to the terminal, or the keys again",
        ),
    )

    def __init__(self, *, fps: int = FPS, inline: bool = False, **rest: Any) -> None:
        self.wire = Wire()
        super().__init__(driver_class=driver(self.wire, inline=inline), **rest)
        self.pace = Pace.of(fps)
        self._meter = Meter()
        self._held: ExitStack | None = None
        self._began = self._answered_at = self._keyed_at = 0.0
        self._answers = self._asked = self._soon = self._missed = False
        self.telling_line = False

    def on_unmount(self) -> None:
        """Others will write to the terminal."""
        self.wire.flowing = False

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Hand the terminal to somebody. What is drawn whole at the return is not to be held for a frame before it."""
        self._let_go()
        with super().suspend():
            yield

    def post_display_hook(self) -> None:
        """A frame is on its way: hold the next one. What Textual draws all the same meanwhile, it throws away."""
        if self._held is not None:
            self._missed = True
        elif self.wire.is_open and not self._soon:
            self._soon = True
            self.call_next(self._hold)  # what belongs to this frame is drawn first

    def _hold(self) -> None:
        self._soon = False
        if self._held is not None or not self.wire.is_open:
            return
        self._held = ExitStack()
        self._held.enter_context(self.batch_update())
        self._began = self.wire.clock()
        self._asked = self._answers
        if self._asked:
            self.wire.write(ASK)
        self.set_timer(self._wait(self.pace.interval), self._look)

    async def on_event(self, event: Event) -> None:
        """Know when a key came: its answer is not to wait for the echo's frame."""
        if isinstance(event, Key):
            self._keyed_at = self.wire.clock()
        await super().on_event(event)

    def _wait(self, seconds: float) -> float:
        """Seconds to wait for a frame; less while a key is answered, where the terminal keeps up."""
        keyed = not self.pace.lowered and self.wire.clock() - self._keyed_at < _ANSWER_S
        return min(seconds, _QUICK_S) if keyed else seconds

    def on_terminal_supports_synchronized_output(self) -> None:
        """The terminal has answered, so all before the question is on it."""
        self._answers = True
        self._asked = False
        self._answered_at = self.wire.clock()

    def _look(self) -> None:
        """Let the next frame go if the one before has arrived."""
        if self._held is None:
            return
        passed = self.wire.clock() - self._began
        if (self._asked or self.wire.waiting) and passed < _PATIENCE_S:
            self.set_timer(self._wait(_LOOK_S), self._look)
            return
        there = not (self._asked or self.wire.waiting)
        took = max(self.wire.taken_at, self._answered_at) - self._began if there else passed
        if self._asked:
            self._answers = self._asked = False
        before, self.pace = self.pace, self.pace.after(took)
        if self.pace.interval > passed and self.pace.interval > before.interval:
            self.set_timer(self.pace.interval - passed, self._let_go)
        else:
            self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()
            if self._missed:
                self._missed = False
                self.screen.refresh()
            self.screen.check_idle()

    def line_told(self) -> str | None:
        """What is sent to the terminal and how fast, for the debug line; None where that is not asked for."""
        if not self.telling_line:
            return None
        self._meter = self._meter.at(self.wire.clock(), self.wire.taken)
        slow = " (slow line)" if self.pace.lowered else ""
        sync = "sync" if self._answers else "no sync"
        return (
            f"{size(self._meter.rate)}/s sent, {size(self.wire.taken)} in all   "
            f"{self.pace.fps:.3g} frames/s at most{slow}   {sync}"
        )
