"""One look at the run, taken four times a second: samples, silent hearts, requests that wait."""

import json
import time
from pathlib import Path

from hamtui.contract import layout, logs, stacks, vitals
from hamtui.contract.stacks import Dump
from hamtui.contract.vitals import ProcessVital, Vital
from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import outside
from hamtui.supervise.hearts import Hearts
from hamtui.supervise.tail import Tail
from hamtui.supervise.write import LineFile

#: Between looks, seconds.
PACE_S = 0.25
SAMPLE_EVERY_S = 1.0
#: Silence after which a process that burns CPU is taken to be held in C code, seconds.
SILENT_S = 2.0
#: The same for a process that burns none: nothing but the GIL can silence its sampling thread for so long.
SILENT_IDLE_S = 5.0
#: What the run gets to answer a request for a dump itself, seconds.
ANSWER_WITHIN_S = 1.2
#: CPU seconds that count as burning, since the last sample.
_BURNT_S = 0.02


class Watch:
    """Looks at a run from outside and writes what it saw into the launch folder."""

    def __init__(self, folder: Path, main: Known, dump_every: float, cwd: str) -> None:
        self.main = main
        self.descendants: dict[int, Known] = {}
        self._vitals = LineFile(folder / layout.VITALS)
        self._stacks = LineFile(folder / layout.STACKS)
        self._hearts = Hearts(folder, main.pid)
        self._requests = Tail(folder / layout.REQUESTS)
        self._answers = Tail(folder / layout.STACKS)
        self._waiting: dict[str, float] = {}
        self._dump_every = dump_every
        self._cwd = cwd
        self._seq = 0
        self._next_sample = 0.0
        self._last: dict[int, ProcessVital] = {}
        self._dumped_at: dict[int, float] = {}
        self._stopped: set[int] = set()

    def look(self, now: float) -> None:
        """One look; ``now`` is this process' monotonic clock."""
        self._hearts.listen(now)
        if now >= self._next_sample:
            self._next_sample = now + SAMPLE_EVERY_S
            self._sample(now)
        for pid in self._hearts.pids():
            self._check_heart(pid, now)
        self._check_requests(now)

    def _sample(self, now: float) -> None:
        processes, seen = procs.tree(self.main.pid)
        if not processes:
            return
        for known in seen:
            if known.pid != self.main.pid:
                self.descendants[known.pid] = known
        self._seq += 1
        self._vitals.append(
            Vital(vitals.SAMPLE, time.time(), time.monotonic(), self.main.pid, self._seq, processes)
        )
        self._last = {process.pid: process for process in processes}
        if len(processes) > 1:
            self._hearts.look_for_workers()
        for process in processes:
            self._check_stopped(process, now)

    def _check_stopped(self, process: ProcessVital, now: float) -> None:
        """A stopped process is dumped once each time that it is stopped; a child that is no Python of ours never."""
        pid = process.pid
        if process.state != "T":
            self._stopped.discard(pid)
            return
        self._hearts.excuse(pid, now)
        if pid not in self._stopped and (pid == self.main.pid or pid in self._hearts.pids()):
            self._stopped.add(pid)
            self._write(outside.take(pid, stacks.STOPPED, cwd=self._cwd))

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
            self._write(outside.take(pid, stacks.GIL_HELD, cwd=self._cwd))

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
                self._waiting[str(request["id"])] = now
        if not self._waiting:
            self._answers.skip()
            return
        for line in self._answers.lines():
            for asked in [one for one in self._waiting if one.encode() in line]:
                del self._waiting[asked]
        for asked, since in list(self._waiting.items()):
            if now - since >= ANSWER_WITHIN_S:
                del self._waiting[asked]
                self._write(outside.take(self.main.pid, self._why_silent(now), asked, self._cwd))

    def _why_silent(self, now: float) -> str:
        found = procs.stat(self.main.pid)
        if found is not None and found.state == "T":
            return stacks.STOPPED
        silent = self._hearts.silence(self.main.pid, now) >= ANSWER_WITHIN_S
        return stacks.GIL_HELD if silent else stacks.ASKED

    def _write(self, dump: Dump) -> None:
        self._stacks.append(dump)


def _request(line: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
