"""Drivers in this process under a recorder, and what they leave."""

import importlib.util
import json
import os
import sys
import uuid
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

from hamilton import driver

from hamtui.contract import layout
from hamtui.recorder.adapter import Recorder


def module(folder: Path, source: str) -> ModuleType:
    """A module of this source, importable by its name as ``multiprocessing`` needs it."""
    name = f"flow_{uuid.uuid4().hex[:8]}"
    path = folder / f"{name}.py"
    path.write_text(dedent(source), "utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


class Launch:
    """A launch folder whose main process is this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dir = folder / f"launch-{uuid.uuid4().hex[:8]}"
        self.dir.mkdir()
        (self.dir / layout.OUTPUT).write_bytes(b"")

    def recorder(self, **said: Any) -> Recorder:
        return Recorder(str(self.dir), **{"main_pid": os.getpid(), **said})

    def driver(
        self, source: str, *adapters: Any, recorder: Recorder | None = None, **config: Any
    ) -> driver.Driver:
        """A Driver of the default executor, the recorder first."""
        builder = driver.Builder().with_modules(module(self.folder, source)).with_config(config)
        return builder.with_adapters(recorder or self.recorder(), *adapters).build()

    def lines(self, name: str = layout.FLIGHT) -> list[dict[str, Any]]:
        path = self.dir / name
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    def flight(self, *events: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if not events or line["event"] in events]

    def ends(self) -> dict[str, dict[str, Any]]:
        return {line["node"]: line for line in self.flight("node_end")}

    def workers(self, name: str = layout.FLIGHT) -> list[dict[str, Any]]:
        """The lines of all workers' files of this kind."""
        kind = layout.classify(name)
        found = []
        for path in sorted(self.dir.iterdir()):
            source = layout.classify(path.name)
            if source and kind and source.kind is kind.kind and source.pid is not None:
                found += self.lines(path.name)
        return found

    def graph(self) -> dict[str, Any]:
        """The one graph file."""
        (path,) = self.dir.glob("graph.*.json")
        whole: dict[str, Any] = json.loads(path.read_bytes())
        return whole
