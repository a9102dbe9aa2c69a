"""One thread at one instant: what it does, as far as that instant's evidence goes."""

from collections.abc import Callable
from dataclasses import dataclass

from hamtui.contract import vitals
from hamtui.model import verdicts as names
from hamtui.model.calls import MOVES, POLLS, WAITS
from hamtui.model.cycles import ALONE, BEHIND, LOST, OWN_POOL, Stuck
from hamtui.model.evidence import SILENT_S, Seen, is_sampled
from hamtui.model.history import BUSY_SHARE, QUIET_SHARE, At, gap
from hamtui.model.kinds import kind_of, why_unknown
from hamtui.model.proof import is_proven, stuck
from hamtui.model.windows import Window

#: Shares of a core: at work for sure with a heart, moving at all, next to nothing.
_WORKING, MOVING, _LITTLE = 0.10, 0.05, 0.02
#: Wakes a second of a thread that asks for the GIL each 5 ms, or passes a lock on.
_GIL_WAKES = 50
#: Of one that does nothing else, by the 5 ms that it asks after.
_GIL_ASKS = 150
#: Of the time, stood ready for a CPU.
_QUEUED = 0.6
_QUEUE_WINDOWS = 4
_STARVED_CPU = 0.25
#: Bytes a second that are more than what hamtui itself reads and writes.
MUCH = 1_000_000
#: Bytes a second that a thread which does anything else with them does not come to.
_ALL_IT_DOES = 100_000_000
#: Bytes a second of one thread, which are not hamtui's: more than a few lines of output.
SOME = 30_000
#: Ticks and log records of so many seconds ago still count as a sign of work.
_GRACE_S = 10.0

#: Kinds of waits for another thread of the same process.
_THREADS = frozenset(
    {
        vitals.CONDITION,
        vitals.EVENT,
        vitals.QUEUE,
        vitals.FUTURE,
        vitals.SEMAPHORE,
        vitals.BARRIER,
        vitals.JOIN,
        vitals.POOL,
    }
)
_LOCKS = frozenset({vitals.LOCK, vitals.RLOCK})


@dataclass(frozen=True)
class Raw:
    """What an instant's evidence says. ``proven``: it can never end by itself, if the next look says so too.

    ``other`` is the thread (native id) that has the GIL; ``kids`` the processes waited for and what they do.
    """

    verdict: str
    progress: bool | None = None
    proven: bool = False
    stuck: Stuck | None = None
    other: int | None = None
    kids: tuple["Kid", ...] = ()
    why: str | None = None


@dataclass(frozen=True)
class Kid:
    """A child process: its main thread (None: not seen), and what that does."""

    pid: int
    command: str | None
    seen: Seen | None
    raw: Raw


#: Looks at the children that a thread waits for.
Children = Callable[[Seen], tuple[Kid, ...]]


def judge(seen: Seen, children: Children) -> Raw:
    """The verdict on a thread by one instant's evidence alone."""
    raw: Raw | None = seen.memo.get("raw")
    if raw is None:
        raw = seen.memo["raw"] = _stopped(seen) or _busy(seen) or _wait(seen, children)
    if raw.progress or raw.verdict == names.PAUSED or not moves(seen):
        return raw
    return Raw(**{**vars(raw), "progress": True, "proven": False})


def moves(seen: Seen) -> bool:
    """Signs of work whatever the verdict: CPU, its own bytes, ticks, log records, output while it was awake."""
    works: bool | None = seen.memo.get("works")
    if works is None:
        works = seen.memo["works"] = seen.cpu() >= MOVING or seen.bytes_s > 0
    if works:
        return True
    span = seen.span
    if span is None:
        return False
    at = seen.scene.at
    tick = span.tick
    told = [At(None, tick.mono)] if tick is not None and tick.mono is not None else []
    if told and at.mono is None and span.started_at is not None and span.started_mono is not None:
        told = [At(span.started_at + ((tick.mono if tick else None) or 0.0) - span.started_mono)]
    told += seen.scene.launch.history.logged.get((span.key.run_id, span.key.task_id, span.key.node), [])
    ages = (gap(at, one) for one in told)
    if any(age is not None and -_GRACE_S < age <= _GRACE_S for age in ages):
        return True
    return (seen.wakes() > 0 or seen.cpu() >= QUIET_SHARE) and seen.scene.printed()


