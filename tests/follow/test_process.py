"""Alive is pid and start together, and only here."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hamtui.contract import identity
from hamtui.contract.launch import LaunchInfo
from hamtui.follow.process import look, now
from hamtui.model.state import ProcessFact


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def info_of(pid: int) -> LaunchInfo:
    here = os.getpid()
    return LaunchInfo(
        pid=pid,
        process_start=identity.process_start(pid),
        boot_time=identity.boot_time(),
        supervisor_pid=here,
        supervisor_start=identity.process_start(here),
        host=identity.host(),
        boot_id=identity.boot_id(),
    )


def test_a_living_process_and_its_supervisor(child: "subprocess.Popen[bytes]") -> None:
    assert look(info_of(child.pid)) == ProcessFact(alive=True, paused=False, supervisor_alive=True)


def test_a_stopped_process_is_paused(child: "subprocess.Popen[bytes]") -> None:
    info = info_of(child.pid)
    child.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + 10
    while not look(info).paused:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert look(info).alive


def test_a_zombie_is_dead(child: "subprocess.Popen[bytes]") -> None:
    info = info_of(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert look(info) == ProcessFact(alive=False, supervisor_alive=True)


def test_a_reused_pid_is_not_the_process(child: "subprocess.Popen[bytes]") -> None:
    info = info_of(child.pid)
    start = info.process_start
    assert start is not None
    assert look(replace(info, process_start=start - 5)).alive is False
    assert look(replace(info, process_start=start - 5, boot_time=None)).alive is False


def test_a_pid_alone_is_nobody(child: "subprocess.Popen[bytes]") -> None:
    info = replace(info_of(child.pid), process_start=None, supervisor_start=None)
    assert look(info) == ProcessFact(alive=False, supervisor_alive=False)


def test_ps_tells_the_start_where_there_is_no_proc(child: "subprocess.Popen[bytes]") -> None:
    by_ps, by_proc = identity._started_by_ps(child.pid), identity.process_start(child.pid)
    assert by_ps is not None and by_proc is not None and abs(by_ps - by_proc) < 2


def test_a_step_of_the_wall_clock_kills_nothing(child: "subprocess.Popen[bytes]") -> None:
    info = info_of(child.pid)
    start, boot = info.process_start, info.boot_time
    assert start is not None
    assert boot is not None
    assert look(replace(info, process_start=start + 3600, boot_time=boot + 3600)).alive is True


def test_without_the_boot_time_the_wall_clock_must_do(child: "subprocess.Popen[bytes]") -> None:
    assert look(replace(info_of(child.pid), boot_time=None)).alive is True


def test_another_boot_means_that_all_is_gone(child: "subprocess.Popen[bytes]") -> None:
    info = replace(info_of(child.pid), boot_id="another")
    assert look(info) == ProcessFact(alive=False, supervisor_alive=False)
    assert now(info).mono is None


def test_of_another_host_nothing_can_be_told(child: "subprocess.Popen[bytes]") -> None:
    info = replace(info_of(child.pid), host="elsewhere")
    assert look(info) == look(None) == ProcessFact()
    assert now(info).mono is now(None).mono is None


def test_here_the_machines_own_clock_is_shared(child: "subprocess.Popen[bytes]") -> None:
    mono = now(info_of(child.pid)).mono
    assert mono is not None
    assert abs(mono - time.monotonic()) < 60


@pytest.mark.parametrize("pid", [0, -1, 2**31, 2**70])
def test_pids_that_are_none(pid: int) -> None:
    info = replace(info_of(os.getpid()), pid=pid)
    assert look(info).alive is False
    assert look(replace(info, pid=None, supervisor_pid=None)) == ProcessFact(supervisor_alive=False)
