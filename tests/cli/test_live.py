"""``status``, ``dump`` and ``stop`` on runs that live, are stopped, are dead, or are somewhere else."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from hamtui.probe import procs
from tests.cli.conftest import Program, info

BLOCKS = """
import time
from hamilton.htypes import Collect, Parallelizable


def block() -> Parallelizable[int]:
    yield from range(2)


def slow(block: int) -> int:
    time.sleep(600)  # a worker is here
    return block


def total(slow: Collect[int]) -> int:
    return sum(slow)
"""


def picture(hamtui: Program, folder: Path, *words: str) -> Any:
    done = hamtui("status", str(folder), "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_status_of_a_live_run(hamtui: Program) -> None:
    folder = hamtui.detached("naps", "--hang-after", "1")
    hamtui.until(lambda: picture(hamtui, folder)["runs"][0]["counts"]["suspected"])
    found = picture(hamtui, folder)
    assert found["schema"] == 1
    assert (found["launch"]["state"], found["launch"]["pid"]) == ("running", info(folder)["pid"])
    [napping] = [node for node in found["runs"][0]["nodes"] if node["node"] == "naps"]
    assert napping["suspect"]["level"] in {"suspected", "confirmed"}
    told = hamtui("status", str(folder)).stdout
    for word in (folder.name, "running", "! naps", "2 nodes planned", f"hamtui attach {folder}"):
        assert word in told
    hamtui.until(lambda: "flow.py:" in hamtui("status", str(folder)).stdout)
    assert hamtui("status", str(folder), "--exit-code").returncode in {3, 4}
    assert hamtui("status", str(folder)).returncode == 0


@pytest.mark.parametrize(("target", "code"), [("three", 0), ("broken", 1), ("dies", 5)])
def test_status_says_by_its_exit_code_how_it_ended(hamtui: Program, target: str, code: int) -> None:
    hamtui("run", "flow.py", "--target", target, "--plain")
    assert hamtui("status", "--exit-code").returncode == code
    assert hamtui("status").returncode == 0
    told = hamtui("status").stdout
    assert {"three": "succeeded", "broken": "ValueError: no", "dies": "killed"}[target] in told
    assert "\x1b" not in told


def test_dump_of_a_live_run_puts_the_nodes_thread_first(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    done = hamtui("dump", str(folder))
    assert done.returncode == 0 and done.stderr == ""
    first = done.stdout.split("\n\n")[1].splitlines()
    assert first[0].startswith("naps  running") and "MainThread" in first[0]
    assert first[1].endswith("in naps") and "flow.py:" in first[1]
    assert first[2].strip() == "time.sleep(600)  # stuck here"
    assert "recorder" not in done.stdout.split("\n\n")[1]


def test_dump_shows_what_worker_processes_are_at(hamtui: Program) -> None:
    (hamtui.folder / "blocks.py").write_text(BLOCKS)
    done = hamtui(
        "run", "blocks.py", "--target", "total", "--executor", "processes", "--max-tasks", "2", "--detach"
    )
    folder = Path(done.stdout.strip())
    hamtui.until(lambda: len(list(folder.glob("hamilton_flight.*.*.jsonl"))) == 2)
    hamtui.until(lambda: picture(hamtui, folder)["runs"][0]["counts"]["running"] == 2)
    told = hamtui("dump", str(folder)).stdout
    assert told.count("# a worker is here") == 2
    assert "slow [expand-block.0.block-block]  running" in told


def test_dump_of_a_stopped_run_says_so(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    os.kill(info(folder)["pid"], signal.SIGSTOP)
    done = hamtui("dump", str(folder))
    assert done.returncode == 0
    assert "is stopped" in done.stderr and "in naps" in done.stdout


def test_dump_of_a_dead_run_shows_its_last(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    dumps = folder / "faulthandler_stacks.jsonl"
    hamtui.until(lambda: dumps.exists() and "first-look" in dumps.read_text())
    os.kill(info(folder)["pid"], signal.SIGKILL)
    hamtui.until((folder / "exit.json").exists)
    done = hamtui("dump", str(folder))
    assert done.returncode == 0
    assert "the run is over (killed)" in done.stderr
    assert "naps  aborted" in done.stdout and "# stuck here" in done.stdout


def test_dump_where_there_is_none(hamtui: Program) -> None:
    hamtui("run", "flow.py", "--target", "two", "--plain")
    done = hamtui("dump")
    assert done.returncode == 1 and done.stdout == "" and "over" in done.stderr


def test_dump_of_a_crash(hamtui: Program) -> None:
    hamtui("run", "flow.py", "--target", "crashes", "--plain")
    done = hamtui("dump")
    assert done.returncode == 0
    assert "in crashes" in done.stdout and "faulthandler" in done.stdout


def test_dump_of_a_flat_folder(hamtui: Program) -> None:
    flat = hamtui.folder / "flat"
    flat.mkdir()
    (flat / "hamilton_flight.jsonl").write_text(
        '{"event": "node_start", "ts": 1.0, "run_id": "r", "node": "a"}\n'
    )
    done = hamtui("dump", str(flat))
    assert done.returncode == 1 and "can't be asked" in done.stderr
    assert not (flat / "requests.jsonl").exists()
    refused = hamtui("stop", str(flat))
    assert refused.returncode == 2 and "does not say which process" in refused.stderr


def test_stop_says_what_it_sent(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    pid = info(folder)["pid"]
    done = hamtui("stop", str(folder))
    assert done.returncode == 0, done.stderr
    assert f"sent SIGINT to process {pid}" in done.stdout and "SIGTERM" not in done.stdout
    assert procs.known(pid) is None
    left = json.loads((folder / "exit.json").read_text())
    assert "hamtui stop" in left["asked_by"]
    assert picture(hamtui, folder)["launch"]["state"] == "killed"


def test_stop_of_what_is_over(hamtui: Program) -> None:
    hamtui("run", "flow.py", "--target", "two", "--plain")
    done = hamtui("stop")
    assert done.returncode == 0 and "already over: succeeded" in done.stdout


def test_stop_of_a_stopped_run(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    os.kill(info(folder)["pid"], signal.SIGSTOP)
    done = hamtui("stop", str(folder))
    assert done.returncode == 0 and "SIGTERM" not in done.stdout
    assert json.loads((folder / "exit.json").read_text())["signal"] == signal.SIGINT


def test_stop_without_a_supervisor(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    os.kill(info(folder)["supervisor_pid"], signal.SIGKILL)
    hamtui.until(lambda: procs.known(info(folder)["supervisor_pid"]) is None)
    done = hamtui("stop", str(folder))
    assert done.returncode == 0 and "no exit record" in done.stdout
    assert procs.known(info(folder)["pid"]) is None
    assert picture(hamtui, folder)["launch"]["state"] == "lost"


def test_a_run_of_another_machine_is_left_alone(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    told = info(folder)
    (folder / "launch.json").write_text(json.dumps({**told, "host": "far-away"}))
    stopped = hamtui("stop", str(folder))
    assert stopped.returncode == 2 and "far-away" in stopped.stderr
    assert procs.known(told["pid"])
    (folder / "launch.json").write_text(json.dumps(told))


def test_a_reused_pid_is_left_alone(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    told = info(folder)
    (folder / "launch.json").write_text(json.dumps({**told, "process_start": told["process_start"] - 60}))
    done = hamtui("stop", str(folder))
    assert done.returncode == 0 and "already over" in done.stdout
    assert procs.known(told["pid"])
    (folder / "launch.json").write_text(json.dumps(told))


def test_the_launch_may_be_named_by_its_beginning(hamtui: Program) -> None:
    first = Path(hamtui("run", "flow.py", "--target", "two", "--detach").stdout.strip())
    hamtui.until((first / "exit.json").exists)
    second = Path(hamtui("run", "flow.py", "--target", "three", "--detach").stdout.strip())
    hamtui.until((second / "exit.json").exists)
    done = hamtui("status", "--launch", first.name, "--json")
    assert json.loads(done.stdout)["launch"]["id"] == first.name
    assert hamtui("status", "--launch", "nonsense").returncode == 2


def test_attach_without_a_terminal_names_status(hamtui: Program) -> None:
    hamtui("run", "flow.py", "--target", "two", "--plain")
    done = hamtui("attach")
    assert done.returncode == 2 and "hamtui status" in done.stderr
