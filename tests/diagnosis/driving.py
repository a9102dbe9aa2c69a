"""One behaviour as a real launch: started, followed look by look, ended, and read again after its death."""

import contextlib
import json
import os
import re
import signal
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from hamtui.contract import layout
from hamtui.follow import process
from hamtui.follow.follower import Follower, read_launch
from hamtui.follow.launches import LaunchRef
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.stacks import stack_of
from hamtui.model.state import Span, Suspect
from hamtui.model.verdict import suspect
from tests.diagnosis.table import SYNC, Row
from tests.e2e.driving import hamtui

BEHAVIOURS = Path(__file__).parent / "behaviours"
HANG_AFTER_S = 2.0
#: The verdict must stand so long after the threshold.
DUE_S = 3.0
#: A stuck one is watched so long after the threshold.
WATCH_S = 5.0
_PACE_S = 0.3
_START_S, _END_S = 60.0, 60.0
#: Marks every process of a launch, so that one that is left behind is found.
_TOKEN = "HAMTUI_CORPUS"


@dataclass(frozen=True)
class Look:
    """What was said at one instant, ``since_s`` after the threshold. ``top``: the innermost line in the module."""

    since_s: float
    verdict: str
    level: str
    progress: bool | None
    why: str
    top: int | None = None
    stack: bool = False


@dataclass
class Told:
    """All that was said of one behaviour in one launch."""

    name: str
    executor: str
    looks: list[Look] = field(default_factory=list)
    status: dict[str, Any] | None = None
    kept: Look | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    counterparts: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    folder: str = ""

    def due(self) -> Look | None:
        """The look by which the verdict must stand."""
        before = [look for look in self.looks if look.since_s <= DUE_S]
        return before[-1] if before else None

    def last(self) -> Look | None:
        """The last look while it ran."""
        return self.looks[-1] if self.looks else None


def _arguments(row: Row, executor: str) -> list[str]:
    if executor == SYNC:
        return [str(BEHAVIOURS / f"{row.module}.py"), "--target", row.name]
    blocks = [str(BEHAVIOURS / "blocks.py"), "--target", "outcomes", "--max-tasks", "2"]
    return [*blocks, "--input", f"behaviour={row.behaviour}"]


def _launch(row: Row, executor: str, python: str | None, folder: Path, token: str) -> LaunchRef:
    args = [*_arguments(row, executor), "--executor", executor, "--hang-after", str(HANG_AFTER_S), "--detach"]
    if python is not None:
        args += ["--python", python]
    done = hamtui("run", *args, cwd=folder, env={_TOKEN: token, "HAMILTON_AUTOLOAD_EXTENSIONS": "0"})
    assert done.returncode == 0, done.stdout + done.stderr
    made = (folder / done.stdout.strip().splitlines()[-1]).resolve(strict=True)
    return LaunchRef(made.name, made, flat=False, written_at=time.time())


