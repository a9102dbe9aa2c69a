"""SIGKILL of the run, its supervisor, a dashboard, each and all, at random instants: the others tell the truth."""

import os
import random
import signal
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.e2e.driving import HAMTUI, Launched, detach, until
from tests.e2e.terminal import Opener, Terminal

FLOW = """
import os, time
from pathlib import Path
from hamilton.htypes import Collect, Parallelizable

def item() -> Parallelizable[int]:
    yield from range(12)

def piece(item: int) -> int:
    time.sleep(0.4)
    with open(Path(__file__).with_name("oracle"), "a") as file:
        file.write(f"{item} ")
    return item

def total(piece: Collect[int]) -> int:
    return sum(piece)
"""
RUN, SUPERVISOR, DASHBOARD = "run", "supervisor", "dashboard"
#: Who is killed, and what the launch and its run are in the end.
WAYS = {
    (RUN,): ("killed", "aborted"),
    (SUPERVISOR,): ("lost", "succeeded"),
    (DASHBOARD,): ("succeeded", "succeeded"),
    (RUN, SUPERVISOR): ("lost", "aborted"),
    (RUN, SUPERVISOR, DASHBOARD): ("lost", "aborted"),
}


@dataclass
class Watched:
    """A run of two workers, with a dashboard on it, of which ``victims`` are killed."""

    victims: tuple[str, ...]
    cwd: Path
    launched: Launched
    terminal: Terminal

    def kill(self) -> list[psutil.Process]:
        """Kill them at once; the run's worker processes, which nobody killed."""
        info = self.launched.info
        pids = {RUN: info["pid"], SUPERVISOR: info["supervisor_pid"], DASHBOARD: self.terminal.child.pid}
        workers = psutil.Process(info["pid"]).children(recursive=True)
        for victim in self.victims:
            os.kill(pids[victim], signal.SIGKILL)
        return workers

    def ended(self) -> set[int]:
        """The blocks whose node has ended, as the files have it."""
        ends = [one for one in self.launched.events("node_end") if one["node"] == "piece"]
        return {int(one["task_id"].split(".")[1]) for one in ends}

    def oracle(self) -> set[int]:
        path = self.cwd / "oracle"
        return set(map(int, path.read_text().split())) if path.exists() else set()


def begin(victims: tuple[str, ...], cwd: Path, open_terminal: Opener) -> Watched:
    cwd.mkdir()
    (cwd / "flow.py").write_text(FLOW)
    launched = detach("flow.py", "--target", "total", "--executor", "processes", "--max-tasks", "2", cwd=cwd)
    terminal = open_terminal([*HAMTUI, "attach", launched.dir], cwd)
    return Watched(victims, cwd, launched, terminal)


def check(one: Watched, workers: list[psutil.Process]) -> None:
    state, of_run = WAYS[one.victims]
    until("the end", lambda: one.launched.status()["launch"]["state"] not in {"starting", "running"}, 60)
    said = one.launched.status()
    assert (said["launch"]["state"], said["runs"][0]["state"]) == (state, of_run), one.victims
    assert one.launched.over() == (SUPERVISOR not in one.victims)
    # No worker is left, and nothing that a node had finished is lost but what was between it and its hook.
    until("no worker", lambda: not any(worker.is_running() for worker in workers), 30)
    assert one.ended() <= one.oracle() and len(one.oracle() - one.ended()) <= 2, one.victims
    if of_run == "succeeded":
        assert one.ended() == set(range(12))
    if DASHBOARD in one.victims:
        assert one.terminal.leave()[0] == 128 + signal.SIGKILL
        return
    one.terminal.until(f"{state} on the screen", lambda text: state in text.splitlines()[0])
    one.terminal.press("q")
    code, left = one.terminal.leave()
    assert code == 0 and b"Traceback" not in one.terminal.raw, left


def kills(seed: int, tmp_path: Path, open_terminal: Opener) -> None:
    rng = random.Random(seed)
    killed = []
    for victims in WAYS:
        one = begin(victims, tmp_path / "-".join(victims), open_terminal)
        until("a block", partial(one.launched.started, "piece"))
        one.terminal.pump(rng.uniform(0.0, 0.9))
        killed.append((one, one.kill()))
    for one, workers in killed:
        check(one, workers)


@pytest.mark.timeout(240)
def test_each_and_all(tmp_path: Path, open_terminal: Opener) -> None:
    kills(1, tmp_path, open_terminal)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(2, 12))
def test_each_and_all_at_many_instants(seed: int, tmp_path: Path, open_terminal: Opener) -> None:
    kills(seed, tmp_path, open_terminal)
