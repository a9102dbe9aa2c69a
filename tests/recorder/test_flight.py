"""Appending lines: whole, counted, and never a reason to raise."""

import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from textwrap import dedent

import pytest

from hamtui.contract.flight import FlightEvent
from hamtui.recorder import flight as module
from hamtui.recorder.flight import OpenFile, journal


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_record_gets_time_process_and_sequence(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "hamilton_flight.jsonl", os.getpid())
    for _ in range(2):
        assert flight.append(FlightEvent("launch_error", error="X: y", stage="build"))
    first, second = lines(tmp_path / "hamilton_flight.jsonl")
    assert (first["seq"], second["seq"], first["pid"]) == (0, 1, os.getpid())
    assert isinstance(first["ts"], float) and isinstance(first["mono"], float)
    assert (tmp_path / "hamilton_flight.jsonl").stat().st_mode & 0o777 == 0o600


def test_another_process_writes_a_file_of_its_own(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "hamilton_flight.jsonl", os.getpid() + 1, "box.example")
    flight.write(b"{}\n")
    (only,) = tmp_path.iterdir()
    assert only.name.endswith(f".{os.getpid()}.jsonl") and only.name.startswith("hamilton_flight.")


def test_one_journal_a_file_however_it_travels(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "a.jsonl", 1, "b")
    assert pickle.loads(pickle.dumps(flight)) is flight is journal(str(tmp_path), "a.jsonl", 1, "b")


def test_a_forked_child_leaves_its_parent_s_file_alone(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())
    flight.write(b'{"n":1}\n')
    pid = os.fork()
    if pid == 0:
        flight.write(b'{"n":2}\n')
        os._exit(flight.here().next_seq())
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert lines(tmp_path / "a.jsonl") == [{"n": 1}]
    assert any(path.name.endswith(f".{pid}.jsonl") for path in tmp_path.iterdir())


def test_threads_lines_stay_whole_and_every_number_is_given_once(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())

    def write() -> None:
        for _ in range(500):
            file = flight.here()
            file.write(b'{"seq":%d,"pad":"%s"}\n' % (file.next_seq(), b"x" * 300))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(str(line["seq"])) for line in lines(tmp_path / "a.jsonl")) == list(range(4000))


def test_a_full_disk_is_counted(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, flight.here().fd)
    os.close(full)
    assert not flight.write(b"{}\n")
    assert flight.lost == 1 and "No space left" in str(flight.here().trouble)


def test_what_a_full_disk_did_not_take_is_written_when_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 30)
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())
    flight.write(b'{"n":0}\n')
    file, full = flight.here(), os.open("/dev/full", os.O_WRONLY)
    room = os.dup(file.fd)
    os.dup2(full, file.fd)
    for number in range(1, 6):
        assert not flight.write(b'{"n":%d}\n' % number)
    assert not file.catch_up() and (file.lost, file.late) == (5, 0)
    os.dup2(room, file.fd)
    assert flight.write(b'{"n":9}\n')
    flight.check()
    assert [line["n"] for line in lines(tmp_path / "a.jsonl")] == [0, 9, 1, 2, 3], "three had room to be kept"
    assert file.catch_up() and (file.lost, file.late) == (2, 3)
    for fd in (full, room):
        os.close(fd)


def test_what_was_kept_is_not_written_into_a_file_that_took_our_number(tmp_path: Path) -> None:
    flight = journal(str(tmp_path / "there"), "a.jsonl", os.getpid())
    (tmp_path / "there").mkdir()
    flight.write(b'{"n":0}\n')
    file, full = flight.here(), os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, file.fd)
    flight.write(b'{"n":1}\n')
    theirs = os.open(tmp_path / "theirs", os.O_WRONLY | os.O_CREAT)
    os.dup2(theirs, file.fd)
    (tmp_path / "there").rename(tmp_path / "gone")
    flight.check()
    assert (tmp_path / "theirs").read_bytes() == b"" and file.lost == 1
    (tmp_path / "gone").rename(tmp_path / "there")
    flight.check()
    assert [line["n"] for line in lines(tmp_path / "there" / "a.jsonl")] == [0, 1]
    for fd in (full, theirs):
        os.close(fd)


def test_what_a_limit_refuses_is_not_kept(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())
    flight.write(b'{"n":0}\n')
    flight.refuse(full=True)
    flight.write(b'{"n":1}\n')
    flight.refuse(full=False)
    flight.check()
    assert [line["n"] for line in lines(tmp_path / "a.jsonl")] == [0] and flight.lost == 1


def test_after_half_a_line_the_next_has_one_of_its_own(tmp_path: Path) -> None:
    """A limit on the file's size gives a real short write."""
    code = """
        import os, resource, signal, sys
        from hamtui.recorder.flight import journal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        flight = journal(sys.argv[1], "a.jsonl", os.getpid())
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))
        assert flight.write(b'{"n":1}\\n')
        assert not flight.write(b'{"n":2,"long":"line"}\\n')
        assert not flight.write(b'{"n":3}\\n')
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert flight.write(b'{"n":4}\\n')
        assert flight.write(b'{"n":5}\\n')
        assert flight.lost == 2, flight.lost
    """
    subprocess.run([sys.executable, "-c", dedent(code), str(tmp_path)], check=True)
    whole = [line for line in (tmp_path / "a.jsonl").read_bytes().split(b"\n") if line]
    assert whole == [b'{"n":1}', b'{"n":2,"long', b'{"n":4}', b'{"n":5}']


def test_a_descriptor_that_somebody_closed_is_opened_again(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())
    flight.write(b'{"n":1}\n')
    assert flight.here().fd >= 200
    os.close(flight.here().fd)
    assert flight.write(b'{"n":2}\n')
    assert [line["n"] for line in lines(tmp_path / "a.jsonl")] == [1, 2]


@pytest.mark.parametrize("gone", ["deleted", "replaced"])
def test_a_file_that_is_gone_is_made_anew_at_the_next_check(tmp_path: Path, gone: str) -> None:
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())
    flight.write(b'{"n":1}\n')
    (tmp_path / "a.jsonl").rename(tmp_path / "old")
    if gone == "replaced":
        (tmp_path / "a.jsonl").write_bytes(b"")
    flight.check()
    flight.check()
    flight.write(b'{"n":2}\n')
    assert lines(tmp_path / "a.jsonl") == [{"n": 2}]


def test_a_number_that_the_user_took_over_stays_his(tmp_path: Path) -> None:
    flight = journal(str(tmp_path), "a.jsonl", os.getpid())
    flight.write(b'{"n":1}\n')
    number = flight.here().fd
    theirs = os.open(tmp_path / "theirs", os.O_WRONLY | os.O_CREAT)
    os.dup2(theirs, number)
    flight.check()
    flight.write(b'{"n":2}\n')
    os.write(number, b"mine")
    assert [line["n"] for line in lines(tmp_path / "a.jsonl")] == [1, 2]
    assert (tmp_path / "theirs").read_bytes() == b"mine"
    for fd in (theirs, number):
        os.close(fd)


def test_a_folder_that_comes_late_is_found(tmp_path: Path) -> None:
    file = OpenFile(str(tmp_path / "late" / "a.jsonl"))
    assert not file.write(b'{"n":1}\n')
    (tmp_path / "late").mkdir()
    assert file.write(b'{"n":2}\n')
    assert (file.lost, lines(tmp_path / "late" / "a.jsonl")) == (1, [{"n": 2}])
