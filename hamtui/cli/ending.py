"""Ending a run by the stop ladder, for ``stop`` and for a signal to the foreground."""

import contextlib
import os
import pwd
from collections.abc import Iterator

from hamtui.cli import look
from hamtui.cli.look import Look
from hamtui.contract import identity, logs
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.owner import stranger
from hamtui.follow.ask import ask, audit
from hamtui.follow.launches import LaunchRef
from hamtui.model.text import signal_name
from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import ladder
from hamtui.supervise.ladder import Target, Wait

STUCK = "process {pid} is still there: the kernel does not let it go"


def asker(command: str) -> str:
    """Who asks: ``hamtui stop (me, pid 4711)``."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return f"hamtui {command} ({user}, pid {os.getpid()})"


def target_of(info: LaunchInfo | None) -> Target | None:
    """The run's processes. Its main process may be gone already; the start then comes from launch.json."""
    if info is None or info.pid is None:
        return None
    main = _main_of(info.pid, info)
    if main is None:
        return None
    _, below = procs.tree(info.pid) if procs.is_there(main) else ([], [])
    return Target(main, tuple(known for known in below if known.pid != info.pid))


def _main_of(pid: int, info: LaunchInfo) -> Known | None:
    if info.process_start is None:
        return None
    told = info.process_start
    if procs.LINUX:
        if info.boot_time is None:
            return None
        told -= info.boot_time
    found = procs.stat(pid)
    if found is not None and abs(found.start - told) < (0.05 if procs.LINUX else 2.0):
        return Known(pid, found.start)
    return Known(pid, told - 0.05)


def end(ref: LaunchRef, target: Target, by: str, wait: Wait | None = None) -> Iterator[str]:
    """Note who asked, then climb down, a sentence for each signal sent. What came of it is noted too."""
    with contextlib.suppress(OSError):
        ask(ref, logs.STOP, by)
    sent = ""
    try:
        for number in ladder.stop(target, wait):
            sent = signal_name(number)
            yield f"sent {sent} to process {target.main.pid} and its group"
    finally:
        outcome = "still there" if target.main_is_there() else f"ended by {sent}" if sent else "over already"
        audit(ref, logs.STOP, by, pid=target.main.pid, outcome=outcome)


def climb(ref: LaunchRef, by: str) -> Iterator[str]:
    """End the launch that is shown on a screen: a sentence a step."""
    seen = look.at(ref)
    target = ending_target(seen)
    if target is None:
        yield why_not(seen)
        return
    yield from end(ref, target, by)
    if target.main_is_there():
        yield STUCK.format(pid=target.main.pid)
    elif seen.fact.supervisor_alive is not True:
        ladder.clear(target)


def ending_target(seen: Look) -> Target | None:
    """The processes of a launch that is known to be alive; None where that is not so, or can't be told."""
    if not seen.fact.alive or _is_anothers(seen):
        return None
    return target_of(seen.launch.info)


def _is_anothers(seen: Look) -> bool:
    """Whether the process that launch.json names is not of the user who could write that: he could name any."""
    info = seen.launch.info
    if info is None or info.pid is None or stranger(seen.ref.dir) is None:
        return False
    try:
        return procs.user(info.pid) != os.stat(seen.ref.dir).st_uid
    except OSError:
        return True


def why_not(seen: Look) -> str:
    """Why a launch can't be ended from here, in a sentence."""
    info = seen.launch.info
    if seen.over:
        return "it is already over"
    if info is None or info.pid is None:
        return f"{seen.ref.dir} does not say which process runs it, so it can't be stopped from here"
    if info.host is not None and info.host != identity.host():
        return f"it runs on {info.host} (process {info.pid}); stop it there"
    if seen.fact.alive and _is_anothers(seen):
        return f"process {info.pid} is not of {stranger(seen.ref.dir)}, who wrote that it is the run's"
    return f"whether process {info.pid} is still the one that was launched can't be told from here"