def _stopped(seen: Seen) -> Raw | None:
    window = seen.window
    process = seen.scene.process(seen.pid) if is_sampled(seen) else None
    state = process.state if process is not None else None
    if state in {"T", "t"} or (window is not None and window.state in {"T", "t"}):
        return Raw(names.PAUSED, progress=False, proven=True)
    return None


def _busy(seen: Seen) -> Raw | None:
    """Verdicts of a thread that runs, or would."""
    window = seen.window
    if window is None:
        return None
    silent = (seen.silence or 0.0) >= SILENT_S and not seen.scene.passes_the_gil(seen.pid)
    has_gil = _gil_by_dump(seen) if silent else None
    if has_gil:
        return Raw(names.GIL_HELD, progress=window.cpu >= MOVING)
    # On a machine with too few CPUs a thread that asks for the GIL has to queue for them as well.
    starved = _gil_starved(seen, silent)
    if starved is not None and silent:
        return starved
    if _is_cpu_starved(seen):
        return Raw(names.CPU_STARVED, progress=True if window.cpu > 0 else None)
    if silent and has_gil is None and window.cpu >= (_WORKING if _burns_alone(seen) else BUSY_SHARE):
        return Raw(names.GIL_HELD, progress=True)
    if starved is not None:
        return starved
    if window.cpu >= BUSY_SHARE or (window.cpu >= _WORKING and not silent):
        return Raw(_running(seen), progress=True)
    if _does_io(seen):
        return Raw(names.IO, progress=True)
    return None


def _burns_alone(seen: Seen) -> bool:
    return [native_id for _, native_id in seen.scene.burners(seen.pid)] == [seen.native_id]


def _is_cpu_starved(seen: Seen) -> bool:
    last = seen.windows[-2:]
    if len(last) < 2 or any(one.cpu >= _STARVED_CPU for one in last):
        return False
    if any(one.queued is None for one in last):
        return all(one.state == "R" for one in seen.windows[-3:])
    # The kernel counts the time in the queue only once it is over, all of it at once: until then there is none.
    if all((one.queued or 0.0) >= _QUEUED or _stands_ready(one) for one in last):
        return True
    longer = seen.windows[-_QUEUE_WINDOWS:]
    queued = sum((one.queued or 0.0) * one.seconds for one in longer)
    return all(one.state == "R" for one in last) and queued >= _QUEUED * sum(one.seconds for one in longer)


def _stands_ready(window: Window) -> bool:
    return window.state == "R" and window.cpu < _LITTLE and not window.wakes


def _gil_by_dump(seen: Seen) -> bool | None:
    """Whether a look from outside, since the heart fell silent, found the GIL with this thread; None: no look."""
    newest = seen.scene.dump_from_outside(seen.pid)
    age = gap(seen.scene.at, At(newest.ts, newest.mono)) if newest is not None else None
    if newest is None or age is None or age > (seen.silence or 0.0):
        return None
    holders = [one for one in newest.threads if one.gil]
    if not holders:
        return None
    return any(
        one.native_id == seen.native_id
        if one.native_id and seen.native_id
        else one.thread_id == seen.thread_id
        for one in holders
    )


