"""``run`` without a terminal: what it prints, how it ends, and what signals do to it."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from hamtui.probe import procs
from tests.cli.conftest import Program, info, started


def test_one_line_a_change_of_state(hamtui: Program) -> None:
    done = hamtui("run", "flow.py", "--target", "three", "--plain")
    assert done.returncode == 0, done.stderr
    lines = [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in done.stdout.splitlines()]
    assert [line.split()[0] for line in lines] == [
        "launch",
        "run",
        "node",
        "node",
        "node",
        "node",
        "run",
        "launch",
        "launch",
    ]
    assert "flow.py -> three" in lines[0]
    assert "2 nodes planned" in lines[1]
    assert [" ".join(line.split()[1:3]) for line in lines[2:6]] == [
        "two started",
        "two succeeded",
        "three started",
        "three succeeded",
    ]
    assert "succeeded" in lines[6] and "2 succeeded" in lines[6]
    assert lines[7].split()[1].startswith("succeeded")
    assert "hamtui attach" in lines[8]
    assert done.stderr == ""


def test_without_a_terminal_it_is_plain_by_itself(hamtui: Program) -> None:
    done = hamtui("run", "flow.py", "--target", "scaled", "--input", "factor=2.5", "--input", "number=2")
    assert done.returncode == 0, done.stderr
    assert "scaled succeeded" in done.stdout


@pytest.mark.parametrize(
    ("target", "code"), [("broken", 1), ("leaves", 7), ("dies", 128 + 9), ("crashes", 128 + 11)]
)
def test_the_exit_code_is_the_runs_own(hamtui: Program, target: str, code: int) -> None:
    done = hamtui("run", "flow.py", "--target", target, "--plain")
    assert done.returncode == code, done.stdout + done.stderr
    state = {"broken": "failed", "leaves": "failed", "dies": "killed", "crashes": "crashed"}[target]
    assert f"launch {state}" in done.stdout
    assert f"{target} " + ("failed" if target == "broken" else "aborted") in done.stdout or target == "leaves"


def test_a_failure_is_shown_with_its_traceback_and_without_its_escapes(hamtui: Program) -> None:
    done = hamtui("run", "flow.py", "--target", "broken", "--plain")
    assert 'raise ValueError("no' in done.stderr and "Traceback" in done.stderr
    assert "[bold]way[/bold]" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_an_unknown_target_is_a_usage_error_of_the_run(hamtui: Program) -> None:
    done = hamtui("run", "flow.py", "--target", "thre", "--plain")
    assert done.returncode == 2
    assert "three" in done.stderr and "Traceback" not in done.stderr


def test_a_missing_input(hamtui: Program) -> None:
    done = hamtui("run", "flow.py", "--target", "scaled", "--plain")
    assert done.returncode == 2 and "factor" in done.stderr


def test_a_module_that_fails_to_import(hamtui: Program) -> None:
    (hamtui.folder / "bad.py").write_text("import nowhere_to_be_found\n")
    done = hamtui("run", "bad.py", "--target", "x", "--plain")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


def test_detach_prints_the_folder_alone(hamtui: Program) -> None:
    done = hamtui("run", "flow.py", "--target", "three", "--detach")
    folder = Path(done.stdout.rstrip("\n"))
    assert done.returncode == 0 and done.stderr == "" and folder.is_absolute() and folder.is_dir()
    hamtui.until((folder / "exit.json").exists)
    assert json.loads((folder / "exit.json").read_text())["exit_code"] == 0
    assert (hamtui.folder / "_hamilton_diag" / "latest").resolve() == folder.resolve()


def test_nobody_waits_on_a_detached_runs_pipes(hamtui: Program) -> None:
    """A caller that reads until the end of the command's output must not wait for the run."""
    done = hamtui("run", "flow.py", "--target", "naps", "--detach")
    assert not (Path(done.stdout.strip()) / "exit.json").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_int_and_term_go_down_the_ladder(hamtui: Program, number: signal.Signals, code: int) -> None:
    process = hamtui.begin("run", "flow.py", "--target", "naps", "--plain")
    hamtui.until(lambda: any(started(folder, "naps") for folder in hamtui.launches()))
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert "sent SIGINT" in out and "launch killed" in out
    [folder] = hamtui.launches()
    assert number.name in json.loads((folder / "exit.json").read_text())["asked_by"]


