"""What Ray prints of workers that died, as Ray 2.60 prints it."""

from pathlib import Path

import pytest

from hamtui.supervise.hearsay import PATIENCE_S, Hearsay, words

_HEAD = (
    "\x1b[33m(raylet)\x1b[0m A worker died or was killed while executing a task by an unexpected system error. "
    "To troubleshoot the problem, check the logs for the dead worker. Lease ID: 01ff Worker ID: a84d Node ID: 2fd0 "
    "Worker IP address: 192.0.2.2 Worker port: 38367 "
)
_BROKEN = (
    "The leased worker has unrecoverable failure. Worker is requested to be destroyed when it is returned. "
)
KILLED = f"{_HEAD}Worker PID: 3075 Worker exit type: SYSTEM_ERROR Worker exit detail: {_BROKEN}RPC error: Socket closed\n"
EXITED = (
    f"{_HEAD}Worker PID: 3076 Worker exit type: SYSTEM_ERROR Worker exit detail: Worker unexpectedly exits with a "
    "connection error code 2. End of file. Some common causes include: (1) the process was killed by the OOM killer "
    "due to high memory usage, (2) ray stop --force was called, or (3) the worker crashed unexpectedly due to SIGSEGV.\n"
)
TERMED = (
    f"{_HEAD}Worker PID: 3236 Worker exit type: SYSTEM_ERROR Worker exit detail: {_BROKEN}"
    "Worker exits with an exit code 1. The process receives a SIGTERM.\n"
)
SYSTEM_EXIT = (
    f"{_HEAD}Worker PID: 3237 Worker exit type: SYSTEM_ERROR Worker exit detail: {_BROKEN}"
    "Worker exits with an exit code 4.\n"
)
MEMORY = (
    "Considered workers: [\nSelected to kill: (Task: job ID=01000000, lease ID=00ff, task name=base_execute_task, "
    "required resources={CPU: 1}, pid=4014, actual memory used=0.13GB, worker ID=eed0)\n]\n"
)
OUTPUT = f"before\n{KILLED}{EXITED}a node's own line\n{TERMED}{SYSTEM_EXIT}{MEMORY}".encode()


@pytest.mark.parametrize(
    ("pid", "told", "code"),
    [
        (3075, "RPC error: Socket closed", None),
        (3076, "Worker unexpectedly exits with a connection error code 2. End of file", None),
        (3236, "The process receives a SIGTERM", 1),
        (3237, None, 4),
        (4014, "killed by Ray at 0.13GB, the machine was running low on memory", None),
        (307, None, None),
    ],
)
def test_the_words_are_rays_without_those_that_say_nothing(
    pid: int, told: str | None, code: int | None
) -> None:
    assert words(OUTPUT, pid) == (told, code)


def test_words_that_come_later_are_heard_once_and_not_waited_for_for_ever(tmp_path: Path) -> None:
    output = tmp_path / "output.log"
    hearsay = Hearsay(output)
    assert hearsay.news(0.0) == []
    hearsay.ask(3075, 0.0)
    hearsay.ask(99, 0.0)
    assert hearsay.news(1.0) == []
    output.write_bytes(b"x" * 1_000_000 + OUTPUT)
    assert hearsay.news(2.0) == [(3075, "RPC error: Socket closed", None)]
    assert hearsay.news(PATIENCE_S + 1) == []
    output.write_bytes(OUTPUT.replace(b"3075", b"99"))
    assert hearsay.news(PATIENCE_S + 2) == []
