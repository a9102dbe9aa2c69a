"""One sample of a run's processes: what the supervisor writes each second, and others take where none lives."""

import os
import time
from pathlib import Path

from hamtui.contract import vitals
from hamtui.contract.vitals import ProcessVital, Vital
from hamtui.probe import closer, procs
from hamtui.probe.budget import Budget
from hamtui.probe.interest import NOTHING, Interest
from hamtui.probe.memory import Memory
from hamtui.probe.procs import Known


def take(
    pid: int, interest: Interest = NOTHING, memory: Memory | None = None
) -> tuple[list[ProcessVital], list[Known]]:
    """Process ``pid`` and those below it, those of interest looked at closely; and each with its start."""
    processes, seen = procs.tree(pid, interest.threads)
    if procs.LINUX:
        return closer.look(processes, interest, memory or Memory(), Budget()), seen
    if interest:
        from hamtui.probe import elsewhere  # noqa: PLC0415

        processes = elsewhere.closer(processes, interest)
    return processes, seen


def sample(
    pid: int, interest: Interest = NOTHING, memory: Memory | None = None, output: Path | None = None
) -> Vital | None:
    """The same as a record of vitals.jsonl, with the size of the file of its ``output``; None where it is gone."""
    processes, _ = take(pid, interest, memory)
    if not processes:
        return None
    told = None if output is None else size(output)
    return Vital(vitals.SAMPLE, time.time(), time.monotonic(), pid, processes=processes, output=told)


def size(path: Path) -> int | None:
    """A file's size; None where there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return None
