"""All processes of a launch at an instant, worked out once for all spans that are judged by it."""

from dataclasses import dataclass
from typing import Any

from hamtui.contract.stacks import Dump, ThreadStack
from hamtui.contract.vitals import ProcessVital, ThreadLook
from hamtui.model import cycles
from hamtui.model.fold import Launch
from hamtui.model.history import FULL_SAMPLE, At, Probe, ProcessKey, Sampled, gap, upto
from hamtui.model.stacks import leaves
from hamtui.model.windows import LEAST_S, Window, window_of

#: Wakes a second of a thread that are more than the 200 by which one asks for the GIL.
_LET_GO = 400
#: What was last seen of a process so long ago says nothing any more of one that has moved since.
FRESH_S = 3.0


@dataclass(frozen=True)
class Moved:
    """What a whole process did between its two newest samples: shares of a core, bytes a second."""

    cpu: float
    bytes_s: float


class Scene:
    """All processes of a launch at an instant. What is asked twice is worked out once."""

    def __init__(self, launch: Launch, at: At) -> None:
        self.launch = launch
        self.at = at
        self._burners: dict[int, list[tuple[float, int]]] = {}
        self._moved: dict[int, Moved | None] = {}
        self._probes: dict[ProcessKey, Probe | None] = {}
        self._outside: dict[int, Dump | None] = {}
        self._printed: bool | None = None
        #: What is known of threads at this instant, by all that it rests on; kept by those who look (evidence.Seen).
        self.threads: dict[object, Any] = {}
        #: The least time that those of a circle were quiet, by the circle.
        self.quietest: dict[object, float | None] = {}

    def key(self, pid: int) -> ProcessKey:
        """By what a local process' own files are known: the main process' have no host in their names."""
        info = self.launch.info
        known = self.launch.history.insides
        if (None, pid) in known or info is None or info.host is None:
            return None, pid
        return info.host, pid

    def probe(self, key: ProcessKey) -> Probe | None:
        """The last probe of a process by then."""
        if key not in self._probes:
            inside = self.launch.history.insides.get(key)
            known = inside.probes if inside is not None else []
            fitting = (probe for probe in reversed(known) if (gap(self.at, probe.at) or 0.0) >= 0)
            self._probes[key] = next(fitting, None)
        return self._probes[key]

    def probes(self, key: ProcessKey, seconds: float) -> list[Probe]:
        """The probes of a process that held at some time of the last ``seconds``, newest first."""
        inside = self.launch.history.insides.get(key)
        found = []
        for probe in reversed(inside.probes if inside is not None else []):
            if (gap(self.at, probe.at) or 0.0) < 0:
                continue
            if (gap(self.at, probe.until) or 0.0) > seconds:
                break
            found.append(probe)
        return found

    def silence(self, key: ProcessKey) -> float | None:
        """Seconds since a process was heard from inside; None where it never was."""
        inside = self.launch.history.insides.get(key)
        heard = inside.heard(self.at) if inside is not None else None
        return None if heard is None else gap(self.at, heard)

    def process(self, pid: int) -> ProcessVital | None:
        """A process as the last sample by then saw it; None where that one had no such process."""
        track = self.launch.history.processes.get(pid)
        point = track.newest(self.at) if track is not None else None
        if point is None or (gap(self.at, point.at) or 0.0) > FRESH_S:
            return None
        return point.value

    def moved(self, pid: int) -> Moved | None:
        """What a process did of late; None where two samples of it are not known."""
        if pid not in self._moved:
            self._moved[pid] = self._move(pid)
        return self._moved[pid]

    def _move(self, pid: int) -> Moved | None:
        track = self.launch.history.processes.get(pid)
        count = track.upto(self.at) if track is not None else 0
        if track is None or count < 2:
            return None
        new = track.points[count - 1]
        for old in reversed(track.points[max(0, count - 4) : count - 1]):
            seconds = gap(new.at, old.at)
            if seconds is not None and seconds >= 2 * LEAST_S:
                return Moved(*_rates(old.value, new.value, seconds))
        return None

    def burners(self, pid: int) -> list[tuple[float, int]]:
        """Threads of a process that use CPU: (share of a core, native id), the busiest first."""
        if pid not in self._burners:
            process = self.process(pid)
            found = []
            for thread in process.threads if process is not None else ():
                latest = self.window(pid, thread.native_id)
                if latest is not None and latest.cpu >= 0.1:
                    found.append((latest.cpu, thread.native_id))
            self._burners[pid] = sorted(found, reverse=True)
        return self._burners[pid]

    def passes_the_gil(self, pid: int) -> bool:
        """Whether somebody is woken so often that the GIL must be let go all the time, and taken again at once.

        Who waits while one thread keeps it wakes each 5 ms; more wakes are of its being let go. Code that does so in
        each short call can starve the sampling thread for seconds.
        """
        process = self.process(pid)
        threads = process.threads if process is not None else ()
        latest = [self.window(pid, thread.native_id) for thread in threads]
        return any(one is not None and (one.wakes or 0) >= _LET_GO * one.seconds for one in latest)

    def window(self, pid: int, native_id: int) -> Window | None:
        """The newest window of a thread by then."""
        track = self.launch.history.threads.get((pid, native_id))
        count = track.upto(self.at) if track is not None else 0
        if track is None or count < 2:
            return None
        for number in range(count - 2, max(-1, count - 5), -1):
            found = window_of(track.points[number], track.points[count - 1])
            if found is not None:
                return found
        return None

    def dump_from_outside(self, pid: int) -> Dump | None:
        """The newest look at a process that was taken from outside by then."""
        if pid not in self._outside:
            looks = (leaf.dump for leaf in leaves(self.launch) if leaf.dump.taken_by == "py-spy")
            found = (dump for dump in looks if dump.pid == pid and dump.threads and self._by_now(dump))
            self._outside[pid] = next(found, None)
        return self._outside[pid]

    def _by_now(self, dump: Dump) -> bool:
        age = gap(self.at, At(dump.ts, dump.mono))
        return age is not None and age >= -1.0

    def stack(self, pid: int, native_id: int | None) -> tuple[Dump, ThreadStack] | None:
        """A thread of a process of this machine in the newest dump by then that has it."""
        for leaf in leaves(self.launch) if native_id else ():
            dump, thread = leaf.dump, leaf.natives.get(native_id or 0)
            if thread is None or dump.pid != pid:
                continue
            if (gap(self.at, At(dump.ts, dump.mono)) or 0.0) >= -1.0:
                return dump, thread
        return None

    def quiet_s(self, pid: int, native_id: int) -> float | None:
        """For how long a thread has neither woken nor used CPU; None where nothing is known of it."""
        track = self.launch.history.threads.get((pid, native_id))
        point = track.newest(self.at) if track is not None else None
        if point is None or point.value.switches is None:
            return None
        return gap(point.at, point.quiet_from)

    def printed(self) -> bool:
        """Whether the run's output grew over the last two samples."""
        if self._printed is None:
            known = [one.output for one in self.samples()[-3:] if one.output is not None]
            self._printed = len(known) > 1 and known[-1] > known[0]
        return self._printed

    def samples(self) -> list[Sampled]:
        """The samples by then."""
        samples = self.launch.history.samples
        return samples[: upto(samples, self.at)]

    def children(self, pid: int) -> list[int]:
        """The processes that a process started and that the last sample has."""
        sampled = [one for one in self.launch.history.samples[-8:] if (gap(self.at, one.at) or 0.0) >= 0]
        if not sampled:
            return []
        found = [one for one in sorted(sampled[-1].pids) if (seen := self.process(one)) and seen.ppid == pid]
        return [one for one in found if not _is_servant(self.process(one))]

    def is_gone(self, pid: int, since: At) -> bool:
        """Whether two samples no longer have a process that an earlier one of its span's time had."""
        last = self.samples()[-2:]
        if len(last) < 2 or any(pid in one.pids or len(one.pids) >= FULL_SAMPLE for one in last):
            return self._is_zombie(pid)
        track = self.launch.history.processes.get(pid)
        if track is None or not track.points or (gap(track.points[-1].at, since) or 0.0) < 0:
            return False
        heard = self.silence(self.key(pid))
        return heard is None or heard > (gap(self.at, last[0].at) or 0.0)

    def _is_zombie(self, pid: int) -> bool:
        track = self.launch.history.processes.get(pid)
        last = track.points[-2:] if track is not None else []
        return len(last) == 2 and all(point.value.state in {"Z", "X"} for point in last)

    def node_of(self, pid: int, thread_id: int | None, native_id: int | None) -> str | None:
        """The node that a thread runs; None where it runs none."""
        table = running(self.launch)
        return table.get((pid, native_id, None)) or table.get((pid, None, thread_id))


