"""Detached and plain: exit codes, what signals to the command do, and what the lines say."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.driving import HAMTUI, Launched, detach, hamtui, launches, newest, nodes, until

ENDS = """
import os, signal, sys, time

def ends_well() -> int:
    return 1

def raises() -> int:
    raise ValueError("\\x1b[31m[red]boom\\u202e [@click=app.quit]now[/]")

def exits_with_7() -> int:
    sys.exit(7)

def interrupts() -> int:
    raise KeyboardInterrupt

def terminates_itself() -> int:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
    return 1

def aborts() -> int:
    os.abort()

def takes_its_time() -> int:
    print("here we go")
    time.sleep(60)
    return 1

def ignores_int_and_term() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(0.1)
"""


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "ends.py").write_text(ENDS, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("target", "code", "state", "looked"),
    [
        ("ends_well", 0, "succeeded", 0),
        ("raises", 1, "failed", 1),
        ("exits_with_7", 7, "failed", 1),
        ("interrupts", 130, "killed", 5),
        ("terminates_itself", 143, "killed", 5),
        ("aborts", 134, "crashed", 5),
    ],
)
def test_the_runs_own_exit_code(target: str, code: int, state: str, looked: int, cwd: Path) -> None:
    done = hamtui("run", "ends.py", "--target", target, cwd=cwd)
    assert done.returncode == code, done.stdout + done.stderr
    launched = newest(cwd)
    said = launched.status()["launch"]
    assert said["state"] == state
    assert (said["exit_code"], said["signal"]) == ((code, None) if code < 128 else (None, code - 128))
    assert hamtui("status", "--exit-code", cwd=cwd).returncode == looked


def test_a_failed_node_is_told_with_its_error_and_no_escapes(cwd: Path) -> None:
    done = hamtui("run", "ends.py", "--target", "raises", cwd=cwd)
    text = done.stdout + done.stderr
    assert "\x1b" not in text and "\u202e" not in text
    assert "[red]boom" in text
    for looked in (hamtui("status", cwd=cwd), hamtui("dump", cwd=cwd)):
        assert "\x1b" not in looked.stdout + looked.stderr
        assert "\u202e" not in looked.stdout + looked.stderr
    error = nodes(newest(cwd).status())["raises"]["error"]
    assert error["type"] == "ValueError"
    assert error["message"] == "\x1b[31m[red]boom\u202e [@click=app.quit]now[/]"
    assert "ends.py" in error["traceback"]


def test_detach_prints_the_folder_and_returns(cwd: Path) -> None:
    launched = detach("ends.py", "--target", "takes_its_time", cwd=cwd)
    assert launched.dir == newest(cwd).dir
    until("the node", lambda: launched.started("takes_its_time"))
    said = launched.status()
    assert said["launch"]["state"] == "running"
    assert said["launch"]["heard_s"] < 30
    assert nodes(said)["takes_its_time"]["status"] == "running"
    stopped = hamtui("stop", cwd=cwd)
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert launched.over()


def test_stop_gets_through_to_a_run_that_ignores_it(cwd: Path) -> None:
    launched = detach("ends.py", "--target", "ignores_int_and_term", cwd=cwd)
    until("the node", lambda: launched.started("ignores_int_and_term"))
    begun = time.monotonic()
    stopped = hamtui("stop", cwd=cwd)
    assert time.monotonic() - begun < 25
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert [word for word in ("INT", "TERM", "KILL") if word in stopped.stdout] == ["INT", "TERM", "KILL"]
    assert launched.exit["signal"] == signal.SIGKILL
    assert launched.group_is_gone()


def test_stop_of_what_is_over_says_so(cwd: Path) -> None:
    hamtui("run", "ends.py", "--target", "ends_well", cwd=cwd)
    done = hamtui("stop", cwd=cwd)
    assert "Traceback" not in done.stdout + done.stderr
    assert (
        "succeeded" in done.stdout + done.stderr
        or "over" in done.stdout + done.stderr
        or "ended" in done.stdout + done.stderr
    )


def plain(cwd: Path, target: str) -> tuple[subprocess.Popen[str], Launched]:
    running = subprocess.Popen(
        [*HAMTUI, "run", "ends.py", "--target", target, "--plain"],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    until("a launch", lambda: launches(cwd))
    launched = launches(cwd)[-1]
    until("the node", lambda: launched.started(target))
    return running, launched


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_plain_command_stops_the_run(number: signal.Signals, cwd: Path) -> None:
    running, launched = plain(cwd, "takes_its_time")
    running.send_signal(number)
    said, _ = running.communicate(timeout=40)
    assert running.returncode == 128 + number, said
    assert "hamtui/cli" not in said, "a traceback of the run's is told, none of ours"
    assert launched.over()
    assert launched.group_is_gone()
    assert launched.status()["launch"]["state"] == "killed"


def test_hup_to_the_plain_command_leaves_the_run_going(cwd: Path) -> None:
    running, launched = plain(cwd, "takes_its_time")
    running.send_signal(signal.SIGHUP)
    running.communicate(timeout=30)
    time.sleep(0.5)
    assert launched.status()["launch"]["state"] == "running"
    assert hamtui("stop", cwd=cwd).returncode == 0
    assert launched.over()


def test_the_command_killed_leaves_the_run_going(cwd: Path) -> None:
    running, launched = plain(cwd, "takes_its_time")
    running.kill()
    running.communicate(timeout=30)
    assert launched.status()["launch"]["state"] == "running"
    assert hamtui("stop", cwd=cwd).returncode == 0


def test_the_supervisor_killed_leaves_a_run_that_is_still_seen(cwd: Path) -> None:
    launched = detach("ends.py", "--target", "takes_its_time", cwd=cwd)
    until("the node", lambda: launched.started("takes_its_time"))
    os.kill(launched.info["supervisor_pid"], signal.SIGKILL)
    assert launched.status()["launch"]["state"] == "running"
    os.killpg(launched.info["pid"], signal.SIGKILL)
    until("it to be lost", lambda: launched.status()["launch"]["state"] == "lost")
    assert nodes(launched.status())["takes_its_time"]["status"] == "aborted"
    assert hamtui("status", "--exit-code", cwd=cwd).returncode == 5


def test_a_stopped_process_is_paused(cwd: Path) -> None:
    launched = detach("ends.py", "--target", "takes_its_time", "--hang-after", "1", cwd=cwd)
    until("the node", lambda: launched.started("takes_its_time"))
    os.kill(launched.info["pid"], signal.SIGSTOP)
    until("paused", lambda: launched.status()["launch"]["state"] == "paused")
    dumped = hamtui("dump", cwd=cwd)
    assert "stopped" in dumped.stdout + dumped.stderr
    os.kill(launched.info["pid"], signal.SIGCONT)
    until("running again", lambda: launched.status()["launch"]["state"] == "running")
    assert hamtui("stop", cwd=cwd).returncode == 0


def test_output_stands_in_output_log_byte_for_byte(cwd: Path) -> None:
    module = cwd / "prints.py"
    module.write_text(
        "import sys\n\ndef prints() -> int:\n    sys.stdout.buffer.write(b'raw \\xff\\x00 bytes\\n')\n    sys.stdout.flush()\n"
        "    print('to stderr', file=sys.stderr)\n    return 1\n",
        "utf-8",
    )
    done = hamtui("run", "prints.py", "--target", "prints", cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    output = (newest(cwd).dir / "output.log").read_bytes()
    assert b"raw \xff\x00 bytes\n" in output
    assert b"to stderr\n" in output
    ends = newest(cwd).events("node_end")
    assert ends[-1]["output_offset"] >= len(b"raw \xff\x00 bytes\nto stderr\n")


def test_python_m_hamtui_says_its_version(cwd: Path) -> None:
    done = hamtui("--version", cwd=cwd)
    assert done.returncode == 0
    assert done.stdout.startswith("hamtui ")
    assert sys.version_info >= (3, 10)
