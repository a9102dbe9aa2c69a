"""Task-based execution: every block a span of its own, by threads and by processes, forked or spawned."""

import logging
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest
from hamilton import driver
from hamilton.execution import executors

from hamtui.recorder.adapter import Recorder
from hamtui.recorder.cache import make_cache
from tests.recorder.inside import Launch, module

SHARDS = """
    import os
    from hamilton.htypes import Collect, Parallelizable

    def shard(count: int) -> Parallelizable[int]:
        yield from range(count)

    def doubled(shard: int) -> int:
        return 2 * shard

    def where(doubled: int) -> tuple:
        return os.getpid(), doubled

    def total(where: Collect[tuple]) -> list:
        return sorted(where, key=lambda one: one[1])
"""


class Pool(executors.MultiProcessingExecutor):  # type: ignore[misc]
    """Worker processes made in one given way."""

    def __init__(self, way: str) -> None:
        super().__init__(max_tasks=2)
        self.way = way

    def create_pool(self) -> Executor:
        return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(self.way))


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launch]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield Launch(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def no_tracker_left() -> Iterator[None]:
    """multiprocessing's own tracker would outlive the session."""
    yield
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


def executor(kind: str) -> Any:
    if kind == "sync":
        return executors.SynchronousLocalTaskExecutor()
    return executors.MultiThreadingExecutor(4) if kind == "threads" else Pool(kind)


def run(launch: Launch, kind: str, count: int = 5, cache: str | None = None) -> list[tuple[int, int]]:
    recorder = launch.recorder()
    adapters: list[Any] = [recorder]
    if cache is not None:
        adapters.append(make_cache(cache, recorder))
    built = (
        driver.Builder()
        .with_modules(module(launch.folder, SHARDS))
        .enable_dynamic_execution(allow_experimental_mode=True)
        .with_local_executor(executors.SynchronousLocalTaskExecutor())
        .with_remote_executor(executor(kind))
        .with_adapters(*adapters)
        .build()
    )
    found: list[tuple[int, int]] = built.execute(["total"], inputs={"count": count})["total"]
    return found


@pytest.mark.parametrize("kind", ["sync", "threads", "fork", "spawn"])
def test_every_block_has_its_span(launch: Launch, kind: str) -> None:
    found = run(launch, kind)
    assert [one[1] for one in found] == [0, 2, 4, 6, 8]
    lines = launch.flight() + launch.workers()
    starts = {(line["task_id"], line["node"]): line for line in lines if line["event"] == "node_start"}
    ends = {(line["task_id"], line["node"]): line for line in lines if line["event"] == "node_end"}
    assert starts.keys() == ends.keys()
    assert len([key for key in starts if key[1] == "doubled"]) == 5
    assert len(starts) == len([line for line in lines if line["event"] == "node_start"])
    for key, end in ends.items():
        assert end["success"] is True and end["pid"] == starts[key]["pid"]
    pids = {ends[key]["pid"] for key in ends if key[1] == "where"}
    assert pids == {one[0] for one in found}
    assert (os.getpid() in pids) == (kind in ("sync", "threads"))


@pytest.mark.parametrize("kind", ["threads", "spawn"])
def test_tasks_are_told_where_they_happen(launch: Launch, kind: str) -> None:
    run(launch, kind, 3)
    main, workers = launch.flight(), launch.workers()
    grouped = [line for line in main if line["event"] == "task_grouped"]
    assert len(grouped) == 1 and "expand-shard" in grouped[0]["task_ids"]
    (expanded,) = [line for line in main if line["event"] == "task_expanded"]
    assert expanded["task_id"] == "expand-shard"
    assert expanded["parameters"] == {"count": 3, "keys": ["0", "1", "2"]}
    submitted = {line["task_id"] for line in main if line["event"] == "task_submit"}
    returned = {line["task_id"]: line for line in main if line["event"] == "task_return"}
    started = {line["task_id"]: line for line in main + workers if line["event"] == "task_start"}
    ended = {line["task_id"]: line for line in main + workers if line["event"] == "task_end"}
    assert submitted == set(returned) == set(started) == set(ended)
    block = "expand-shard.0.block-shard"
    assert started[block]["spawning_task_id"] == "expand-shard"
    assert started[block]["nodes"] == ended[block]["nodes"] and "doubled" in started[block]["nodes"]
    assert started[block]["purpose"] == "EXECUTE_BLOCK" and started[block]["native_id"] > 0
    assert ended[block]["success"] is returned[block]["success"] is True and ended[block]["elapsed_s"] > 0


def test_worker_files_count_from_nought_for_each_process(launch: Launch) -> None:
    run(launch, "spawn", 6)
    by_pid: dict[int, list[int]] = {}
    for line in launch.workers():
        by_pid.setdefault(line["pid"], []).append(line["seq"])
    for seqs in by_pid.values():
        assert seqs == list(range(len(seqs)))
    assert all(line["pid"] == os.getpid() for line in launch.flight())


def test_a_worker_begins_with_what_was_registered(launch: Launch) -> None:
    recorder = launch.recorder()
    recorder.on_worker(_begin)
    built = (
        driver.Builder()
        .with_modules(module(launch.folder, SHARDS))
        .enable_dynamic_execution(allow_experimental_mode=True)
        .with_remote_executor(Pool("spawn"))
        .with_adapters(recorder)
        .build()
    )
    pids = {pid for pid, _ in built.execute(["total"], inputs={"count": 3})["total"]}
    assert {int(path.suffix[1:]) for path in launch.dir.glob("began.*")} == pids


def _begin(recorder: Recorder) -> None:
    path = Path(recorder.launch_dir) / f"began.{os.getpid()}"
    assert not path.exists()
    path.touch()


def test_records_logged_in_spawned_workers_have_their_span(launch: Launch) -> None:
    source = SHARDS.replace(
        "return 2 * shard", "logging.getLogger('mine').warning('at %s', shard); return 2 * shard"
    )
    built = (
        driver.Builder()
        .with_modules(module(launch.folder, source.replace("import os", "import logging, os")))
        .enable_dynamic_execution(allow_experimental_mode=True)
        .with_remote_executor(Pool("spawn"))
        .with_adapters(launch.recorder())
        .build()
    )
    built.execute(["total"], inputs={"count": 2})
    mine = [line for line in launch.workers("app.log.jsonl") if line["logger"] == "mine"]
    assert sorted((line["message"], line["node"], line["task_id"]) for line in mine) == [
        (f"at {number}", "doubled", f"expand-shard.{number}.block-shard") for number in range(2)
    ]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["sync", "threads", "spawn", "fork"])
def test_the_cache_works_with_it_first_and_again(launch: Launch, tmp_path: Path, kind: str) -> None:
    logging.disable(logging.CRITICAL)
    cache = str(tmp_path / "cache")
    counts = []
    for _ in range(2):
        one = Launch(tmp_path)
        found = run(one, kind, cache=cache)
        assert [value for _, value in found] == [0, 2, 4, 6, 8]
        told = one.lines("cache_logs.jsonl") + one.workers("cache_logs.jsonl")
        seen = [(line["node_name"], line["event_type"]) for line in told]
        counts.append((seen.count(("doubled", "execute_node")), seen.count(("doubled", "get_result"))))
    logging.disable(logging.NOTSET)
    assert counts == [(5, 0), (0, 5)]
