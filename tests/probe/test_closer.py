"""Close looks: which threads, how many, at what cost, and what vanishes meanwhile."""

import os
import signal
import struct
import sys
import time

import pytest

from hamtui.contract.vitals import ProcessVital, ThreadVital
from hamtui.probe import calls, closer, procs, sample
from hamtui.probe.budget import Budget
from hamtui.probe.interest import Interest, Told
from hamtui.probe.memory import Memory
from tests.probe.conftest import Start
from tests.probe.stuck import PYTHON, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")

THREADS = """
def wait(): r, w = os.pipe(); os.read(r, 1)
for _ in range(int(sys.argv[1])): threading.Thread(target=wait, daemon=True).start()
say('on')
time.sleep(600)
"""


def test_where_nothing_is_late_nothing_is_looked_at_closely(start: Start) -> None:
    stuck = start(THREADS, "2")
    [process] = stuck.look(Interest())
    assert process.command is None
    assert all(
        thread.call is None and thread.ends == [] and thread.wchan is None for thread in process.threads
    )
    assert all(thread.queued_s is not None for thread in process.threads)


def test_only_threads_of_interest_are(start: Start) -> None:
    stuck = start(THREADS, "3")
    [process] = wait_until(lambda: [p for p in stuck.look() if len(p.threads) == 4])
    chosen = process.threads[2].native_id
    [process] = stuck.look(Interest({chosen: Told()}))
    assert [thread.native_id for thread in process.threads if thread.call] == [chosen]
    assert process.command is not None and process.command.startswith(f"{PYTHON} -c")


def test_a_thread_that_sleeps_and_one_that_runs(start: Start) -> None:
    sleeper = start("say('on')\ntime.sleep(600)")
    seen = sleeper.waits_in("clock_nanosleep", "select", "pselect6")
    # Before 3.11 time.sleep is a select of nothing.
    place = "sleep" if seen.call == "clock_nanosleep" else "poll"
    assert seen.state == "S" and seen.wchan is not None and place in seen.wchan
    busy = start("say('on')\nwhile True: pass")
    main = wait_until(lambda: (found := busy.main()).state == "R" and found)
    assert (main.call, main.wchan, main.ends) == ("running", None, [])


def test_time_in_the_queue_grows_where_others_have_the_cpu(start: Start) -> None:
    one_cpu = f"os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})\nsay('on')\nwhile True: pass"
    stuck = [start(one_cpu) for _ in range(3)]
    before = stuck[0].main().queued_s or 0.0
    wait_until(lambda: (stuck[0].main().queued_s or 0.0) > before + 0.3)


def test_a_threads_own_bytes(start: Start) -> None:
    stuck = start(
        "say('on')\nf = open('/dev/zero', 'rb', 0)\nfor _ in range(5): f.read(1_000_000)\ntime.sleep(600)"
    )
    wait_until(lambda: (stuck.main().read_bytes or 0) > 5_000_000)


def test_a_silent_process_by_its_main_thread_and_what_runs(start: Start) -> None:
    stuck = start(
        "def spin():\n    while True: pass\nthreading.Thread(target=spin, daemon=True).start()\n"
        "threading.Thread(target=lambda: time.sleep(600), daemon=True).start()\nsay('on')\ntime.sleep(600)"
    )
    [process] = wait_until(
        lambda: [p for p in stuck.look(Interest(silent={stuck.pid})) if len(p.threads) == 3]
    )
    closely = [thread for thread in process.threads if thread.call]
    assert {thread.native_id for thread in closely} >= {stuck.pid}
    wait_until(lambda: "running" in {t.call for t in stuck.look(Interest(silent={stuck.pid}))[0].threads})


def test_children_of_children_below_a_late_thread(start: Start) -> None:
    inner = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    stuck = start(f"p = subprocess.Popen([sys.executable, '-c', {inner!r}])\nsay('on')\np.wait()")
    processes = wait_until(
        lambda: (found := stuck.look()) and len(found) == 3 and found[2].command == "sleep 600" and found
    )
    assert [process.ppid for process in processes[1:]] == [stuck.pid, processes[1].pid]
    wait_until(lambda: all(p.threads[0].call for p in stuck.look()))
    assert all(process.command is None for process in stuck.look(Interest()))


