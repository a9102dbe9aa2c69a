"""Watching never harms a run: dumps over busy threads, a stopped process, forks under the dumps.

Each has a short form in the default suite and its long one, on other Pythons, marked slow.
"""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.driving import Launched, detach, json_lines, nodes, until
from tests.e2e.pythons import OWN, with_hamilton

BUSY = '''
"""Eight threads that call, allocate and raise as fast as they can, for so long."""

import threading
import time


def _deep(n):
    if n == 0:
        raise KeyError(n)
    return _deep(n - 1) + [n]


def _churn(end, counts, index):
    done = 0
    while time.monotonic() < end:
        try:
            _deep(done % 60)
        except KeyError:
            done += 1
        [str(i) for i in range(50)]
    counts[index] = done


def busy(seconds: int) -> list[int]:
    counts = [0] * 8
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=_churn, args=(end, counts, i), name=f"churn-{i}") for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def checked(busy: list[int]) -> int:
    assert all(busy)
    return sum(busy)
'''

FORKS = '''
"""Forks while every thread is being dumped; each child leaves by SystemExit, right through Hamilton."""

import os
import sys
import time
import warnings


def forks(times: int) -> list[int]:
    warnings.simplefilter("error")
    codes = []
    for n in range(times):
        child = os.fork()
        if child == 0:
            sys.exit(3)
        _, status = os.waitpid(child, 0)
        codes.append(os.waitstatus_to_exitcode(status))
        time.sleep(0.01)
    return codes


def told(forks: list[int]) -> str:
    print("codes", sorted(set(forks)), len(forks))
    return "told"
'''

EVERY = ("--hang-after", "0.2", "--dump-every", "0.2")


def start(folder: Path, source: str, target: str, version: str, *args: str) -> Launched:
    (folder / "module.py").write_text(source, "utf-8")
    return detach(
        "module.py", "--target", target, "--python", with_hamilton(version), *EVERY, *args, cwd=folder
    )


def dumps(launched: Launched) -> int:
    return sum(1 for dump in json_lines(launched.dir / "faulthandler_stacks.jsonl") if dump["threads"])


def check_busy(folder: Path, version: str, seconds: int) -> None:
    launched = start(folder, BUSY, "checked", version, "--input", f"seconds={seconds}")
    launched.wait_end(seconds * 2 + 60)
    assert launched.exit["exit_code"] == 0, launched.exit
    assert launched.status()["launch"]["state"] == "succeeded"
    assert dumps(launched) >= seconds * 1.5, "a dump every 0.2 s was asked for"


def check_stops(folder: Path, version: str, seconds: float, times: int) -> None:
    launched = start(
        folder, BUSY, "checked", version, "--input", f"seconds={int(seconds * times + times + 3)}"
    )
    until("the node", lambda: launched.started("busy"))
    pid = launched.info["pid"]
    for n in range(times):
        time.sleep(0.5)
        os.kill(pid, signal.SIGSTOP)
        if n == 0:
            until("paused", lambda: launched.status()["launch"]["state"] == "paused")
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)
    launched.wait_end(120)
    assert launched.exit["exit_code"] == 0, launched.exit
    assert launched.status()["launch"]["state"] == "succeeded"


def check_forks(folder: Path, version: str, times: int) -> None:
    launched = start(folder, FORKS, "told", version, "--input", f"times={times}")
    launched.wait_end(times * 2 + 60)
    output = (launched.dir / "output.log").read_text("utf-8")
    assert launched.exit["exit_code"] == 0, output[-2000:]
    assert f"codes [3] {times}" in output
    pid = launched.info["pid"]
    assert [event["pid"] for event in launched.events("node_end")] == [pid, pid]
    assert [event["pid"] for event in launched.events("graph_end")] == [pid]
    assert {row["status"] for row in nodes(launched.status()).values()} == {"succeeded"}
    assert dumps(launched) >= 2


def test_busy_threads_under_dumps(tmp_path: Path) -> None:
    check_busy(tmp_path, OWN, 5)


def test_a_stopped_process_goes_on(tmp_path: Path) -> None:
    check_stops(tmp_path, OWN, 1.5, 2)


def test_forks_under_dumps(tmp_path: Path) -> None:
    check_forks(tmp_path, OWN, 60)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_a_minute_of_busy_threads_under_dumps(version: str, tmp_path: Path) -> None:
    check_busy(tmp_path, version, 60)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_fifty_stops_of_eight_seconds(version: str, tmp_path: Path) -> None:
    check_stops(tmp_path, version, 8, 50)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_two_hundred_forks_under_dumps(version: str, tmp_path: Path) -> None:
    check_forks(tmp_path, version, 200)
