"""What is kept from one sample to the next, so that what did not change is not read again."""

import time
from dataclasses import dataclass

from hamtui.contract.vitals import ThreadVital
from hamtui.probe import procs
from hamtui.probe.commands import command
from hamtui.probe.openers import Openers

#: How long a thread that has not moved is taken to wait on the same ends, seconds.
ENDS_KEPT_S = 5.0
_MOST_KEPT = 512


@dataclass(frozen=True)
class Close:
    """A close look at a thread: what it was in then, and what came of looking."""

    arguments: tuple[int, ...]
    vital: ThreadVital
    at: float


class Memory:
    """Of one launch. Bounded: what is oldest is forgotten first."""

    def __init__(self) -> None:
        self.openers = Openers()
        self._commands: dict[tuple[int, float, str], str] = {}
        self._threads: dict[tuple[int, int], Close] = {}

    def command(self, pid: int) -> str | None:
        """The process' command line, read once a program that it runs."""
        found = procs.stat(pid)
        if found is None:
            return None
        key = pid, found.start, found.name
        if key not in self._commands:
            while len(self._commands) >= _MOST_KEPT:
                del self._commands[next(iter(self._commands))]
            told = command(pid)
            if told is None or told.startswith("["):
                return told
            self._commands[key] = told
        return self._commands[key]

    def same(self, pid: int, vital: ThreadVital, arguments: tuple[int, ...]) -> Close | None:
        """The last close look, if the thread is in the same call still and has not woken since."""
        kept = self._threads.get((pid, vital.native_id))
        if kept is None or time.monotonic() - kept.at >= ENDS_KEPT_S or kept.arguments != arguments:
            return None
        same = (kept.vital.call, kept.vital.switches) == (vital.call, vital.switches)
        return kept if same else None

    def keep(self, pid: int, vital: ThreadVital, arguments: tuple[int, ...]) -> None:
        """Keep a close look."""
        key = pid, vital.native_id
        self._threads.pop(key, None)
        while len(self._threads) >= _MOST_KEPT:
            del self._threads[next(iter(self._threads))]
        self._threads[key] = Close(arguments, vital, time.monotonic())
