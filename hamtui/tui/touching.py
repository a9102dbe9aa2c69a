"""What reaches the run from the dashboard: dump, stop, continue, end a child. Off under ``--readonly``."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.text import Text
from textual import on
from textual.binding import Binding

from hamtui.contract.logs import DUMP
from hamtui.follow.ask import ask, audit
from hamtui.model.text import duration, visible
from hamtui.tui.debugging import Debugging
from hamtui.tui.hands import Child, Hands
from hamtui.tui.messages import ChildrenFound, Notice
from hamtui.tui.screens.ask import Answer, Ask
from hamtui.tui.screens.pick import Pick
from hamtui.tui.theme import Look

LEAVE, STOP, STAY, DO = "leave", "stop", "stay", "do"
#: Of a stopped process; ``t``, in a debugger's hands, is not ours to continue.
_STOPPED = "T"
_STATES = {"T": "stopped", "R": "runs", "S": "sleeps", "D": "waits for a disk"}
_COMMAND = 60


class Deed(NamedTuple):
    """Something that can be done to the run now: its key and action, its name in the palette, and what it means.

    ``wanted`` often enough for a place in the line of keys; ``?`` and the palette have all.
    """

    key: str
    label: str
    action: str
    name: str
    help: str
    wanted: bool = True


class Touching(Debugging):
    """A part of the app; nothing here signals a process by itself: ``stop_run`` and ``hands`` are handed in."""

    stopped: bool = False
    stop_run: Callable[[], Iterator[str]] | None = None
    hands: Hands | None = None

    KEYS: tuple[Binding, ...] = (
        *Debugging.KEYS,
        Binding(
            "d", "dump", "Dump now", show=False, id="app.dump", tooltip="Ask the run for a stack dump now"
        ),
        Binding(
            "D",
            "dump_locals",
            "Dump with everything",
            show=False,
            id="app.dump_locals",
            tooltip="Ask for a dump with native frames and local variables, read from outside",
        ),
        Binding(
            "c",
            "resume",
            "Continue",
            show=False,
            id="app.resume",
            tooltip="Continue a stopped process (SIGCONT)",
        ),
        Binding(
            "K",
            "kill_child",
            "End a child",
            show=False,
            id="app.kill_child",
            tooltip="End one child process of the run: TERM, then KILL",
        ),
        Binding(
            "x",
            "stop",
            "Stop run",
            show=False,
            id="app.stop",
            tooltip="Stop the run: INT, then TERM, then KILL",
        ),
    )

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

    @property
    def _in_reach(self) -> bool:
        here = self.session.fact.alive is True
        return self.live and here and self.hands is not None and not self.readonly

    @property
    def can_resume(self) -> bool:
        """Whether a process of the run is stopped, as far as is known."""
        if not self._in_reach:
            return False
        return self.session.fact.paused or any(each.state == _STOPPED for each in self._sampled())

    @property
    def can_kill(self) -> bool:
        """Whether the run has a child, as far as is known."""
        return self._in_reach and len(self._sampled()) > 1

    def _sampled(self) -> list[Child]:
        """The run's processes by the newest sample."""
        sample = self.session.launch.sample
        return [Child(each.pid, 0.0, each.command, each.state) for each in sample.processes] if sample else []

    def deeds(self) -> list[Deed]:
        """What can be done to the run now, most wanted first."""
        found = []
        if self.debugged is not None:
            words = "The terminal to pdb; leaving it comes back here"
            found.append(Deed("p", "debug", "debug", f"node: debug {self.debugged.key.node}", words))
        if self.can_resume:
            found.append(
                Deed(
                    "c", "continue", "resume", "run: continue it", "A process is stopped by a signal: SIGCONT"
                )
            )
        if self.can_dump:
            found.append(Deed("d", "dump", "dump", "run: dump now", "Ask for a stack dump of every thread"))
        if self.can_stop:
            found.append(Deed("x", "stop", "stop", "run: stop", "INT, then TERM, then KILL"))
        if self.can_kill:
            found.append(
                Deed(
                    "K",
                    "end a child",
                    "kill_child",
                    "run: end a child process",
                    "TERM, then KILL, to one of them",
                    wanted=False,
                )
            )
        if self.can_dump:
            words = "And local variables, read from outside; values may be nobody's business"
            found.append(
                Deed("D", "dump all", "dump_locals", "run: dump with native frames", words, wanted=False)
            )
        return found

    # ---- dump

    def action_dump(self) -> None:
        """Ask the run for a dump; it comes with the next batch."""
        self._ask_for_dump(whole=False)

    def action_dump_locals(self) -> None:
        """Ask, then ask the run for a dump with native frames and local variables."""
        answers = [
            Answer(DO, "d", "Dump with native frames and local variables, into the launch folder"),
            Answer(STAY, "c", "Leave them alone"),
        ]
        question = "Local variables may hold what is nobody's business. Dump them?"
        self._sure(question, answers, lambda: self._ask_for_dump(whole=True))

    def _ask_for_dump(self, *, whole: bool) -> None:
        ref, info = self.session.ref, self.session.launch.info

        def request() -> None:
            by = f"dashboard ({_user()})"
            try:
                ask(ref, DUMP, by, native=whole or None, locals=whole or None)
            except OSError as error:
                self.post_message(Notice(f"the request could not be written: {error}", "error"))
                return
            outcome = "asked, with native frames and locals" if whole else "asked"
            audit(ref, DUMP, by, pid=info.pid if info is not None else None, outcome=outcome)

        self.dashboard.open_pane("stacks")
        self.notify("asked the run for a dump", timeout=2, markup=False)
        self.work(request, "dump")

    # ---- stop

    def action_stop(self) -> None:
        """Ask, then stop the run."""
        answers = [
            Answer(DO, "s", "Stop it: INT, then TERM, then KILL, each with a wait"),
            Answer(STAY, "c", "Let it run"),
        ]
        self._sure("Stop the run?", answers, self.stop_it)

    def stop_it(self) -> None:
        """Climb the stop ladder."""
        stop = self.stop_run
        if stop is None or self.stopped:
            return
        self.stopped = True
        self.draw_soon()
        self._tell(stop, "it could not be stopped", "stop")

    # ---- continue, end a child

    def action_resume(self) -> None:
        """Ask, then continue what is stopped."""
        hands = self.hands
        if hands is None:
            return
        main = self.session.launch.info
        stopped = [each for each in self._sampled() if each.state == _STOPPED]
        if self.session.fact.paused or not stopped:
            said = f"Process {main.pid if main is not None else ''} is stopped by a signal. Continue it?"
        else:
            said = f"Stopped by a signal: {', '.join(map(self._named, stopped))}. Continue?"
        answers = [Answer(DO, "g", "Let it go on (SIGCONT)"), Answer(STAY, "c", "Leave it stopped")]
        self._sure(said, answers, lambda: self._tell(hands.resume, "it could not be continued", "resume"))

    def action_kill_child(self) -> None:
        """List the run's children; then ask; then end the chosen one."""
        hands, generation = self.hands, self.session.generation
        if hands is not None:
            self.work(lambda: self.post_message(ChildrenFound(hands.children(), generation)), "children")

    @on(ChildrenFound)
    def _found_children(self, event: ChildrenFound) -> None:
        if event.generation != self.session.generation:
            return
        children = {str(child.pid): child for child in event.children}
        if not children:
            self.notify("the run has no child process", timeout=4, markup=False)
            return
        lines = [(pid, _line(child, self._runs_in(child), self.look)) for pid, child in children.items()]

        def picked(pid: str | None) -> None:
            if pid is not None:
                self._sure_to_kill(children[pid])

        self.push_screen(Pick(f"End which process of the run? {len(lines):,}", lines, None), picked)

    def _sure_to_kill(self, child: Child) -> None:
        hands = self.hands
        if hands is None:
            return
        answers = [Answer(DO, "k", "End it: TERM, then KILL after 5 s"), Answer(STAY, "c", "Let it run")]
        self._sure(
            f"End process {self._named(child)}? The run may fail of it.",
            answers,
            lambda: self._tell(lambda: hands.kill(child), "it could not be ended", "kill"),
        )

    def _named(self, child: Child) -> str:
        """``4312 (python worker.py), runs measured``."""
        nodes = self._runs_in(child)
        return _safe(self.look, f"{_called(child)}{f', runs {nodes}' if nodes else ''}")

    def _runs_in(self, child: Child) -> str:
        """The nodes that a process is running."""
        glance = self.session.glance
        flying = () if glance is None else glance.flying
        return ", ".join([span.key.node for span in flying if span.pid == child.pid][:3])

    # ---- both

    def _sure(self, question: str, answers: list[Answer], do: Callable[[], None]) -> None:
        """Ask first; the harmless answer is the last."""
        self.push_screen(Ask(question, answers), lambda answer: do() if answer == DO else None)

    def _tell(self, steps: Callable[[], Iterator[str]], failed: str, group: str) -> None:
        """Do it in a thread, and say each step."""

        def climb() -> None:
            try:
                for sentence in steps():
                    self.post_message(Notice(sentence, "warning"))
            except OSError as error:
                self.post_message(Notice(f"{failed}: {error}", "error"))

        self.work(climb, group)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def _safe(look: Look, text: str) -> str:
    return visible(text, ascii_only=look.glyphs.ascii_only)


def _called(child: Child) -> str:
    return f"{child.pid} ({child.command[:_COMMAND]})" if child.command else str(child.pid)


def _line(child: Child, nodes: str, look: Look) -> Text:
    """A child in a list: its pid, its command line, what it is at."""
    cpu = "" if child.cpu_s is None else f"  {duration(child.cpu_s)} CPU"
    return Text.assemble(
        (f"{child.pid:>8}  ", look.strong),
        (_safe(look, (child.command or "")[:_COMMAND]), look.text),
        (f"  {_STATES.get(child.state or '', child.state or '')}{cpu}", look.dim),
        (f"  runs {_safe(look, nodes)}" if nodes else "", look.running),
        overflow="ellipsis",
        no_wrap=True,
    )
