"""What a thread waits for: by the process' own word, by its system call and where that leads, by its frames."""

from hamtui.contract import vitals
from hamtui.contract.vitals import End
from hamtui.model.calls import FILE_LOCKS, MOVES, POLLS, SELECTS, SLEEPS, WAITS, WANTS_SOCKET
from hamtui.model.evidence import Seen
from hamtui.model.places import waits_in

_OF_PROCESSES = frozenset({vitals.POOL, vitals.CHILD, vitals.FUTURE, vitals.JOIN})


def kind_of(seen: Seen) -> str | None:
    """What it waits for: the contract's word for a wait, or ``socket``, ``pipe``, ``stdin``, ``file-lock``."""
    call = seen.call
    wait = seen.look.wait if seen.look is not None else None
    if call in FILE_LOCKS:
        return "file-lock"
    if call in WAITS:
        return vitals.CHILD
    if wait is not None:
        return vitals.CHILD if wait.pids and wait.kind in _OF_PROCESSES else wait.kind
    framed = waits_in(seen.frames, seen.own_file)
    if framed in {vitals.CHILD, vitals.LOOP}:
        return framed  # with a limit, a child is waited for by sleeping in between
    if call in SLEEPS:
        return vitals.SLEEP
    fds = seen.look.fds if seen.look is not None else []
    if call in SELECTS and not seen.ends and not fds and framed in {None, vitals.SLEEP}:
        return vitals.SLEEP
    if call in POLLS or call in MOVES:
        return (
            kind_of_ends(seen.ends) or (("socket" if call in WANTS_SOCKET else None) or _by_fd(fds)) or framed
        )
    return framed


def _by_fd(fds: list[int]) -> str | None:
    return "stdin" if fds == [0] else None


def kind_of_ends(ends: list[End]) -> str | None:
    """What most decides among several descriptors: a socket, then a pipe, then a terminal."""
    kinds = {"stdin" if end.fd == 0 or end.kind == vitals.TTY else end.kind for end in ends}
    if kinds & {vitals.TCP, vitals.UDP, vitals.UNIX}:
        return "socket"
    return "pipe" if vitals.PIPE in kinds else "stdin" if "stdin" in kinds else None


def why_unknown(seen: Seen) -> str:
    """What is missing for a verdict."""
    if not seen.windows and seen.look is None:
        return (
            "no sample of its thread and no look from inside"
            if not seen.frames
            else "only its stack is known"
        )
    if seen.call is not None and seen.call != "running":
        return f"it is in the system call {seen.call}, and nothing says what for"
    return "nothing says what it waits for"
