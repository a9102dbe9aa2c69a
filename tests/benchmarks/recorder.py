"""What watching costs a node: the recorder beside Hamilton's own adapters and a plain recorder, in the same run.

``python -m tests.benchmarks recorder``. 2,000 trivial nodes, default executor, rounds shuffled; of each kind the fastest
round less the fastest with no adapter. What the others print goes to a file.
"""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hamilton import driver
from hamilton.lifecycle import NodeExecutionHook, PrintLn
from hamilton.plugins.h_rich import RichProgressBar
from hamilton.plugins.h_tqdm import ProgressBar

from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.settings import Table, profile_values
from hamtui.recorder import instruments
from hamtui.recorder.adapter import Recorder
from tests.benchmarks.measuring import Measured
from tests.benchmarks.profiles import NODES, flow, rounds

_PLAIN = "json.dumps + flush"
_TARGET_US = {"dev_fast": 10.0, "debug_hangs": 15.0}


class _Empty(NodeExecutionHook):  # type: ignore[misc]
    def run_before_node_execution(self, **keys: Any) -> None: ...

    def run_after_node_execution(self, **keys: Any) -> None: ...


class _Plain(NodeExecutionHook):  # type: ignore[misc]
    """The recorder that people write for themselves."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w")

    def run_before_node_execution(
        self, *, node_name: str, run_id: str, task_id: str | None, **keys: Any
    ) -> None:
        self.say(event="node_start", node=node_name, run_id=run_id, task_id=task_id)

    def run_after_node_execution(
        self, *, node_name: str, run_id: str, task_id: str | None, success: bool, **keys: Any
    ) -> None:
        self.say(event="node_end", node=node_name, run_id=run_id, task_id=task_id, success=success)

    def say(self, **told: Any) -> None:
        self.file.write(json.dumps({"ts": time.time(), **told}) + "\n")
        self.file.flush()


def measure() -> Measured:
    module = flow()

    def built(*adapters: Any) -> driver.Driver:
        return driver.Builder().with_modules(module).with_adapters(*adapters).build()

    def recorded(profile: str) -> driver.Driver:
        wanted = Diagnostics(profile=profile, **profile_values(profile, Table()))
        recorder = Recorder(tempfile.mkdtemp(dir=root), main_pid=os.getpid(), wanted=wanted)
        return built(*instruments.adapters(recorder, wanted, None))

    with tempfile.TemporaryDirectory() as root, Path(root, "printed").open("w") as printed:
        kinds: dict[str, Callable[[], driver.Driver]] = {
            "no adapter": built,
            "empty hooks": lambda: built(_Empty()),
            _PLAIN: lambda: built(_Plain(Path(root, "plain.jsonl"))),
            "PrintLn": lambda: built(PrintLn(print_fn=printed.write)),
            "RichProgressBar": lambda: built(RichProgressBar()),
            "tqdm": lambda: built(ProgressBar()),
            **{f"hamtui {name}": partial(recorded, name) for name in _TARGET_US},
        }
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            best = rounds(kinds)
    base = best.pop("no adapter")
    found = Measured("recorder", f"{NODES:,} trivial nodes; more than with no adapter, {base:.1f} µs", _PLAIN)
    more = {name: took - base for name, took in best.items()}
    for name, cost in more.items():
        found.add(name, [cost], "µs a node", None if name == _PLAIN else [more[_PLAIN]])
    for name, most in _TARGET_US.items():
        found.aim(f"{name}, a node", more[f"hamtui {name}"], most, "µs")
    return found
