"""What the app's keys and the command palette do."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import monotonic

from textual.binding import Binding
from textual.widgets import Input

from hamtui.model.text import visible
from hamtui.tui.again import Repeating
from hamtui.tui.attend import TOAST_S, alerts, known, worth_a_toast
from hamtui.tui.commands import Command
from hamtui.tui.glance import Glance
from hamtui.tui.paced import Paced
from hamtui.tui.screens.ask import Answer, Ask
from hamtui.tui.screens.dashboard import PANES, Dashboard
from hamtui.tui.screens.help import Help
from hamtui.tui.theme import LOOKS
from hamtui.tui.touching import LEAVE, STAY, STOP
from hamtui.tui.widgets.pane import bindings_of
from hamtui.tui.widgets.rowcursor import RowCursor

_TOUCHES = frozenset(binding.action for binding in Repeating.KEYS) - {"open_picture"}


class Actions(Repeating):
    """Leaving, help, and what is possible. The app proper is its subclass."""

    KEYS = (*Repeating.KEYS, *Paced.LINE_KEYS)

    def leave(self, *, refused: bool = False) -> None:
        """End the app, and say how things stood."""
        raise NotImplementedError

    def show_keys(self) -> None:
        """The bottom line: what does something now, or what goes to the terminal."""
        self.dashboard.show_keys(self.keys_now(), self.line_told())

    def action_debug_line(self) -> None:
        """What goes to the terminal, in the stead of the keys; or the keys again."""
        self.telling_line = not self.telling_line
        self.show_keys()

    # ---- what is possible

    def keys_now(self) -> tuple[tuple[str, str, str], ...]:
        """(key, label, action) of what does something now, most wanted first."""
        pane = self.dashboard.panes.current
        search = pane is not None and pane.searches
        # With the focus in such a pane the key that filters nodes searches there.
        in_pane = pane is not None and search and pane.has_focus_within
        keys = [("q", "leave", "app.leave")]
        keys.append(("/", "search", "screen.in_pane('s')") if in_pane else ("/", "filter", "screen.filter"))
        if self.live:
            keys.append(("f", "follow", "screen.follow"))
        keys += [(deed.key, deed.label, f"app.{deed.action}") for deed in self.deeds() if deed.wanted]
        if search and not in_pane:
            keys.append(("s", "search", "screen.in_pane('s')"))
        keys.append(("g", "group", "app.regroup"))
        if pane is not None and pane.steps:
            keys.append(("[ ]", f"older/newer {pane.steps}", "screen.step(-1)"))
        if len(self.session.launch.runs) > 1:
            keys.append(("r", "runs", "app.pick_run"))
        keys.append(("y", "copy", "app.copy"))
        return (*keys, ("?", "keys", "app.help"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is not possible now does nothing and is not offered."""
        if action in _TOUCHES:
            return any(deed.action == action for deed in self.deeds())
        if action == "pick_run":
            return len(self.session.launch.runs) > 1
        return super().check_action(action, parameters)

    def possible(self) -> list[Command]:
        """The command palette's entries: ``group: verb``, possible now."""
        board = self.dashboard
        found = [Command("dashboard: leave", "The run goes on", self.leave)]
        found += [
            Command(deed.name, deed.help, getattr(self, f"action_{deed.action}")) for deed in self.deeds()
        ]
        if len(self.session.launch.runs) > 1:
            found.append(Command("run: pick another", "The runs of this launch", self.action_pick_run))
        found.append(Command("launch: pick another", "The launches beside this one", self.action_pick_launch))
        found += [
            Command(f"pane: {pane.title}", pane.help.partition(".")[0], partial(board.open_pane, pane.slug))
            for pane in PANES
        ]
        found.append(
            Command("launch: picture", "The plan, with what the cache did", self.action_open_picture)
        )
        pane = board.panes.current
        if pane is not None and pane.searches:
            found.append(Command("pane: search", "A text in all of the Log or Output", pane.search))
        found.append(Command("pane: copy", "What the open pane says, to the clipboard", self.action_copy))
        found += [
            Command(f"nodes: group by {name}", "How rows are put together", partial(self._group, name))
            for name in board.timeline.groupings
            if name != board.timeline.list.view.grouping
        ]
        found.append(Command("nodes: filter", "By name, state or tag", board.action_filter))
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
        timeline.set_view(replace(timeline.list.view, grouping=grouping))

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Do what a key is for before the next one is looked at.

        Textual lets it go through the focused widget and back up first. By then a key that was typed behind it is on its
        way to what had the focus before, where it is another command. Only a line that somebody types in has keys that
        are none.
        """
        if await super()._check_bindings(key, priority):
            return True
        commands = priority and not isinstance(self.focused, Input)
        return commands and await super()._check_bindings(key)

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
            self.stop_it()

    # ---- help and grouping

    def action_regroup(self) -> None:
        """The next grouping."""
        self.dashboard.timeline.action_regroup()

    def action_help(self) -> None:
        """Keys and glyphs."""
        groups = [
            ("Nodes", _bindings(RowCursor)),
            ("Dashboard", _bindings(Dashboard, leave_out=("dashboard.pane.", "dashboard.in_pane."))),
            ("Run", _bindings(type(self))),
        ]
        panes = [(f"{pane.title} pane", keys) for pane in PANES if (keys := bindings_of(pane))]
        self.push_screen(Help(groups + panes, self.dashboard.panes.all, self.look))

    # ---- alerts

    def tell(self, glance: Glance) -> None:
        """Toast and bell for what happened since the screen first showed everything."""
        if not glance.caught_up:
            return
        if self.session.told is None:
            self.session.told = known(glance)
        found, self.session.told = alerts(glance, self.session.told)
        glyphs = self.look.glyphs
        chosen = worth_a_toast(found, self.session.toasts, monotonic())
        for alert in chosen:
            self.notify(
                visible(alert.line(glyphs.dot), ascii_only=glyphs.ascii_only),
                severity=alert.severity,  # type: ignore[arg-type]
                timeout=TOAST_S,
                markup=False,
            )
        if not all(alert.quiet for alert in chosen):
            self.bell()


def _bindings(owner: type[object], leave_out: tuple[str, ...] = ()) -> list[Binding]:
    own = owner.__dict__.get("BINDINGS", [])
    return [each for each in own if isinstance(each, Binding) and not (each.id or "").startswith(leave_out)]
