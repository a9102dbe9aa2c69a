"""Real processes that get stuck in one thing, and close looks at them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hamtui.contract.vitals import End, ProcessVital, ThreadVital
from hamtui.probe.interest import Interest, Told
from hamtui.probe.memory import Memory
from hamtui.probe.sample import take

#: What a command line of ours begins with.
PYTHON = os.path.basename(sys.executable)
PREAMBLE = """
import ctypes, fcntl, os, pty, select, socket, subprocess, sys, tempfile, threading, time
def say(*words):
    print(*words, flush=True)
"""


def wait_until(what: Callable[[], Any], seconds: float = 80.0) -> Any:
    """The first truthy value of ``what``; fails when it takes longer than a generous while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing came within {seconds} s")


@dataclass
class Stuck:
    """A process that runs a script; what it said on its first line."""

    process: "subprocess.Popen[str]"
    said: str

    @property
    def pid(self) -> int:
        return self.process.pid

    def look(self, interest: Interest | None = None, memory: Memory | None = None) -> list[ProcessVital]:
        """The process and its children, its main thread looked at closely unless another interest is given."""
        wanted = Interest({self.pid: Told()}) if interest is None else interest
        return take(self.pid, wanted, memory)[0]

    def main(self, interest: Interest | None = None, memory: Memory | None = None) -> ThreadVital:
        processes = self.look(interest, memory)
        return next(thread for thread in processes[0].threads if thread.native_id == self.pid)

    def waits_in(self, *calls: str) -> ThreadVital:
        """The main thread once it is in one of these calls and everybody was looked at."""
        memory = Memory()

        def found() -> ThreadVital | None:
            seen = self.main(memory=memory)
            return seen if seen.call in calls else None

        wait_until(found)
        # A walk through all processes may take several samples.
        for _ in range(20):
            self.main(memory=memory)
        return self.main(memory=memory)

    def end(self, *calls: str) -> End:
        """The only end that it waits on."""
        [end] = self.waits_in(*calls).ends
        return end

    def finish(self) -> None:
        processes = self.look(Interest())
        self.process.kill()
        for child in processes[1:]:
            subprocess.run(["kill", "-KILL", str(child.pid)], check=False, stderr=subprocess.DEVNULL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(script: str, *arguments: str) -> Stuck:
    process = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + script, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return Stuck(process, process.stdout.readline().strip())
