"""With and without the recorder: equal results, exceptions, output and exit codes, whatever the graph."""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hamilton import driver
from hamilton.execution import executors
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hamtui.contract.diagnostics import PROFILES, Diagnostics
from tests.e2e.driving import HAMTUI, SAMPLES
from tests.faults.graphs import Dataflow, dataflows
from tests.recorder.inside import Launch, module

LOCAL = {
    "sync": executors.SynchronousLocalTaskExecutor,
    "threads": lambda: executors.MultiThreadingExecutor(3),
}


def plain(value: Any) -> Any:
    """A result as it can be compared: what has no equality of its own by its type and what it holds."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(one) for one in value]
    if isinstance(value, Iterator):
        return type(value).__name__, list(value)  # nobody may have consumed it
    if isinstance(value, (int, float, str, bytes, type(None))):
        return value
    return type(value).__name__


def told(error: BaseException, flow: ModuleType) -> tuple[Any, ...]:
    """An exception: its type and arguments, the user's own lines in its traceback, and what it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [(frame.name, frame.line) for frame in frames if frame.filename == flow.__file__]
    return type(error).__name__, error.args, own, type(error.__cause__), type(error.__context__)


def execute(flow: ModuleType, asked: Dataflow, executor: str, *adapters: Any) -> tuple[Any, list[str]]:
    """What came of it, and what was printed."""
    builder = driver.Builder().with_modules(flow).with_adapters(*adapters)
    if asked.parallel:
        builder = builder.enable_dynamic_execution(allow_experimental_mode=True)
        builder = builder.with_local_executor(LOCAL[executor]()).with_remote_executor(LOCAL[executor]())
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            outcome: Any = plain(builder.build().execute(list(asked.targets)))
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are outcomes too
            outcome = told(error, flow)
    return outcome, printed.getvalue().splitlines()


def differs(asked: Dataflow, executor: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        flow = module(Path(made), asked.source)
        alone, said_alone = execute(flow, asked, executor)
        for profile in PROFILES:
            launch = Launch(Path(made))
            recorder = launch.recorder(wanted=Diagnostics(**PROFILES[profile]))
            watched, said = execute(flow, asked, executor, recorder)
            ended = sorted(line["node"] for line in launch.flight("node_end"))
            one_by_one = executor == "sync" or not asked.parallel
            if one_by_one:
                assert (watched, said) == (alone, said_alone), profile
            elif asked.fails <= 1:
                assert watched == alone, profile
            if one_by_one or isinstance(alone, dict):
                # And the oracle: what ran is what is recorded.
                assert ended == sorted(line.removeprefix("ran ") for line in said), profile
        sys.modules.pop(flow.__name__)
    event(f"{executor} {'returned' if isinstance(alone, dict) else 'raised'}")


EXAMPLES = settings(suppress_health_check=list(HealthCheck), derandomize=True)
HOW = (dataflows(), st.sampled_from(sorted(LOCAL)))


@settings(EXAMPLES, max_examples=60)
@given(*HOW)
def test_a_random_dataflow(asked: Dataflow, executor: str) -> None:
    differs(asked, executor)


@pytest.mark.slow
@settings(EXAMPLES, max_examples=3_000, derandomize=False)
@given(*HOW)
def test_many_random_dataflows(asked: Dataflow, executor: str) -> None:
    differs(asked, executor)


PROGRAM = """
import os, sys
from importlib import import_module
sys.path[:0] = {folders!r}
sys.stderr = open(os.devnull, "w")
from hamilton import driver
flow = [import_module(name) for name in {modules!r}]
builder = driver.Builder().with_modules(*flow).with_config({config!r})
builder = builder.enable_dynamic_execution(allow_experimental_mode=True) if {dynamic!r} else builder
inputs = {inputs!r}
found = builder.build().execute({targets!r}, inputs=inputs)
print(sorted((name, str(value)) for name, value in found.items()))
"""
FAST = {"pace": 0.01}
#: A sample's modules, whether it has blocks, what is asked of it, and how it ends.
Way = tuple[list[str], bool, list[str], int]
SAMPLE_WAYS: list[Way] = [
    (["failing"], False, ["summary"], 1),
    (["shards"], True, ["totals"], 0),
    (["hangs"], False, ["killed"], -9),
]
MORE_WAYS: list[Way] = [
    (["failing"], False, ["shelf_labels"], 0),
    (["audit"], True, ["labels"], 0),
    (["audit"], True, ["ledger_check"], 1),
    (["payloads"], False, ["storms", "by_sensor"], 0),
    (["ticking"], True, ["summary"], 0),
    (["orders"], False, ["report"], 0),
    (["hangs"], False, ["crashed"], -11),
]


def lines(output: bytes, *, side_by_side: bool) -> list[bytes]:
    """What was printed; by blocks in whatever order, and with numbers of processes that no two runs share."""
    told = re.sub(rb"process \d+", b"process", output)
    return (
        sorted(filter(None, re.split(rb"\n|(?<!^)(?=shard_text:)", told)))
        if side_by_side
        else told.splitlines()
    )


@pytest.mark.parametrize(
    ("modules", "dynamic", "targets", "code"),
    [*SAMPLE_WAYS, *(pytest.param(*way, marks=pytest.mark.slow) for way in MORE_WAYS)],
)
def test_a_sample_as_a_program(
    modules: list[str], dynamic: bool, targets: list[str], code: int, tmp_path: Path
) -> None:
    folders = [str(SAMPLES), str(SAMPLES / "featurelib")]
    given = {"folders": folders, "modules": modules, "config": {}, "dynamic": dynamic, "targets": targets}
    inputs = FAST if modules != ["hangs"] else {}
    (tmp_path / "program.py").write_text(PROGRAM.format(inputs=inputs, **given))

    def run(*command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False
        )

    alone = run(sys.executable, "program.py")
    assert alone.returncode == code, alone.stderr
    watched = run(*HAMTUI, "exec", "program.py", "--plain")
    assert watched.returncode == (code if code >= 0 else 128 - code), watched.stderr
    output = (tmp_path / "_hamilton_diag" / "latest" / "output.log").read_bytes()
    if code == -11:
        output = output.partition(b"Fatal Python error")[0]
    assert lines(output, side_by_side=dynamic) == lines(alone.stdout, side_by_side=dynamic)
    assert os.listdir(tmp_path / "_hamilton_diag")