class _Watch:
    """A launch that is followed, its behaviour's span, and what was said of it."""

    def __init__(self, row: Row, executor: str, ref: LaunchRef) -> None:
        self.row, self.ref = row, ref
        self.node = row.name if executor == SYNC else "outcome"
        self.told = Told(row.name, executor, folder=str(ref.dir))
        self.launch = Launch(ref.id)

    def span(self, launch: Launch) -> Span | None:
        """The behaviour's: in blocks, that of block 1."""
        for run in launch.runs.values():
            for key, span in run.spans.items():
                if key.node == self.node and (key.task_id is None or ".1." in key.task_id):
                    return span
        return None

    def look(self, launch: Launch) -> Look | None:
        """What is said now."""
        fact, now = process.look(launch.info), process.now(launch.info)
        settle(launch, fact, now)
        span = self.span(launch)
        mark = suspect(launch, span, fact, now) if span is not None else None
        return self._look(launch, span, mark) if span is not None and mark is not None else None

    def _look(self, launch: Launch, span: Span, mark: Suspect) -> Look:
        found = stack_of(launch, span)
        frames = found[1].frames if found is not None else []
        module = str(BEHAVIOURS / f"{self.row.module}.py")
        top = next((frame.line for frame in frames if frame.file == module), None)
        return Look(
            round(mark.since_s, 2), mark.verdict, mark.level, mark.progress, mark.why, top, bool(frames)
        )

    def over(self) -> bool:
        return (self.ref.dir / layout.EXIT).exists()

    def follow(self, watch_s: float) -> None:
        """Looks until it has been watched for long enough, or its launch is over."""
        deadline = time.monotonic() + _START_S
        with closing(Follower(self.ref, poll=True)) as follower:
            while time.monotonic() < deadline:
                over = self.over()
                for source, record in _news(follower):
                    self.launch.apply(source, record)
                if over:
                    return
                if (look := self.look(self.launch)) is not None:
                    self.told.looks.append(look)
                    if look.since_s >= DUE_S and self.told.status is None:
                        self.told.status = self._status()
                    if look.since_s >= watch_s and not self.row.ends and not self.row.dies:
                        return
                time.sleep(_PACE_S)
        self.told.trouble.append("was not over in time")

    def _status(self) -> dict[str, Any]:
        """What the command says."""
        done = hamtui("status", self.ref.dir, "--json", cwd=self.ref.dir.parent)
        if done.returncode:
            return {"error": done.stderr}
        rows = [row for run in json.loads(done.stdout)["runs"] for row in run["nodes"]]
        wanted = self.span(self.launch)
        task = wanted.key.task_id if wanted is not None else None
        found = [row for row in rows if row["node"] == self.node and row["task_id"] == task]
        mark: dict[str, Any] | None = found[0]["suspect"] if found else None
        return mark or {}

    def end(self) -> None:
        """By the command where the node can be interrupted, else by the signal that nobody can catch."""
        pid = self.launch.info.pid if self.launch.info is not None else None
        if self.told.executor == SYNC and self.row.interruptible:
            hamtui("stop", self.ref.dir, cwd=self.ref.dir.parent)
        elif pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        deadline = time.monotonic() + _END_S
        while not self.over():
            if time.monotonic() > deadline:
                self.told.trouble.append("left no exit record")
                return
            time.sleep(0.05)

    def read_again(self) -> None:
        """The same from the files alone."""
        launch = read_launch(self.ref)
        self.told.kept = self.look(launch)
        if launch.exit is not None:
            self.told.exit_code, self.told.exit_signal = launch.exit.exit_code, launch.exit.signal
        with contextlib.suppress(OSError):
            output = (self.ref.dir / layout.OUTPUT).read_text("utf-8", "replace")
            self.told.counterparts = re.findall(r"^counterpart: (.*)$", output, re.MULTILINE)


def _news(follower: Follower) -> Iterator[Any]:
    while True:
        batch = follower.read_once()
        yield from batch.records
        if batch.caught_up:
            return


def _of_launch(token: str) -> Iterator[psutil.Process]:
    for found in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if found.environ().get(_TOKEN) == token and found.status() != psutil.STATUS_ZOMBIE:
                yield found


def _left_behind(token: str) -> list[str]:
    """What of a launch is still there a moment after its end; it is killed."""
    deadline = time.monotonic() + 5
    while (left := list(_of_launch(token))) and time.monotonic() < deadline:
        time.sleep(0.2)
    names = []
    for found in left:
        with contextlib.suppress(psutil.Error):
            names.append(f"{found.pid} {' '.join(found.cmdline())[:200]}")
            found.kill()
    return names


def drive(row: Row, executor: str, folder: Path, python: str | None = None, watch_s: float = WATCH_S) -> Told:
    """Runs one behaviour to its end, or ends it, and returns all that was said of it."""
    token = uuid.uuid4().hex
    folder.mkdir(parents=True, exist_ok=True)
    try:
        watch = _Watch(row, executor, _launch(row, executor, python, folder, token))
        try:
            watch.follow(watch_s)
        finally:
            if not watch.over():
                watch.end()
        watch.read_again()
    except Exception:  # whatever breaks on one behaviour, the others are to be told of
        return Told(row.name, executor, trouble=[traceback.format_exc(limit=-4)])
    finally:
        left = _left_behind(token)
    watch.told.left_behind = left
    return watch.told
