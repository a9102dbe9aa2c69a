"""Runs from start to end: how they end is on disk, whatever happened to them."""

import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from hamtui.contract.folder import make_launch
from hamtui.contract.spec import RunSpec
from hamtui.probe import procs
from hamtui.supervise.start import StartError, start
from tests.supervise.conftest import Launch
from tests.supervise.running import wait_until

FOREVER = "import time\nprint('ready', flush=True)\ntime.sleep(600)"


def test_a_run_that_ends_well(launch: Launch) -> None:
    run = launch("import sys; print('out'); print('err', file=sys.stderr); print(repr(sys.stdin.read()))")
    assert run.exit() == {
        "exit_code": 0,
        "signal": None,
        "ended_at": run.exit()["ended_at"],
        "asked_by": None,
        "schema": 1,
    }
    assert sorted(run.output().splitlines()) == ["''", "err", "out"]
    assert stat.S_IMODE((run.folder / "output.log").stat().st_mode) == 0o600
    wait_until(run.gone)


@pytest.mark.parametrize(
    ("script", "code", "number"),
    [
        ("import sys; sys.exit(7)", 7, None),
        ("raise ValueError('x')", 1, None),
        ("import os; os._exit(255)", 255, None),
        ("import os; os.abort()", None, signal.SIGABRT),
        ("import ctypes; ctypes.string_at(0)", None, signal.SIGSEGV),
        ("import os; os.kill(os.getpid(), 9)", None, signal.SIGKILL),
    ],
)
def test_how_it_ended(launch: Launch, script: str, code: int | None, number: int | None) -> None:
    left = launch(script).exit()
    assert (left["exit_code"], left["signal"]) == (code, number)


def test_a_run_without_a_launch_record_gets_one(launch: Launch) -> None:
    run = launch("import sys; sys.exit(3)")
    run.exit()
    info = run.document("launch.json")
    assert info["pid"] == run.started.pid
    assert info["supervisor_pid"] == run.started.supervisor_pid
    assert info["hamilton_version"] is None
    assert info["argv"] == ["hamtui", "run"]
    [event] = run.lines("hamilton_flight.jsonl")
    assert event["event"] == "launch_error"


def test_a_launch_record_of_the_runs_own_is_left_alone(launch: Launch) -> None:
    run = launch("open(folder + '/launch.json', 'w').write('{\"pid\": 1}')")
    run.exit()
    assert run.document("launch.json") == {"pid": 1}


def test_an_interpreter_that_cant_be_started(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    broken = tmp_path / "python"
    broken.write_text("#!/nowhere/at/all\n")
    broken.chmod(0o755)
    spec = RunSpec(str(folder), ["m"], ["t"], ["hamtui"], str(tmp_path), str(broken))
    with pytest.raises(StartError, match="can't be started"):
        start(spec)
    assert '"exit_code": 126' in (folder / "exit.json").read_text()
    assert (folder / "launch.json").exists()
    assert "can't be started" in (folder / "hamilton_flight.jsonl").read_text()


def test_the_run_is_in_a_session_of_its_own_and_takes_signals(launch: Launch) -> None:
    run = launch(
        "import os, signal\nprint(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())\n"
        "print([signal.getsignal(n) is signal.SIG_DFL for n in (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT)])\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    assert run.exit()["exit_code"] == 0
    assert run.output().split("\n")[:3] == ["True True", "[True, True, True]", "True"]


def test_the_working_folder_is_the_users_and_nothing_shadows_our_modules(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hamtui.py").write_text("raise SystemExit('shadowed')")
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')")
    run = launch("import os; print(os.getcwd())")
    assert run.exit()["exit_code"] == 0
    assert run.output().strip() == str(tmp_path)


def test_the_spec_is_nowhere_on_disk(launch: Launch) -> None:
    run = launch("print('s3' + 'cret' in open('/proc/self/cmdline').read())", inputs={"token": "s3cret"})
    run.exit()
    for path in run.folder.iterdir():
        assert b"s3cret" not in path.read_bytes(), path
    assert run.output().strip() == "False"


def test_the_terminals_signals_do_not_reach_it(launch: Launch) -> None:
    run = launch(FOREVER)
    run.said("ready")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        os.kill(run.started.supervisor_pid, number)
    first = len(run.samples())
    wait_until(lambda: len(run.samples()) > first)
    assert procs.known(run.started.pid)
    assert os.getsid(run.started.supervisor_pid) != os.getsid(0)


def test_term_to_the_supervisor_stops_the_run(launch: Launch) -> None:
    run = launch(FOREVER)
    run.said("ready")
    os.kill(run.started.supervisor_pid, signal.SIGTERM)
    left = run.exit()
    assert left["signal"] == signal.SIGINT or left["exit_code"] == 1
    assert left["asked_by"] == "SIGTERM to the supervisor"


def test_kill_of_the_supervisor_leaves_the_run_going(launch: Launch) -> None:
    run = launch(FOREVER)
    run.said("ready")
    os.kill(run.started.supervisor_pid, signal.SIGKILL)
    wait_until(lambda: procs.known(run.started.supervisor_pid) is None)
    assert procs.known(run.started.pid)


def test_who_asked_stands_in_the_exit_record(launch: Launch) -> None:
    run = launch(FOREVER)
    run.said("ready")
    run.ask(ask="stop", id="1", by="hamtui stop (me, pid 1)")
    os.kill(run.started.pid, signal.SIGTERM)
    assert run.exit()["asked_by"] == "hamtui stop (me, pid 1)"


WORKERS = """
import subprocess, sys, os, time
near = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
far = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"],
    start_new_session=True)
print("workers", near.pid, far.pid, flush=True)
"""


def worker_pids(output: str) -> list[int]:
    line = next(line for line in output.splitlines() if line.startswith("workers"))
    return [int(word) for word in line.split()[1:]]


def test_left_over_workers_of_a_dead_run_are_ended(launch: Launch) -> None:
    run = launch(WORKERS + "time.sleep(600)")
    run.said("deaf")
    pids = worker_pids(run.said("workers"))
    wait_until(lambda: {p["pid"] for s in run.samples() for p in s["processes"]} >= set(pids))
    os.kill(run.started.pid, signal.SIGKILL)
    assert run.exit()["signal"] == signal.SIGKILL
    assert [pid for pid in pids if procs.known(pid)] == []


def test_what_a_run_that_ended_well_left_is_its_own_business(launch: Launch) -> None:
    run = launch(WORKERS)
    pids = worker_pids(run.said("workers"))
    assert run.exit()["exit_code"] == 0
    try:
        assert all(procs.known(pid) for pid in pids)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


def test_strangers_are_never_ended(launch: Launch) -> None:
    run = launch(FOREVER)
    run.said("ready")
    stranger = launch(FOREVER)
    stranger.said("ready")
    os.kill(run.started.pid, signal.SIGKILL)
    run.exit()
    assert procs.known(stranger.started.pid)


def test_it_is_small(launch: Launch) -> None:
    run = launch(FOREVER)
    wait_until(run.samples)
    found = procs.stat(run.started.supervisor_pid)
    assert found and found.rss < 40 * 1024 * 1024


def test_it_imports_little() -> None:
    import subprocess

    code = "import hamtui.supervise.session, hamtui.supervise.__main__, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not set(loaded) & {
        "hamilton",
        "textual",
        "rich",
        "click",
        "psutil",
        "msgspec",
        "asyncio",
        "pandas",
    }
