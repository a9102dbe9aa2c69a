"""Which threads are worth a close look: those of late spans, those that they wait for, and silent processes'."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from hamtui.contract.vitals import BEAT, PROBE, ThreadLook, ThreadVital, Vital

#: Beats with neither a probe nor word of one, after which a process has nothing late any more.
_QUIET_BEATS = 3
#: Threads that one process' probe makes interesting.
_MOST = 64


@dataclass(frozen=True)
class Told:
    """What a process told of its own thread: the call that it was in, and the descriptors that it waits on."""

    call: str | None = None
    fds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Interest:
    """``threads`` by native id; ``silent``: processes that do not beat. False where there is none."""

    threads: Mapping[int, Told] = field(default_factory=dict)
    silent: Collection[int] = ()

    def __bool__(self) -> bool:
        return bool(self.threads or self.silent)

    def wants(self, pid: int, thread: ThreadVital, *, below_late: bool) -> bool:
        """Whether a thread of process ``pid`` is worth a close look; ``below_late``: its parent has late threads."""
        main = thread.native_id == pid
        if thread.native_id in self.threads or (main and below_late):
            return True
        return pid in self.silent and (main or thread.state == "R")


NOTHING = Interest()


@dataclass
class _Heard:
    threads: dict[int, Told]
    late: frozenset[int]
    quiet: int = 0


class Interests:
    """What the probes from inside say is late, by process."""

    def __init__(self) -> None:
        self._heard: dict[int, _Heard] = {}
        self.newly_late = 0

    def hear(self, pid: int, vital: Vital) -> None:
        """Take in a beat or a probe of process ``pid``. ``newly_late`` counts threads that became late by it."""
        if vital.kind == PROBE:
            late = frozenset(
                look.native_id for look in vital.looks[: max(0, vital.late)] if look.native_id is not None
            )
            before = self._heard.get(pid)
            self.newly_late += len(late - before.late if before is not None else late)
            self._heard[pid] = _Heard(interesting(vital.looks, vital.late), late)
        elif vital.kind == BEAT and pid in self._heard:
            heard = self._heard[pid]
            heard.quiet = 0 if vital.still is not None else heard.quiet + 1
            if heard.quiet > _QUIET_BEATS:
                del self._heard[pid]

    def forget(self, pids: Iterable[int]) -> None:
        """Processes that are gone."""
        for pid in pids:
            self._heard.pop(pid, None)

    def pids(self) -> list[int]:
        """The processes that have something late."""
        return [pid for pid, heard in self._heard.items() if heard.late]

    def now(self, silent: Collection[int] = (), also: Iterable[int] = ()) -> Interest:
        """What is of interest at the moment; ``also`` native ids that are known otherwise."""
        threads = dict.fromkeys(also, Told())
        for heard in self._heard.values():
            threads.update(heard.threads)
        return Interest(threads, frozenset(silent))


def interesting(looks: list[ThreadLook], late: int) -> dict[int, Told]:
    """The threads of the first ``late`` looks, and those that they wait for, and so on; what each told of itself."""
    by_thread = {look.thread_id: look for look in looks}
    queue, found = list(looks[: max(0, late)]), dict[int, Told]()
    seen: set[int] = set()
    while queue and len(found) < _MOST:
        look = queue.pop(0)
        if look.thread_id in seen:
            continue
        seen.add(look.thread_id)
        if look.native_id is not None:
            found[look.native_id] = Told(look.call, tuple(look.fds))
        if look.wait is not None:
            needed = [holder.thread_id for holder in look.wait.holders] + look.wait.threads
            queue += [by_thread[one] for one in needed if one in by_thread]
    return found
