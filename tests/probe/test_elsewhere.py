"""What psutil tells where there is no /proc (here it reads /proc itself, but asks as it does on macOS)."""

import os
import socket
import threading

import pytest

from hamtui.probe import elsewhere, procs, sample
from hamtui.probe.interest import Interest, Told
from tests.probe.conftest import Start
from tests.probe.stuck import wait_until


@pytest.fixture
def no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procs, "LINUX", False)


@pytest.mark.usefixtures("no_proc")
def test_a_process_and_its_children(start: Start) -> None:
    stuck = start("p = subprocess.Popen(['sleep', '600'])\nsay(p.pid)\np.wait()")
    # It says the child's pid a moment before it sleeps itself.
    wait_until(lambda: all(process.state == "S" for process in sample.take(stuck.pid)[0]))
    processes, seen = sample.take(stuck.pid)
    assert [process.pid for process in processes] == [stuck.pid, int(stuck.said)]
    assert all(process.cpu_s is not None and process.rss for process in processes)
    assert [known.pid for known in seen] == [process.pid for process in processes]
    assert all(process.command is None for process in processes)


@pytest.mark.usefixtures("no_proc")
def test_connections_of_descriptors_that_were_told() -> None:
    thread = threading.get_native_id()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        told = Told("recvfrom", (client.fileno(), 9999))
        [process, *_], _ = sample.take(
            os.getpid(), Interest({thread: told, thread + 1: Told("read", (9999,))})
        )
        [seen] = process.threads
        [end] = seen.ends
        assert (seen.native_id, seen.call, end.fd, end.kind, end.state) == (
            thread,
            "recvfrom",
            client.fileno(),
            "tcp",
            "ESTABLISHED",
        )
        assert end.peer == f"127.0.0.1:{server.getsockname()[1]}"
    assert process.command


@pytest.mark.usefixtures("no_proc")
def test_nothing_is_guessed_of_what_is_gone() -> None:
    assert sample.sample(2**22 - 1, Interest({1: Told("read", (0,))})) is None
    assert elsewhere._connections(2**22 - 1) == [] and elsewhere._command(2**22 - 1) is None
