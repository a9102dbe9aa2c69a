"""``python -m hamtui.supervise --status-fd N``: the spec on stdin, one line of JSON on the status pipe, then silence."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from hamtui.contract import layout
from hamtui.contract import spec as contract_spec
from hamtui.supervise import write
from hamtui.supervise.listen import ListenError
from hamtui.supervise.session import BOOT, Supervisor


def main() -> int:
    """Supervise one run from start to end. Our own parent is let go at once: it need not wait for us."""
    options = argparse.ArgumentParser(prog="python -m hamtui.supervise")
    options.add_argument("--status-fd", type=int, required=True)
    options.add_argument("--boot", type=Path, default=BOOT)
    given = options.parse_args()
    spec = contract_spec.unpack(sys.stdin.buffer.read())
    if os.fork():
        # The command must not become the parent of a process that outlives it.
        os._exit(0)
    _let_go_of_stdin()
    try:
        write.reserve(Path(spec.launch_dir) / layout.EXIT)
    except OSError as fault:
        _tell(given.status_fd, {"error": f"{spec.launch_dir} can't be written: {fault.strerror or fault}"})
        return 1
    supervisor = Supervisor(spec, given.boot)
    try:
        pid = supervisor.start()
    except OSError as fault:
        reason = fault.strerror or str(fault)
        _tell(given.status_fd, {"error": f"{spec.python} can't be started: {reason}"})
        return 1
    except ListenError as fault:
        _tell(given.status_fd, {"error": str(fault)})
        return 1
    _tell(given.status_fd, {"pid": pid, "supervisor_pid": os.getpid()})
    supervisor.see_to_the_end()
    if supervisor.ended is not None:  # said to who launched it too: the folder may be read-only or gone
        _tell(given.status_fd, {"exit": asdict(supervisor.ended)})
    return 0


def _let_go_of_stdin() -> None:
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)


def _tell(fd: int, said: dict[str, object]) -> None:
    try:
        os.write(fd, json.dumps(said).encode() + b"\n")
    except OSError:
        # Whoever asked is gone; the run goes on.
        return


if __name__ == "__main__":
    sys.exit(main())
