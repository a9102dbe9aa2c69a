"""A service: thousands of executes in one process, whose memory does not grow with them."""

import gc
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from textwrap import dedent

import pytest
from hamilton import driver

from hamtui.recorder import cache_memory
from hamtui.recorder.cache import make_cache
from tests.recorder.inside import Launch, module

SOURCE = """
    def a(n: int) -> int:
        return n

    def b(a: int) -> list:
        return [a]

    def c(b: list) -> int:
        if b == [-1]:
            raise ValueError("no")
        return len(b)
"""

#: Counts what lives, and what the allocator holds, after so many executes; in a process of its own.
_COUNTING = """
    import gc, json, logging, os, sys, tracemalloc
    sys.path.insert(0, {folder!r})
    import flow
    from hamilton import driver
    from hamtui.contract.diagnostics import Diagnostics
    from hamtui.recorder.adapter import Recorder
    from hamtui.recorder.cache import make_cache

    logging.disable(logging.CRITICAL)
    recorder = Recorder({folder!r}, main_pid=os.getpid(), wanted=Diagnostics(max_size=2_000_000))
    adapters = [recorder, make_cache({folder!r} + "/cache", recorder)] if {cached} else [recorder]
    dr = driver.Builder().with_modules(flow).with_adapters(*adapters).build()
    told, done = [], 0
    for upto in {marks}:
        while done < upto:
            done += 1
            try:
                dr.execute(["c"], inputs={{"n": -1 if done % 10 == 0 else done % 7}})
            except ValueError:
                pass
        gc.collect()
        if not tracemalloc.is_tracing():
            tracemalloc.start()
            continue
        told.append([len(gc.get_objects()), tracemalloc.get_traced_memory()[0]])
    print(json.dumps(told))
"""


#: Before 3.11 it takes longer until the tables of the standard library, and ours, have their last size.
_MARKS_CACHED = (100, 300, 900) if sys.version_info >= (3, 11) else (100, 1_500, 2_100)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("cached", "marks"), [(False, (500, 2_000, 6_000)), (True, _MARKS_CACHED)], ids=["plain", "cached"]
)
def test_memory_is_flat_however_many_executes_there_were(
    tmp_path: Path, cached: bool, marks: tuple[int, int, int]
) -> None:
    (tmp_path / "flow.py").write_text(dedent(SOURCE), "utf-8")
    script = dedent(_COUNTING).format(folder=str(tmp_path), cached=cached, marks=marks)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HAMILTON_AUTOLOAD_EXTENSIONS": "0"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (objects, size), (later_objects, later_size) = json.loads(done.stdout)
    more = marks[2] - marks[1]
    # A run that left a single object or eighty bytes behind would show.
    assert later_objects - objects < more * 0.1, (objects, later_objects)
    assert later_size - size < more * 40, (size, later_size)


def test_the_newest_runs_cache_logs_are_there_and_old_ones_are_gone(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    recorder = launch.recorder()
    cache = make_cache(str(tmp_path / "cache"), recorder)
    flow = module(tmp_path, SOURCE)
    dr = driver.Builder().with_modules(flow).with_adapters(recorder, cache).build()
    for n in range(cache_memory.RUNS_KEPT + 10):
        dr.execute(["c"], inputs={"n": n})
    kept = dr.cache.run_ids
    assert len(kept) == cache_memory.RUNS_KEPT
    for run_id in kept:
        assert set(dr.cache.logs(run_id)) == {"a", "b", "c"}
    assert set(dr.cache.logs()) == set(kept)
    assert dr.cache.last_run_id == kept[-1]
    assert set(dr.cache.cache_keys) == set(dr.cache.behaviors) == set(kept)


def test_a_run_whose_nodes_run_on_is_kept_until_they_have_ended(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    recorder = launch.recorder()
    cache = make_cache(str(tmp_path / "cache"), recorder)
    held, go = threading.Event(), threading.Event()
    slow = module(
        tmp_path,
        "def slow(held: object, go: object) -> int:\n    held.set()\n    go.wait(60)\n    return 1\n",
    )
    waits = driver.Builder().with_modules(slow).with_adapters(recorder, cache).build()
    thread = threading.Thread(
        target=waits.execute, args=(["slow"],), kwargs={"inputs": {"held": held, "go": go}}
    )
    thread.start()
    assert held.wait(60)
    (first,) = cache.run_ids
    cache.post_graph_execute(run_id=first)  # its run failed, say, while the node runs on
    dr = driver.Builder().with_modules(module(tmp_path, SOURCE)).with_adapters(recorder, cache).build()
    for n in range(cache_memory.RUNS_KEPT + 5):
        dr.execute(["c"], inputs={"n": n})
    assert first in cache.behaviors
    go.set()
    thread.join()
    for n in range(cache_memory.RUNS_KEPT + 5):
        dr.execute(["c"], inputs={"n": n})
    assert first not in cache.behaviors


def test_a_thread_that_ended_leaves_no_connection_to_the_metadata(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    recorder = launch.recorder()
    dr = (
        driver.Builder()
        .with_modules(module(tmp_path, SOURCE))
        .with_adapters(recorder, make_cache(str(tmp_path / "cache"), recorder))
        .build()
    )

    def opened() -> int:
        gc.collect()
        names = (os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_link(fd))
        return sum("metadata_store.db" in name for name in names)

    def once(n: int) -> None:
        thread = threading.Thread(target=dr.execute, args=(["c"],), kwargs={"inputs": {"n": n}})
        thread.start()
        thread.join()

    once(0)
    before = opened()
    for n in range(20):
        once(n)
    assert opened() == before


def _is_link(fd: str) -> bool:
    return os.path.islink(f"/proc/self/fd/{fd}")
