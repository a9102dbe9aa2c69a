"""Where this process writes a launch's files: in the launch folder, or, where it can't, in a spool of this machine's.

What stands in a spool is sent to the supervisor by ``hamtui.recorder.relay``.
"""

import contextlib
import json
import os
import tempfile

from hamtui.contract import files, layout
from hamtui.recorder.here import HERE

#: The launch folders that this process can't write, each with its spool.
_spools: dict[str, str] = {}


def folder(launch_dir: str) -> str:
    """The folder that this process writes this launch's files in."""
    return _spools.get(launch_dir, launch_dir)


def is_cut_off(launch_dir: str) -> bool:
    """Whether this process writes a spool."""
    return launch_dir in _spools


def settle(launch_dir: str, main_pid: int, main_host: str) -> None:
    """A worker's first look at a launch folder: where it is not to be written, make a spool.

    Where a spool can't be made either, lines are lost and counted as in a folder that is gone.
    """
    if launch_dir in _spools or (HERE.pid, HERE.host) == (main_pid, main_host):
        return
    if not _is_of(launch_dir, main_pid, main_host) or not _can_write(launch_dir):
        with contextlib.suppress(OSError):
            _spools[launch_dir] = tempfile.mkdtemp(
                prefix=layout.spool_prefix(launch_dir, main_host, main_pid)
            )


def leave(launch_dir: str) -> None:
    """All of the spool is sent, and the launch is over."""
    _spools.pop(launch_dir, None)


def _is_of(launch_dir: str, main_pid: int, main_host: str) -> bool:
    """Whether the folder that this machine has by that name is the launch's: another's may bear the same."""
    try:
        with open(os.path.join(launch_dir, layout.LAUNCH), "rb") as file:
            told = json.load(file)
        return (told["pid"], told["host"]) == (main_pid, main_host)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _can_write(launch_dir: str) -> bool:
    name = layout.worker_name(layout.FLIGHT, HERE.host, HERE.pid)
    try:
        os.close(files.open_to_append(os.path.join(launch_dir, name)))
    except OSError:
        return False
    return True
