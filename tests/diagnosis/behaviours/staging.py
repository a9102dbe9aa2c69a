"""What behaviours share: how long the bounded ones last, children that leave nothing behind, work to do."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

#: When everything that works, or that is only slow, is over: seconds from its start.
ENDS_S = 9.0
#: When a stuck child goes away by itself, should nobody end it.
GONE_S = 90

#: What children do.
SLEEPING_CHILD = f"import time; time.sleep({GONE_S})"
BURNING_CHILD = (
    "import sys, time\nend, n = time.monotonic() + float(sys.argv[1]), 1\n"
    "while time.monotonic() < end: n = n * 31 % 1_000_003"
)


def counterpart(text: object) -> None:
    """Tells the harness what the verdict's sentence must name: a port, a pid, a path."""
    print(f"counterpart: {text}", flush=True)


def python(code: str, *args: object, **options: Any) -> "subprocess.Popen[Any]":
    """A child that runs this code."""
    return subprocess.Popen([sys.executable, "-S", "-E", "-c", code, *map(str, args)], **options)


def thread(target: Callable[..., object], *args: object, name: str | None = None) -> threading.Thread:
    """A daemon thread, started."""
    started = threading.Thread(target=target, args=args, name=name, daemon=True)
    started.start()
    return started


def burn(seconds: float = ENDS_S) -> int:
    """Counts in Python for so long."""
    end, n = time.monotonic() + seconds, 1
    while time.monotonic() < end:
        n = n * 31 % 1_000_003
    return n


def until_end() -> Callable[[], bool]:
    """A clock that says whether there is time left."""
    end = time.monotonic() + ENDS_S
    return lambda: time.monotonic() < end


def kill(process: "subprocess.Popen[Any]") -> None:
    """Ends a child and takes its status."""
    if process.poll() is None:
        process.kill()
    process.wait()
