"""What is made of the lines of /proc, junk among them."""

import os
import time
from pathlib import Path

import pytest

from hamtui.contract.vitals import BEAT, PROBE, Holder, ThreadLook, Vital, Wait
from hamtui.probe import commands, interest, locks, openers, procs, sockets
from hamtui.probe.budget import Budget
from hamtui.probe.interest import Interests, Told
from hamtui.probe.openers import Openers
from hamtui.probe.sockets import Row, Tables

TCP = "   0: 0100007F:1F90 0204000A:1538 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0"
TCP6 = (
    "   1: 00000000000000000000000001000000:1F90 0000000000000000FFFF00000100007F:0050 0A "
    "00000000:00000000 00:00000000 00000000     0        0 12 1 0000 100 0"
)


def test_addresses_and_states() -> None:
    assert sockets.row(TCP, "tcp") == Row("tcp", ("127.0.0.1", 8080), ("10.0.4.2", 5432), "ESTABLISHED", 4711)
    assert sockets.row(TCP6, "tcp") == Row("tcp", ("::1", 8080), ("127.0.0.1", 80), "LISTEN", 12)
    assert sockets.joined(("::1", 80)) == "[::1]:80" and sockets.joined(("10.0.4.7", 5432)) == "10.0.4.7:5432"
    assert sockets.joined(("0.0.0.0", 0)) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  sl  local_address rem_address   st",
        "a b c d e f g h i j k",
        TCP[:60],
        TCP.replace("0100007F", "01"),
    ],
)
def test_lines_that_are_no_socket(line: str) -> None:
    assert sockets.row(line, "tcp") is None


def test_a_table_is_read_no_further_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_BYTES", 10)
    tables = Tables(os.getpid(), Budget())
    assert tables.find(1) is None
    assert sum(len(data) for data in tables._read.values()) <= 10


@pytest.mark.parametrize(
    ("local", "remote", "here"),
    [("127.0.0.1", "127.0.0.1", True), ("10.0.0.4", "10.0.0.4", True), ("10.0.0.4", "10.0.0.5", False)],
)
def test_which_connections_are_within_this_machine(local: str, remote: str, here: bool) -> None:
    assert sockets.is_local(Row("tcp", (local, 1), (remote, 2), None, 0)) is here


@pytest.mark.parametrize("answer", [b"", b"\0" * 40, b"\xff" * 64, bytes(32) + b"\x04\0\x02\0"])
def test_answers_that_name_no_peer(answer: bytes) -> None:
    assert sockets._peer_in(answer) is None


LOCKS = """\
1: POSIX  ADVISORY  WRITE 359 00:13:11691 0 EOF
2: FLOCK  ADVISORY  WRITE 4711 fd:01:1234 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4712 fd:01:1234 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4713 fd:01:1234 0 EOF
3: OFDLCK ADVISORY  WRITE -1 fd:01:99 0 EOF
4: POSIX  ADVISORY  WRITE 77 fd:01:99 0 EOF
junk
5: 6
x: FLOCK ADVISORY WRITE 1 2 3
"""


def held(pid: int, inode: str | None) -> list[int | None]:
    table = locks.FileLocks()
    table._all = locks.parse(LOCKS)
    return [lock.pid for lock in table.holders(pid, inode)]


def test_who_holds_a_lock() -> None:
    assert len(locks.parse(LOCKS)) == 6
    assert held(4712, ":1234") == held(4713, ":1234") == held(4712, None) == [4711]
    assert held(1, ":1234") == [4711], "no line of its own: all that others hold there"
    assert held(77, ":99") == [None], "an open file's lock is no process' own"
    assert held(1, None) == held(4712, ":5") == []


def test_command_lines_are_short_and_tell_no_secret() -> None:
    assert commands.shortened(["/usr/bin/python3", "train.py", "--fold"]) == "python3 train.py --fold"
    assert commands.shortened(["psql", "-h", "db", "--more", "x"]) == "psql -h db ..."
    assert commands.shortened(["curl", "--password=geheim", "x"]) == "curl --password=... x"
    assert commands.shortened(["login", "--password", "geheim"]) == "login --password ..."
    assert commands.shortened(["curl", "https://me:geheim@host/x"]) == "curl https://me:...@host/x"
    assert commands.shortened(["sh", "-c", "two\nlines\tof it"]) == "sh -c two lines of it"
    assert len(commands.shortened(["x" * 300, "y" * 300, "z" * 300])) <= 80
    assert commands.shortened([""]) == ""
    assert commands.command(2**22 - 1) is None
    assert (commands.command(os.getpid()) or "").startswith(("python", "pytest"))


