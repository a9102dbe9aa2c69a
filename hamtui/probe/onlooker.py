"""Samples where no supervisor is left to take them: by whoever looks on, in memory alone."""

import threading
from collections.abc import Iterable
from pathlib import Path

from hamtui.contract import layout
from hamtui.contract.layout import Kind, Source
from hamtui.contract.vitals import Vital
from hamtui.model.fold import Launch
from hamtui.model.history import Inside, at_of, gap
from hamtui.model.state import Now, ProcessFact, Span
from hamtui.probe.interest import Interest, Told, interesting
from hamtui.probe.memory import Memory
from hamtui.probe.sample import sample

#: What an onlooker's samples are folded as: what the supervisor would have written.
SOURCE = Source(layout.VITALS, Kind.VITALS)
#: How old a probe may be that says what is late, and after what silence a heart is silent, seconds.
_HOLDS_S, _SILENT_S = 3.0, 2.0


def is_unguarded(fact: ProcessFact) -> bool:
    """Whether the run lives, on this machine, and nobody takes samples of it."""
    return fact.alive is True and fact.supervisor_alive is False


def interest_of(launch: Launch, late: Iterable[Span], now: Now) -> Interest:
    """What is worth a close look: the threads of these spans, and what the newest probes say."""
    threads: dict[int, Told] = {span.native_id: Told() for span in late if span.native_id is not None}
    silent = set()
    for (_, pid), inside in launch.history.insides.items():
        threads.update(_told(inside))
        heard = inside.heard(at_of(now))
        if heard is not None and (gap(at_of(now), heard) or 0.0) >= _SILENT_S:
            silent.add(pid)
    return Interest(threads, frozenset(silent))


def _told(inside: Inside) -> dict[int, Told]:
    """What a process told of its own threads; of one that fell silent since, the last that it told."""
    probe = inside.probes[-1] if inside.probes else None
    if probe is None or not probe.vital.late:
        return {}
    newest = inside.beats[-1] if inside.beats else probe.until
    if (gap(newest, probe.until) or 0.0) > _HOLDS_S:
        return {}
    return interesting(probe.vital.looks, probe.vital.late)


class Onlooker:
    """Takes the samples of one launch; any thread may ask, one at a time is served."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / layout.OUTPUT
        self._memory = Memory()
        self._one = threading.Lock()

    def look(self, pid: int, interest: Interest) -> Vital | None:
        """A sample of process ``pid``; None where it is gone, or another look is under way."""
        if not self._one.acquire(blocking=False):
            return None
        try:
            return sample(pid, interest, self._memory, self._output)
        finally:
            self._one.release()
