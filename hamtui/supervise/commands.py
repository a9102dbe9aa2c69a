"""The commands of ``--on-suspect``: a few at once, each with its time, what they say in a file."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hamtui.contract import files
from hamtui.model.state import SpanKey, Suspect
from hamtui.model.text import visible

#: Where what the commands say goes, in the launch folder.
LOG = "on_suspect.log"
AT_ONCE = 4
LIMIT_S = 60.0
#: A log that grew by this much means that a command says too much, bytes.
MOST_SAID = 16 * 1024 * 1024
_PACE_S = 0.2


@dataclass(frozen=True)
class _Due:
    """A command to be run: for whom, with what in its environment and on its stdin."""

    name: str
    environment: dict[str, str]
    stdin: bytes


@dataclass
class _Running:
    name: str
    process: "subprocess.Popen[bytes]"
    until: float
    log_size: int


class Commands:
    """Runs one shell command again and again; ``turn`` begins, ends and notes what is due."""

    def __init__(self, command: str, folder: Path, cwd: str, limit_s: float = LIMIT_S) -> None:
        self._command = command
        self._folder = folder
        self._cwd = cwd
        self._limit_s = limit_s
        self._due: deque[_Due] = deque()
        self._running: list[_Running] = []

    def add(self, key: SpanKey, mark: Suspect, picture: dict[str, Any]) -> None:
        """Run it for this suspect as soon as there is a place."""
        environment = {
            "HAMTUI_LAUNCH_DIR": str(self._folder),
            "HAMTUI_NODE": key.node,
            "HAMTUI_TASK_ID": key.task_id or "",
            "HAMTUI_RUN_ID": key.run_id,
            "HAMTUI_VERDICT": mark.verdict,
            "HAMTUI_LEVEL": mark.level,
        }
        name = f"{key.node} [{key.task_id}]" if key.task_id else key.node
        safe = {variable: value.replace("\0", "") for variable, value in environment.items()}
        self._due.append(_Due(visible(name), safe, json.dumps(picture).encode() + b"\n"))

    def turn(self) -> None:
        """Note what ended, kill what takes too long, begin what has a place."""
        for running in list(self._running):
            if self._ended(running):
                self._running.remove(running)
        while self._due and len(self._running) < AT_ONCE:
            self._begin(self._due.popleft())

    def finish(self) -> None:
        """Let everything that is due come to its end, each within its time."""
        while self._due or self._running:
            self.turn()
            if self._running:
                time.sleep(_PACE_S)

    def _begin(self, due: _Due) -> None:
        try:
            with self._log() as log, tempfile.TemporaryFile() as stdin:
                stdin.write(due.stdin)
                stdin.seek(0)
                process = subprocess.Popen(
                    ["/bin/sh", "-c", self._command],
                    stdin=stdin,
                    stdout=log,
                    stderr=log,
                    cwd=self._cwd,
                    env={**os.environ, **due.environment},
                    start_new_session=True,
                )
        except OSError as fault:
            self._note(f"{due.name}: the command can't be started: {fault.strerror or fault}")
            return
        self._note(f"{due.name}: started, process {process.pid}")
        size = self._log_size()
        self._running.append(_Running(due.name, process, time.monotonic() + self._limit_s, size))

    def _ended(self, running: _Running) -> bool:
        code = running.process.poll()
        if code is not None:
            said = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
            self._note(f"{running.name}: {said}, process {running.process.pid}")
            return True
        late = time.monotonic() >= running.until
        if late or self._log_size() - running.log_size > MOST_SAID:
            why = f"took more than {self._limit_s:.0f} s" if late else "said too much"
            with contextlib.suppress(OSError):
                os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()
            self._note(f"{running.name}: killed, because it {why}, process {running.process.pid}")
            return True
        return False

    def _log(self) -> IO[bytes]:
        return os.fdopen(files.open_to_append(self._folder / LOG), "ab", buffering=0)

    def _log_size(self) -> int:
        try:
            return os.stat(self._folder / LOG).st_size
        except OSError:
            return 0

    def _note(self, sentence: str) -> None:
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with contextlib.suppress(OSError), self._log() as log:
            log.write(f"{when} {sentence}\n".encode("utf-8", "backslashreplace"))
