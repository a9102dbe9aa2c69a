"""Thresholds from the nodes' own past: read by the command that started the run, handed over in past.json."""

import json
import os

from hamtui.contract import layout
from hamtui.contract.layout import Kind
from hamtui.recorder.guard import FAULTS, attempt

#: How long a process waits for past.json, seconds: one look a beat.
WAIT_S = 30.0
#: A graph file bigger than this is not read for its versions: that would keep the GIL too long.
MOST_GRAPH = 16 * 1024 * 1024

#: The version of each planned node, by name, as the newest plan of this process has it.
_versions: dict[str, str | None] = {}


def know(versions: dict[str, str | None]) -> None:
    """A run of these nodes begins in this process."""
    _versions.update(versions)


class Limits:
    """Seconds after which a node is late by its own past. Without a ``launch_dir`` nothing is asked."""

    def __init__(self, launch_dir: str | None, now: float) -> None:
        self._launch_dir = launch_dir or ""
        self._until = now + WAIT_S if launch_dir is not None else None
        self._seconds: dict[tuple[str, str], float] = {}
        self._nodes: set[str] = set()
        self._asked: set[str] = set()

    def look(self, now: float) -> None:
        """See whether past.json is there by now."""
        if self._until is None:
            return
        path = os.path.join(self._launch_dir, layout.PAST)
        if not os.access(path, os.R_OK):
            if now >= self._until:
                self._until = None
            return
        self._until = None
        read, fault = attempt(_read, path)
        if fault is not None:
            FAULTS.note(layout.PAST, fault)
        self._seconds = read or {}
        self._nodes = {node for node, _ in self._seconds}

    def of(self, node: str) -> float | None:
        """Seconds after which the node is late; None where its past does not tell."""
        if node not in self._nodes:
            return None
        if node not in _versions and node not in self._asked:
            self._asked.add(node)
            attempt(self._ask_the_graphs)
        version = _versions.get(node)
        return None if version is None else self._seconds.get((node, version))

    def _ask_the_graphs(self) -> None:
        """A worker plans nothing: the run's main process has written what it planned."""
        for name in os.listdir(self._launch_dir):
            source = layout.classify(name)
            path = os.path.join(self._launch_dir, name)
            if source is None or source.kind is not Kind.GRAPH or os.stat(path).st_size > MOST_GRAPH:
                continue
            with open(path, "rb") as file:
                graph = json.load(file)
            know({node["name"]: node.get("version") for node in graph["nodes"]})


def _read(path: str) -> dict[tuple[str, str], float]:
    with open(path, "rb") as file:
        told = json.load(file)
    return {
        (limit["node"], limit["version"]): float(limit["seconds"])
        for limit in told["limits"]
        if isinstance(limit.get("version"), str) and limit["seconds"] > 0
    }
