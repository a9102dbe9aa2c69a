"""What telling every event of the cache costs: a cold and a warm cache, with the log and without.

``python -m tests.benchmarks cache_log``. 2,000 trivial nodes whose results are stored in a fresh folder, and then found there by
a Driver of its own. Kinds shuffled in each round; the ratio is of the same round's: hamtui's cache with its log by the
same cache without, Hamilton's own with ``log_to_file`` by Hamilton's own without. CPU time of this thread, the folder in
memory where it can be: on a disk SQLite's waiting is a hundred times what is measured here.
"""

import gc
import importlib
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns
from types import ModuleType

from hamilton import driver
from hamilton.caching.adapter import HamiltonCacheAdapter

from hamtui.contract import layout
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.cache import LaunchCache
from tests.benchmarks.measuring import Measured
from tests.benchmarks.profiles import NODES, TARGETS, source

ROUNDS = 5
_MOST = 1.15
_MEMORY = Path("/dev/shm")
_OURS, _OURS_WITHOUT = "hamtui, cache_logs.jsonl", "hamtui, no log"
_THEIRS, _THEIRS_WITHOUT = "Hamilton, log_to_file", "Hamilton, no log"
#: Of each kind with a log the same without.
_BASE = {_OURS: _OURS_WITHOUT, _THEIRS: _THEIRS_WITHOUT}


class _Quiet(LaunchCache):
    """The same cache, its events kept as Hamilton keeps them, and not written."""

    _log_event = HamiltonCacheAdapter._log_event


Make = Callable[[Path], driver.Driver]


def _makes(module: ModuleType) -> dict[str, Make]:
    """Each kind, as a Driver whose cache is in the folder."""

    def built(adapter: HamiltonCacheAdapter) -> driver.Driver:
        return driver.Builder().with_modules(module).with_adapters(adapter).build()

    def ours(kind: type[LaunchCache]) -> Make:
        return lambda folder: built(kind(str(folder / "cache"), Recorder(str(folder), main_pid=os.getpid())))

    def theirs(log_to_file: bool) -> Make:
        return lambda folder: built(HamiltonCacheAdapter(str(folder / "cache"), log_to_file=log_to_file))

    return {
        _THEIRS_WITHOUT: theirs(False),
        _THEIRS: theirs(True),
        _OURS_WITHOUT: ours(_Quiet),
        _OURS: ours(LaunchCache),
    }


def _timed(make: Make, folder: Path) -> tuple[float, int]:
    """Microseconds a node, and how many events there were."""
    made = make(folder)
    gc.collect()  # what an earlier kind left is not this one's to clear away
    began = thread_time_ns()
    made.execute(TARGETS)
    took = (thread_time_ns() - began) / NODES / 1000
    assert made.cache is not None
    return took, len(made.cache._logs[made.cache.last_run_id])


def _checked(kind: str, folder: Path, events: int) -> None:
    """Every event of both executions is in the file, or there is none."""
    name = folder / "cache" / "cache_logs.jsonl" if kind == _THEIRS else folder / layout.CACHE_LOG
    written = len(name.read_bytes().splitlines()) if name.exists() else 0
    assert written == (events if kind in _BASE else 0), (kind, written, events)


def measure() -> Measured:
    found = Measured("cache_log", "", "no log")
    took: dict[tuple[str, str], list[float]] = {}
    order = random.Random(1)
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as root:
        Path(root, "cached_flow.py").write_text(source())
        sys.path.insert(0, root)
        makes = _makes(importlib.import_module("cached_flow"))
        sys.path.remove(root)
        for number in range(ROUNDS):
            for kind in order.sample([*makes], len(makes)):
                folder = Path(root, f"{list(makes).index(kind)}-{number}")
                folder.mkdir()
                (cold, told), (warm, again) = (_timed(makes[kind], folder) for _ in range(2))
                took.setdefault(("cold", kind), []).append(cold)
                took.setdefault(("warm", kind), []).append(warm)
                _checked(kind, folder, told + again)
    found.work = f"{NODES:,} trivial nodes, {told:,} events cold and {again:,} warm"
    for (state, kind), values in took.items():
        found.add(f"{state}: {kind}", values, "µs a node", took.get((state, _BASE.get(kind, ""))))
        if kind == _OURS:
            ratio = found.rows[-1].ratio
            assert ratio is not None
            found.aim(f"{state}, with the log ÷ without", ratio.median, _MOST, "times")
    return found