def test_a_second_int_is_the_next_rung_at_once(hamtui: Program) -> None:
    process = hamtui.begin("run", "flow.py", "--target", "deaf", "--plain")
    hamtui.until(lambda: any(started(folder, "deaf") for folder in hamtui.launches()))
    [folder] = hamtui.launches()
    hamtui.until(lambda: ignores_int(info(folder)["pid"]))
    process.send_signal(signal.SIGINT)
    hamtui.until((folder / "requests.jsonl").exists)
    hamtui.until(lambda: process.stdout and "sent SIGINT" in process.stdout.readline())
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "sent SIGTERM" in out and "sent SIGKILL" not in out


def ignores_int(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    ignored = int(re.findall(r"^SigIgn:\s*(\w+)", status, re.MULTILINE)[0], 16)
    return bool(ignored & 1 << (signal.SIGINT - 1))


def test_hup_leaves_the_run_going(hamtui: Program) -> None:
    process = hamtui.begin("run", "flow.py", "--target", "naps", "--plain")
    hamtui.until(lambda: any(started(folder, "naps") for folder in hamtui.launches()))
    process.send_signal(signal.SIGHUP)
    process.wait(30)
    [folder] = hamtui.launches()
    assert procs.known(info(folder)["pid"]) and procs.known(info(folder)["supervisor_pid"])


def test_a_reader_that_has_seen_enough_leaves_the_run_going(hamtui: Program) -> None:
    process = hamtui.begin("run", "flow.py", "--target", "naps", "--plain", "--hang-after", "1")
    assert process.stdout and process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr and process.stderr.read() == ""
    [folder] = hamtui.launches()
    assert not (folder / "exit.json").exists()
    hamtui.until(lambda: started(folder, "naps"))


def test_a_suspect_is_told_with_its_place(hamtui: Program) -> None:
    process = hamtui.begin("run", "flow.py", "--target", "naps", "--plain", "--hang-after", "1")
    assert process.stdout
    line = next(line for line in process.stdout if " hang" in line)
    assert "naps suspected after" in line or "naps confirmed after" in line


def test_a_killed_supervisor_ends_as_lost(hamtui: Program) -> None:
    process = hamtui.begin("run", "flow.py", "--target", "naps", "--plain")
    hamtui.until(lambda: any(started(folder, "naps") for folder in hamtui.launches()))
    [folder] = hamtui.launches()
    os.kill(info(folder)["supervisor_pid"], signal.SIGKILL)
    os.kill(info(folder)["pid"], signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "lost" in out


def test_context_and_override(hamtui: Program) -> None:
    (hamtui.folder / "ctx.json").write_text(
        '{"HAMILTON_CONFIG": {}, "HAMILTON_FINAL_VARS": ["scaled"], "HAMILTON_INPUTS": {"factor": 2.0}, "HAMILTON_OVERRIDES": {}}'
    )
    done = hamtui("run", "flow.py", "--context", "ctx.json", "--override", "three=5", "--plain")
    assert done.returncode == 0, done.stderr
    assert "scaled succeeded" in done.stdout and "three started" not in done.stdout


def test_ascii_output_never_stops_it(hamtui: Program) -> None:
    done = hamtui(
        "run",
        "flow.py",
        "--target",
        "broken",
        "--plain",
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
    )
    assert done.returncode == 1, done.stderr


def test_head_is_no_error(hamtui: Program) -> None:
    command = " ".join(hamtui.command(("--help",)))
    done = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, text=True, check=True)
    assert done.stderr == ""
