"""One thread in the course of a probe, and what follows from several of them."""

from dataclasses import dataclass, field

from hamtui.contract import vitals
from hamtui.contract.vitals import Holder
from hamtui.recorder import loops
from hamtui.recorder.dumps import Row
from hamtui.recorder.kernel import Call, gil_range
from hamtui.recorder.pools import Pools, ThreadPool
from hamtui.recorder.waits import Found

#: What only another thread of this process can end.
_AMONG_THREADS = frozenset(
    {
        vitals.LOCK,
        vitals.RLOCK,
        vitals.CONDITION,
        vitals.EVENT,
        vitals.QUEUE,
        vitals.FUTURE,
        vitals.SEMAPHORE,
        vitals.BARRIER,
        vitals.JOIN,
    }
)
#: Waits that one other thread ends, by what it does anyway.
_IN_LINE = frozenset({vitals.LOCK, vitals.RLOCK, vitals.JOIN, vitals.FUTURE})
#: A stack's codes and instructions.
Mark = tuple[tuple[int, int], ...]


@dataclass
class Seen:
    """One thread in the course of a probe."""

    ident: int
    native_id: int | None
    name: str | None
    call: Call | None = None
    switches: int | None = None
    mark: Mark = ()
    rows: list[Row] = field(default_factory=list)
    found: Found | None = None
    driver: bool = False
    gil: list[str] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)
    tasks: list[loops.Told] = field(default_factory=list)
    alone: bool = False

    @property
    def inert(self) -> bool:
        """Whether it can only be woken by another thread of this process."""
        found = self.found
        return found is not None and found.sure and found.timed is False and found.kind in _AMONG_THREADS

    @property
    def in_line(self) -> bool:
        """Whether it does nothing before the one that it waits for has done something."""
        return self.inert and self.found is not None and self.found.kind in _IN_LINE

    def waits_for(self) -> list[int]:
        """The threads that it waits for."""
        threads = self.found.threads if self.found is not None else []
        return [*(holder.thread_id for holder in self.holders), *threads]

    def look_at_gil(self, call: Call | None, *, runs: bool) -> None:
        """Note whether it runs without the GIL, or wants it, at a moment in which we have it."""
        wants = call is not None and call.futex in gil_range()
        self.gil.append("free" if runs else "wants" if wants else "")

    def gil_word(self) -> str | None:
        """What most of the looks say that say anything."""
        said = [word for word in self.gil if word]
        word = max(set(said), key=said.count, default="")
        return word if word and said.count(word) * 2 > len(said) else None


def of_pool(found: Found, pools: Pools, threads: dict[int, Seen]) -> None:
    """Whose work a future is, and whether all those wait for work of the same pool that nobody is left to do."""
    pool = pools.of_future(found.id)
    if pool is not None:
        found.threads = list(pool.workers)
        waits = [threads[worker].found for worker in pool.workers if worker in threads]
        # Who waits for some of its work with a limit may cancel the rest when that is over.
        limited = any(one.found is not None and _is_of(pool, pools, one.found) for one in threads.values())
        found.own_pool = (
            pool.full
            and not limited
            and found.sure
            and len(waits) == len(pool.workers)
            and all(
                one is not None
                and one.kind == vitals.FUTURE
                and one.sure
                and not pool.queued.get(one.id, True)
                for one in waits
            )
        )
    elif found.id in pools.running:
        found.threads = [pools.running[found.id]]
    elif found.id in pools.elsewhere:
        found.kind, found.pids = vitals.POOL, pools.elsewhere[found.id]


def _is_of(pool: ThreadPool, pools: Pools, found: Found) -> bool:
    """Whether it waits with a time limit for work of this pool."""
    mine = found.id in pool.queued or pools.running.get(found.id) in pool.workers
    return found.kind == vitals.FUTURE and found.timed is not False and mine
