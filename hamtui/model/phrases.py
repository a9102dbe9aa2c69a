"""Words and half-sentences that verdicts are told in."""

from collections.abc import Sequence

from hamtui.contract import vitals
from hamtui.contract.stacks import Frame
from hamtui.contract.vitals import End, ThreadLook
from hamtui.model import verdicts as names
from hamtui.model.evidence import Seen
from hamtui.model.frames import first_own
from hamtui.model.history import QUIET_SHARE, gap
from hamtui.model.places import base_name
from hamtui.model.text import duration

NOUNS = {
    vitals.LOCK: "a lock",
    vitals.RLOCK: "a lock",
    vitals.CONDITION: "a condition",
    vitals.EVENT: "an event",
    vitals.QUEUE: "a queue",
    vitals.FUTURE: "a future",
    vitals.SEMAPHORE: "a semaphore",
    vitals.BARRIER: "a barrier",
    vitals.JOIN: "a thread to end",
    vitals.POOL: "a pool",
    vitals.CHILD: "a process",
    vitals.LOOP: "its event loop",
    vitals.SLEEP: "a sleep",
}
#: What somebody else does, after "which".
DOES = {
    names.PYTHON: "runs",
    names.NATIVE: "runs native code",
    names.IO: "reads and writes",
    names.GIL_HELD: "holds the GIL",
    names.GIL_STARVED: "wants the GIL",
    names.CPU_STARVED: "gets no CPU",
    names.SLEEPING: "sleeps",
    names.POLLING: "polls",
    names.LOCK: "waits for a lock",
    names.DEADLOCKED: "is deadlocked",
    names.CONDITION: "waits for another thread",
    names.SOCKET: "waits for a socket",
    names.PIPE: "waits for a pipe",
    names.STDIN: "waits for standard input",
    names.FILE_LOCK: "waits for a file's lock",
    names.DISK: "waits for a disk",
    names.CHILD: "waits for a child",
    names.LOOP: "idles in its event loop",
    names.PAUSED: "is stopped",
    names.DEAD: "has ended",
}


#: What the command line of a run's process has, which its forks keep.
_OURS = " --spec-fd"


def frame_of(frames: Sequence[Frame], own_file: str | None) -> Frame | None:
    """The innermost frame of the user's own, else the innermost of all."""
    number = first_own(frames, own_file)
    return frames[number or 0] if frames else None


def spot(frame: Frame | None) -> str:
    """`` at risk.py:88``."""
    return f" at {base_name(frame.file)}:{frame.line}" if frame is not None else ""


def place(seen: Seen) -> str:
    """Where a thread stands, as ``spot``."""
    return spot(frame_of(seen.frames, seen.own_file))


def thread_name(seen: Seen, look: ThreadLook | None) -> str:
    """A thread's name, by the look at it or an earlier dump, else its number."""
    if look is not None and look.name:
        return look.name
    if seen.stack is not None and seen.stack[1].name:
        return seen.stack[1].name
    return f"thread {seen.native_id or seen.thread_id or '?'}"


def idle(seen: Seen) -> str:
    """``, no CPU and no wake for 12s``, or what little there was."""
    if not seen.windows:
        return ""
    if seen.quiet_s >= 1:
        return f", no CPU and no wake for {duration(seen.quiet_s)}"
    return f", {share(seen)} and {wakes(seen)}"


def share(seen: Seen) -> str:
    """How much of a core it used in the last windows."""
    cpu = seen.cpu()
    return f"{max(0.0, cpu) * 100:.0f} % of a core" if cpu >= QUIET_SHARE else "no CPU"


def wakes(seen: Seen) -> str:
    """How often it woke in the last seconds."""
    count = sum(one.wakes or 0 for one in seen.trail)
    whole = sum(one.seconds for one in seen.trail)
    times = "once" if count == 1 else f"{count} times"
    return f"woke {times} in {duration(whole)}" if count else f"no wake in {duration(whole)}"


def burns(seen: Seen) -> str:
    """``, 99 % of a core for 8.0s``."""
    track = seen.scene.launch.history.threads.get((seen.pid, seen.native_id or 0))
    point = track.newest(seen.scene.at) if track is not None else None
    long = gap(point.at, point.busy_from) if point is not None else None
    since = f" for {duration(long)}" if long is not None and long >= 1 else ""
    return f", {share(seen)}{since}" if seen.windows else ""


def process(seen: Seen, pid: int, command: str | None) -> str:
    """A process and its command; the run's own ones, whose command is ours, by what they are in it."""
    launch = seen.scene.launch
    if launch.info is not None and launch.info.pid == pid:
        return f"the run (process {pid})"
    if command is not None and _OURS in command and pid not in launch.history.processes:
        return f"another run (process {pid})"
    return child(pid, command)


def child(pid: int, command: str | None) -> str:
    """A process of this run and its command."""
    if command is not None and _OURS in command:
        return f"worker process {pid}"
    return f"process {pid} ({command})" if command else f"process {pid}"


def parties(seen: Seen, end: End) -> str:
    """The processes at the other end, this thread's own last: it may hold both ends."""
    own = any(one.pid == seen.pid for one in end.parties)
    others = [process(seen, one.pid, one.command) for one in end.parties[:3] if one.pid != seen.pid]
    return ", ".join([*others, *(["this same process"] if own else [])])


def beyond(end: End, who: str) -> str | None:
    """Who has the other end of a socket or pipe (``who``), or why nobody acts on it; None where that is not known."""
    if end.closed and not end.parties:
        return "whose other end nobody has open"
    if end.kind == vitals.PIPE and end.detail:
        return end.detail
    if end.detail:
        return f"{end.detail} by {who}" if who else end.detail
    if not who:
        return None
    has = f"{who} has" if who == "this same process" else f"has {who}"
    return f"whose other end {has}"


def holds(end: End, who: str) -> str | None:  # noqa: ARG001 - one signature for all
    """Who holds a file's lock."""
    return f"held by {who}" if who else None


def beside(end: End, who: str) -> str | None:  # noqa: ARG001
    """Who has the same terminal or standard input."""
    return f"with {who}" if who else None


def target(end: End) -> str:
    """What a descriptor leads to, as short as it can be said."""
    if end.peer:
        return end.peer
    if end.path:
        return base_name(end.path)
    return f"connections on {end.local}" if end.local else f"descriptor {end.fd}"