def test_a_stat_that_is_junk() -> None:
    for data in (b"", b"1 (x) S", b"1 (x) S " + b"a " * 40, b")" * 50, b"1 (a) b) S " + b"1 " * 45):
        found = procs._parse_stat(data)
        assert found is None or found.name == "a) b"


def look(thread: int, native: int | None, **more: object) -> ThreadLook:
    return ThreadLook(thread, native, **more)  # type: ignore[arg-type]


def test_late_threads_and_those_that_they_wait_for() -> None:
    looks = [
        look(1, 101, call="futex", wait=Wait("lock", holders=[Holder(3, "with")])),
        look(2, 102),
        look(3, 103, call="recvfrom", fds=[7], wait=Wait("join", threads=[4, 1, 99])),
        look(4, None),
    ]
    assert interest.interesting(looks, 1) == {101: Told("futex"), 103: Told("recvfrom", (7,))}
    assert interest.interesting(looks, 0) == {} == interest.interesting(looks, -3)
    assert set(interest.interesting(looks, 99)) == {101, 102, 103}


def test_what_is_late_stays_so_while_beats_say_so() -> None:
    heard = Interests()
    heard.hear(9, Vital(PROBE, looks=[look(1, 101), look(2, 102)], late=1, seq=5))
    assert heard.newly_late == 1 and set(heard.now().threads) == {101}
    for _ in range(10):
        heard.hear(9, Vital(BEAT, still=5))
    assert heard.now()
    heard.hear(9, Vital(PROBE, looks=[look(1, 101), look(2, 102)], late=2))
    assert heard.newly_late == 2 and heard.pids() == [9]
    for _ in range(4):
        heard.hear(9, Vital(BEAT))
    assert not heard.now()
    assert set(heard.now({4}, also=[7]).threads) == {7} and heard.now({4}).silent == {4}


def test_a_walk_goes_on_where_it_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    class OneStep(Budget):
        asked = 0

        def spent(self) -> bool:
            self.asked += 1
            return self.asked > 1

    read, write = os.pipe()
    link = os.readlink(f"/proc/self/fd/{write}")
    try:
        walker, near = Openers(), [1, 1, os.getpid()]
        found = walker.of(link, near, os.getuid(), OneStep())
        assert not found.whole and found.openers == []
        found = walker.of(link, near, os.getuid(), OneStep())
        assert {opener.fd for opener in found.openers} == {read, write}
        monkeypatch.setattr(openers, "MOST_PROCESSES", 5)
        while not found.whole:
            found = walker.of(link, near, os.getuid(), Budget())
        assert [
            (opener.reads, opener.writes) for opener in sorted(found.openers, key=lambda each: each.fd)
        ] == [
            (True, False),
            (False, True),
        ]
    finally:
        os.close(read)
        os.close(write)


def test_what_was_found_is_checked_before_it_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    link = os.readlink(f"/proc/self/fd/{write}")
    walker, generous = Openers(), Budget(cpu_s=30, wall_s=30)
    assert len(walker.of(link, [os.getpid()], -5, generous).openers) == 2
    os.close(write)
    assert len(walker.of(link, [os.getpid()], -5, generous).openers) == 2, "fresh enough"
    monkeypatch.setattr(openers, "CHECK_EVERY_S", 0.0)
    monkeypatch.setattr(openers, "_TABLES_KEPT_S", 0.0)
    assert len(walker.of(link, [os.getpid()], -5, generous).openers) == 1
    os.close(read)


def test_a_file_that_is_no_more(tmp_path: Path) -> None:
    assert procs.read(str(tmp_path / "none")) == b"" and openers.links(2**22 - 1) == {}


def test_a_budget_runs_out_by_the_clock_too() -> None:
    assert Budget(wall_s=-1).spent() and Budget(cpu_s=-1).spent() and not Budget().spent()
    assert time.thread_time() >= 0