def _gil_starved(seen: Seen, silent: bool) -> Raw | None:
    window = seen.window
    if window is None or window.cpu >= _WORKING or seen.bytes_s >= MUCH:
        return None  # it gets the GIL often enough, whatever else it could do with more
    burner = next((tid for _, tid in seen.scene.burners(seen.pid) if tid != seen.native_id), None)
    asks = (window.wakes or 0) / window.seconds >= (
        _GIL_WAKES / 2 if silent else _GIL_WAKES
    ) and seen.call in {None, "futex", "running"}
    wants = [look.gil == "wants" for look in seen.looks]
    if seen.looks and 2 * sum(look.wait is not None for look in seen.looks) > len(seen.looks):
        asks = False  # it wakes for what it waits for, which others pass on
    calls = [one.call for one in seen.trail if one.call is not None]
    if 4 * sum(call in MOVES or call in POLLS for call in calls) > len(calls):
        asks = False  # it has the GIL often enough to come to wait for something else
    always = bool(wants) and all(wants) and (silent or burner is not None)
    sure = any(wants) or (window.wakes or 0) >= _GIL_ASKS * window.seconds
    taken = silent or burner is not None or (sure and _others_burn(seen, window))
    if not ((asks and taken) or (always and window.wakes != 0)):
        return None
    if window.cpu >= MOVING:
        return Raw(names.GIL_STARVED, progress=True, other=burner)
    return Raw(names.GIL_STARVED, progress=None if window.cpu > QUIET_SHARE else False, other=burner)


def _others_burn(seen: Seen, window: Window) -> bool:
    """Whether the process' other threads keep a core busy together, none of them alone."""
    moved = seen.scene.moved(seen.pid)
    return moved is not None and moved.cpu - window.cpu >= BUSY_SHARE


def _running(seen: Seen) -> str:
    calls = [look.call for look in seen.looks] + [one.call for one in seen.trail]
    known = [call for call in calls if call is not None]
    moved = seen.scene.moved(seen.pid)
    much = (moved is not None and moved.bytes_s >= MUCH) or seen.bytes_s >= MUCH
    if much and 2 * sum(call in MOVES for call in known) > len(known):
        return names.IO
    if seen.bytes_s >= MUCH and seen.cpu() < BUSY_SHARE:
        return names.IO  # what little CPU it uses goes into moving them
    if seen.is_child and not seen.looks and seen.silence is None:
        return names.NATIVE if not _is_python(seen) else names.PYTHON
    free = [look.gil == "free" for look in seen.looks if look.gil is not None]
    if free and 2 * sum(free) > len(free):
        return names.NATIVE
    return names.IO if seen.bytes_s >= _ALL_IT_DOES else names.PYTHON


def _is_python(seen: Seen) -> bool:
    process = seen.scene.process(seen.pid)
    return process is not None and "python" in f"{process.name} {process.command}".lower()


def _does_io(seen: Seen) -> bool:
    """Whether its reads and writes complete: it wakes and is found in them again, or its process moves much."""
    calls = [one.call for one in seen.trail if one.call is not None] + [
        look.call for look in seen.looks if look.call
    ]
    if seen.bytes_s >= SOME:
        return True
    moving = bool(calls) and 2 * sum(call in MOVES for call in calls) >= len(calls)
    moved = seen.scene.moved(seen.pid)
    if moving and seen.keeps_waking:
        return True
    if moved is None or moved.bytes_s < MUCH or not seen.wakes():
        return False
    return moving or any(one.state == "D" for one in seen.trail)


def _wait(seen: Seen, children: Children) -> Raw:
    window = seen.window
    if window is not None and len(seen.windows) >= 2:
        last = seen.windows[-2:]
        if all(one.state == "D" and not one.wakes and one.cpu < _LITTLE for one in last):
            return Raw(names.DISK, progress=False)
    kind = kind_of(seen)
    if kind is None:
        return Raw(names.UNKNOWN, why=why_unknown(seen))
    found = stuck(seen)
    if found is not None and found.how in {LOST, OWN_POOL}:
        return Raw(names.DEADLOCKED, progress=False, proven=is_proven(seen, found), stuck=found)
    if kind == vitals.CHILD:
        kids = children(seen)
        if kids or seen.call in WAITS or (seen.look is not None and seen.look.wait is not None):
            return _child(kids)
        kind = vitals.POOL
    calm = _calm(seen)
    if kind == vitals.LOOP:
        kids = children(seen)
        idle = calm and not any(kid.raw.progress for kid in kids)
        return Raw(names.LOOP, progress=False if idle else None, kids=kids)
    if kind == vitals.SLEEP:
        polls = is_polling(seen)
        told = None if polls or calm is None else False
        return Raw(names.POLLING if polls else names.SLEEPING, progress=told)
    return _THREADLIKE.get(kind, _plain)(seen, kind, calm)


