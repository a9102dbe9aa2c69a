"""What each profile costs a node: 2,000 trivial nodes, default executor, against no adapter at all.

``python -m tests.benchmarks profiles``. Rounds are shuffled, and of each kind the fastest round counts: noise only
ever adds.
"""

import os
import random
import sys
import tempfile
import types
from collections.abc import Callable
from time import perf_counter_ns

from hamilton import driver

from hamtui.contract.diagnostics import PROFILES, Diagnostics
from hamtui.contract.settings import Table, profile_values
from hamtui.recorder import instruments
from hamtui.recorder.adapter import Recorder
from tests.benchmarks.measuring import Measured

NODES = 2_000
ROUNDS = 15


#: The end of each chain.
TARGETS = [f"n{chain}_9" for chain in range(NODES // 10)]


def source() -> str:
    """Chains of ten, side by side, all from the first one's first node."""
    lines = ["def n0_0() -> int:\n    return 0\n"]
    for chain in range(NODES // 10):
        for step in range(10):
            if (chain, step) != (0, 0):
                needs = f"n{chain}_{step - 1}: int" if step else "n0_0: int"
                lines.append(f"def n{chain}_{step}({needs}) -> int:\n    return 1\n")
    return "\n".join(lines)


def flow() -> types.ModuleType:
    """The module of ``source``, with no file."""
    module = types.ModuleType("bench_flow")
    sys.modules[module.__name__] = module
    exec(compile(source(), "bench_flow.py", "exec"), module.__dict__)
    for value in vars(module).values():
        if callable(value):
            value.__module__ = module.__name__
    return module


def rounds(kinds: dict[str, Callable[[], driver.Driver]]) -> dict[str, float]:
    """Kind -> microseconds a node of its fastest round."""
    drivers = {name: make() for name, make in kinds.items()}
    best: dict[str, float] = {}
    order = [name for name in kinds for _ in range(ROUNDS)]
    random.Random(1).shuffle(order)
    for name in [*kinds, *order]:
        began = perf_counter_ns()
        drivers[name].execute(TARGETS)
        took = (perf_counter_ns() - began) / NODES / 1000
        best[name] = min(best.get(name, took), took)
    return best


def measure() -> Measured:
    module = flow()

    def plain() -> driver.Driver:
        return driver.Builder().with_modules(module).build()

    def recorded(profile: str) -> driver.Driver:
        wanted = Diagnostics(profile=profile, **profile_values(profile, Table()))
        recorder = Recorder(tempfile.mkdtemp(), main_pid=os.getpid(), wanted=wanted)
        return (
            driver.Builder()
            .with_modules(module)
            .with_adapters(*instruments.adapters(recorder, wanted, None))
            .build()
        )

    kinds = {"no recorder": plain} | {name: lambda name=name: recorded(name) for name in PROFILES}
    best = rounds(kinds)
    found = Measured("profiles", f"{NODES:,} trivial nodes, default executor; more than with no recorder")
    for name, took in best.items():
        found.add(name, [took - best["no recorder"] if name != "no recorder" else took], "µs a node")
    return found
