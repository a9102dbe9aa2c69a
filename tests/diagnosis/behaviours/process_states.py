"""What the kernel or a signal does to a node: stopped, in state D, without CPU, killed; and the GIL."""

import ctypes
import functools
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from staging import (  # type: ignore[import-not-found]
    BURNING_CHILD,
    ENDS_S,
    burn,
    kill,
    python,
    thread,
    until_end,
)

_STOP = (
    "import os, signal, sys, time; time.sleep(float(sys.argv[2])); os.kill(int(sys.argv[1]), signal.SIGSTOP)"
)
#: The parent of a vfork waits in state D until its child is gone; an interrupt must end the child too.
_VFORK = """
#include <signal.h>
#include <unistd.h>
int wait_in_d(unsigned seconds) {
    pid_t child = vfork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL); signal(SIGTERM, SIG_DFL);
        alarm(seconds + 60);
        sleep(seconds);
        _exit(0);
    }
    return child;
}
"""


def paused_at_once() -> int:
    """Stops its own process before any look at it."""
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(3600)  # any thread may be the first to be stopped: this one must not get further meanwhile
    return 1


def paused_asleep() -> int:
    """Is stopped from outside while it sleeps."""
    python(_STOP, os.getpid(), 1.5)
    time.sleep(3600)  # stuck here
    return 1


def paused_at_work() -> int:
    """Is stopped from outside while it computes."""
    python(_STOP, os.getpid(), 1.5)
    return int(burn(60))


def worker_killed() -> int:
    """Its process gets the signal that nobody can catch."""
    time.sleep(4.5)  # stuck here
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


def uninterruptible() -> int:
    """Waits in the kernel, in state D."""
    folder = Path(tempfile.mkdtemp())
    (folder / "d.c").write_text(_VFORK)
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", folder / "d.so", folder / "d.c"], check=True
    )
    library = ctypes.CDLL(str(folder / "d.so"))
    return int(library.wait_in_d(int(ENDS_S)))  # stuck here


def without_cpu() -> int:
    """The least nice thread on a core that three others want."""
    core = min(os.sched_getaffinity(0))
    pin = functools.partial(os.sched_setaffinity, 0, {core})
    others = [python(BURNING_CHILD, ENDS_S + 3, preexec_fn=pin) for _ in range(3)]
    own = threading.get_native_id()
    os.sched_setaffinity(own, {core})
    os.setpriority(os.PRIO_PROCESS, own, 19)
    on, n = until_end(), 1
    while on():
        n = n * 31 % 1_000_003
    for other in others:
        kill(other)
    return n


def regex() -> int:
    """Matches by trying 2 to the power of 60 ways, without ever letting the GIL go."""
    return int(re.match(r"(a+)+$", "a" * 60 + "b") is None)  # stuck here


def big_int() -> int:
    """One multiplication after another, all in one call."""
    return int(3 ** (2**33) > 0)  # stuck here


def _match_for_ever() -> None:
    """Not at once: who starts it must get on to where it is to be stuck."""
    time.sleep(0.3)
    re.match(r"(a+)+$", "a" * 60 + "b")


def starved_by_a_regex() -> int:
    """A thread of the user's holds the GIL for good."""
    thread(_match_for_ever, name="cruncher")
    n = 1
    while n:  # stuck here
        n = n * 31 % 1_000_003 + 1  # stuck here
    return n


def starved_asleep() -> int:
    """It would go on after a sleep, but a thread of the user's holds the GIL for good."""
    thread(_match_for_ever, name="cruncher")
    time.sleep(0.6)  # stuck here
    return 1


def starved_by_many() -> int:
    """Forty busy threads in Python beside it."""
    on, n, go = until_end(), 1, threading.Event()

    def work() -> None:
        go.wait()
        burn()

    for number in range(40):
        thread(work, name=f"busy-{number}")
    go.set()
    while on():
        n = n * 31 % 1_000_003
    return n