def _calm(seen: Seen) -> bool | None:
    """False where it woke in the last windows (progress may be), None where no window tells."""
    return None if not seen.windows else seen.wakes() == 0


def is_polling(seen: Seen) -> bool:
    """Whether it wakes now and then, and that in several windows of the last seconds."""
    if seen.waking >= 2:
        return True
    longer = [one for one in seen.windows if (gap(seen.scene.at, one.at) or 0.0) < 14.0]
    return seen.waking >= 1 and sum(1 for one in longer if one.wakes) >= 3


def _locked(seen: Seen, kind: str, calm: bool | None) -> Raw:
    return _thread_wait(seen, names.LOCK, calm) if not _is_timed_out(seen) else _poll(kind)


def _conditioned(seen: Seen, kind: str, calm: bool | None) -> Raw:
    return _thread_wait(seen, names.CONDITION, calm) if not _is_timed_out(seen) else _poll(kind)


def _poll(kind: str) -> Raw:
    return Raw(names.POLLING, progress=None, why=kind)


def _is_timed_out(seen: Seen) -> bool:
    """Whether its waits have a limit, and end by it again and again."""
    timed = seen.look.timed if seen.look is not None else None
    return timed is not False and is_polling(seen) and (timed is True or seen.look is None)


def _thread_wait(seen: Seen, verdict: str, calm: bool | None) -> Raw:
    """A wait for another thread: ``proven`` where that can never act, and nobody concerned woke over two windows."""
    progress = None if calm is None else not calm
    found = stuck(seen)
    if found is None:
        return Raw(verdict, progress)
    proven = is_proven(seen, found)
    return Raw(verdict if found.how in {BEHIND, ALONE} else names.DEADLOCKED, progress, proven, found)


def _plain(seen: Seen, kind: str, calm: bool | None) -> Raw:
    """A wait for something that no thread of this process decides."""
    verdict = _PLAIN.get(kind, names.UNKNOWN)
    timed = seen.look.timed if seen.look is not None else None
    if verdict == names.UNKNOWN:
        return Raw(verdict, why=why_unknown(seen))
    if seen.keeps_waking and verdict != names.FILE_LOCK:
        tries = timed is True and seen.call not in MOVES
        return Raw(names.POLLING if tries else names.IO, progress=None if tries else True)
    held = verdict == names.FILE_LOCK and calm is True and _is_held_by_stopped(seen)
    return Raw(verdict, progress=False if calm else None, proven=held)


def _is_held_by_stopped(seen: Seen) -> bool:
    """Whether a file's lock is held by processes of this run that are all stopped."""
    parties = seen.ends[0].parties if seen.ends else []
    holders = [seen.scene.process(one.pid) for one in parties]
    return bool(holders) and all(one is not None and one.state in {"T", "t"} for one in holders)


_PLAIN = {
    "socket": names.SOCKET,
    "pipe": names.PIPE,
    "stdin": names.STDIN,
    "file-lock": names.FILE_LOCK,
}
_THREADLIKE: dict[str, Callable[[Seen, str, bool | None], Raw]] = {
    **dict.fromkeys(_THREADS, _conditioned),
    **dict.fromkeys(_LOCKS, _locked),
}


def _child(kids: tuple[Kid, ...]) -> Raw:
    """As the children go, so goes the node."""
    told = [kid.raw.progress for kid in kids]
    progress = True if True in told else False if kids and None not in told else None
    proven = bool(kids) and all(kid.raw.proven for kid in kids)
    return Raw(names.CHILD, progress, proven and not progress, kids=kids)
