"""Pipes, FIFOs, stdin, and locks on files."""

import fcntl
import os
import pty
import subprocess
import tempfile
from pathlib import Path

from staging import (  # type: ignore[import-not-found]
    ENDS_S,
    GONE_S,
    SLEEPING_CHILD,
    counterpart,
    kill,
    python,
)

_HOLD = """
import fcntl, sys, time
with open(sys.argv[1], "w") as file:
    getattr(fcntl, sys.argv[2])(file, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""
_DRIP = """
import sys, time
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    print("drop", flush=True)
    time.sleep(0.3)
"""


def pipe_silent() -> int:
    """The writing end is a child's, which sleeps."""
    reader, writer = os.pipe()
    child = python(SLEEPING_CHILD, pass_fds=(writer,))
    os.close(writer)
    counterpart(child.pid)
    with os.fdopen(reader, "rb") as lines:
        return len(lines.readline())  # stuck here


def pipe_own_end() -> int:
    """Nobody but itself could write."""
    reader, _ = os.pipe()
    return len(os.read(reader, 64))  # stuck here


def pipe_trickle() -> int:
    """A child writes a line every 0.3 s."""
    child = python(_DRIP, ENDS_S, stdout=subprocess.PIPE)
    assert child.stdout is not None
    total = 0
    with child.stdout as lines:
        for line in lines:  # stuck here
            total += len(line)
    child.wait()
    return total


def pipe_full() -> int:
    """The reading end is a child's, which sleeps."""
    reader, writer = os.pipe()
    child = python(SLEEPING_CHILD, pass_fds=(reader,))
    os.close(reader)
    counterpart(child.pid)
    return os.write(writer, b"." * 1_000_000)  # stuck here


def child_output_silent() -> int:
    """Reads a line that a sleeping child never prints."""
    child = python(SLEEPING_CHILD, stdout=subprocess.PIPE)
    assert child.stdout is not None
    counterpart(child.pid)
    return len(child.stdout.readline())  # stuck here


def fifo_no_writer() -> int:
    """Opening it waits for the other end."""
    path = Path(tempfile.mkdtemp()) / "orders.fifo"
    os.mkfifo(path)
    return len(path.read_bytes())  # stuck here


def fifo_silent() -> int:
    path = Path(tempfile.mkdtemp()) / "orders.fifo"
    os.mkfifo(path)
    child = python(f"import sys, time; kept = open(sys.argv[1], 'w'); time.sleep({GONE_S})", path)
    counterpart(child.pid)
    with path.open("rb") as orders:
        return len(orders.read())  # stuck here


def stdin_terminal() -> int:
    """Asks the user at a terminal."""
    keeper, terminal = pty.openpty()
    os.dup2(terminal, 0)
    os.close(terminal)
    answer = os.read(0, 64)  # stuck here
    os.close(keeper)
    return len(answer)


def stdin_input() -> int:
    """``input()``, with a pipe for stdin."""
    reader, writer = os.pipe()
    os.dup2(reader, 0)
    os.close(reader)
    with open(0, closefd=False) as stdin:
        answer = stdin.readline()  # stuck here
    os.close(writer)
    return len(answer)


def _held(how: str, seconds: float) -> "tuple[subprocess.Popen[bytes], Path]":
    path = Path(tempfile.mkdtemp()) / "orders.lock"
    child = python(_HOLD, path, how, seconds, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    counterpart(child.pid)
    return child, path


def flock_held() -> int:
    child, path = _held("flock", GONE_S)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # stuck here
    kill(child)
    return 1


def fcntl_held() -> int:
    child, path = _held("lockf", GONE_S)
    with path.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)  # stuck here
    kill(child)
    return 1


def flock_let_go() -> int:
    child, path = _held("flock", ENDS_S)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # stuck here
    kill(child)
    return 1


def flock_own() -> int:
    """Another descriptor of its own has it."""
    path = Path(tempfile.mkdtemp()) / "orders.lock"
    counterpart(os.getpid())
    with path.open("w") as first, path.open("w") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        fcntl.flock(second, fcntl.LOCK_EX)  # stuck here
    return 1
