"""The same dataflow by sync, threads and processes: right spans, right places, truthful times."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.driving import SAMPLES, Json, Launched, hamtui, json_lines, newest

SHARDS = SAMPLES / "shards.py"


def run(cwd: Path, executor: str, *args: str) -> Launched:
    done = hamtui("run", SHARDS, "--target", "totals", "--executor", executor, *args, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return newest(cwd)


def spans(said: Json, node: str) -> list[Json]:
    return [row for row in said["runs"][0]["nodes"] if row["node"] == node]


def places(launched: Launched, node: str) -> set[tuple[Any, Any]]:
    starts = (event for event in launched.events("node_start") if event["node"] == node)
    return {(event["pid"], event["native_id"]) for event in starts}


@pytest.mark.parametrize("executor", ["sync", "threads", "processes"])
def test_shards(executor: str, tmp_path: Path) -> None:
    launched = run(tmp_path, executor, "--max-tasks", "4", "--input", "pace=0.15")
    said = launched.status()
    assert said["launch"]["state"] == "succeeded"
    counts = said["runs"][0]["counts"]
    assert counts["planned"] == counts["succeeded"]
    texts = spans(said, "shard_text")
    assert len(texts) == len(spans(said, "shard_counts")) == 24
    assert len({row["task_id"] for row in texts}) == 24
    assert len(spans(said, "totals")) == 1
    # A shard sleeps 0.12 s, the slow one 1.2 s: no span is shorter than its own sleep, one alone is long.
    elapsed = sorted(row["elapsed_s"] for row in texts)
    assert elapsed[0] >= 0.119
    assert elapsed[-1] >= 1.19
    assert elapsed[len(elapsed) // 2] < 1.0

    main = launched.info["pid"]
    pids = {pid for pid, _ in places(launched, "shard_text")}
    threads = places(launched, "shard_text")
    if executor == "sync":
        assert threads == {(main, main)}
    elif executor == "threads":
        assert pids == {main}
        assert 1 < len(threads) <= 4
    else:
        assert main not in pids
        assert 1 < len(pids) <= 4
        # One writer a file, and its name says which.
        for path in launched.flight_files():
            named = path.name.split(".")[-2]
            writer = main if named == "hamilton_flight" else int(named)
            assert {event["pid"] for event in json_lines(path)} == {writer}
        assert launched.group_is_gone()


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_hundred_blocks_have_a_row_each(executor: str, tmp_path: Path) -> None:
    launched = run(tmp_path, executor, "--input", "pace=0", "--input", "shards=100", "--max-tasks", "8")
    said = launched.status()
    texts = spans(said, "shard_text")
    assert len(texts) == 100
    assert all(row["task_id"] and row["status"] == "succeeded" for row in texts)
    assert len({row["task_id"] for row in texts}) == 100


def test_at_once_means_overlapping_times(tmp_path: Path) -> None:
    launched = run(tmp_path, "threads", "--max-tasks", "4", "--input", "pace=0.3", "--input", "shards=8")
    rows = spans(launched.status(), "shard_text")
    times = [(row["started_at"], row["started_at"] + row["elapsed_s"]) for row in rows]
    at_once = max(sum(start <= moment < end for start, end in times) for moment, _ in times)
    assert 2 <= at_once <= 4
