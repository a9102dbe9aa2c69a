"""The sentence of a wait names who is at its other end."""

from dataclasses import replace
from typing import Any

import pytest

from hamtui.contract.vitals import End, Party, ProcessVital, Wait
from tests.model.stage import MAIN_PID, Life, Stage, look, quiet

OURS = "python .../recorder/boot.py --spec-fd ..."
SOCKET = End(5, "tcp", local="127.0.0.1:1", peer="127.0.0.1:2", state="ESTABLISHED")
PIPE = End(5, "pipe", path="/tmp/fifo")
LOCK = End(5, "file", path="/tmp/book.lock", detail="flock")
OWN = Party(MAIN_PID, OURS)


def _why(end: End, *parties: Party, call: str = "recvfrom", **more: Any) -> str:
    stage, life = Stage(), Life()
    end = replace(end, parties=list(parties), **more)
    stage.probe(1.5, look(call=call, fds=[5]), until=8)
    worker = ProcessVital(501, MAIN_PID, "python", command=OURS)
    for at in range(1, 9):
        stage.sample(at, life.on(call=call, ends=[end]), others=[worker])
    return (
        stage.why(8.2).removeprefix("waits at risk.py:88 for ").removesuffix(", no CPU and no wake for 7.0s")
    )


@pytest.mark.parametrize(
    ("parties", "said"),
    [
        ([], "in recvfrom"),
        ([OWN], "whose other end this same process has"),
        ([OWN, Party(900, "nc -l")], "whose other end has process 900 (nc -l), this same process"),
        ([Party(501, OURS)], "whose other end has worker process 501"),
        ([Party(900, OURS)], "whose other end has another run (process 900)"),
    ],
)
def test_whose_the_other_end_of_a_socket_is(parties: list[Party], said: str) -> None:
    assert _why(SOCKET, *parties) == f"socket 127.0.0.1:2, ESTABLISHED, {said}"


def test_what_more_is_known_of_an_end_is_told() -> None:
    not_yet = "not accepted yet"
    assert _why(SOCKET, detail=not_yet).endswith(f"ESTABLISHED, {not_yet}")
    assert _why(SOCKET, Party(900, "nc -l"), detail=not_yet).endswith(f"{not_yet} by process 900 (nc -l)")
    assert _why(SOCKET, OWN, detail=not_yet).endswith(f"{not_yet} by this same process")
    assert _why(SOCKET, closed=True).endswith("whose other end nobody has open")
    said = _why(PIPE, call="openat", detail="nobody has opened its other end")
    assert said == "pipe fifo, nobody has opened its other end"


def test_who_holds_a_files_lock() -> None:
    assert (
        _why(LOCK, Party(900, OURS), call="flock")
        == "the lock on book.lock, held by another run (process 900)"
    )
    assert _why(LOCK, OWN, call="flock") == "the lock on book.lock, held by this same process"


def test_a_worker_that_is_waited_for_is_called_one() -> None:
    worker = ProcessVital(501, MAIN_PID, "python", "S", command=OURS)
    stage = quiet(look(call="wait4", wait=Wait("child", pids=[501])), others=[worker])
    assert stage.why(8.2).startswith("waits at risk.py:88 for worker process 501, which ")
