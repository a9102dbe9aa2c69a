"""What the dashboard does to a run's processes: continue what is stopped, end one child. Each leaves an audit line.

And launching it again, which touches nothing that is there.
"""

from collections.abc import Callable, Iterator

from hamtui.cli import ending, look
from hamtui.follow.ask import audit
from hamtui.follow.launches import LaunchRef
from hamtui.model.text import signal_name
from hamtui.probe import commands, procs
from hamtui.probe.procs import Known
from hamtui.supervise import single
from hamtui.tui.hands import Change, Child

CONTINUE, KILL_CHILD = "continue", "kill-child"
NOT_NOTED = "audit.jsonl could not be written"


class RunHands:
    """The processes of the launch that ``ref`` names at the time (another one may be opened on the screen)."""

    def __init__(self, ref: Callable[[], LaunchRef], by: str, again: Callable[[Change], LaunchRef]) -> None:
        self._ref = ref
        self._by = by
        self.again = again

    def children(self) -> list[Child]:
        """The run's processes but the main one; none where they can't be told from here."""
        _, members = self._members()
        return members[1:]

    def _members(self) -> tuple[LaunchRef, list[Child]]:
        """The launch, and the processes of its run, the main one first; none unless pid and start match launch.json."""
        ref = self._ref()
        target = ending.ending_target(look.at(ref))
        if target is None:
            return ref, []
        vitals, seen = procs.tree(target.main.pid)
        if not seen or seen[0] != target.main:
            return ref, []
        return ref, [
            Child(vital.pid, known.start, commands.command(vital.pid), vital.state, vital.cpu_s)
            for vital, known in zip(vitals, seen, strict=True)
            if vital.state not in ("Z", "X")
        ]

    def resume(self) -> Iterator[str]:
        """Continue every stopped process of the run, the main one first."""
        ref, members = self._members()
        resumed = False
        for member in members:
            process = Known(member.pid, member.start)
            if not single.is_stopped(process):
                continue
            resumed = True
            done = single.resume(process)
            outcome = "continued" if done else "not allowed"
            yield f"process {member.pid} {outcome}"
            yield from self._note(ref, CONTINUE, member, outcome)
        if not resumed:
            yield "no process of the run is stopped"

    def kill(self, child: Child) -> Iterator[str]:
        """End one process: TERM, a wait, KILL; it must still be the one that was listed, and of this run."""
        ref, members = self._members()
        process = Known(child.pid, child.start)
        if all((member.pid, member.start) != (child.pid, child.start) for member in members[1:]):
            yield f"process {child.pid} is gone"
            yield from self._note(ref, KILL_CHILD, child, "gone before")
            return
        sent = ""
        for number in single.end(process):
            sent = signal_name(number)
            yield f"sent {sent} to process {child.pid}"
        if procs.is_there(process):
            outcome = f"still there after {sent}" if sent else "not allowed"
        else:
            outcome = f"ended by {sent}" if sent else "gone before"
        yield f"process {child.pid}: {outcome}"
        yield from self._note(ref, KILL_CHILD, child, outcome)

    def _note(self, ref: LaunchRef, did: str, child: Child, outcome: str) -> Iterator[str]:
        if not audit(ref, did, self._by, pid=child.pid, command=child.command, outcome=outcome):
            yield NOT_NOTED
