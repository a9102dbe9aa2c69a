"""One look at the run, taken four times a second: samples, silent hearts, requests that wait."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

from hamtui.contract import identity, layout, logs, stacks, vitals
from hamtui.contract.vitals import ProcessVital, Vital
from hamtui.probe import procs, sample
from hamtui.probe.memory import Memory
from hamtui.probe.procs import Known
from hamtui.supervise.hearsay import Hearsay
from hamtui.supervise.hearts import Hearts
from hamtui.supervise.outside import Takes
from hamtui.supervise.tail import Tail
from hamtui.supervise.write import LineFile

#: Between looks, seconds.
PACE_S = 0.25
SAMPLE_EVERY_S = 1.0
#: Samples come so often while something became late within the last few seconds: a verdict needs two windows.
HURRY_EVERY_S, HURRY_FOR_S = 0.5, 4.0
#: Silence after which a process that burns CPU is taken to be held in C code, seconds.
SILENT_S = 2.0
#: The same for a process that burns none: nothing but the GIL can silence its sampling thread for so long.
SILENT_IDLE_S = 5.0
#: What the run gets to answer a request for a dump itself, seconds.
ANSWER_WITHIN_S = 1.2
#: CPU seconds that count as burning, since the last sample.
_BURNT_S = 0.02
#: A look comes a little early or late.
_SLACK_S = 0.05


@dataclass(frozen=True)
class _Asked:
    """A request for a dump that waits for its answer; ``outside``: only a look from outside can tell what it wants."""

    since: float
    native: bool
    locals_: bool

    @property
    def outside(self) -> bool:
        return self.native or self.locals_


class Watch:
    """Looks at a run from outside and writes what it saw into the launch folder."""

    def __init__(self, folder: Path, main: Known, dump_every: float, cwd: str) -> None:
        self.main = main
        self.descendants: dict[int, Known] = {}
        self._vitals = LineFile(folder / layout.VITALS)
        self._takes = Takes(LineFile(folder / layout.STACKS).append, cwd)
        self._output = folder / layout.OUTPUT
        self._hearsay = Hearsay(self._output)
        self._hearts = Hearts(folder, main.pid)
        self._requests = Tail(folder / layout.REQUESTS, owners=True)
        self._answers = Tail(folder / layout.STACKS)
        self._waiting: dict[str, _Asked] = {}
        self._dump_every = dump_every
        self._seq = 0
        self._sampled_at = float("-inf")
        self._hurry_until = 0.0
        self._newly_late = 0
        self._memory = Memory()
        self._last: dict[int, ProcessVital] = {}
        self._dumped_at: dict[int, float] = {}
        self._stopped: set[int] = set()

    def look(self, now: float) -> None:
        """One look; ``now`` is this process' monotonic clock."""
        self._hearts.listen(now)
        if self._hearts.interests.newly_late != self._newly_late:
            self._newly_late = self._hearts.interests.newly_late
            self._hurry_until = now + HURRY_FOR_S
        every = HURRY_EVERY_S if now < self._hurry_until else SAMPLE_EVERY_S
        if now >= self._sampled_at + every - _SLACK_S:
            self._sampled_at = now
            self._sample(now)
        for pid in self._hearts.pids():
            self._check_heart(pid, now)
        self._check_requests(now)

    def _sample(self, now: float) -> None:
        silent = [pid for pid in self._hearts.pids() if self._hearts.silence(pid, now) >= SILENT_S]
        processes, seen = sample.take(self.main.pid, self._hearts.interests.now(silent), self._memory)
        if not processes:
            return
        self._remember(seen)
        self._pass_on(now)
        self._seq += 1
        self._vitals.append(
            Vital(
                vitals.SAMPLE,
                time.time(),
                time.monotonic(),
                self.main.pid,
                self._seq,
                processes,
                output=sample.size(self._output),
            )
        )
        self._last = {process.pid: process for process in processes}
        if len(processes) > 1:
            self._hearts.look_for_workers(now)
        for process in processes:
            self._check_stopped(process, now)

    def _remember(self, seen: list[Known]) -> None:
        """Keep descendants that a dead run may leave behind; let go of those that are gone."""
        here = {known.pid: known for known in seen if known.pid != self.main.pid}
        gone = [
            pid for pid, known in self.descendants.items() if pid not in here and not procs.is_there(known)
        ]
        workers = self._hearts.pids()
        for pid in gone:
            del self.descendants[pid]
            if pid in workers:
                self.tell_gone(identity.host(), pid)
                self._hearsay.ask(pid, time.monotonic())
        self._hearts.interests.forget(gone)
        self.descendants.update(here)

    def _pass_on(self, now: float) -> None:
        """What was said of workers that are gone."""
        for pid, told, code in self._hearsay.news(now):
            gone = Vital(vitals.GONE, time.time(), time.monotonic(), pid, host=identity.host())
            self._vitals.append(replace(gone, told=told, exit_code=code))

    def tell_gone(self, host: str, pid: int, *, back: bool = False) -> None:
        """Write down that a worker has ended, or that it is there after all."""
        kind = vitals.BACK if back else vitals.GONE
        self._vitals.append(Vital(kind, time.time(), time.monotonic(), pid, host=host))

    def _check_stopped(self, process: ProcessVital, now: float) -> None:
        """A stopped process is dumped once each time that it is stopped; a child that is no Python of ours never."""
        pid = process.pid
        if process.state != "T":
            self._stopped.discard(pid)
            return
        self._hearts.excuse(pid, now)
        if pid not in self._stopped and (pid == self.main.pid or pid in self._hearts.pids()):
            self._stopped.add(pid)
            self._takes.add(pid, stacks.STOPPED)

    def _check_heart(self, pid: int, now: float) -> None:
        silence = self._hearts.silence(pid, now)
        if silence < SILENT_S:
            self._dumped_at.pop(pid, None)
            return
        dumped = self._dumped_at.get(pid)
        if dumped is not None and now - dumped < self._dump_every:
            return
        if self._held(pid, silence, now):
            self._dumped_at[pid] = now
            self._takes.add(pid, stacks.GIL_HELD)

    def _held(self, pid: int, silence: float, now: float) -> bool:
        """Whether the silence of ``pid`` means that C code keeps the GIL."""
        found = procs.stat(pid)
        if found is None or found.state in "ZX":
            return False
        if found.state in "Tt":
            self._hearts.excuse(pid, now)
            return False
        before = self._last.get(pid)
        burnt = before is not None and found.cpu_s - (before.cpu_s or 0.0) >= _BURNT_S
        return found.state == "R" or burnt or silence >= SILENT_IDLE_S

    def _check_requests(self, now: float) -> None:
        for line in self._requests.lines():
            request = _request(line)
            if request is not None and request.get("ask") == logs.DUMP and request.get("id"):
                asked = _Asked(now, request.get("native") is True, request.get("locals") is True)
                self._waiting[str(request["id"])] = asked
        if not self._waiting:
            self._answers.skip()
            return
        for line in self._answers.lines():
            for name in [each for each in self._waiting if each.encode() in line]:
                # A file's path may hold the same letters.
                if not self._waiting[name].outside and (_request(line) or {}).get("request") == name:
                    del self._waiting[name]
        for name, asked in list(self._waiting.items()):
            if asked.outside or now - asked.since >= ANSWER_WITHIN_S:
                del self._waiting[name]
                self._answer(name, asked, now)

    def _answer(self, name: str, asked: _Asked, now: float) -> None:
        """Look from outside in the run's stead: at its main process, and where only we can tell, at its workers too."""
        workers = [pid for pid in self._hearts.pids() if pid in self._last and pid != self.main.pid]
        for pid in [self.main.pid, *(workers if asked.outside else [])]:
            why = self._why_silent(pid, now)
            self._takes.add(pid, why, name, native=asked.native, locals_=asked.locals_)

    def _why_silent(self, pid: int, now: float) -> str:
        found = procs.stat(pid)
        if found is not None and found.state == "T":
            return stacks.STOPPED
        silent = self._hearts.silence(pid, now) >= ANSWER_WITHIN_S
        return stacks.GIL_HELD if silent else stacks.ASKED

    def close(self) -> None:
        """The run is over: nothing is read of it any more."""
        self._pass_on(time.monotonic())
        self._takes.close()


def _request(line: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