def _rates(old: ProcessVital, new: ProcessVital, seconds: float) -> tuple[float, float]:
    cpu = (new.cpu_s - old.cpu_s) / seconds if new.cpu_s is not None and old.cpu_s is not None else 0.0
    moved = 0
    for before, after in ((old.read_bytes, new.read_bytes), (old.write_bytes, new.write_bytes)):
        if before is not None and after is not None:
            moved += max(0, after - before)
    return max(0.0, cpu), moved / seconds


_SERVANTS = (
    "multiprocessing.resource_tracker",
    "multiprocessing.semaphore_tracker",
    "multiprocessing.forkserver",
)


def _is_servant(process: ProcessVital | None) -> bool:
    command = process.command if process is not None else None
    return command is not None and any(name in command for name in _SERVANTS)


def running(launch: Launch) -> dict[Any, str]:
    """The node by thread: (pid, native id, None) and (pid, None, thread id)."""
    key = "running"
    table: dict[Any, str] | None = launch.history.memo.get(key)
    if table is None:
        table = {}
        for run in launch.runs.values():
            if run.closed and run.state != "aborted":
                continue
            for span in run.spans.values():
                if span.status in {"running", "aborted"} and span.pid is not None:
                    if span.native_id is not None:
                        table[span.pid, span.native_id, None] = span.key.node
                    if span.thread_id is not None:
                        table[span.pid, None, span.thread_id] = span.key.node
        launch.history.memo[key] = table
    return table


