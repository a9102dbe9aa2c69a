"""The command's side of starting a run: hand the spec to a supervisor of its own session, hear that it started."""

import contextlib
import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hamtui
from hamtui.contract import spec as contract_spec
from hamtui.contract.launch import ExitInfo
from hamtui.contract.spec import RunSpec

_HEARD_WITHIN_S = 30.0


class StartError(Exception):
    """The run could not be started; the text is one sentence for the user."""


@dataclass(frozen=True)
class Started:
    """A run that goes on by itself from here. ``line``: the descriptor on which its supervisor will say its end."""

    folder: Path
    pid: int
    supervisor_pid: int
    line: int

    def end(self) -> ExitInfo | None:
        """How the run ended, for a launch folder that could not take the record of it; None where nothing was said."""
        with contextlib.suppress(OSError):
            said = _hear(self.line, within_s=0.0).get("exit")
            return ExitInfo(**said) if isinstance(said, dict) else None
        return None


class Starting:
    """A run on its way: what else there is to do can be done before ``heard``."""

    def __init__(self, spec: RunSpec, process: "subprocess.Popen[bytes]", status: int) -> None:
        self._spec = spec
        self._process = process
        self._status = status

    def heard(self) -> Started:
        """Wait until the supervisor says that the run began.

        Raises:
            StartError: it did not, with the reason.
        """
        said = _hear(self._status, _HEARD_WITHIN_S)
        self._process.wait()
        if "pid" not in said:
            raise StartError(str(said.get("error") or "the supervisor ended before it could start the run"))
        return Started(
            Path(self._spec.launch_dir), int(said["pid"]), int(said["supervisor_pid"]), self._status
        )


def start(spec: RunSpec, boot: Path | None = None) -> Started:
    """``begin`` and wait for it."""
    return begin(spec, boot).heard()


def begin(spec: RunSpec, boot: Path | None = None) -> Starting:
    """Start ``spec`` under a supervisor that outlives this process and its terminal.

    Raises:
        StartError: there is no supervisor to be had.
    """
    status_read, status_write = os.pipe()
    command = [sys.executable, "-m", "hamtui.supervise", "--status-fd", str(status_write)]
    if boot is not None:
        command += ["--boot", str(boot)]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(status_write,),
            # `-m` looks in the working folder first: there must be nothing but packages in it.
            cwd=Path(hamtui.__file__).resolve().parent.parent,
        )
    except OSError as fault:
        os.close(status_read)
        raise StartError(f"the supervisor can't be started: {fault.strerror or fault}") from None
    finally:
        os.close(status_write)
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(contract_spec.pack(spec))
    return Starting(spec, process, status_read)


def _hear(fd: int, within_s: float) -> dict[str, Any]:
    """The next line, a byte at a time: what comes behind it is for later."""
    data = b""
    while not data.endswith(b"\n") and select.select([fd], [], [], within_s)[0]:
        byte = os.read(fd, 1)
        if not byte:
            break
        data += byte
    try:
        said = json.loads(data)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
