"""Copying, and picking another run or launch."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import on

from hamtui.follow.launches import LaunchRef, launches
from hamtui.follow.reread import read_run
from hamtui.model import runlist
from hamtui.model.state import Now
from hamtui.model.text import duration, visible
from hamtui.tui import clipboard
from hamtui.tui.messages import Copy, LaunchesFound, Notice, RunRead
from hamtui.tui.paced import Paced
from hamtui.tui.screens.dashboard import Dashboard
from hamtui.tui.screens.pick import Pick
from hamtui.tui.screens.runs import NEWEST, PickRun
from hamtui.tui.session import Session
from hamtui.tui.theme import DEFAULT_LOOK, Look


class Picking(Paced):
    """What the keys y, r and l do. A part of the app."""

    look: Look = DEFAULT_LOOK
    session: Session
    dashboard: Dashboard

    def open_launch(self, ref: LaunchRef) -> None:
        """Show a launch."""
        raise NotImplementedError

    def clock(self) -> Now:
        """The instant that it is: a launch that is over is not looked at any more, but others are."""
        raise NotImplementedError

    def draw_soon(self) -> None:
        """Draw in a moment."""
        raise NotImplementedError

    def work(self, work: Callable[[], object], group: str) -> None:
        """Run something that blocks in a thread; it posts messages and touches no widget."""
        self.run_worker(work, group=group, thread=True, exit_on_error=False)

    def action_copy(self) -> None:
        """Copy what the open pane says, else the selected node's name."""
        pane = self.dashboard.panes.current
        found = pane.copyable() if pane is not None and pane.size.height else None
        row = self.dashboard.timeline.selected
        if found is None and row is not None:
            found = "the name", row.span_key.node if row.span_key is not None else row.label
        if found is not None:
            self.post_message(Copy(found[1], found[0]))

    @on(Copy)
    def _copy(self, event: Copy) -> None:
        self.copy_to_clipboard(event.text)

        def by_tool() -> None:
            tool = clipboard.copy(event.text)
            if tool is not None:
                self.post_message(Notice(f"copied {event.what} with {tool}"))
            else:
                sentence = f"sent {event.what} to the terminal (OSC 52); not every terminal takes it"
                self.post_message(Notice(sentence))

        self.work(by_tool, "copy")

    @on(Notice)
    def _notice(self, event: Notice) -> None:
        severity = event.severity
        sentence = visible(event.sentence, ascii_only=self.look.glyphs.ascii_only)
        self.notify(sentence, severity=severity, timeout=4, markup=False)  # type: ignore[arg-type]

    def action_pick_run(self) -> None:
        """Another run of this launch; the newest is followed until one is picked."""
        launch = self.session.launch
        shown = self.session.picked or (NEWEST if launch.runs else None)
        screen = PickRun(runlist.summary(launch), runlist.entries(launch), shown, self.look)
        self.push_screen(screen, self._picked_run)

    def _picked_run(self, run_id: str | None) -> None:
        if run_id is None:
            return
        self.session.picked = run_id or None
        session = self.session
        run = session.launch.runs.get(run_id)
        if run is not None and run.line is not None:

            def read() -> None:
                self.post_message(RunRead(run_id, read_run(session.ref, run_id), session.generation))

            self.work(read, "run")
        self.draw_soon()

    @on(RunRead)
    def _read_again(self, event: RunRead) -> None:
        """A run of which only a line was kept is whole again, if its files are."""
        if event.generation != self.session.generation:
            return
        if event.whole is None:
            sentence = "The files no longer tell of this run: its counts are kept, its nodes' times are not."
            self.post_message(Notice(sentence, "warning"))
            return
        self.session.restore(event.whole, event.run_id)
        self.draw_soon()

    def action_pick_launch(self) -> None:
        """Another launch of the same folder."""
        ref = self.session.ref
        folder = ref.dir if ref.flat else ref.dir.parent
        self.work(lambda: self.post_message(LaunchesFound(launches(folder))), "launches")

    @on(LaunchesFound)
    def _found(self, event: LaunchesFound) -> None:
        look, now = self.look, self.clock().unix
        refs = {str(ref.dir): ref for ref in event.refs}
        lines = [
            (
                key,
                Text.assemble(
                    (visible(ref.id) + "  ", look.strong),
                    (f"written {duration(max(0.0, now - ref.written_at))} ago", look.dim),
                    ("  flat folder" if ref.flat else "", look.dim),
                    overflow="ellipsis",
                    no_wrap=True,
                ),
            )
            for key, ref in refs.items()
        ]

        def picked(key: str | None) -> None:
            if key is not None and key != str(self.session.ref.dir):
                self.open_launch(refs[key])

        self.push_screen(Pick(f"Launches: {len(lines):,}", lines, str(self.session.ref.dir)), picked)
