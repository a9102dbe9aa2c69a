"""Waits for other processes: as stuck as they are."""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import ForkContext

from staging import (  # type: ignore[import-not-found]
    BURNING_CHILD,
    ENDS_S,
    GONE_S,
    SLEEPING_CHILD,
    burn,
    counterpart,
    python,
)

_WRITE = """
import os, sys, time
end = time.monotonic() + float(sys.argv[2])
with open(sys.argv[1], "wb") as file:
    while time.monotonic() < end:
        file.seek(0)
        file.write(b"." * 2_000_000)
        file.flush()
        os.fsync(file.fileno())
        time.sleep(0.1)
"""
_SERVE = (
    f"import socket, time; s = socket.create_server(('127.0.0.1', 0)); s.settimeout({GONE_S}); s.accept()"
)
_DOZE = f"import time; time.sleep(0.5); print('done'); time.sleep({GONE_S})"


def _forking() -> ForkContext:
    return multiprocessing.get_context("fork")


def run_sleeping() -> int:
    return subprocess.run(["sleep", str(GONE_S)], check=False).returncode  # stuck here


def popen_wait_sleeping() -> int:
    child = python(SLEEPING_CHILD)
    counterpart(child.pid)
    return int(child.wait())  # stuck here


def wait_with_a_limit() -> int:
    """subprocess polls the child, with sleeps in between."""
    child = python(SLEEPING_CHILD)
    counterpart(child.pid)
    return int(child.wait(timeout=GONE_S))  # stuck here


def child_works() -> int:
    child = python(BURNING_CHILD, ENDS_S)
    counterpart(child.pid)
    return int(child.wait())  # stuck here


def child_ends_late() -> int:
    """The child sleeps too, then ends."""
    child = python(f"import time; time.sleep({ENDS_S})")
    counterpart(child.pid)
    return int(child.wait())  # stuck here


def child_writes() -> int:
    """The child hardly computes, but writes."""
    with tempfile.NamedTemporaryFile() as file:
        child = python(_WRITE, file.name, ENDS_S)
        return int(child.wait())  # stuck here


def child_stopped() -> int:
    child = python(SLEEPING_CHILD)
    counterpart(child.pid)
    time.sleep(0.3)
    child.send_signal(signal.SIGSTOP)
    return int(child.wait())  # stuck here


def child_on_a_socket() -> int:
    """The child waits for a caller."""
    child = python(_SERVE)
    counterpart(child.pid)
    return int(child.wait())  # stuck here


def child_of_child_sleeps() -> int:
    return subprocess.run(["sh", "-c", f"sleep {GONE_S}; true"], check=False).returncode  # stuck here


def child_of_child_works() -> int:
    command = f'"{sys.executable}" -S -c "$0" {ENDS_S}; true'
    return subprocess.run(["sh", "-c", command, BURNING_CHILD], check=False).returncode  # stuck here


def communicate_silent() -> int:
    """Both streams are piped: it polls them."""
    child = python(_DOZE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    counterpart(child.pid)
    return len(child.communicate()[0])  # stuck here


def run_captured_works() -> int:
    command = [sys.executable, "-S", "-c", BURNING_CHILD, str(ENDS_S)]
    return subprocess.run(command, capture_output=True, check=False).returncode  # stuck here


def child_waits_for_us() -> int:
    """The child reads what we would have to write."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        counterpart(child.pid)
        return int(child.wait())  # stuck here


def child_output_full() -> int:
    """The child writes into a pipe that nobody reads, and we wait for its end."""
    child = python("import sys; sys.stdout.write('.' * 1_000_000)", stdout=subprocess.PIPE)
    counterpart(child.pid)
    return int(child.wait())  # stuck here


def os_system_sleeping() -> int:
    return os.system(f"sleep {GONE_S}")  # stuck here


def process_join_sleeping() -> int:
    child = _forking().Process(target=time.sleep, args=(GONE_S,), daemon=True)
    child.start()
    counterpart(child.pid)
    child.join()  # stuck here
    return 1


def process_join_works() -> int:
    child = _forking().Process(target=burn, daemon=True)
    child.start()
    counterpart(child.pid)
    child.join()  # stuck here
    return 1


def executor_sleeping() -> int:
    with ProcessPoolExecutor(1, mp_context=_forking()) as pool:
        answer = pool.submit(time.sleep, GONE_S)
        answer.result()  # stuck here
    return 1


def executor_works() -> int:
    with ProcessPoolExecutor(2, mp_context=_forking()) as pool:
        answer = pool.submit(burn)
        return int(answer.result())  # stuck here


def pool_map_sleeping() -> int:
    with _forking().Pool(2) as pool:
        pool.map(time.sleep, [GONE_S, GONE_S])  # stuck here
    return 1


def pool_map_works() -> int:
    with _forking().Pool(2) as pool:
        return sum(pool.map(burn, [ENDS_S, ENDS_S / 2]))  # stuck here


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def pool_that_renews_workers() -> int:
    """Each worker leaves after one job, as told, and another one comes: nothing is lost."""
    with _forking().Pool(2, maxtasksperchild=1) as pool:
        long_one = pool.apply_async(time.sleep, (ENDS_S,))
        for _ in range(12):
            pool.apply_async(time.sleep, (0.6,))
        long_one.get()  # stuck here
    return 1


def pool_lost_another() -> int:
    """A worker is killed in the middle of a job: of another one than that which is waited for."""
    with _forking().Pool(2) as pool:
        ours = pool.apply_async(time.sleep, (ENDS_S,))
        time.sleep(0.3)
        pool.apply_async(_die)
        ours.get()  # stuck here
    return 1


def process_queue_never() -> int:
    """The child that should fill it sleeps."""
    context = _forking()
    results = context.Queue()
    context.Process(target=time.sleep, args=(GONE_S,), daemon=True).start()
    answer: int = results.get()  # stuck here
    return answer
