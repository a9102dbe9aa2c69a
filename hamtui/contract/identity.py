"""Which process on which machine: what launch.json says of it, so that a reused pid is never taken for it.

A pid is worth something only together with the process' start, and the start only within one boot.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path


def host() -> str:
    """This machine's name, as it stands in launch.json and in workers' file names."""
    return socket.gethostname() or "localhost"


def boot_id() -> str | None:
    """Linux' id of this boot; None where there is none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None


def boot_time() -> float | None:
    """When this machine booted, Unix seconds by the wall clock of now; None off Linux."""
    try:
        with open("/proc/stat", encoding="ascii") as stat:
            for row in stat:
                if row.startswith("btime "):
                    return float(row.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return None


def start_since_boot(pid: int) -> float | None:
    """Seconds from boot to the start of process ``pid``; None where it is gone or off Linux.

    Field 22 of /proc/PID/stat (proc(5)), counted after the last ``)`` because a name may hold anything.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
        return int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def process_start(pid: int) -> float | None:
    """When process ``pid`` started, Unix seconds (psutil's ``create_time``); None where it can't be told."""
    boot, since = boot_time(), start_since_boot(pid)
    if boot is not None and since is not None:
        return boot + since
    return None if sys.platform == "linux" else _started_by_ps(pid)


def _started_by_ps(pid: int) -> float | None:
    """The same off Linux, to the second: ``ps`` tells it on macOS and the BSDs without any right."""
    try:
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],
            check=True,
            capture_output=True,
            timeout=5,
            env={"PATH": "/bin:/usr/bin", "LC_ALL": "C"},
        ).stdout.decode("ascii")
        return time.mktime(time.strptime(told.strip(), "%a %b %d %H:%M:%S %Y"))
    except (OSError, subprocess.SubprocessError, ValueError, OverflowError):
        return None
