"""Drivers with any instruments together, in this process, and what each of them did."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from hamilton import driver
from hamilton.execution import grouping

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import build, instruments
from tests.recorder.inside import Launch, module

SOURCE = """
    def seed() -> int:
        return 3

    def bad(seed: int, fails: bool) -> int:
        if fails:
            raise ValueError("no good")
        return seed

    def below(bad: int) -> int:
        return bad + 1

    def aside(seed: int) -> int:
        return seed * 2

    def odd(seed: int, mistyped: bool) -> list:
        return "abc" if mistyped else [seed]
"""

BLOCKS = """
    from hamilton.htypes import Collect, Parallelizable

    def item(seed: int) -> Parallelizable[int]:
        yield from range(seed)

    def made(item: int, fails: bool) -> int:
        if fails and item == 1:
            raise KeyError("one")
        return item * 10

    def more(made: int) -> int:
        return made + 1

    def got(more: Collect[int]) -> list:
        return list(more)

    def last(got: list) -> int:
        return len(got)
"""

OUTSIDE = ("below", "aside", "odd")


class Seam:
    """In the debugger's place: notes at which nodes it would have stopped."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.stopped: list[str] = []

    def wants(self, node: Any) -> bool:
        return node.name in self.names

    def call(self, node: Any, function: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
        self.stopped.append(node.name)
        return function(**kwargs)


class Said(logging.Handler):
    """What the loggers of instruments said."""

    NAMES = ("hamtui.println", "hamilton.caching")

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append((record.name, record.getMessage()))

    def taken(self) -> dict[str, list[str]]:
        """The messages since the last time, by logger."""
        messages, self.messages = self.messages, []
        return {name: [message for logger, message in messages if logger == name] for name in self.NAMES}


class Composed:
    """Runs of one module with one set of instruments, each in a launch of its own, the cache shared."""

    def __init__(self, folder: Path, source: str, *, cache: bool = False, seam: Any = None, **wanted: Any):
        self.folder = folder
        self.module: ModuleType = module(folder, source)
        self.cache_dir = str(folder / "cache") if cache else None
        self.seam = seam
        self.wanted = Diagnostics(**wanted)
        self.launch = Launch(folder)
        self.failed: str | None = None
        self.driver: Any = None

    def run(self, *targets: str, **inputs: Any) -> Any:
        self.launch = Launch(self.folder)
        recorder = self.launch.recorder(wanted=self.wanted)
        self.driver = self.built(*instruments.adapters(recorder, self.wanted, self.cache_dir, self.seam))
        try:
            return self.driver.execute(list(targets), inputs=inputs)
        finally:
            self.failed = recorder.failed_nodes

    def built(self, *adapters: Any) -> Any:
        """The Driver, with blocks where there is something parallel or an executor is asked for."""
        built = driver.Builder().with_modules(self.module).with_adapters(*adapters).build()
        if build.is_parallel(built) or self.wanted.executor != "sync":
            built.graph_executor = driver.TaskBasedGraphExecutor(
                execution_manager=build.execution_manager(replace(self.wanted, max_tasks=2)),
                grouping_strategy=grouping.GroupByRepeatableBlocks(),
                adapter=built.adapter,
            )
        return built

    def ends(self) -> dict[str, dict[str, Any]]:
        """Each node's end, of those in blocks the last that was no success, here and in workers."""
        found: dict[str, dict[str, Any]] = {}
        for line in [*self.launch.flight("node_end"), *self.launch.workers()]:
            if line["event"] == "node_end" and not (line["success"] and line["node"] in found):
                found[line["node"]] = line
        return found

    def cached(self, *kinds: str) -> set[tuple[str, str]]:
        """(node, what) of the cache's events."""
        lines = self.launch.lines("cache_logs.jsonl")
        return {(line["node_name"], line["event_type"]) for line in lines if line["event_type"] in kinds}


def loggers_as_they_were() -> Callable[[], None]:
    """Undoes what instruments set on loggers."""
    before = [(name, logging.getLogger(name).level) for name in Said.NAMES]

    def undo() -> None:
        for name, level in before:
            logging.getLogger(name).setLevel(level)

    return undo
