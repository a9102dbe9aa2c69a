"""The native functions that a waiting thread is in, without pausing it."""

import os
import sys

import pytest

from hamtui.probe import native, procs
from hamtui.probe.budget import Budget
from tests.probe.conftest import Start
from tests.probe.stuck import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where a thread waits")


def names(pid: int) -> list[tuple[str, str]]:
    found = native.frames_of(pid, [pid]).get(pid, [])
    return [(os.path.basename(frame.file).partition(".")[0], frame.function) for frame in found]


def test_what_waits_in_the_c_library(start: Start) -> None:
    stuck = start("a, b = socket.socketpair()\nsay('on')\na.recv(1)")
    stuck.waits_in("recvfrom")
    found = names(stuck.pid)
    assert found[0][0] == "libc" and ("_socket", "?") in found


def test_callers_in_a_library_between(start: Start) -> None:
    script = (
        "a, b = socket.socketpair()\nimport ssl\nsay('on')\nssl._create_unverified_context().wrap_socket(a)"
    )
    stuck = start(script)
    stuck.waits_in("read", "recvfrom")
    assert "BIO_read" in {function for _, function in names(stuck.pid)}


def test_of_a_thread_that_runs_nothing_is_told(start: Start) -> None:
    stuck = start("say('on')\nwhile True: pass")
    wait_until(lambda: stuck.main().call == "running")
    # It may be found waiting for the GIL or the like once in a while, never in three looks in a row.
    assert [] in [names(stuck.pid) for _ in range(3)]


def test_looking_leaves_the_process_alone(start: Start) -> None:
    stuck = start("say('on')\nr, w = os.pipe()\nos.read(r, 1)")
    stuck.waits_in("read")
    for _ in range(20):
        names(stuck.pid)
        status = procs.read(f"/proc/{stuck.pid}/status")
        assert b"TracerPid:\t0" in status and b"State:\tS" in status


def test_a_process_that_is_gone() -> None:
    assert native.frames_of(2**22 - 1, [2**22 - 1]) == {}


def test_memory_is_left_alone_while_a_thread_waits_for_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    from hamtui.contract.vitals import ThreadVital

    monkeypatch.setattr(procs, "thread", lambda pid, native_id: ThreadVital(native_id, "D"))
    monkeypatch.setattr(native, "Process", None)
    assert native.frames_of(os.getpid(), [os.getpid()]) == {}


def test_a_budget_that_is_spent(start: Start) -> None:
    stuck = start("say('on')\nr, w = os.pipe()\nos.read(r, 1)")
    stuck.waits_in("read")
    process = native.Process(stuck.pid)
    process.open()
    assert len(process.frames(stuck.pid, Budget(cpu_s=-1))) <= 1
    process.close()


@pytest.mark.parametrize(
    ("before", "machine", "is_call"),
    [
        ("000000e801020304", "x86_64", True),  # call rel32
        ("0000000000ffd0", "x86_64", False),  # too short to tell
        ("000000000000ffd0", "x86_64", True),  # call *%rax
        ("0000000000ff5010", "x86_64", True),  # call *0x10(%rax)
        ("0000ff1500000000", "x86_64", True),  # call *0(%rip)
        ("0000000000000000", "x86_64", False),
        ("000000000000ffe0", "x86_64", False),  # jmp *%rax
        ("0000000001000094", "aarch64", True),  # bl
        ("0000000000003fd6", "aarch64", True),  # blr x0
        ("00000000c0035fd6", "aarch64", False),  # ret
    ],
)
def test_what_is_a_call(before: str, machine: str, is_call: bool) -> None:
    assert native.follows_a_call(bytes.fromhex(before), machine) is is_call


def test_maps_that_are_junk() -> None:
    good = "7f0000001000-7f0000002000 r-xp 00001000 08:01 42   /usr/lib/a b.so\n"
    text = (
        "x\n"
        + good
        + "zz-yy r-xp 00 0:0 0 /lib/z\n7f00-7f01 r-xp 0 0 0 [vdso]\n7f00-7f01 rw-p 0 0 0 /lib/data\n"
    )
    [found] = native.libraries(text)
    assert (found.path, found.code) == ("/usr/lib/a b.so", [(0x7F0000001000, 0x7F0000002000)])
