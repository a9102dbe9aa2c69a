"""What must be in place before something goes wrong: the crash text's file, and who may read our memory."""

import faulthandler
import json
import os

from hamtui.contract import files, layout

_PTRACE_SCOPE = "/proc/sys/kernel/yama/ptrace_scope"
_RESTRICTED = b"1"
_PR_SET_PTRACER = 0x59616D61

_kept: list[int] = []


def catch_crashes(path: str) -> None:
    """Have CPython write all threads' stacks to ``path`` when this process crashes, and at no other time.

    The descriptor stays open: in a crash nothing can be opened any more. Raises OSError where it can't be.
    """
    descriptor = files.open_to_append(path)
    faulthandler.enable(file=descriptor, all_threads=True)
    for old in _kept:
        os.close(old)
    _kept[:] = [descriptor]


def allow_reading(supervisor_pid: int | None) -> None:
    """Let the supervisor and its children read our stacks where Yama keeps all but ancestors out.

    Silence where it can't be had: the supervisor says what it could not read.
    """
    try:
        with open(_PTRACE_SCOPE, "rb") as scope:
            restricted = scope.read().strip() == _RESTRICTED
        if restricted and supervisor_pid:
            import ctypes  # noqa: PLC0415 - a big thing that few machines need

            prctl = ctypes.CDLL(None).prctl
            prctl(_PR_SET_PTRACER, ctypes.c_ulong(supervisor_pid), 0, 0, 0)
    except (OSError, AttributeError, ImportError):
        return


def supervisor_of(launch_dir: str) -> int | None:
    """The supervisor's pid as launch.json says it, for a worker, which was told nothing else."""
    try:
        with open(os.path.join(launch_dir, layout.LAUNCH), "rb") as file:
            pid = json.load(file).get("supervisor_pid")
    except (OSError, ValueError, AttributeError):
        return None
    return pid if isinstance(pid, int) else None
