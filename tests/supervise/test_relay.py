"""What a worker that can't write the launch folder sends: nothing lost, nothing twice, whatever happens on the way."""

import json
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamtui.contract import layout, relay
from hamtui.contract.relay import Door, Line
from hamtui.recorder import outbox
from hamtui.recorder.here import HERE
from hamtui.recorder.relay import Relay
from hamtui.supervise import leftover, receiver
from hamtui.supervise.listen import ListenError, listen, split
from hamtui.supervise.receiver import Receiver
from hamtui.supervise.streams import Streams
from tests.supervise.running import wait_until

FLIGHT = layout.worker_name(layout.FLIGHT, HERE.host, HERE.pid)


class Ends:
    """Both ends: a launch folder with its receiver, which can be ended and begun again, and a spool with its relay."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder, self.spool = tmp_path / "launch", tmp_path / "spool"
        self.folder.mkdir()
        self.spool.mkdir()
        sock, self.door = listen(None)
        self.receiver: Receiver | None = None
        self.begin(sock)
        self.relay = Relay(self.door, str(self.spool))
        self.written = 0

    def begin(self, sock: socket.socket | None = None) -> None:
        if sock is None:
            sock = socket.create_server((self.door.host, self.door.port))
            sock.setblocking(False)
        self.receiver = Receiver(self.folder, sock, self.door)
        self.receiver.start()

    def end(self) -> None:
        if self.receiver is not None:
            self.receiver.close()
            self.receiver = None

    def write(self, lines: int, width: int = 60) -> None:
        with open(self.spool / FLIGHT, "ab", buffering=0) as file:
            for _ in range(lines):
                file.write(b'{"seq":%d,"pad":"%s"}\n' % (self.written, b"x" * width))
                self.written += 1

    def sent(self, seconds: float = 30.0) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            wait = self.relay.turn(time.monotonic())
            if self.relay.is_done() and self.relay._welcome:
                return True
            time.sleep(min(wait, 0.01))
        return False

    def seqs(self) -> list[int]:
        return [json.loads(line)["seq"] for line in (self.folder / FLIGHT).read_bytes().splitlines()]


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Ends]:
    made = Ends(tmp_path)
    yield made
    made.relay.close()
    made.end()


def test_what_stands_in_the_spool_comes_to_the_same_file_for_the_owner_alone(ends: Ends) -> None:
    ends.write(1000)
    assert ends.sent()
    assert ends.seqs() == list(range(1000))
    assert (ends.folder / FLIGHT).read_bytes() == (ends.spool / FLIGHT).read_bytes()
    assert stat.S_IMODE((ends.folder / FLIGHT).stat().st_mode) == 0o600


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_or_doubled_while_the_supervisor_comes_and_goes(
    ends: Ends, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hamtui.recorder.relay.AGAIN_S", 0.01)
    monkeypatch.setattr("hamtui.recorder.relay.MOST_AGAIN_S", 0.01)
    chance = random.Random(seed)
    for _ in range(60):
        ends.write(chance.randrange(1, 400), chance.randrange(1, 2000))
        for _ in range(chance.randrange(1, 12)):
            ends.relay.turn(time.monotonic())
        if chance.random() < 0.3:
            if ends.receiver is None:
                ends.begin()
            else:
                ends.end()
    if ends.receiver is None:
        ends.begin()
    assert ends.sent()
    assert ends.seqs() == list(range(ends.written))


def test_a_spool_is_begun_anew_when_it_has_grown_and_nothing_is_missed(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ROTATE_AT", 50_000)
    monkeypatch.setattr(outbox, "_SETTLE_S", 0.0)
    for _ in range(40):
        ends.write(300)
        for _ in range(6):
            ends.relay.turn(time.monotonic())
        assert ends.sent(), "what is not acknowledged stays, however slow the other end is"
    assert ends.seqs() == list(range(12_000))
    left = sum(path.stat().st_size for path in ends.spool.iterdir())
    assert left < (ends.folder / FLIGHT).stat().st_size / 2
    # Whoever is taken from the middle of it finds the place by the bases.
    ends.end()
    ends.write(10)
    (ends.spool / FLIGHT).rename(ends.spool / FLIGHT)
    fresh = Streams(ends.folder)
    leftover._take(fresh, ends.spool)
    assert ends.seqs() == list(range(12_010))


def test_beyond_its_bound_a_spool_loses_lines_and_counts_them(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hamtui.recorder import flight, reach

    monkeypatch.setattr(outbox, "MOST_BYTES", 10_000)
    monkeypatch.setitem(reach._spools, str(ends.folder), str(ends.spool))
    ends.end()
    journal = flight.Journal(str(ends.folder), layout.FLIGHT, HERE.pid + 1, HERE.host)
    monkeypatch.setitem(flight._journals, (str(ends.folder), layout.FLIGHT, HERE.pid + 1, HERE.host), journal)
    box = outbox.Outbox(str(ends.spool), HERE.host, HERE.pid)
    kept = 0
    for _ in range(400):
        kept += journal.write(b'{"pad":"%s"}\n' % (b"y" * 90))
        box.tidy(time.monotonic())
    assert journal.lost == 400 - kept
    assert 10_000 <= (ends.spool / FLIGHT).stat().st_size < 10_200
    box.has(FLIGHT, (ends.spool / FLIGHT).stat().st_size)
    box.tidy(time.monotonic())
    assert journal.write(b'{"last":1}\n')
    assert (ends.spool / FLIGHT).read_bytes().endswith(b'{"last":1}\n')


def test_who_has_not_the_secret_writes_nothing_and_is_told_nothing(ends: Ends) -> None:
    ends.write(10)
    thief = Relay(Door(ends.door.host, ends.door.port, b"guessed" * 4), str(ends.spool))
    first = thief._again

    def turned_away() -> bool:
        thief.turn(time.monotonic())
        return thief._again > first

    wait_until(turned_away)
    assert not (ends.folder / FLIGHT).exists()


def test_a_false_supervisor_is_given_no_line(ends: Ends) -> None:
    ends.write(10, width=4)
    false = socket.create_server(("127.0.0.1", 0))
    with false:
        asks = Relay(Door("127.0.0.1", false.getsockname()[1], ends.door.secret), str(ends.spool))
        asks.turn(time.monotonic())
        there, _ = false.accept()
        with there:
            there.sendall(
                os.urandom(relay.NONCE) + Line(b"other", b"", b"", is_worker=False).pack({"welcome": 1})
            )
            wait_until(lambda: asks.turn(time.monotonic()) > 0 and asks._try_at > 0)
            there.settimeout(0.2)
            heard = b""
            while data := _received(there):
                heard += data
    assert b"seq" not in heard and b"hamilton_flight" not in heard


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(65536)
    except OSError:
        return b""


@pytest.mark.parametrize(
    "name",
    [
        "../hamilton_flight.h.1.jsonl",
        "hamilton_flight.../../x.1.jsonl",
        "hamilton_flight.jsonl",
        "launch.json",
        "exit.json",
        "requests.jsonl",
        "hamilton_flight.other.1.jsonl",
        "hamilton_flight.h.2.jsonl",
        "hamilton_flight.h.1.jsonl.1",
        "output.h.1.log",
    ],
)
def test_a_worker_writes_its_own_files_and_no_others(tmp_path: Path, name: str) -> None:
    streams = Streams(tmp_path)
    assert streams.may_write("hamilton_flight.h.1.jsonl", "h", 1)
    assert not streams.may_write(name, "h", 1)
    assert not streams.may_write("hamilton_flight.a/../b.1.jsonl", "a/../b", 1)


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    folder = tmp_path / "launch"
    folder.mkdir()
    (folder / "hamilton_flight.h.1.jsonl").symlink_to(elsewhere)
    with pytest.raises(OSError, match="[Ss]ymbolic"):
        Streams(folder).take("hamilton_flight.h.1.jsonl", "s", 0, b"{}\n")


def test_a_request_and_the_thresholds_reach_the_worker(ends: Ends) -> None:
    assert ends.receiver is not None
    ends.write(1)
    assert ends.sent()
    (ends.folder / layout.REQUESTS).write_text('{"ask":"dump","id":"7"}\n')
    (ends.folder / layout.PAST).write_text('{"limits":[]}')
    ends.receiver.look()

    def came() -> bool:
        ends.relay.turn(time.monotonic())
        return (ends.spool / layout.REQUESTS).exists() and (ends.spool / layout.PAST).exists()

    wait_until(came)
    assert (ends.spool / layout.REQUESTS).read_text() == '{"ask":"dump","id":"7"}\n'


def test_a_worker_that_breaks_off_is_told_of_once_and_again_when_it_is_back(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ends.receiver is not None
    found = ends.receiver
    monkeypatch.setattr(receiver, "GONE_S", 0.0)
    ends.write(1)
    assert ends.sent()
    assert found.news(time.monotonic()) == []
    ends.relay._drop(time.monotonic())
    (said,) = wait_until(lambda: found.news(time.monotonic()))
    assert said == ((HERE.host, HERE.pid), False)
    ends.write(1)
    assert ends.sent()
    (said,) = wait_until(lambda: found.news(time.monotonic()))
    assert said == ((HERE.host, HERE.pid), True)


def test_one_that_takes_leave_is_not_missed_and_leaves_nothing(ends: Ends) -> None:
    assert ends.receiver is not None
    ends.write(100)
    assert ends.relay.drain(20.0)
    assert not ends.spool.exists()
    assert ends.receiver.finish(20.0)
    assert ends.seqs() == list(range(100))
    assert ends.receiver.news(time.monotonic() + 100) == []


WORKER = """
import os, sys, time
from hamtui.contract.relay import Door
from hamtui.recorder import flight, reach, sampler, worker
from hamtui.recorder.adapter import _recorder
from hamtui.contract.diagnostics import Diagnostics
launch, port, secret = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])
made = _recorder((launch, 1, "elsewhere"), (Diagnostics(), (worker.begin,), Door("127.0.0.1", port, secret)))
made.arrive()
print(reach.folder(launch), flush=True)
n = 0
while True:
    for _ in range(50):
        made.flight.write(b'{"seq":%d}\\n' % n)
        n += 1
    print(n, flush=True)
    time.sleep(0.01)
