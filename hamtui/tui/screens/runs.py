"""Pick one of a launch's runs, of which a service has thousands: newest first, what failed never far away."""

from __future__ import annotations

import time
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from hamtui.model.runlist import Entry
from hamtui.model.text import duration, visible
from hamtui.tui.screens.pick import MOST, Pick
from hamtui.tui.theme import Look

#: What is always there: whichever run is the newest.
NEWEST = ""
_KEYS = "n N next failed   f only failed   / find   esc leave"


class PickRun(Pick):
    """The runs, newest first; returns a run's id, ``NEWEST``, or None when left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "failed(1)", "Next failed", show=False, id="runs.next", tooltip="The next failed run"),
        Binding("N", "failed(-1)", "Failed before", show=False, id="runs.before", tooltip="The one before"),
        Binding("f", "only_failed", "Failed", show=False, id="runs.failed", tooltip="Only failed runs"),
        Binding("slash", "find", "Find", show=False, id="runs.find", tooltip="Runs that hold a text"),
    ]

    def __init__(self, title: str, entries: list[Entry], current: str | None, look: Look) -> None:
        super().__init__(title, [], current)
        self._entries = entries
        self._look = look
        self._only_failed = False
        self._wanted = ""
        self._shown: list[Entry] = []

    def on_mount(self) -> None:
        """Start at what is shown."""
        dialog = self.query_one(".dialog")
        dialog.add_class("-runs")
        field = Input(placeholder="target, node, error, state or id", compact=True, id="find")
        field.cursor_blink = False
        field.display = False
        dialog.mount(field, Static("", markup=False, classes="note"))
        self._fill(self._current)

    def _fill(self, current: str | None) -> None:
        """Show the runs that are wanted, the cursor on ``current``, else on the first."""
        fits = [
            one
            for one in self._entries
            if (not self._only_failed or one.failed) and (not self._wanted or one.fits(self._wanted))
        ]
        self._shown = self._around(fits, current)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_option(Option(Text("the newest, whichever that is", self._look.accent), id=NEWEST))
        options.add_options([Option(self._line(one), id=one.run.run_id) for one in self._shown])
        ids = [one.run.run_id for one in self._shown]
        first = 1 if self._shown and (current or self._only_failed or self._wanted) else 0
        options.highlighted = 1 + ids.index(current) if current in ids else first
        left = len(fits) - len(self._shown)
        which = f"{len(fits):,} of {len(self._entries):,}   " if len(fits) != len(self._entries) else ""
        more = f"and {left:,} more   " if left else ""
        self.query(".note").last(Static).update(f"{which}{more}{_KEYS}")

    def _around(self, fits: list[Entry], current: str | None) -> list[Entry]:
        """As many as are any help, ``current`` among them."""
        place = next((at for at, one in enumerate(fits) if one.run.run_id == current), 0)
        first = max(0, place - MOST // 2) if place >= MOST else 0
        return fits[first : first + MOST]

    def _line(self, one: Entry) -> Text:
        look, run, ascii_only = self._look, one.run, self._look.glyphs.ascii_only
        began = "" if run.started_at is None else time.strftime("%H:%M:%S", time.localtime(run.started_at))
        told = one.failure or ", ".join(run.targets)
        return Text.assemble(
            (f"{one.number:>6,} ", look.dim),
            (f"{look.glyphs.of(run.state)} {run.state:<9} ", look.of(run.state)),
            (f"{began:>8} ", look.dim),
            (f"{duration(run.elapsed_s):>7} ", look.text),
            (f"{one.nodes:>5,} nodes  ", look.dim),
            (visible(told, ascii_only=ascii_only), look.of("failed") if one.failure else look.dim),
            overflow="ellipsis",
            no_wrap=True,
        )

    def action_failed(self, step: int) -> None:
        """The next failed run below the cursor, or above; one that is not among those shown brings its own."""
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        here = options.get_option_at_index(at).id if options.option_count else None
        pool = [one for one in self._entries if not self._wanted or one.fits(self._wanted)]
        place = next((number for number, one in enumerate(pool) if one.run.run_id == here), -1)
        order = pool[place + 1 :] if step > 0 else pool[: max(0, place)][::-1]
        found = next((one.run.run_id for one in order if one.failed), None)
        if found is None:
            self.app.bell()
            return
        ids = [one.run.run_id for one in self._shown]
        if found in ids:
            options.highlighted = 1 + ids.index(found)
        else:
            self._fill(found)

    def action_only_failed(self) -> None:
        """Only runs in which something went wrong, or all again."""
        self._only_failed = not self._only_failed
        self._fill(self._current)

    def action_find(self) -> None:
        """Type what is looked for."""
        field = self.query_one("#find", Input)
        field.display = True
        self.set_focus(field)

    def action_leave(self) -> None:
        """Leave the line in which something is looked for, else change nothing."""
        field = self.query_one("#find", Input)
        if field.display:
            field.value = ""
            self._to_the_runs()
        else:
            super().action_leave()

    def _to_the_runs(self) -> None:
        field = self.query_one("#find", Input)
        field.display = bool(field.value)
        self.set_focus(self.query_one(OptionList))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._wanted = event.value.strip()
        self._fill(self._current)

    @on(Input.Submitted)
    def _found(self) -> None:
        self._to_the_runs()
