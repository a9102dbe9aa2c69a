"""A worker's line to the supervisor that breaks in the middle of things, or for good."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamtui.contract import layout
from hamtui.contract.relay import Door
from hamtui.recorder.here import HERE
from hamtui.recorder.relay import Relay
from hamtui.supervise import leftover
from hamtui.supervise.listen import listen
from hamtui.supervise.receiver import Receiver
from hamtui.supervise.streams import Streams

FLIGHT = layout.worker_name(layout.FLIGHT, HERE.host, HERE.pid)


class Cutting:
    """Stands between: of each connection it lets so many bytes of the worker's through, then breaks it off at once."""

    def __init__(self, target: int, cuts: list[int]) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._target, self.cuts = target, cuts
        self._open: list[tuple[socket.socket, socket.socket, list[threading.Thread]]] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            room = self.cuts.pop(0) if self.cuts else 1 << 40
            ways = ((far, near, 1 << 40), (near, far, room))
            threads = [threading.Thread(target=_pass, args=way, daemon=True) for way in ways]
            self._open.append((near, far, threads))
            for thread in threads:
                thread.start()

    def close(self) -> None:
        """Every socket, once nobody uses it any more."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        for near, far, threads in self._open:
            for each in (near, far):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
            near.close()
            far.close()


def _pass(one: socket.socket, other: socket.socket, room: int) -> None:
    try:
        while room and (data := one.recv(min(room, 65_536))):
            other.sendall(data)
            room -= len(data)
    except OSError:
        pass  # the other end broke it off
    for each in (one, other):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[tuple[Path, Door]]:
    folder = tmp_path / "launch"
    folder.mkdir()
    sock, door = listen(None)
    receiver = Receiver(folder, sock, door)
    receiver.start()
    yield folder, door
    receiver.close()


def test_what_breaks_off_within_a_line_comes_whole_and_once(
    supervisor: tuple[Path, Door], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hamtui.recorder.relay.AGAIN_S", 0.01)
    monkeypatch.setattr("hamtui.recorder.relay.MOST_AGAIN_S", 0.01)
    folder, door = supervisor
    spool = tmp_path / "spool"
    spool.mkdir()
    # Within the greeting, within the first frame, within the bytes of lines.
    cutting = Cutting(door.port, [5, 40, 200, 301, 1_003, 5_009, 20_011, 70_001])
    sender = Relay(Door("127.0.0.1", cutting.port, door.secret), str(spool))
    written = 0

    def turn_until(condition: object) -> None:
        deadline = time.monotonic() + 60
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < deadline
            time.sleep(min(sender.turn(time.monotonic()), 0.005))

    with open(spool / FLIGHT, "ab", buffering=0) as file:
        while cutting.cuts or written < 3_000:
            left = len(cutting.cuts)
            line = b'{"seq":%d,"pad":"%s"}\n' % (written, b"x" * (written % 700))
            # Half of a line stands there for some turns, as where the disk takes half of a write.
            file.write(line[: len(line) // 2])
            sender.turn(time.monotonic())
            file.write(line[len(line) // 2 :])
            written += 1
            if written % 200 == 0 and left:
                turn_until(lambda left=left: len(cutting.cuts) < left or sender.is_done())
    turn_until(lambda: sender._welcome and sender.is_done())
    sender.close()
    cutting.close()
    came = (folder / FLIGHT).read_bytes()
    assert came == (spool / FLIGHT).read_bytes()
    assert [json.loads(row)["seq"] for row in came.splitlines()] == list(range(written))


SUPERVISOR = """
import sys
from pathlib import Path
from hamtui.supervise.listen import listen
from hamtui.supervise.receiver import Receiver
sock, door = listen(None)
Receiver(Path(sys.argv[1]), sock, door).start()
print(door.port, door.secret.hex(), flush=True)
sys.stdin.read()
"""
WORKER = """
import sys
from hamilton import driver
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.relay import Door
from hamtui.recorder import outbox, reach, worker
from hamtui.recorder.adapter import _recorder
import flow

outbox.MOST_BYTES = 100_000
launch, port, secret = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])
made = _recorder((launch, 1, "elsewhere"), (Diagnostics(), (worker.begin,), Door("127.0.0.1", port, secret)))
built = driver.Builder().with_modules(flow).with_adapters(made).build()
print(built.execute(["b"], inputs={"n": 0})["b"], reach.folder(launch), flush=True)
sys.stdin.readline()
for n in range(1, 3000):
    assert built.execute(["b"], inputs={"n": n})["b"] == n + 2
print("done", made.flight.lost, flush=True)
"""
FLOW = """
def a(n: int) -> int:
    return n + 1

def b(a: int) -> int:
    return a + 1
"""


def test_where_the_supervisor_is_killed_for_good_the_workers_run_ends_well_and_its_spool_is_bounded(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "launch"
    folder.mkdir()
    (tmp_path / "flow.py").write_text(FLOW)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": tmp_path}
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(folder)], **pipes)  # type: ignore[call-overload]
    said = supervisor.stdout.readline().split()
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(folder), *said], **pipes)  # type: ignore[call-overload]
    result, spool = process.stdout.readline().split()
    assert result == "2"
    supervisor.send_signal(signal.SIGKILL)
    supervisor.communicate()
    output, _ = process.communicate("go on\n", timeout=100)
    assert process.returncode == 0
    done, lost = output.split()
    assert done == "done"
    kept = sorted(Path(spool).glob("hamilton_flight*"))
    size = sum(path.stat().st_size for path in Path(spool).iterdir())
    # It looks at each beat how much there is; what comes beyond is lost and counted, and is no trouble of the run.
    assert kept and int(lost) > 0 and size < 5_000_000
    # And what was kept is whole, for whoever comes to collect it.
    leftover._take(Streams(folder), Path(spool))
    (flight,) = folder.glob("hamilton_flight.*.jsonl")
    events = [json.loads(line) for line in flight.read_bytes().splitlines()]
    assert {"node_start", "node_end"} <= {event["event"] for event in events}
    seqs = [event["seq"] for event in events]
    assert seqs == sorted(set(seqs)) and seqs[0] == 0
    for path in Path(spool).iterdir():
        path.unlink()
    Path(spool).rmdir()
