"""Who waits for whom in one probe, and who can never go on.

Only waits that are *sure* count: the kernel says that the thread sleeps on that very object with no time
limit, and nothing but the thread at the other end can end it. Such a wait has one thread at its other end, so
that following it leads to a circle, to a wait that ends for nobody, or to a thread that may go on.
"""

from dataclasses import dataclass

from hamtui.contract.vitals import FUTURE, JOIN, LOCK, RLOCK, Holder, ThreadLook, Wait

#: How far a chain of waiting is followed.
MAX_LINKS = 10

#: What ``Wait.detail`` says of a future whose job a thread is at.
RUNNING = "running"

CIRCLE, OWN_POOL, LOST, ALONE, BEHIND = "circle", "own-pool", "lost", "alone", "behind"


@dataclass(frozen=True)
class Stuck:
    """Why a thread can never go on.

    ``how``: it is on a ``circle``, its pool waits for itself, the worker with its job was ``lost``, it is
    ``alone``, or it stands ``behind`` a thread of which one of these holds. ``threads``: all whose standing still
    this rests on, its own first. ``signature`` is equal in two looks that found the same. ``root``: what holds of
    the thread at the end of the queue.
    """

    how: str
    threads: tuple[int, ...]
    signature: tuple[object, ...]
    root: str


def sure_holder(wait: Wait) -> Holder | None:
    """The one thread that surely holds what is waited for; None where none is sure, or several are said to."""
    sure = [holder for holder in wait.holders if holder.sure]
    return sure[0] if len(sure) == 1 and len(wait.holders) == 1 else None


def next_thread(look: ThreadLook) -> int | None:
    """The thread that this one most likely waits for, sure or not."""
    wait = look.wait
    if wait is None:
        return None
    holders = sorted(wait.holders, key=lambda holder: not holder.sure)
    if holders:
        return holders[0].thread_id
    return wait.threads[0] if len(wait.threads) == 1 else None


def _is_sure(look: ThreadLook) -> bool:
    return look.wait is not None and look.wait.sure and not look.timed


def _target(look: ThreadLook) -> int | None:
    """The only thread that can end this wait, where that is sure."""
    wait = look.wait
    if wait is None or not _is_sure(look):
        return None
    if wait.kind in {LOCK, RLOCK}:
        holder = sure_holder(wait)
        return None if holder is None else holder.thread_id
    ends_it = wait.kind == JOIN or (wait.kind == FUTURE and wait.detail == RUNNING)
    return wait.threads[0] if ends_it and len(wait.threads) == 1 else None


def _ends_nowhere(look: ThreadLook) -> str | None:
    wait = look.wait
    if wait is None or not _is_sure(look):
        return None
    if wait.own_pool or wait.lost:
        return OWN_POOL if wait.own_pool else LOST
    # Where it is known who would have to act, the circle that it is in says more than that nobody is left.
    return ALONE if wait.alone and _target(look) is None else None


def _kind(look: ThreadLook) -> str | None:
    return look.wait.kind if look.wait is not None else None


def _mark(look: ThreadLook) -> tuple[object, ...]:
    wait = look.wait
    return (look.thread_id,) if wait is None else (look.thread_id, wait.kind, wait.id, wait.name)


def _stop(look: ThreadLook, how: str) -> Stuck:
    members = [look.thread_id]
    if how == OWN_POOL and look.wait is not None:
        members += [thread for thread in look.wait.threads if thread != look.thread_id]
    return Stuck(how, tuple(members), (how, _mark(look), tuple(sorted(members))), how)


def stuck(looks: list[ThreadLook]) -> dict[int, Stuck]:
    """Each thread of a probe that can never go on, and why. Costs the same a thread, however they wait."""
    table = {look.thread_id: look for look in looks}
    found: dict[int, Stuck] = {}
    free: set[int] = set()
    for start in table:
        path: list[int] = []
        at: int | None = start
        while at is not None and at in table and at not in found and at not in free:
            if at in path:
                break
            how = _ends_nowhere(table[at])
            if how is not None:
                found[at] = _stop(table[at], how)
                break
            path.append(at)
            at = _target(table[at])
        _judge(table, path, at, found, free)
    return found


def _judge(
    table: dict[int, ThreadLook], path: list[int], at: int | None, found: dict[int, Stuck], free: set[int]
) -> None:
    """What the end of a path of waiting means for those on it."""
    if at is not None and at in path:
        circle = path[path.index(at) :]
        marks = tuple(sorted((_mark(table[one]) for one in circle), key=repr))
        for number, one in enumerate(circle):
            members = (*circle[number:], *circle[:number])
            found[one] = Stuck(CIRCLE, members, (CIRCLE, marks), CIRCLE)
        path = path[: path.index(at)]
    elif at is None or at not in found:
        free.update(path)
        return
    for one in reversed(path):
        target = _target(table[one])
        ahead = found[target] if target is not None else None
        if ahead is None:
            free.add(one)
            continue
        members = (one, *(thread for thread in ahead.threads if thread != one))
        how = OWN_POOL if ahead.how == OWN_POOL and _kind(table[one]) == FUTURE else BEHIND
        found[one] = Stuck(how, members, (how, _mark(table[one]), ahead.signature), ahead.root)


def chain(looks: dict[int, ThreadLook], first: int) -> list[ThreadLook]:
    """A thread and those that it waits for, one after the other, until one is met again: at most MAX_LINKS."""
    found: list[ThreadLook] = []
    at: int | None = first
    seen: set[int] = set()
    while at is not None and at in looks and at not in seen and len(found) < MAX_LINKS:
        seen.add(at)
        found.append(looks[at])
        at = next_thread(looks[at])
    return found
