"""Programs that build their Drivers themselves, run in a process of their own, and what they leave."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

FLOW = """
def one(start: int) -> int:
    return start + 1


def two(one: int) -> int:
    if one > 100:
        raise ValueError("too much")
    return one * 2
"""


class Ran:
    """What a program left: its process, and the launches in its working folder."""

    def __init__(self, folder: Path, done: "subprocess.CompletedProcess[str]") -> None:
        self.done = done
        self.folders = sorted(path for path in (folder / "_hamilton_diag").glob("2*"))

    @property
    def folder(self) -> Path:
        (only,) = self.folders
        return only

    def lines(self, name: str = "hamilton_flight.jsonl") -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == kind]

    def document(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / name).read_text())
        return found


class Folder:
    """A working folder with the flow in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.diag = path / "_hamilton_diag"
        (path / "flow.py").write_text(FLOW)

    def command(self, source: str) -> list[str]:
        script = self.path / "program.py"
        script.write_text(dedent(source))
        return [sys.executable, str(script)]

    def run(self, source: str, **env: str) -> Ran:
        done = subprocess.run(
            self.command(source),
            cwd=self.path,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
            env={**os.environ, "HAMILTON_AUTOLOAD_EXTENSIONS": "0", **env},
        )
        return Ran(self.path, done)
