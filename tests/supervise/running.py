"""Real runs under a real supervisor, and waiting for what they leave."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamtui.contract import diagnostics
from hamtui.contract.folder import make_launch
from hamtui.contract.spec import RunSpec
from hamtui.probe import procs
from hamtui.supervise.start import Started, start

FAKE_BOOT = Path(__file__).with_name("fake_boot.py")


def wait_until(what: Callable[[], Any], seconds: float = 80.0) -> Any:
    """The first truthy value of ``what``; fails when it takes longer than a generous while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing came within {seconds} s")


@dataclass
class Running:
    started: Started

    @property
    def folder(self) -> Path:
        return self.started.folder

    def lines(self, name: str) -> list[Any]:
        path = self.folder / name
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]

    def document(self, name: str) -> Any:
        return wait_until(
            lambda: (self.folder / name).exists() and json.loads((self.folder / name).read_text())
        )

    def exit(self) -> Any:
        return self.document("exit.json")

    def output(self) -> str:
        path = self.folder / "output.log"
        return path.read_text() if path.exists() else ""

    def said(self, word: str) -> str:
        """Wait until the run has printed ``word``; its output then."""
        return str(wait_until(lambda: word in self.output() and self.output()))

    def dumps(self, why: str) -> list[Any]:
        return [dump for dump in self.lines("faulthandler_stacks.jsonl") if dump["why"] == why]

    def samples(self) -> list[Any]:
        return [line for line in self.lines("vitals.jsonl") if line["kind"] == "sample"]

    def ask(self, **request: Any) -> None:
        with open(self.folder / "requests.jsonl", "a") as file:
            file.write(json.dumps(request) + "\n")

    def gone(self) -> bool:
        return procs.known(self.started.pid) is None and procs.known(self.started.supervisor_pid) is None

    def finish(self) -> None:
        """Leave nothing behind, whatever the test did."""
        for pid in (self.started.supervisor_pid, self.started.pid):
            if procs.known(pid) is not None:
                os.kill(pid, signal.SIGKILL)
        for known in procs.in_session(self.started.pid, 0.0):
            os.kill(known.pid, signal.SIGKILL)


def launch(tmp_path: Path, script: str, beat: bool = False, **spec: Any) -> Running:
    folder = make_launch(tmp_path / "diag")
    told = {name: spec.pop(name) for name in list(spec) if name in diagnostics.names()}
    whole = {
        "diagnostics": diagnostics.Diagnostics(**told),
        "launch_dir": str(folder),
        "modules": ["beat"] if beat else ["quiet"],
        "targets": [script],
        "argv": ["hamtui", "run"],
        "cwd": str(tmp_path),
        "python": sys.executable,
        "started_at": time.time(),
        **spec,
    }
    return Running(start(RunSpec(**whole), FAKE_BOOT))
