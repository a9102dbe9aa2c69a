"""Real Ray and Dask: where nodes run, what dies, and what comes from a worker that can't write the launch folder."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hamtui.contract import layout
from tests.e2e.clusters import dask_apart
from tests.e2e.driving import SAMPLES, Json, Launched, detach, hamtui, json_lines, until

SHARDS = SAMPLES / "shards.py"
PATIENCE = 110.0

DYING = """
import os, pathlib, signal, time
from hamilton.htypes import Collect, Parallelizable

def item(count: int = 2) -> Parallelizable[int]:
    yield from range(count)

def work(item: int, deaths: int, marks: str) -> int:
    if item == 1:
        mark = pathlib.Path(marks)
        with open(mark, "a") as file:
            file.write(f"{os.getpid()}\\n")
        if len(mark.read_text().split()) <= deaths:
            time.sleep(1.0)  # so that its heart has beaten
            os.kill(os.getpid(), signal.SIGKILL)
    return item

def total(work: Collect[int]) -> int:
    return sum(work)
"""

STUCK = """
import time
from hamilton.htypes import Collect, Parallelizable

def item(count: int = 2) -> Parallelizable[int]:
    yield from range(count)

def work(item: int, count: int = 2) -> int:
    if item == count - 1:
        time.sleep(600)
    return item

def total(work: Collect[int]) -> int:
    return sum(work)
"""

pytestmark = pytest.mark.timeout(300)


def rows(said: Json, node: str) -> list[Json]:
    return [row for row in said["runs"][0]["nodes"] if row["node"] == node]


def suspect(launched: Launched) -> Json | None:
    return next((row["suspect"] for row in rows(launched.status(), "work") if row["suspect"]), None)


def judged(launched: Launched) -> Json | None:
    """The mark once there is a stack, and samples enough for a verdict."""
    mark = suspect(launched)
    return mark if mark and mark["stack"] and mark["verdict"] != "unknown" else None


def worker_pids(launched: Launched) -> set[int]:
    return {event["pid"] for event in launched.events("node_start")} - {launched.info["pid"]}


def check_worker_files(launched: Launched) -> None:
    """Each worker's lines are in a file of its own, whole, in order, each once."""
    for path in launched.flight_files():
        seqs = [event["seq"] for event in json_lines(path)]
        assert seqs == list(range(len(seqs))), path


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A cluster that can't see the diag folder, and that folder."""
    root = tmp_path_factory.mktemp("apart")
    (root / "stuck.py").write_text(STUCK)
    with dask_apart(root / "diag", root) as address:
        yield address, root / "diag"


def launch_apart(apart: tuple[str, Path], module: Path, target: str, *args: str) -> Launched:
    address, diag = apart
    return detach(
        module,
        "--target",
        target,
        "--executor",
        "dask",
        "--address",
        address,
        "--diag-dir",
        diag,
        *args,
        cwd=diag.parent,
    )


def test_workers_that_cannot_write_the_folder_send_the_same_lines(apart: tuple[str, Path]) -> None:
    launched = launch_apart(apart, SHARDS, "totals", "--input", "pace=0.05").wait_end(PATIENCE)
    said = launched.status()
    assert said["launch"]["state"] == "succeeded"
    assert said["launch"]["unread"] == {"lines": 0, "bytes": 0}
    texts = rows(said, "shard_text")
    assert len(texts) == 24 and {row["status"] for row in texts} == {"succeeded"}
    assert len(worker_pids(launched)) == 2
    check_worker_files(launched)
    # They came over the line: the receiver notes where each file's stream began.
    sent = {line["file"] for line in json_lines(launched.dir / "relay.jsonl")}
    assert {path.name for path in launched.flight_files()} - sent == {layout.FLIGHT}
    prefix = layout.spool_prefix(str(launched.dir), launched.info["host"], launched.info["pid"])
    until("the spools' end", lambda: not list(Path(tempfile.gettempdir()).glob(f"{prefix}*")))


def test_a_hung_node_of_such_a_worker_has_verdict_and_stack_and_answers_a_dump(
    apart: tuple[str, Path],
) -> None:
    launched = launch_apart(apart, apart[1].parent / "stuck.py", "total", "--hang-after", "1")
    until("the node's start", lambda: launched.started("work"), PATIENCE)
    mark = until("a verdict and a stack", lambda: judged(launched))
    assert mark["verdict"] == "sleeping"
    assert mark["stack"][0]["file"].endswith("stuck.py")
    shown = hamtui("dump", launched.dir, cwd=launched.dir.parent)
    assert shown.returncode == 0, shown.stderr
    assert "work" in shown.stdout and "time.sleep(600)" in shown.stdout
    stopped = hamtui("stop", launched.dir, cwd=launched.dir.parent)
    assert stopped.returncode == 0, stopped.stderr
    launched.wait_end()
    (row,) = [row for row in rows(launched.status(), "work") if row["status"] != "succeeded"]
    assert row["status"] == "aborted"


