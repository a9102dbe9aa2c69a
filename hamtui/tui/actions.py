"""What the app's keys and the command palette do."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from functools import partial

from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import Binding

from hamtui.contract.logs import DUMP
from hamtui.follow.ask import ask
from hamtui.follow.launches import LaunchRef, launches
from hamtui.model.state import Run
from hamtui.model.text import duration, visible
from hamtui.model.timeline import GROUPINGS
from hamtui.tui import clipboard
from hamtui.tui.commands import Command
from hamtui.tui.messages import Copy, LaunchesFound, Notice
from hamtui.tui.screens.ask import Answer, Ask
from hamtui.tui.screens.dashboard import PANES, Dashboard
from hamtui.tui.screens.help import Help
from hamtui.tui.screens.pick import Pick
from hamtui.tui.session import Left, Session
from hamtui.tui.theme import DEFAULT_LOOK, LOOKS, Look
from hamtui.tui.widgets.rowcursor import RowCursor

LEAVE, STOP, STAY = "leave", "stop", "stay"


class Actions(App[Left]):
    """Leaving, stopping, dumping, copying, picking, help. The app proper is its subclass."""

    look: Look = DEFAULT_LOOK
    session: Session
    dashboard: Dashboard
    readonly: bool = False
    own_launch: bool = False
    stopped: bool = False
    stop_run: Callable[[], Iterator[str]] | None = None

    def leave(self, *, refused: bool = False) -> None:
        """End the app, and say how things stood."""
        raise NotImplementedError

    def open_launch(self, ref: LaunchRef) -> None:
        """Show a launch."""
        raise NotImplementedError

    def draw_soon(self) -> None:
        """Draw in a moment."""
        raise NotImplementedError

    def work(self, work: Callable[[], object], group: str) -> None:
        """Run something that blocks in a thread; it posts messages and touches no widget."""
        self.run_worker(work, group=group, thread=True, exit_on_error=False)

    # ---- what is possible

    @property
    def live(self) -> bool:
        """Whether the shown launch may still go on."""
        glance = self.session.glance
        return glance is not None and glance.live

    @property
    def can_dump(self) -> bool:
        """Whether a dump may be asked for: a live launch with a folder of its own, and not readonly."""
        return self.live and not self.readonly and not self.session.ref.flat

    @property
    def can_stop(self) -> bool:
        """Whether the run can be stopped from here."""
        return self.live and self.stop_run is not None and not self.stopped

    def keys_now(self) -> tuple[tuple[str, str, str], ...]:
        """(key, label, action) of what does something now, most wanted first."""
        keys = [("q", "leave", "app.leave"), ("/", "filter", "screen.filter")]
        if self.live:
            keys.append(("f", "follow", "screen.follow"))
        keys.append(("g", "group", "app.regroup"))
        if self.can_dump:
            keys.append(("d", "dump", "app.dump"))
        pane = self.dashboard.panes.current
        if pane is not None and pane.steps:
            keys.append(("[ ]", f"older/newer {pane.steps}", "screen.step(-1)"))
        if self.can_stop:
            keys.append(("x", "stop", "app.stop"))
        if len(self.session.launch.runs) > 1:
            keys.append(("r", "runs", "app.pick_run"))
        keys.append(("y", "copy", "app.copy"))
        return (*keys, ("?", "keys", "app.help"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is not possible now does nothing and is not offered."""
        if action == "dump":
            return self.can_dump
        if action == "stop":
            return self.can_stop
        if action == "pick_run":
            return len(self.session.launch.runs) > 1
        return super().check_action(action, parameters)

    def possible(self) -> list[Command]:
        """The command palette's entries: ``group: verb``, possible now."""
        board = self.dashboard
        found = [Command("dashboard: leave", "The run goes on", self.leave)]
        if self.can_dump:
            found.append(Command("run: dump now", "Ask for a stack dump of every thread", self.action_dump))
        if self.can_stop:
            found.append(Command("run: stop", "INT, then TERM, then KILL", self.action_stop))
        if len(self.session.launch.runs) > 1:
            found.append(Command("run: pick another", "The runs of this launch", self.action_pick_run))
        found.append(Command("launch: pick another", "The launches beside this one", self.action_pick_launch))
        found += [
            Command(f"pane: {pane.title}", pane.help.partition(".")[0], partial(board.open_pane, pane.slug))
            for pane in PANES
        ]
        found.append(Command("pane: copy", "What the open pane says, to the clipboard", self.action_copy))
        found += [
            Command(f"nodes: group by {name}", "How rows are put together", partial(self._group, name))
            for name in GROUPINGS
            if name != board.timeline.list.view.grouping
        ]
        found.append(Command("nodes: filter", "By name or state", board.action_filter))
        if self.live:
            verb = "stop following" if board.timeline.follow else "follow"
            found.append(
                Command(f"nodes: {verb}", "The cursor on what is late, or runs", board.action_follow)
            )
        if board.timeline.zoomed is not None:
            found.append(Command("waterfall: whole run", "No zoom", board.timeline.action_whole))
        found += [
            Command(f"theme: {name}", "Colours", partial(setattr, self, "theme", name))
            for name in LOOKS
            if name != self.theme
        ]
        return [*found, Command("help: keys", "Keys and glyphs", self.action_help)]

    def _group(self, grouping: str) -> None:
        timeline = self.dashboard.timeline
        while timeline.list.view.grouping != grouping:
            timeline.action_regroup()

    # ---- leaving and stopping

    def action_leave(self) -> None:
        """Leave; the run goes on."""
        self.leave()

    async def action_quit(self) -> None:
        """Textual's own way out (ctrl+q): the same."""
        self.leave()

    def action_interrupt(self) -> None:
        """ctrl+c: ask what becomes of a run that was launched from here, else leave."""
        if isinstance(self.screen, Ask):
            self.screen.action_stay()
            return
        if not (self.own_launch and self.live):
            self.leave()
            return
        answers = [Answer(LEAVE, "l", "Leave it running"), Answer(STAY, "c", "Stay and watch")]
        if self.can_stop:
            answers.insert(1, Answer(STOP, "s", "Stop it: INT, then TERM, then KILL"))
        self.push_screen(Ask("The run is still going.", answers), self._interrupted)

    def _interrupted(self, answer: str | None) -> None:
        if answer == LEAVE:
            self.leave()
        elif answer == STOP:
            self._stop()

    def action_stop(self) -> None:
        """Ask, then stop the run."""
        answers = [
            Answer(STOP, "s", "Stop it: INT, then TERM, then KILL, each with a wait"),
            Answer(STAY, "c", "Let it run"),
        ]
        self.push_screen(
            Ask("Stop the run?", answers), lambda answer: self._stop() if answer == STOP else None
        )

    def _stop(self) -> None:
        stop = self.stop_run
        if stop is None or self.stopped:
            return
        self.stopped = True
        self.draw_soon()

        def climb() -> None:
            try:
                for sentence in stop():
                    self.post_message(Notice(sentence, "warning"))
            except OSError as error:
                self.post_message(Notice(f"it could not be stopped: {error}", "error"))

        self.work(climb, "stop")

    # ---- dump and copy

    def action_dump(self) -> None:
        """Ask the run for a dump; it comes with the next batch."""
        ref = self.session.ref

        def request() -> None:
            try:
                ask(ref, DUMP, by=f"dashboard ({getpass.getuser()})")
            except (OSError, KeyError) as error:
                self.post_message(Notice(f"the request could not be written: {error}", "error"))

        self.dashboard.open_pane("stacks")
        self.notify("asked the run for a dump", timeout=2, markup=False)
        self.work(request, "dump")

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
        self.notify(event.sentence, severity=severity, timeout=4, markup=False)  # type: ignore[arg-type]

    # ---- picking

    def action_pick_run(self) -> None:
        """Another run of this launch; the newest is followed until one is picked."""
        runs = list(self.session.launch.runs.values())
        newest = runs[-1].run_id if runs else None
        lines = [(run.run_id, self._run_line(number, run)) for number, run in enumerate(runs, 1)][::-1]
        lines.insert(0, ("", Text("the newest, whichever that is", self.look.accent)))
        shown = self.session.picked or ("" if newest is not None else None)
        self.push_screen(Pick(f"Runs of this launch: {len(runs):,}", lines, shown), self._picked_run)

    def _run_line(self, number: int, run: Run) -> Text:
        look = self.look
        targets = visible(", ".join(run.targets), ascii_only=look.glyphs.ascii_only)
        return Text.assemble(
            (f"{number:>5,}  ", look.dim),
            (f"{look.glyphs.of(run.state)} {run.state:<10}", look.of(run.state)),
            (f"{duration(run.elapsed_s):>8}  ", look.text),
            (targets[:60], look.dim),
            overflow="ellipsis",
            no_wrap=True,
        )

    def _picked_run(self, run_id: str | None) -> None:
        if run_id is not None:
            self.session.picked = run_id or None
            self.draw_soon()

    def action_pick_launch(self) -> None:
        """Another launch of the same folder."""
        ref = self.session.ref
        folder = ref.dir if ref.flat else ref.dir.parent
        self.work(lambda: self.post_message(LaunchesFound(launches(folder))), "launches")

    @on(LaunchesFound)
    def _found(self, event: LaunchesFound) -> None:
        look, glance = self.look, self.session.glance
        now = glance.now.unix if glance is not None else 0.0
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

    # ---- help and grouping

    def action_regroup(self) -> None:
        """The next grouping."""
        self.dashboard.timeline.action_regroup()

    def action_help(self) -> None:
        """Keys and glyphs."""
        groups = [
            ("Nodes", _bindings(RowCursor)),
            ("Dashboard", _bindings(Dashboard, leave_out="dashboard.pane.")),
            ("Run", _bindings(type(self))),
        ]
        panes = [(f"{pane.title} pane", _bindings(pane)) for pane in PANES if _bindings(pane)]
        self.push_screen(Help(groups + panes, self.dashboard.panes.all, self.look))


def _bindings(owner: type[object], leave_out: str = "\0") -> list[Binding]:
    own = owner.__dict__.get("BINDINGS", [])
    return [each for each in own if isinstance(each, Binding) and not (each.id or "").startswith(leave_out)]
