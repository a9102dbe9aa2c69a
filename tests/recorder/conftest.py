"""Plays the supervisor: starts launches as it does, and reads what they leave."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from hamtui.contract import diagnostics, layout
from hamtui.contract.spec import RunSpec, pack

BOOT = Path(__file__).resolve().parents[2] / "hamtui" / "recorder" / "boot.py"
DEADLINE_S = 60.0


def eventually(true: Callable[[], Any], what: str) -> Any:
    """Wait until it is true; what it gave then."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {DEADLINE_S:.0f} s: {what}"
        time.sleep(0.02)


class Launched:
    """A launch's process and its folder."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        self.process = process
        self.dir = folder

    def wait(self) -> int:
        return self.process.wait(DEADLINE_S)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The whole lines of one file; a half one at the end is left out."""
        path = self.dir / name
        data = path.read_bytes() if path.exists() else b""
        return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]

    def output(self) -> str:
        return (self.dir / layout.OUTPUT).read_text("utf-8")

    def info(self) -> dict[str, Any]:
        whole: dict[str, Any] = json.loads((self.dir / layout.LAUNCH).read_text("ascii"))
        return whole

    def flight(self, event: str | None = None) -> list[dict[str, Any]]:
        return [line for line in self.lines(layout.FLIGHT) if event in (None, line["event"])]

    def error(self) -> dict[str, Any]:
        """The one launch_error there is."""
        (found,) = self.flight("launch_error")
        return found

    def dumps(self, why: str | None = None) -> list[dict[str, Any]]:
        return [dump for dump in self.lines(layout.STACKS) if why in (None, dump["why"])]

    def beats(self) -> list[dict[str, Any]]:
        return [line for line in self.lines(layout.VITALS) if line["kind"] == "beat"]

    def probes(self) -> list[dict[str, Any]]:
        return [line for line in self.lines(layout.VITALS) if line["kind"] == "probe"]

    def await_(self, true: Callable[[], Any], what: str) -> Any:
        """Wait until it is true of the launch while it runs."""
        found = eventually(lambda: true() or (self.process.poll() is not None and self), what)
        assert found is not self, f"ended before {what}:\n{self.output()}"
        return found

    def await_output(self, text: str) -> None:
        self.await_(lambda: text in self.output(), f"{text!r} in its output")

    def await_dump(self, why: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.await_(lambda: self.dumps(why), f"a {why} dump")
        return found[0]


class Launcher:
    """Starts launches of modules written on the spot."""

    def __init__(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path
        self.started: list[Launched] = []

    def module(self, source: str, name: str = "flow.py") -> str:
        path = self.tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source), "utf-8")
        return str(path)

    def start(
        self,
        module: str | list[str],
        *targets: str,
        python: str = sys.executable,
        options: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        **spec: Any,
    ) -> Launched:
        """Start a launch as the supervisor does. ``options`` are the interpreter's own, ``spec`` knobs too."""
        folder = self.tmp_path / f"launch-{len(self.started)}"
        folder.mkdir(mode=layout.DIR_MODE)
        spec.setdefault("cwd", str(self.tmp_path))
        told = {name: spec.pop(name) for name in list(spec) if name in diagnostics.names()}
        asked = RunSpec(
            diagnostics=diagnostics.Diagnostics(**told),
            launch_dir=str(folder),
            modules=[module] if isinstance(module, str) else module,
            targets=list(targets),
            argv=["hamtui", "run"],
            python=python,
            started_at=time.time(),
            supervisor_pid=os.getpid(),
            **spec,
        )
        output = os.open(folder / layout.OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, layout.FILE_MODE)
        with tempfile.TemporaryFile() as handed:
            handed.write(pack(asked))
            handed.seek(0)
            process = subprocess.Popen(
                [python, *options, str(BOOT), "--spec-fd", str(handed.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=asked.cwd,
                start_new_session=True,
                pass_fds=(handed.fileno(),),
                # Hamilton's extensions take long to load, and nothing here is about them.
                env={**os.environ, "HAMILTON_AUTOLOAD_EXTENSIONS": "0", **(env or {})},
            )
        os.close(output)
        self.started.append(Launched(process, folder))
        return self.started[-1]

    def run(self, module: str | list[str], *targets: str, **rest: Any) -> Launched:
        """Start a launch and wait for its end."""
        launched = self.start(module, *targets, **rest)
        launched.wait()
        return launched


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    """A launcher whose launches do not outlive the test."""
    launcher = Launcher(tmp_path)
    yield launcher
    for launched in launcher.started:
        if launched.process.poll() is None:
            os.killpg(launched.process.pid, signal.SIGKILL)
            launched.process.wait()


def pythons() -> list[str]:
    """The interpreters for what differs between Pythons: those in HAMTUI_PYTHONS (each with Hamilton), or this one."""
    named = os.environ.get("HAMTUI_PYTHONS", "")
    return [path for path in named.split(os.pathsep) if path] or [sys.executable]
