"""What a descriptor leads to and who is at its other end, one real process a kind."""

import os
import sys
from pathlib import Path

import pytest

from hamtui.contract.vitals import ThreadVital
from hamtui.probe import ends, sockets
from hamtui.probe.commands import command
from tests.probe.conftest import Start
from tests.probe.stuck import PYTHON, Stuck, wait_until

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a stranger what a thread waits on"
)


def parties(stuck: Stuck, *calls: str) -> list[int]:
    return [party.pid for party in stuck.end(*calls).parties]


@pytest.mark.parametrize(("family", "host"), [("AF_INET", "127.0.0.1"), ("AF_INET6", "::1")])
def test_a_tcp_connection_within_this_machine(start: Start, family: str, host: str) -> None:
    server = start(
        f"s = socket.create_server(('{host}', 0), family=socket.{family})\nsay(s.getsockname()[1])\nc, _ = s.accept()\nc.recv(1)"
    )
    client = start(
        f"c = socket.create_connection(('{host}', int(sys.argv[1])))\nsay(c.getsockname()[1])\nc.recv(1)",
        server.said,
    )
    shown = f"[{host}]" if ":" in host else host
    server.waits_in("recvfrom")
    end = client.end("recvfrom")
    assert (end.kind, end.state) == ("tcp", "ESTABLISHED")
    assert (end.local, end.peer) == (f"{shown}:{client.said}", f"{shown}:{server.said}")
    [party] = end.parties
    assert party.pid == server.pid and party.command is not None and party.command.startswith("python")
    assert end.closed is False and end.detail is None


def test_a_connection_that_nobody_accepts(start: Start) -> None:
    server = start("s = socket.create_server(('127.0.0.1', 0))\nsay(s.getsockname()[1])\ntime.sleep(600)")
    client = start(
        "c = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\nsay('on')\nc.recv(1)", server.said
    )
    end = client.end("recvfrom")
    assert end.detail == "not accepted yet" and end.closed is None
    assert [party.pid for party in end.parties] == [server.pid]


def test_an_end_that_is_not_in_the_tables_is_not_said_to_be_closed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(
        "s = socket.create_server(('127.0.0.1', 0))\nsay(s.getsockname()[1])\nc, _ = s.accept()\nc.recv(1)"
    )
    client = start(
        "c = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\nsay('on')\nc.recv(1)", server.said
    )
    monkeypatch.setattr(sockets.Tables, "opposite", lambda self, mine: None)
    end = client.end("recvfrom")
    assert (end.state, end.parties, end.closed) == ("ESTABLISHED", [], None)


def test_a_process_that_left_is_no_party(start: Start) -> None:
    server = start(
        "s = socket.create_server(('127.0.0.1', 0))\nsay(s.getsockname()[1])\nc, _ = s.accept()\ntime.sleep(600)"
    )
    script = (
        "c = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\nsay('on')\nselect.select([], [], [c])"
    )
    client = start(script, server.said)
    wait_until(lambda: [party.pid for party in client.end("select", "pselect6").parties] == [server.pid])
    server.process.kill()
    server.process.wait()
    end = client.end("select", "pselect6")
    assert end.parties == [] and end.state == "CLOSE_WAIT" and end.closed is not False


def test_a_listener_waits_for_nobody_in_particular(start: Start) -> None:
    server = start("s = socket.create_server(('127.0.0.1', 0))\nsay(s.getsockname()[1])\ns.accept()")
    end = server.end("accept4", "accept")
    assert (end.state, end.local, end.peer, end.parties) == ("LISTEN", f"127.0.0.1:{server.said}", None, [])


def test_a_udp_socket(start: Start) -> None:
    waiter = start(
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('127.0.0.1', 0))\nsay(s.getsockname()[1])\ns.recv(1)"
    )
    end = waiter.end("recvfrom")
    assert (end.kind, end.local, end.state) == ("udp", f"127.0.0.1:{waiter.said}", None)