@pytest.mark.parametrize(
    ("executor", "deaths", "state", "status"),
    [
        # The next one is tried again too: this one adds that the other worker's result is taken.
        pytest.param("dask", 1, "succeeded", "succeeded", marks=pytest.mark.slow),
        ("dask", 9, "failed", "aborted"),
        ("processes", 9, "failed", "aborted"),
        pytest.param("ray", 1, "succeeded", "succeeded", marks=pytest.mark.slow),
        pytest.param("ray", 9, "failed", "aborted", marks=pytest.mark.slow),
    ],
)
def test_a_worker_that_dies_leaves_its_span_aborted_or_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str, deaths: int, state: str, status: str
) -> None:
    (tmp_path / "dying.py").write_text(DYING)
    # Each death costs the start of a worker: Dask is to give up at the second, not at the fourth.
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "1")
    marks = tmp_path / "marks"
    launched = detach(
        tmp_path / "dying.py",
        *("--target", "total", "--executor", executor, "--max-tasks", "2"),
        *("--input", f"deaths={deaths}", "--input", f'marks="{marks}"'),
        cwd=tmp_path,
    ).wait_end(PATIENCE)
    said = launched.status()
    assert said["launch"]["state"] == state, (launched.dir / "output.log").read_text()
    tried = [int(pid) for pid in marks.read_text().split()]
    (row,) = [row for row in rows(said, "work") if row["task_id"] == "expand-item.1.block-item"]
    assert row["status"] == status
    if status == "aborted":
        # Ray's workers are no children of anybody here: what is known of their end is what Ray says.
        how = "is gone; Ray says: " if executor == "ray" else "was killed by signal 9"
        assert row["error"]["message"].startswith(f"its worker process {tried[-1]} {how}")
        assert row["error"]["type"] == "WorkerDied"
        assert len(set(tried)) == {"dask": 2, "processes": 1, "ray": 4}[executor]
    else:
        assert len(set(tried)) == 2
    assert launched.group_is_gone()


def of_session(number: int) -> list[int]:
    """What still runs of a session."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.mark.slow
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_ray_has_its_nodes_looked_at_and_leaves_no_process(tmp_path: Path, end: str) -> None:
    (tmp_path / "stuck.py").write_text(STUCK)
    launched = detach(
        tmp_path / "stuck.py",
        # One block, one worker: each worker of Ray's takes seconds to start.
        *("--target", "total", "--executor", "ray", "--max-tasks", "1", "--input", "count=1"),
        *("--hang-after", "1"),
        cwd=tmp_path,
    )
    until("the node's start", lambda: launched.started("work"), PATIENCE)
    mark = until("a verdict and a stack", lambda: judged(launched))
    assert mark["verdict"] == "sleeping"
    main = launched.info["pid"]
    assert main not in {event["pid"] for event in launched.events("node_start") if event["node"] == "work"}
    assert "time.sleep(600)" in hamtui("dump", launched.dir, cwd=tmp_path).stdout
    if end == "stop":
        assert hamtui("stop", launched.dir, cwd=tmp_path).returncode == 0
    else:
        os.kill(main, signal.SIGKILL)
    launched.wait_end()
    until("no process of Ray's", lambda: not of_session(main))


@pytest.mark.slow
def test_ray_runs_the_shards(tmp_path: Path) -> None:
    done = hamtui(
        "run",
        SHARDS,
        *("--target", "totals", "--executor", "ray", "--max-tasks", "2", "--input", "pace=0.05"),
        cwd=tmp_path,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    launched = Launched((tmp_path / "_hamilton_diag" / "latest").resolve())
    assert {row["status"] for row in rows(launched.status(), "shard_text")} == {"succeeded"}
    assert len(worker_pids(launched)) == 2
    check_worker_files(launched)


def test_a_cluster_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    for executor, address in (("dask", "tcp://127.0.0.1:9"), ("ray", "127.0.0.1:9")):
        done = hamtui(
            "run", SHARDS, "--target", "totals", "--executor", executor, "--address", address, cwd=tmp_path
        )
        assert done.returncode == 2
        assert f"no {executor.title()} cluster answers at --address {address}: " in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_an_address_to_listen_on_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    done = hamtui(
        "run", SHARDS, "--target", "totals", "--executor", "dask", "--listen", "192.0.2.1", cwd=tmp_path
    )
    assert done.returncode == 2
    assert "--listen 192.0.2.1: " in done.stderr and "Traceback" not in done.stderr
