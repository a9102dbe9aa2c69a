"""``--on-suspect``: the command, once a suspect, with the picture on its stdin."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import flight, layout
from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.follow.launches import LaunchRef
from hamtui.model.baseline import NO_PAST
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from hamtui.supervise import commands
from hamtui.supervise.commands import LOG, Commands
from hamtui.supervise.suspects import Watching
from tests.supervise.running import wait_until

ROOT = Path(__file__).parents[2]
HANGS = ROOT / "sample_dags" / "hangs.py"
MARK = Suspect("confirmed", False, "deadlocked", "because", 1.0)


def key(node: str = "risk", task_id: str | None = None) -> SpanKey:
    return SpanKey("r1", task_id, node)


def log(folder: Path) -> str:
    path = folder / LOG
    return path.read_text() if path.exists() else ""


def turn_until(ours: Commands, what: str, folder: Path) -> str:
    def there() -> str:
        ours.turn()
        return log(folder) if what in log(folder) else ""

    return str(wait_until(there))


def test_the_picture_is_its_stdin_and_the_suspect_its_environment(tmp_path: Path) -> None:
    ours = Commands(
        'cat; echo "$HAMTUI_NODE $HAMTUI_VERDICT $HAMTUI_LEVEL $HAMTUI_LAUNCH_DIR"; pwd', tmp_path, "/"
    )
    picture = {"schema": 1, "much": "x" * 300_000}
    ours.add(key(), MARK, picture)
    ours.finish()
    said = log(tmp_path)
    assert json.dumps(picture) in said
    assert f"risk deadlocked confirmed {tmp_path}\n/\n" in said
    assert "risk: exit code 0" in said
    assert os.stat(tmp_path / LOG).st_mode & 0o777 == 0o600


def test_a_command_that_reads_nothing_holds_nobody_up(tmp_path: Path) -> None:
    ours = Commands("exit 3", tmp_path, "/")
    ours.add(key(), MARK, {"much": "x" * 1_000_000})
    ours.finish()
    assert "risk: exit code 3" in log(tmp_path)


def test_at_most_four_at_once(tmp_path: Path) -> None:
    ours = Commands("touch $HAMTUI_NODE; while [ ! -e go ]; do sleep 0.05; done", tmp_path, str(tmp_path))
    for number in range(6):
        ours.add(key(f"n{number}"), MARK, {})
    ours.turn()
    wait_until(lambda: len(list(tmp_path.glob("n?"))) == 4)
    ours.turn()
    assert len(ours._running) == 4 and log(tmp_path).count("started") == 4
    (tmp_path / "go").touch()
    ours.finish()
    assert len(list(tmp_path.glob("n?"))) == 6


def test_one_that_takes_too_long_is_killed_with_all_below_it(tmp_path: Path) -> None:
    ours = Commands("sh -c 'sleep 600 & echo $! > child; wait'", tmp_path, str(tmp_path), limit_s=0.5)
    ours.add(key(), MARK, {})
    assert "killed, because it took more than" in turn_until(ours, "killed", tmp_path)
    child = int((tmp_path / "child").read_text())
    wait_until(
        lambda: not os.path.exists(f"/proc/{child}") or b") Z" in Path(f"/proc/{child}/stat").read_bytes()
    )


def test_one_that_says_too_much_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MOST_SAID", 10_000)
    ours = Commands("yes", tmp_path, "/")
    ours.add(key(), MARK, {})

    def killed() -> bool:
        ours.turn()
        return not ours._running

    ours.turn()
    wait_until(killed)
    assert b"because it said too much" in (tmp_path / LOG).read_bytes()


def test_one_that_cant_be_started_is_noted(tmp_path: Path) -> None:
    ours = Commands("true", tmp_path, str(tmp_path / "gone"))
    ours.add(key("evil\x1b[2J\x00"), MARK, {})
    ours.finish()
    assert "can't be started" in log(tmp_path) and "\x1b" not in log(tmp_path)


class Told:
    """A launch with one span in flight since 100.0, late after 2 s, and what was told of it."""

    def __init__(self, folder: Path, node: str = "risk") -> None:
        self.told: list[tuple[SpanKey, Suspect, dict[str, Any]]] = []
        ref = LaunchRef(folder.name, folder, flat=False, written_at=0.0)
        self.watching = Watching(ref, NO_PAST, lambda *each: self.told.append(each))
        self.feed(Kind.LAUNCH, layout.LAUNCH, LaunchInfo(pid=2**22 - 1, hang_after=2.0))
        self.event(flight.GRAPH_START, 100.0)
        self.event(flight.NODE_START, 100.0, node=node, thread_id=1)

    def feed(self, kind: Kind, name: str, record: Any) -> None:
        self.watching.launch.apply(Source(name, kind), record)

    def event(self, event: str, ts: float, **more: Any) -> None:
        self.feed(Kind.FLIGHT, layout.FLIGHT, FlightEvent(event, ts, "r1", pid=2**22 - 1, **more))

    def look(self, at: float, *, paused: bool = False) -> int:
        self.watching.look(ProcessFact(alive=True, paused=paused, supervisor_alive=True), Now(at))
        return len(self.told)


def test_one_without_a_verdict_is_told_when_that_had_its_time(tmp_path: Path) -> None:
    told = Told(tmp_path)
    assert [told.look(at) for at in (101.0, 102.5, 104.9)] == [0, 0, 0]
    assert told.look(105.1) == 1
    found, mark, picture = told.told[0]
    assert found == key() and mark.verdict == "unknown"
    assert picture["runs"][0]["nodes"][0]["suspect"]["level"] == "suspected"


def test_one_with_a_verdict_is_told_at_once_and_only_once(tmp_path: Path) -> None:
    told = Told(tmp_path)
    assert told.look(102.1, paused=True) == 1
    assert told.told[0][1].verdict == "paused"
    assert [told.look(at) for at in (102.2, 106.0, 200.0)] == [1, 1, 1]


def test_one_that_ends_before_is_not_told(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.look(103.0)
    told.event(flight.NODE_END, 103.5, node="risk", success=True, elapsed_s=3.5)
    assert told.look(110.0) == 0


def hamtui(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hamtui", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_real_run_that_hangs(tmp_path: Path) -> None:
    command = "cat >> got.jsonl; echo $HAMTUI_NODE >> nodes"
    begun = hamtui(
        tmp_path,
        "run",
        str(HANGS),
        "--target",
        "long_sleep",
        "--hang-after",
        "1",
        "--detach",
        "--on-suspect",
        command,
    )
    assert begun.returncode == 0, begun.stderr
    folder = Path(begun.stdout.strip())
    try:
        wait_until(lambda: "exit code 0" in log(folder))
        assert command not in (folder / "launch.json").read_text()
        seen = log(folder)
        time.sleep(2.5)
        assert log(folder) == seen, "once a suspect"
        assert len(suspect_processes(folder)) == 1
    finally:
        hamtui(tmp_path, "stop")
    assert (tmp_path / "nodes").read_text() == "long_sleep\n"
    [picture] = [json.loads(line) for line in (tmp_path / "got.jsonl").read_text().splitlines()]
    [late] = [node for run in picture["runs"] for node in run["nodes"] if node["suspect"]]
    assert (picture["schema"], late["node"]) == (1, "long_sleep")
    wait_until(lambda: not suspect_processes(folder))


def test_it_outlives_the_supervisor_and_ends_with_the_run(tmp_path: Path) -> None:
    begun = hamtui(
        tmp_path,
        "run",
        str(HANGS),
        "--target",
        "silent_socket",
        "--hang-after",
        "3",
        "--detach",
        "--on-suspect",
        "true",
    )
    folder = Path(begun.stdout.strip())
    info = wait_until(
        lambda: (folder / "launch.json").exists() and json.loads((folder / "launch.json").read_text())
    )
    os.kill(info["supervisor_pid"], signal.SIGKILL)
    try:
        wait_until(lambda: "exit code 0" in log(folder))
    finally:
        os.kill(info["pid"], signal.SIGKILL)
    wait_until(lambda: not suspect_processes(folder))


def suspect_processes(folder: Path) -> list[int]:
    """The processes of ``--on-suspect`` that have this launch's log, or its files, open or follow it."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes()
            if b"hamtui.supervise.suspects" in line:
                links = [os.readlink(f"/proc/{name}/fd/{fd}") for fd in os.listdir(f"/proc/{name}/fd")]
                if any(link.startswith(str(folder)) for link in links):
                    found.append(int(name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("command", "says"), [("", "must be a command"), ("  ", "must be a command"), ("if [", "shell")]
)
def test_what_is_no_command_is_refused_in_a_sentence(tmp_path: Path, command: str, says: str) -> None:
    refused = hamtui(tmp_path, "run", str(HANGS), "--target", "long_sleep", "--on-suspect", command)
    assert refused.returncode == 2 and says in refused.stderr
    assert refused.stderr.count("\n") == 1 and not (tmp_path / "_hamilton_diag").exists()