def test_a_unix_socket_by_its_name(start: Start, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    server = start(
        "s = socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen()\nsay('on')\nc, _ = s.accept()\nc.recv(1)",
        path,
    )
    client = start("c = socket.socket(socket.AF_UNIX)\nc.connect(sys.argv[1])\nsay('on')\nc.recv(1)", path)
    server.waits_in("recvfrom")
    end = client.end("recvfrom")
    assert (end.kind, end.path) == ("unix", path)
    assert [party.pid for party in end.parties] == [server.pid]


def test_a_pair_of_sockets_within_one_process(start: Start) -> None:
    stuck = start("a, b = socket.socketpair()\nsay('on')\na.recv(1)")
    assert parties(stuck, "recvfrom") == [stuck.pid]


def test_a_childs_output(start: Start) -> None:
    stuck = start(
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], stdout=subprocess.PIPE)\nsay(p.pid)\np.stdout.read()"
    )
    end = stuck.end("read")
    assert (end.kind, end.closed) == ("pipe", False)
    [party] = end.parties
    assert party.pid == int(stuck.said) and party.command == f"{PYTHON} -c import time; time.sleep(600)"


def test_a_pipe_that_is_full(start: Start) -> None:
    stuck = start(
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], stdin=subprocess.PIPE)\nsay(p.pid)\n"
        "os.write(p.stdin.fileno(), bytes(10_000_000))"
    )
    assert parties(stuck, "write") == [int(stuck.said)]


def test_a_pipe_whose_both_ends_are_our_own(start: Start) -> None:
    stuck = start("r, w = os.pipe()\nsay('on')\nos.read(r, 1)")
    assert parties(stuck, "read") == [stuck.pid]


