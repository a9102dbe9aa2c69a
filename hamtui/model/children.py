"""What the processes do that a thread waits for."""

from dataclasses import replace
from functools import partial

from hamtui.model import verdicts as names
from hamtui.model.evidence import Seen
from hamtui.model.history import gap
from hamtui.model.judging import MOVING, Kid, Raw, judge
from hamtui.model.scene import Scene, running
from hamtui.model.windows import MAX_WINDOWS, windows_of

#: Children of children are followed so deep, so many of each.
MAX_DEPTH = 3
MAX_KIDS = 16
_WAITS = frozenset({names.UNKNOWN, names.PIPE, names.SOCKET, names.CONDITION, names.LOCK, names.SLEEPING})


def children_of(seen: Seen, depth: int = MAX_DEPTH) -> tuple[Kid, ...]:
    """The processes that a thread waits for (all of its process' children, where it does not say which)."""
    wait = seen.look.wait if seen.look is not None else None
    pids = list(wait.pids) if wait is not None and wait.pids else seen.scene.children(seen.pid)
    return tuple(kid_of(seen.scene, pid, depth) for pid in pids[:MAX_KIDS] if pid != seen.pid)


def kid_of(scene: Scene, pid: int, depth: int = MAX_DEPTH) -> Kid:
    """One child, and what it does."""
    process = scene.process(pid)
    if process is None:
        return Kid(pid, None, None, Raw(names.UNKNOWN, why="no sample has it"))
    command = process.command or process.name
    if process.state in {"Z", "X"}:
        return Kid(pid, command, None, Raw(names.DEAD, progress=False))
    seen = thread_of(scene, pid)
    further = partial(children_of, depth=depth - 1) if depth > 1 else _none
    return Kid(pid, command, seen, _as_a_whole(seen, judge(seen, further), depth))


def _none(seen: Seen) -> tuple[Kid, ...]:  # noqa: ARG001 - stands for children_of
    return ()


def thread_of(scene: Scene, pid: int) -> Seen:
    """The thread of a process that decides: the one that runs a node, else the main one."""
    busy = [key[1] for key in running(scene.launch) if key[0] == pid and key[1] is not None]
    native_id = busy[0] if len(busy) == 1 else pid
    return bystander(scene, pid, native_id)


def bystander(scene: Scene, pid: int, native_id: int | None, thread_id: int | None = None) -> Seen:
    """A thread that is looked at for another's sake."""
    track = scene.launch.history.threads.get((pid, native_id)) if native_id is not None else None
    windows = [one for one in windows_of(track, None) if (gap(scene.at, one.at) or 0.0) >= 0]
    stack = scene.stack(pid, native_id)
    return Seen(
        scene, scene.key(pid), thread_id, native_id, windows[-MAX_WINDOWS:], None, stack, is_child=True
    )


def _as_a_whole(seen: Seen, raw: Raw, depth: int) -> Raw:
    """The verdict on a process by its main thread, with what all its threads and its own children do."""
    if raw.progress or raw.verdict == names.PAUSED:
        return raw
    moved = seen.scene.moved(seen.pid)
    quiet = seen.silence is None  # nothing of ours runs in it, so that every byte is its own
    if moved is not None and (moved.cpu >= MOVING or (quiet and moved.bytes_s > 0)):
        verdict = raw.verdict
        if verdict in _WAITS:
            verdict = names.NATIVE if moved.cpu >= MOVING else names.IO
        return replace(raw, verdict=verdict, progress=True, proven=False)
    if raw.verdict in _WAITS and depth > 1:
        told = [kid_of(seen.scene, pid, depth - 1).raw.progress for pid in seen.scene.children(seen.pid)]
        if any(told):
            return replace(raw, progress=True, proven=False)
    if raw.progress is None and raw.verdict == names.UNKNOWN and moved is not None and seen.windows:
        return replace(raw, progress=None if seen.wakes() else False)
    return raw
