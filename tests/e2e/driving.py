"""Driving the real program: commands as a user types them, and what stands on disk afterwards."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

SAMPLES = Path(__file__).parents[2] / "sample_dags"
HAMTUI = [sys.executable, "-m", "hamtui"]

#: How long anything that should come at once may take on a machine that is busy with other tests.
PATIENCE = 45.0

Json = dict[str, Any]


def hamtui(
    *args: str | Path, cwd: Path, timeout: float = 90, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One command, run to its end with no terminal."""
    return subprocess.run(
        [*HAMTUI, *map(str, args)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        env=None if env is None else {**os.environ, **env},
        check=False,
    )


def until(what: str, ready: Callable[[], Any], timeout: float = PATIENCE, every: float = 0.05) -> Any:
    """Waits for a condition and returns what it gave; fails with ``what`` when it does not come."""
    deadline = time.monotonic() + timeout
    while True:
        if found := ready():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:.0f} s for {what}")
        time.sleep(every)


def json_lines(path: Path) -> Iterator[Json]:
    """The whole lines of a file; a half line at its end is left out, anything else must be JSON."""
    if path.exists():
        for line in path.read_bytes().split(b"\n")[:-1]:
            yield json.loads(line)


@dataclass(frozen=True)
class Launched:
    """A launch folder, and what the commands say about it."""

    dir: Path

    @property
    def info(self) -> Json:
        found: Json = json.loads((self.dir / "launch.json").read_bytes())
        return found

    @property
    def exit(self) -> Json:
        found: Json = json.loads((self.dir / "exit.json").read_bytes())
        return found

    def over(self) -> bool:
        return (self.dir / "exit.json").exists()

    def wait_end(self, timeout: float = PATIENCE) -> "Launched":
        until(f"the end of {self.dir}", self.over, timeout)
        return self

    def status(self, *args: str) -> Json:
        done = hamtui("status", self.dir, "--json", *args, cwd=self.dir.parent)
        assert done.returncode == 0, done.stderr
        found: Json = json.loads(done.stdout)
        return found

    def flight_files(self) -> list[Path]:
        return sorted(self.dir.glob("hamilton_flight*.jsonl"))

    def events(self, kind: str | None = None) -> list[Json]:
        """Every flight event of the launch, of one kind or of all, file by file."""
        found = [event for path in self.flight_files() for event in json_lines(path)]
        return [event for event in found if kind in (None, event["event"])]

    def started(self, node: str) -> bool:
        return any(event.get("node") == node for event in self.events("node_start"))

    def group_is_gone(self) -> bool:
        """Whether no process is left in the run's own process group."""
        group = self.info["pid"]
        for process in psutil.process_iter():
            try:
                if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                    return False
            except (psutil.Error, OSError):
                continue
        return True


def launches(cwd: Path) -> list[Launched]:
    """Every launch in the working folder's diag folder, oldest first."""
    folders = [path for path in (cwd / "_hamilton_diag").glob("*") if path.is_dir() and not path.is_symlink()]
    return [Launched(path) for path in sorted(folders)]


def newest(cwd: Path) -> Launched:
    return Launched((cwd / "_hamilton_diag" / "latest").resolve(strict=True))


def detach(*args: str | Path, cwd: Path) -> Launched:
    """``hamtui run … --detach``: the launch whose folder it printed."""
    done = hamtui("run", *args, "--detach", cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return Launched((cwd / done.stdout.strip().splitlines()[-1]).resolve(strict=True))


def nodes(status: Json, run: int = -1) -> dict[str, Json]:
    """A run's nodes by name, for runs in which no name stands twice."""
    listed = status["runs"][run]["nodes"]
    names = [row["node"] for row in listed]
    assert len(names) == len(set(names)), names
    return {row["node"]: row for row in listed}


def marked_lines(module: Path, mark: str = "stuck here") -> dict[str, set[int]]:
    """Line numbers that bear a ``# mark`` comment, by the function that they stand in."""
    found: dict[str, set[int]] = {}
    function = ""
    for number, line in enumerate(module.read_text("utf-8").splitlines(), 1):
        if match := re.match(r"def (\w+)\(", line):
            function = match[1]
        if line.endswith(f"# {mark}"):
            found.setdefault(function, set()).add(number)
    return found


def first_frame_in(stack: Sequence[Json], module: Path) -> Json | None:
    """The innermost frame that is in the user's module."""
    return next((frame for frame in stack if frame["file"] == str(module)), None)
