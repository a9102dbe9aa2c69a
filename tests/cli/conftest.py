"""The real program in a folder of its own, and nothing of it left when the test is over."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hamtui.probe import procs

FLOW = """
import os, signal, sys, threading, time


def two(number: int = 1) -> int:
    return number * 2


def three(two: int) -> int:
    print("said by three")
    return two + 1


def scaled(three: int, factor: float) -> float:
    return three * factor


def broken(two: int) -> int:
    raise ValueError("no \\x1b[31mred\\x1b[0m [bold]way[/bold]")


def leaves(two: int) -> int:
    sys.exit(7)


def dies(two: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return two


def crashes(two: int) -> int:
    import ctypes
    ctypes.string_at(0)
    return two


def naps(two: int) -> int:
    time.sleep(600)  # stuck here
    return two


def deaf(two: int) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(600)
    return two
"""


class Program:
    """``hamtui`` as a user starts it, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begun: list[subprocess.Popen[str]] = []

    def __call__(self, *words: str, **given: Any) -> "subprocess.CompletedProcess[str]":
        return self._run(self.command(words), **given)

    def run_python(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Their own program, without us."""
        return self._run([sys.executable, *words])

    def _run(self, command: list[str], **given: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            **given,
        )

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        self.begun.append(
            subprocess.Popen(
                self.command(words),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return self.begun[-1]

    def command(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "hamtui", *words]

    def launches(self) -> list[Path]:
        """Each launch once: ``latest`` is a link to one of them."""
        found = (path.parent for path in self.folder.glob("*/*/output.log"))
        return sorted(folder for folder in found if not folder.is_symlink())

    def detached(self, target: str, *words: str) -> Path:
        """A run in the background that has come to ``target``."""
        done = self("run", "flow.py", "--target", target, "--detach", *words)
        assert done.returncode == 0, done.stderr
        folder = Path(done.stdout.strip())
        self.until(lambda: started(folder, target))
        return folder

    @staticmethod
    def until(what: Any, seconds: float = 60.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := what():
                return found
            time.sleep(0.02)
        raise AssertionError("it never came")

    def finish(self) -> None:
        for process in self.begun:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        for folder in self.launches():
            end(folder)


def started(folder: Path, node: str) -> bool:
    flight = folder / "hamilton_flight.jsonl"
    if not flight.exists():
        return False
    return any('"node_start"' in line and f'"{node}"' in line for line in flight.read_text().splitlines())


def info(folder: Path) -> Any:
    path = folder / "launch.json"
    return json.loads(path.read_text()) if path.exists() else {}


def end(folder: Path) -> None:
    """Kill what a launch still has running: its supervisor first, so that it starts nothing more."""
    Program.until(lambda: info(folder) or (folder / "exit.json").exists())
    told = info(folder)
    if not (folder / "exit.json").exists():
        for pid in (told.get("supervisor_pid"), told.get("pid")):
            if pid and procs.known(pid):
                os.kill(pid, signal.SIGKILL)
    if told.get("pid"):
        for left in procs.in_session(told["pid"], 0.0):
            os.kill(left.pid, signal.SIGKILL)


@pytest.fixture
def hamtui(tmp_path: Path) -> Iterator[Program]:
    (tmp_path / "flow.py").write_text(FLOW)
    program = Program(tmp_path)
    yield program
    program.finish()
