"""``python -m hamtui.supervise.suspects``: runs the command of ``--on-suspect``, once a suspect, until the launch is over.

A process of its own beside the supervisor, so that neither reading the launch nor a command that hangs ever
holds the supervisor up. On its stdin: the launch folder, the working folder and the command, as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamtui.follow import process
from hamtui.follow.follower import Follower
from hamtui.follow.launches import LaunchRef
from hamtui.follow.past import read_past
from hamtui.model import keeping, verdict
from hamtui.model.baseline import Past
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from hamtui.model.status import status
from hamtui.probe.onlooker import SOURCE, Onlooker, interest_of, is_unguarded
from hamtui.supervise.commands import Commands

EVERY_S = 1.0
#: What a verdict may take after the threshold, seconds; a suspect without one is told then.
VERDICT_WITHIN_S = 3.0

Tell = Callable[[SpanKey, Suspect, dict[str, Any]], None]


@dataclass(frozen=True)
class Asked:
    """What the supervisor hands over."""

    folder: str
    cwd: str
    command: str


class Watching:
    """The suspects of one launch: each is told once."""

    def __init__(self, ref: LaunchRef, past: Past, tell: Tell) -> None:
        self.launch = Launch(ref.id)
        keeping.watch(self.launch)
        self._ref = ref
        self._past = past
        self._tell = tell
        self._told: set[SpanKey] = set()
        self._onlooker = Onlooker(ref.dir)

    def look(self, fact: ProcessFact, now: Now) -> None:
        """Tell what is suspected now and was not told: at once with a verdict, else when it had its time."""
        settle(self.launch, fact, now, self._past)
        self._sample(fact, now)
        for run in self.launch.runs.values():
            if not any(span.status == "running" for span in run.spans.values()):
                continue
            for key, mark in verdict.marks(self.launch, run, fact, now, self._past).items():
                if key not in self._told and run.spans[key].status == "running" and _is_due(mark):
                    self._told.add(key)
                    self._tell(key, mark, self._picture(fact, now))

    def _sample(self, fact: ProcessFact, now: Now) -> None:
        """Look ourselves, where the supervisor is gone."""
        info = self.launch.info
        if info is None or info.pid is None or not is_unguarded(fact):
            return
        late = [
            run.spans[key]
            for run in self.launch.runs.values()
            for key in verdict.marks(self.launch, run, fact, now, self._past)
        ]
        if late:
            sample = self._onlooker.look(info.pid, interest_of(self.launch, late, now))
            if sample is not None:
                self.launch.apply(SOURCE, sample)

    def _picture(self, fact: ProcessFact, now: Now) -> dict[str, Any]:
        return status(self.launch, self._ref.id, self._ref.dir, fact, now, self._past)

    def over(self, fact: ProcessFact) -> bool:
        """Whether nothing of the launch can become a suspect any more."""
        return verdict.is_over(self.launch, fact)


def _is_due(mark: Suspect) -> bool:
    return mark.verdict != verdict.UNKNOWN or mark.since_s >= VERDICT_WITHIN_S


def follow(asked: Asked) -> None:
    """Follow the launch to its end."""
    folder = Path(asked.folder)
    ref = LaunchRef(folder.name, folder, flat=False, written_at=time.time())
    commands = Commands(asked.command, folder, asked.cwd)
    watching = Watching(ref, read_past(ref), commands.add)
    follower = Follower(ref)
    try:
        while True:
            batch = follower.read_once()
            for source, record in batch.records:
                watching.launch.apply(source, record)
            if not batch.caught_up:
                continue
            fact, now = process.look(watching.launch.info), process.now(watching.launch.info)
            watching.look(fact, now)
            commands.turn()
            if watching.over(fact) or not folder.is_dir():
                break
            time.sleep(EVERY_S)
    finally:
        follower.close()
    commands.finish()


def main() -> int:
    """Do what the supervisor asked for on stdin."""
    asked = Asked(**json.loads(sys.stdin.buffer.read()))
    follow(asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