"""


def test_what_a_killed_worker_could_not_send_is_read_from_its_spool(tmp_path: Path) -> None:
    folder = tmp_path / "launch"
    folder.mkdir()
    sock, door = listen(None)
    taken = Receiver(folder, sock, door)
    taken.start()
    # No launch.json of this launch stands there: as on a machine that has another folder of that name.
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), str(door.port), door.secret.hex()],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    spool = Path(process.stdout.readline().strip())
    assert spool.parent == Path(tempfile.gettempdir()) and stat.S_IMODE(spool.stat().st_mode) == 0o700
    wait_until(lambda: list(folder.glob("hamilton_flight.*.jsonl")))
    taken.close()  # the supervisor is away
    said = int(process.stdout.readline())
    while said < 5000:
        said = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    (name,) = [path.name for path in folder.glob("hamilton_flight.*.jsonl")]
    before = (folder / name).read_bytes().count(b"\n")
    assert before < said
    assert spool.name.startswith(layout.spool_prefix(str(folder), "elsewhere", 1))
    leftover._take(Streams(folder), spool)
    seqs = [json.loads(line)["seq"] for line in (folder / name).read_bytes().splitlines()]
    assert seqs == list(range(len(seqs))) and len(seqs) >= said
    for path in spool.iterdir():
        path.unlink()
    spool.rmdir()
    process.stdout.close()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, ("127.0.0.1", 0)),
        ("10.1.2.3", ("10.1.2.3", 0)),
        ("box:7411", ("box", 7411)),
        ("[::1]:7411", ("::1", 7411)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
    ],
)
def test_where_to_listen(given: str | None, found: tuple[str, int]) -> None:
    assert split(given) == found


def test_an_address_that_is_not_ours_is_one_sentence() -> None:
    with pytest.raises(ListenError, match="--listen 192.0.2.1: "):
        listen("192.0.2.1")
    with pytest.raises(ListenError, match="port must be a number"):
        listen("box:http")