def test_at_most_so_many_threads_are_looked_at(start: Start) -> None:
    stuck = start(THREADS, "90")
    wait_until(lambda: len(os.listdir(f"/proc/{stuck.pid}/task")) == 91)
    everyone = sorted(int(name) for name in os.listdir(f"/proc/{stuck.pid}/task"))
    [process] = stuck.look(Interest(dict.fromkeys(everyone, Told())))
    assert len(process.threads) == procs.MAX_THREADS
    assert sum(thread.call is not None for thread in process.threads) <= closer.MOST_THREADS


def test_a_late_thread_is_among_those_that_are_read_however_many_there_are(start: Start) -> None:
    stuck = start(THREADS, "90")
    wait_until(lambda: len(os.listdir(f"/proc/{stuck.pid}/task")) == 91)
    newest = max(int(name) for name in os.listdir(f"/proc/{stuck.pid}/task"))
    wait_until(lambda: stuck.look(Interest({newest: Told()}))[0].threads[-1].call == "read")


def test_what_the_budget_does_not_allow_is_left_out(start: Start) -> None:
    stuck = start(THREADS, "3")
    processes, _ = procs.tree(stuck.pid)
    interest = Interest({thread.native_id: Told() for thread in processes[0].threads})
    [looked] = closer.look(processes, interest, Memory(), Budget(cpu_s=0.0))
    assert looked == processes[0]


def test_what_was_left_out_is_not_taken_for_the_answer(start: Start) -> None:
    stuck = start(
        "p = subprocess.Popen(['sleep', '600'], stdout=subprocess.PIPE)\nsay(p.pid)\np.stdout.read()"
    )
    stuck.waits_in("read")
    memory = Memory()

    class Meagre(Budget):
        asked = 0

        def spent(self) -> bool:
            self.asked += 1
            return self.asked > 1

    processes, _ = procs.tree(stuck.pid)
    closer.look(processes, Interest({stuck.pid: Told()}), memory, Meagre())
    wait_until(lambda: [party.pid for end in stuck.main(memory=memory).ends for party in end.parties])


def test_what_did_not_move_is_not_read_again(start: Start) -> None:
    stuck = start(THREADS, "40")
    wait_until(lambda: len(os.listdir(f"/proc/{stuck.pid}/task")) == 41)
    interest = Interest({int(name): Told() for name in os.listdir(f"/proc/{stuck.pid}/task")})
    memory = Memory()

    def cost() -> float:
        began = time.thread_time()
        stuck.look(interest, memory)
        return time.thread_time() - began

    for _ in range(20):
        cost()
    assert min(cost() for _ in range(5)) < 0.05


def test_what_the_process_told_of_itself_comes_first(start: Start) -> None:
    stuck = start("r, w = os.pipe()\nsay(r)\na, b = socket.socketpair()\na.recv(1)")
    stuck.waits_in("recvfrom")
    [end] = stuck.main(Interest({stuck.pid: Told("recvfrom", (int(stuck.said),))})).ends
    assert end.kind == "pipe"
    [end] = stuck.main(Interest({stuck.pid: Told("read", (int(stuck.said),))})).ends
    assert end.kind == "unix", "it told of another call"


def test_an_epoll_that_the_process_told_of_is_opened_up(start: Start) -> None:
    stuck = start(
        "a, b = socket.socketpair()\ne = select.epoll(); e.register(a, 1)\nsay(e.fileno())\ne.poll()"
    )
    call = stuck.waits_in("epoll_wait", "epoll_pwait").call
    [end] = stuck.main(Interest({stuck.pid: Told(call, (int(stuck.said),))})).ends
    assert end.kind == "unix"


def test_a_stopped_main_process_is_sampled_on_with_its_children(start: Start) -> None:
    stuck = start("p = subprocess.Popen([sys.executable, '-c', 'while True: pass'])\nsay(p.pid)\np.wait()")
    os.kill(stuck.pid, signal.SIGSTOP)
    main, child = wait_until(
        lambda: (found := stuck.look()) and found[0].state == "T" and len(found) == 2 and found
    )
    assert main.pid == stuck.pid
    spent = child.cpu_s or 0.0
    wait_until(lambda: (stuck.look()[1].cpu_s or 0.0) > spent + 0.1)


