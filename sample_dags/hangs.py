"""One target a kind of stuck. The line that never goes on is marked `# stuck here`.

    hamtui run sample_dags/hangs.py --target two_locks --hang-after 2

Watch `prepared` come and go, then the target start and, two seconds on, turn into a suspected hang: the
Stacks pane opens with the verdict, on its own thread with the marked line on top. `hamtui status` and `hamtui dump` in
another terminal say the same; `hamtui stop` ends it.

| target              | is stuck in                                                            | verdict             |
|---------------------|------------------------------------------------------------------------|---------------------|
| `two_locks`         | a lock that another thread holds, which waits for a lock of ours       | `deadlocked`        |
| `own_lock`          | a lock that it holds itself                                            | `deadlocked`        |
| `own_pool`          | a job for the very pool whose only worker it keeps waiting             | `deadlocked`        |
| `empty_queue`       | a queue that nobody fills                                              | `blocked.condition` |
| `silent_socket`     | a connection whose other end never answers                             | `blocked.socket`    |
| `locked_file`       | the lock of a file that a child process holds                          | `blocked.file-lock` |
| `idle_loop`         | an event loop whose only task awaits what nobody sets                  | `event-loop-idle`   |
| `child_never_ends`  | a child process that goes on for ever                                  | `waiting.child`     |
| `busy_loop`         | a loop in Python that never ends: no wait, all CPU                     | `running.python`    |
| `regex_holds_gil`   | a regular expression that keeps the GIL: no other thread runs          | `gil-held`          |
| `long_sleep`        | a sleep of an hour                                                     | `sleeping`          |
| `killed`            | nothing: it works for 3 s, then its process is killed (SIGKILL)        |                     |
| `crashed`           | nothing: it works for 3 s, then its process crashes (SIGSEGV)          |                     |
"""

import asyncio
import ctypes
import fcntl
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

# Ends with its parent, whatever way that goes, so that no target leaves a process behind.
_CHILD = "import os, sys, time\nwhile os.getppid() == int(sys.argv[1]): time.sleep(0.1)"

# The same, with a file's lock, which it has once it says so.
_LOCKER = (
    "import fcntl, sys\nf = open(sys.argv[2], 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\nprint(flush=True)\n"
    + _CHILD
)


def prepared(items: int = 1_000) -> list[int]:
    """What every target starts from: work that does end."""
    time.sleep(0.3)
    print(f"prepared: {items} items")
    return [n * n % 997 for n in range(items)]


def two_locks(prepared: list[int]) -> int:
    """Takes the book's lock and wants the ledger's, while another thread holds that and wants the book's."""
    book_lock, ledger_lock = threading.Lock(), threading.Lock()
    both_hold_one = threading.Barrier(2)

    def refresh() -> None:
        with ledger_lock:
            both_hold_one.wait()
            with book_lock:
                pass

    threading.Thread(target=refresh, name="refresh", daemon=True).start()
    with book_lock:
        both_hold_one.wait()
        with ledger_lock:  # stuck here
            return len(prepared)


def own_lock(prepared: list[int]) -> int:
    """Takes a lock that is not reentrant twice."""
    lock = threading.Lock()
    with lock:
        total = len(prepared)
        with lock:  # stuck here
            return total


def own_pool(prepared: list[int]) -> int:
    """Asks a pool of one worker for a job that itself waits for another job of that pool."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="pool")

    def outer() -> int:
        return pool.submit(len, prepared).result()

    return pool.submit(outer).result()  # stuck here


def empty_queue(prepared: list[int]) -> int:
    """Waits for the result of a worker that was never started."""
    results: queue.Queue[int] = queue.Queue()
    return len(prepared) + results.get()  # stuck here


def silent_socket(prepared: list[int]) -> int:
    """Asks a server that takes the connection and never answers."""
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname()) as connection:
        connection.sendall(b"how many?\n")
        answer = connection.recv(64)  # stuck here
    return len(prepared) + len(answer)


def locked_file(prepared: list[int]) -> int:
    """Wants a file's lock, which another process took first."""
    with tempfile.NamedTemporaryFile() as file:
        locker = [sys.executable, "-c", _LOCKER, str(os.getpid()), file.name]
        with subprocess.Popen(locker, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            fcntl.flock(file, fcntl.LOCK_EX)  # stuck here
    return len(prepared)


def idle_loop(prepared: list[int]) -> int:
    """Runs an event loop in which one task awaits an answer that nobody gives."""

    async def answer() -> int:
        return await asyncio.get_running_loop().create_future()

    async def ask() -> int:
        return await asyncio.create_task(answer(), name="answer")

    return len(prepared) + asyncio.run(ask())  # stuck here


def child_never_ends(prepared: list[int]) -> int:
    """Waits for a command that goes on for ever."""
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(os.getpid())])
    return len(prepared) + child.wait()  # stuck here


def busy_loop(prepared: list[int]) -> int:
    """Looks for a number that it never meets."""
    n = len(prepared)
    while n >= 0:  # stuck here
        n = (n * 31 + 7) % 1_000_003  # stuck here
    return n


def regex_holds_gil(prepared: list[int]) -> bool:
    """Matches by trying 2 to the power of 60 ways, without ever letting the GIL go."""
    text = "a" * 60 + "b" * bool(prepared)
    return re.match(r"(a+)+$", text) is None  # stuck here


def long_sleep(prepared: list[int]) -> int:
    """Sleeps for an hour."""
    time.sleep(3600)  # stuck here
    return len(prepared)


def killed(prepared: list[int]) -> int:
    """Works for 3 s, then its process gets the signal that nobody can catch."""
    total = _work(3.0, prepared)
    os.kill(os.getpid(), signal.SIGKILL)
    return total


def crashed(prepared: list[int]) -> int:
    """Works for 3 s, then reads where there is no memory."""
    total = _work(3.0, prepared)
    return total + len(ctypes.string_at(0))  # crashes here


def _work(seconds: float, items: list[int]) -> int:
    """Adds the items up again and again for so long."""
    total, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        total += sum(items)
        time.sleep(0.01)
    return total
