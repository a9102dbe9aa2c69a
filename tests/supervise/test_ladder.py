"""INT, TERM, KILL: each is sent to the whole group, checked to be the run's, and no further than needed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import ladder
from hamtui.supervise.ladder import Target
from tests.supervise.running import wait_until

QUICK = ((signal.SIGINT, 0.5), (signal.SIGTERM, 0.5), (signal.SIGKILL, 10.0))
Begin = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def begin() -> Iterator[Begin]:
    made: list[subprocess.Popen[str]] = []

    def one(script: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        made.append(process)
        assert process.stdout and process.stdout.readline().strip() == "ready"
        return process

    yield one
    for process in made:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if process.stdout:
            process.stdout.close()


def target(process: "subprocess.Popen[str]") -> Target:
    known = procs.known(process.pid)
    assert known
    return Target(known)


READY = "import signal, time, os, sys\n{}\nprint('ready', flush=True)\ntime.sleep(600)"
DEAF_TO_INT = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
DEAF = DEAF_TO_INT + "\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)"


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        ("", [signal.SIGINT]),
        (DEAF_TO_INT, [signal.SIGINT, signal.SIGTERM]),
        (DEAF, [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]),
    ],
)
def test_it_goes_no_further_than_needed(begin: Begin, script: str, sent: list[int]) -> None:
    process = begin(READY.format(script))
    assert list(ladder.stop(target(process), rungs=QUICK)) == sent
    assert process.wait(10) != 0


def test_a_stopped_run_is_continued_so_that_it_can_act(begin: Begin) -> None:
    process = begin(READY.format("signal.signal(signal.SIGINT, lambda *_: sys.exit(5))"))
    whole = target(process)
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: (found := procs.stat(process.pid)) and found.state == "T")
    assert list(ladder.stop(whole, rungs=QUICK)) == [signal.SIGINT]
    assert process.wait(10) == 5


def test_children_in_the_group_get_it_too(begin: Begin) -> None:
    process = begin(
        READY.format(
            "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\nopen(f'/proc/{child.pid}/stat').close()"
        )
    )
    _, seen = procs.tree(process.pid)
    child = next(known for known in seen if known.pid != process.pid)
    list(ladder.stop(target(process), rungs=QUICK))
    wait_until(lambda: not procs.is_there(child))


def test_one_that_leads_no_session_of_its_own_is_stopped_with_its_children(begin: Begin) -> None:
    leader = begin(
        "import subprocess, sys, time\n"
        "child = \"import os, subprocess, time; own = subprocess.Popen(['sleep', '600']); \"\\\n"
        '        "print(os.getpid(), own.pid, flush=True); time.sleep(600)"\n'
        "program = subprocess.Popen([sys.executable, '-c', child], stdout=subprocess.PIPE, text=True)\n"
        "pids = program.stdout.readline().strip()\n"
        "print('ready', flush=True); print(pids, flush=True); time.sleep(600)"
    )
    assert leader.stdout
    program, own = (procs.known(int(pid)) for pid in leader.stdout.readline().split())
    assert program and own
    assert list(ladder.stop(Target(program, (own,)), rungs=QUICK)) == [signal.SIGINT]
    wait_until(lambda: not procs.is_there(program) and not procs.is_there(own))
    assert leader.poll() is None


def test_a_reused_pid_is_never_signalled(begin: Begin) -> None:
    process = begin(READY.format(""))
    known = procs.known(process.pid)
    assert known
    other = Target(Known(known.pid, known.start - 100.0))
    assert list(ladder.stop(other, rungs=QUICK)) == []
    assert ladder.clear(other) == []
    assert process.poll() is None


def test_a_caller_may_take_the_next_rung_at_once(begin: Begin) -> None:
    process = begin(READY.format(DEAF))
    began = time.monotonic()
    whole = target(process)
    rungs = list(ladder.stop(whole, lambda _: not whole.main_is_there()))
    assert rungs == [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
    assert time.monotonic() - began < ladder.INT_WAIT_S


def test_the_whole_ladder_fits_in_twenty_seconds() -> None:
    assert sum(seconds for _, seconds in ladder.LADDER) + 2 * ladder.LEFTOVER_WAIT_S < 20


def test_what_a_dead_leader_left_is_found_by_its_session(begin: Begin) -> None:
    process = begin(
        "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\nprint('ready', flush=True)\ntime.sleep(600)"
    )
    whole = target(process)
    process.kill()
    process.wait()
    [left] = whole.members()
    assert ladder.clear(whole) == [left]
    wait_until(lambda: not procs.is_there(left))
