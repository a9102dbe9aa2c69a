"""Continuing and ending real processes of a run: the listed one or none, and an audit line for each."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hamtui.cli.again import Again
from hamtui.cli.hands import RunHands
from hamtui.contract import identity
from hamtui.contract.launch import LaunchInfo
from hamtui.follow.launches import LaunchRef
from hamtui.probe import procs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

_CHILD = "import sys, time; print('up', flush=True); time.sleep(60)"
_STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
_MAIN = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
time.sleep(60)
"""


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], tuple[LaunchRef, int, int]]]:
    """Starts a run with one child; gives its launch, the run's pid and the child's."""
    started: list[tuple[subprocess.Popen[bytes], int]] = []

    def begin(child: str = _CHILD) -> tuple[LaunchRef, int, int]:
        main = subprocess.Popen(
            [sys.executable, "-c", _MAIN, child], stdout=subprocess.PIPE, start_new_session=True
        )
        assert main.stdout is not None
        below = int(main.stdout.readline())
        started.append((main, below))
        folder = tmp_path / "20261122T213511Z-1"
        folder.mkdir()
        began, boot = identity.process_start(main.pid), identity.boot_time()
        info = LaunchInfo(
            pid=main.pid,
            process_start=began,
            boot_time=boot,
            boot_id=identity.boot_id(),
            host=identity.host(),
        )
        (folder / "launch.json").write_text(
            json.dumps({k: v for k, v in vars(info).items() if v is not None})
        )
        return LaunchRef(folder.name, folder, False, 0.0), main.pid, below

    yield begin
    for main, below in started:
        for pid in (below, main.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        main.wait()
        assert main.stdout is not None
        main.stdout.close()


def audits(ref: LaunchRef) -> list[dict[str, object]]:
    return [json.loads(line) for line in (ref.dir / "audit.jsonl").read_text().splitlines()]


def hands(ref: LaunchRef) -> RunHands:
    return RunHands(lambda: ref, "hamtui dashboard (me, pid 1)", Again(lambda: ref))


def test_a_child_is_ended_and_nothing_else(start: Callable[..., tuple[LaunchRef, int, int]]) -> None:
    ref, main, below = start()
    (child,) = hands(ref).children()
    assert child.pid == below
    said = list(hands(ref).kill(child))
    assert said == [f"sent SIGTERM to process {below}", f"process {below}: ended by SIGTERM"]
    assert procs.known(main) is not None
    (noted,) = audits(ref)
    assert (noted["did"], noted["pid"], noted["outcome"]) == ("kill-child", below, "ended by SIGTERM")
    assert noted["by"] == "hamtui dashboard (me, pid 1)"
    assert str(noted["command"]).startswith("python")


def test_one_that_does_not_listen_is_killed(
    start: Callable[..., tuple[LaunchRef, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hamtui.supervise import single

    monkeypatch.setattr(single, "LADDER", ((signal.SIGTERM, 0.3), (signal.SIGKILL, 5.0)))
    monkeypatch.setattr(single.end, "__defaults__", (single.LADDER,))
    ref, _, below = start(_STUBBORN)
    (child,) = hands(ref).children()
    assert list(hands(ref).kill(child))[-1] == f"process {below}: ended by SIGKILL"


def test_a_process_of_another_start_is_not_touched(start: Callable[..., tuple[LaunchRef, int, int]]) -> None:
    ref, _, below = start()
    (child,) = hands(ref).children()
    assert list(hands(ref).kill(replace(child, start=child.start - 5))) == [f"process {below} is gone"]
    assert procs.known(below) is not None
    assert audits(ref)[0]["outcome"] == "gone before"


def test_the_main_process_is_no_child(start: Callable[..., tuple[LaunchRef, int, int]]) -> None:
    ref, main, _ = start()
    known = procs.known(main)
    assert known is not None
    (child,) = hands(ref).children()
    assert list(hands(ref).kill(replace(child, pid=main, start=known.start))) == [f"process {main} is gone"]
    assert procs.known(main) == known


@pytest.mark.parametrize("which", ["main", "child"])
def test_what_is_stopped_is_continued(start: Callable[..., tuple[LaunchRef, int, int]], which: str) -> None:
    ref, main, below = start()
    pid = main if which == "main" else below
    assert list(hands(ref).resume()) == ["no process of the run is stopped"]
    os.kill(pid, signal.SIGSTOP)

    def state() -> str:
        found = procs.stat(pid)
        assert found is not None
        return found.state

    until(lambda: state() == "T")
    assert list(hands(ref).resume()) == [f"process {pid} continued"]
    until(lambda: state() != "T")
    (noted,) = audits(ref)
    assert (noted["did"], noted["pid"], noted["outcome"]) == ("continue", pid, "continued")


def test_a_stopped_child_acts_on_term(start: Callable[..., tuple[LaunchRef, int, int]]) -> None:
    ref, _, below = start()
    (child,) = hands(ref).children()
    os.kill(below, signal.SIGSTOP)
    assert list(hands(ref).kill(child))[-1] == f"process {below}: ended by SIGTERM"


def test_a_folder_that_takes_no_line_is_told_of(start: Callable[..., tuple[LaunchRef, int, int]]) -> None:
    ref, _, _ = start()
    (ref.dir / "audit.jsonl").mkdir()
    (child,) = hands(ref).children()
    assert list(hands(ref).kill(child))[-1] == "audit.jsonl could not be written"


def test_a_launch_of_somebody_elses_machine_has_no_children(tmp_path: Path) -> None:
    ref = LaunchRef("l", tmp_path, False, 0.0)
    (tmp_path / "launch.json").write_text(
        json.dumps({"pid": os.getpid(), "process_start": 1.0, "host": "elsewhere"})
    )
    assert hands(ref).children() == []
