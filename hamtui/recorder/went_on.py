"""Nodes that failed in worker processes, told to the process of their run, which has to end as a failure.

Most of them come back with their task's results. One whose failure somebody accepted within the block does not,
nor does any on Ray's graph adapter, where all that comes back is what was asked for.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

from hamtui.contract import layout
from hamtui.recorder.failures import Cause, Failure
from hamtui.recorder.flight import Journal
from hamtui.recorder.guard import attempt
from hamtui.recorder.text import dumps

#: So much is read of the end of one worker's file, bytes: a service has thousands of runs, and asks at each one's end.
_MOST_READ = 16 * 1024 * 1024
_STEM = layout.WENT_ON.partition(".")[0] + "."


def tell(journal: Journal, run_id: str, failure: Failure) -> None:
    """Write down, in this worker's file, what failed."""
    told = {"run_id": run_id, "causes": failure.causes}
    journal.here().write(dumps(told).encode("ascii") + b"\n")


def told(launch_dir: str, run_id: str) -> Iterator[Failure]:
    """What workers have written down of this run. Raises OSError where the folder can't be read."""
    asked = dumps(run_id).encode("ascii")
    with os.scandir(launch_dir) as entries:
        paths = [entry.path for entry in entries if entry.name.startswith(_STEM)]
    for path in paths:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _MOST_READ))
            for line in file.read(_MOST_READ).splitlines():
                one, _ = attempt(_failure, line, run_id) if asked in line else (None, None)
                if one is not None:
                    yield one


def _failure(line: bytes, run_id: str) -> Failure | None:
    said: Any = json.loads(line)
    if said["run_id"] != run_id:
        return None
    return Failure(tuple(Cause(*cause) for cause in said["causes"]), own=True)
