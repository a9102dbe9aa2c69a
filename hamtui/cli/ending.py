"""Ending a run by the stop ladder, for ``stop`` and for a signal to the foreground."""

import contextlib
import os
import pwd
from collections.abc import Callable

from hamtui.cli.words import signal_name
from hamtui.contract import logs
from hamtui.contract.launch import LaunchInfo
from hamtui.follow.ask import ask
from hamtui.follow.launches import LaunchRef
from hamtui.supervise import ladder, procs
from hamtui.supervise.ladder import Target, Wait
from hamtui.supervise.procs import Known

Say = Callable[[str], None]


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


def end(ref: LaunchRef, target: Target, by: str, say: Say, wait: Wait | None = None) -> bool:
    """Note who asked, then climb down; whether the run's main process is gone."""
    with contextlib.suppress(OSError):
        ask(ref, logs.STOP, by)
    for number in ladder.stop(target, wait):
        say(f"sent {signal_name(number)} to process {target.main.pid} and its group")
    return not target.main_is_there()