def scene(launch: Launch, at: At) -> Scene:
    """The launch at an instant, made once for all that ask."""
    found: Scene | None = launch.history.memo.get(at)
    if found is None:
        found = launch.history.memo[at] = Scene(launch, at)
    return found


def looks_of(probe: Probe) -> dict[int, ThreadLook]:
    """A probe's threads by their id."""
    table: dict[int, ThreadLook] | None = probe.memo.get("looks")
    if table is None:
        table = probe.memo["looks"] = {look.thread_id: look for look in probe.vital.looks}
        probe.memo["natives"] = {look.native_id: look for look in probe.vital.looks if look.native_id}
    return table


def stuck_of(probe: Probe) -> dict[int, cycles.Stuck]:
    """Who of a probe's threads can never go on."""
    found: dict[int, cycles.Stuck] | None = probe.memo.get("stuck")
    if found is None:
        found = probe.memo["stuck"] = cycles.stuck(probe.vital.looks)
    return found


def look_in(probe: Probe, thread_id: int | None, native_id: int | None) -> ThreadLook | None:
    """A thread in a probe: by the kernel's id where both know it."""
    table = looks_of(probe)
    natives: dict[int, ThreadLook] = probe.memo["natives"]
    if native_id is not None and native_id in natives:
        return natives[native_id]
    look = table.get(thread_id) if thread_id is not None else None
    return None if look is not None and native_id is not None and look.native_id is not None else look