def test_processes_that_come_and_go_meanwhile(start: Start) -> None:
    stuck = start(
        "say('on')\nwhile True:\n"
        "    t = threading.Thread(target=time.sleep, args=(0.001,)); t.start()\n"
        "    r, w = os.pipe(); p = subprocess.Popen(['true'], stdout=w); os.close(r); os.close(w); p.wait()"
    )
    memory, until = Memory(), time.monotonic() + 2
    while time.monotonic() < until:
        interest = Interest(
            {int(name): Told() for name in os.listdir(f"/proc/{stuck.pid}/task")}, {stuck.pid}
        )
        assert stuck.look(interest, memory)[0].pid == stuck.pid


def test_a_process_that_is_gone_has_no_sample(start: Start) -> None:
    stuck = start("say('on')")
    stuck.process.wait()
    assert sample.sample(stuck.pid, Interest({stuck.pid: Told()})) is None


def test_looking_leaves_the_target_alone(start: Start) -> None:
    """No attach, no stop: its tracer is nobody at any time, and it goes on counting."""
    stuck = start("say('on')\nr, w = os.pipe()\nselect.select([r], [], [])")
    stuck.waits_in("select", "pselect6")
    for _ in range(50):
        stuck.look()
        status = procs.read(f"/proc/{stuck.pid}/status")
        assert b"TracerPid:\t0" in status and b"State:\tS" in status


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("poll", (0, 3, 0, 0, 0, 0)),
        ("poll", (2**64 - 8, 2**40, 0, 0, 0, 0)),
        ("pselect6", (2**31, 8, 8, 8, 0, 0)),
        ("epoll_wait", (99999, 0, 0, 0, 0, 0)),
        ("read", (2**64 - 1, 0, 0, 0, 0, 0)),
        ("flock", ()),
        (None, (1, 2, 3, 4, 5, 6)),
    ],
)
def test_arguments_that_are_junk(call: str | None, arguments: tuple[int, ...]) -> None:
    found = closer.descriptors(os.getpid(), call, arguments)
    assert len(found) <= closer.MOST_ENDS
    assert [fd for fd in found if fd >= 0] == []


def test_pollfds_are_read_sixteen_at_most() -> None:
    import ctypes

    data = struct.pack("=" + "ihh" * 40, *(part for fd in range(40) for part in (fd, 1, 0)))
    kept = ctypes.create_string_buffer(data)
    found = closer.descriptors(os.getpid(), "poll", (ctypes.addressof(kept), 40, 0, 0, 0, 0))
    assert found == list(range(16))


def test_memory_is_left_alone_where_a_disk_holds_the_process_up() -> None:
    process = ProcessVital(os.getpid(), threads=[ThreadVital(os.getpid(), "D")])
    assert closer.descriptors(os.getpid(), "poll", (id(process), 1, 0, 0, 0, 0), may_read=False) == []


@pytest.mark.parametrize(
    ("data", "machine", "call"),
    [
        (b"0 0x3 0x1 0x2 0x0 0x0 0x0 0x7ffc 0x7fad\n", "x86_64", "read"),
        (b"0 0x3 0x1 0x2 0x0 0x0 0x0 0x7ffc 0x7fad\n", "aarch64", "call 0"),
        (b"63 0x3 0x1 0x2 0x0 0x0 0x0 0x7ffc 0x7fad\n", "aarch64", "read"),
        (b"202 0x3 0x1 0x2 0x0 0x0 0x0 0x7ffc 0x7fad\n", "x86_64", "futex"),
        (b"999 0x3 0x1 0x2 0x0 0x0 0x0 0x7ffc 0x7fad\n", "x86_64", "call 999"),
        (b"running\n", "x86_64", "running"),
        (b"-1 0x7ffc 0x7fad\n", "x86_64", None),
        (b"", "x86_64", None),
        (b"\xff\xfe junk", "x86_64", None),
        (b"7 0x1", "x86_64", None),
    ],
)
def test_calls_by_number(data: bytes, machine: str, call: str | None) -> None:
    assert calls.parse(data, machine)[0] == call