def test_a_pipe_by_name_that_nobody_opens(start: Start, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f")
    stuck = start("say('on')\nopen(sys.argv[1])", str(tmp_path / "f"))
    end = stuck.end("openat")
    assert (end.fd, end.kind, end.path, end.parties) == (-1, "pipe", str(tmp_path / "f"), [])
    assert end.closed is None, "somebody may open it yet"


@pytest.mark.parametrize(
    ("waits", "calls"), [("f.read()", ["read"]), ("select.select([f], [], [])", ["select", "pselect6"])]
)
def test_a_pipe_by_name(start: Start, tmp_path: Path, waits: str, calls: list[str]) -> None:
    path = str(tmp_path / "f")
    os.mkfifo(path)
    writer = start("say('on')\nf = open(sys.argv[1], 'w')\ntime.sleep(600)", path)
    reader = start(f"f = open(sys.argv[1])\nsay('on')\n{waits}", path)
    # Its open lets the other's go on, which has the pipe only once it is given a processor.
    folder = f"/proc/{writer.pid}/fd"
    wait_until(lambda: path in [os.path.realpath(os.path.join(folder, fd)) for fd in os.listdir(folder)])
    end = reader.end(*calls)
    assert (end.kind, end.path, [party.pid for party in end.parties]) == ("pipe", path, [writer.pid])


def test_where_a_file_stands() -> None:
    mounts = b"27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw\n31 27 0:2 / /n rw - nfs4 host:/x rw\njunk\n1 - \n"
    assert ends.file_systems(mounts) == {27: "ext4", 31: "nfs4"}


@pytest.mark.parametrize("how", ["flock(f, fcntl.LOCK_EX)", "lockf(f, fcntl.LOCK_EX)"])
def test_a_files_lock(start: Start, tmp_path: Path, how: str) -> None:
    script = f"f = open(sys.argv[1], 'w')\nfcntl.{how}\nsay('on')\ntime.sleep(600)"
    holder = start(script, str(tmp_path / "l"))
    waiter = start(f"f = open(sys.argv[1], 'w')\nsay('on')\nfcntl.{how}", str(tmp_path / "l"))
    call = "flock" if how.startswith("flock") else "fcntl"
    end = waiter.end(call)
    assert (end.kind, end.path, end.detail) == ("file", str(tmp_path / "l"), call)
    [party] = end.parties
    assert party.pid == holder.pid and party.command is not None and party.command.startswith(f"{PYTHON} -c")


def test_an_open_files_lock(start: Start, tmp_path: Path) -> None:
    lock = (
        "import struct\nf = open(sys.argv[1], 'w')\nlock = struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0)\n"
        "def take(): fcntl.fcntl(f, 38, lock)\n"
    )
    holder = start(lock + "take()\nsay('on')\ntime.sleep(600)", str(tmp_path / "l"))
    waiter = start(lock + "say('on')\ntake()", str(tmp_path / "l"))
    assert parties(waiter, "fcntl") == [holder.pid], "no process owns it: whoever has the file open"


def test_a_lock_whose_taker_is_gone(start: Start, tmp_path: Path) -> None:
    # The lock is the open file's, which the child has too.
    holder = start(
        "f = open(sys.argv[1], 'w')\nos.set_inheritable(f.fileno(), True)\nfcntl.flock(f, fcntl.LOCK_EX)\n"
        "p = subprocess.Popen(['sleep', '600'], close_fds=False, stdout=subprocess.DEVNULL)\nsay(p.pid)",
        str(tmp_path / "l"),
    )
    holder.process.wait()
    try:
        waiter = start(
            "f = open(sys.argv[1], 'w')\nsay('on')\nfcntl.flock(f, fcntl.LOCK_EX)", str(tmp_path / "l")
        )
        assert parties(waiter, "flock") == [int(holder.said)]
    finally:
        os.kill(int(holder.said), 9)


def test_poll_select_and_epoll(start: Start) -> None:
    for way in (
        "p = select.poll(); p.register(a, 1); p.register(r, 1); say('on'); p.poll()",
        "say('on'); select.select([a, r], [], [])",
        "e = select.epoll(); e.register(a, 1); e.register(r, 1); say('on'); e.poll()",
    ):
        stuck = start(f"a, b = socket.socketpair()\nr, w = os.pipe()\n{way}")
        seen = stuck.waits_in("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait")
        assert sorted(end.kind for end in seen.ends) == ["pipe", "unix"], way
        assert all(party.pid == stuck.pid for end in seen.ends for party in end.parties)


def test_a_poll_without_anything(start: Start) -> None:
    stuck = start("say('on'); select.poll().poll()")
    assert stuck.waits_in("poll").ends == []


def test_a_terminal(start: Start) -> None:
    stuck = start("m, s = pty.openpty()\nsay(os.ttyname(s))\nos.read(s, 1)")
    end = stuck.end("read")
    assert (end.kind, end.path) == ("tty", stuck.said)


def test_standard_input_that_is_a_pipe(start: Start) -> None:
    stuck = start(
        "p = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\nsay(p.pid)\np.wait()"
    )
    assert stuck.waits_in("wait4").ends == []

    def child() -> ThreadVital | None:
        found = [process for process in stuck.look() if process.pid == int(stuck.said)]
        return found[0].threads[0] if found and found[0].threads[0].call == "read" else None

    [end] = wait_until(child).ends
    assert (end.fd, end.kind) == (0, "pipe")
    assert stuck.pid in [party.pid for party in end.parties]


def test_a_processs_own_descriptor(start: Start) -> None:
    stuck = start(
        "p = subprocess.Popen(['sleep', '600'])\nf = os.pidfd_open(p.pid)\nsay(p.pid)\nselect.select([f], [], [])"
    )
    wait_until(lambda: command(int(stuck.said)) == "sleep 600")
    end = stuck.end("select", "pselect6")
    assert (end.kind, end.path) == ("other", "pidfd")
    assert [(party.pid, party.command) for party in end.parties] == [(int(stuck.said), "sleep 600")]
