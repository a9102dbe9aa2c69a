"""Stacks from outside, by ``py-spy dump --nonblocking``: it reads memory and can't stop or crash its target."""

import json
import linecache
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hamtui.contract.redact import is_secret, redacted
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.contract.summary import REDACTED
from hamtui.probe import native as native_frames

#: How long py-spy may take, seconds; it is killed then.
LIMIT_S = 5.0
_PARTS = 4
#: py-spy reads native frames of a paused process alone, and one that is paused may stay so if py-spy dies.
NO_NATIVE = "no native function can be told: of a thread that runs none can without pausing it, which hamtui never does"
_MOST_LOCALS, _MOST_REPR = 64, 200


def py_spy() -> str | None:
    """py-spy's path: the one installed with hamtui, else the one on PATH."""
    beside = os.path.join(os.path.dirname(sys.executable), "py-spy")
    return beside if os.access(beside, os.X_OK) else shutil.which("py-spy")


def take(
    pid: int,
    why: str,
    request: str | None = None,
    cwd: str = "",
    *,
    native: bool = False,
    locals_: bool = False,
) -> Dump:
    """A dump of process ``pid``, or, where none can be had, one whose ``error`` says why.

    With ``locals_`` each frame's local variables too; with ``native`` the native functions that threads wait in.
    """
    ts, mono = time.time(), time.monotonic()
    threads, error = _stacks(pid, cwd, locals_=locals_)
    if native and threads:
        threads = _with_native(pid, threads)
        error = None if any(thread.native for thread in threads) else NO_NATIVE
    return Dump(ts, mono, pid, None, why, "py-spy", request, error, threads)


class Takes:
    """Dumps that are taken one after the other by a thread of their own, so that a py-spy that hangs stops no samples.

    ``write`` gets each; nothing is written once it is closed, for the process is gone then.
    """

    def __init__(self, write: Callable[[Dump], object], cwd: str) -> None:
        self._write = write
        self._cwd = cwd
        self._due: queue.SimpleQueue[Callable[[], Dump]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._take, name="py-spy", daemon=True)
        self._closed = False

    def add(
        self, pid: int, why: str, request: str | None = None, *, native: bool = False, locals_: bool = False
    ) -> None:
        """Take one as soon as those before it are taken. As ``take``."""
        self._due.put(partial(take, pid, why, request, self._cwd, native=native, locals_=locals_))
        if self._thread.ident is None and not self._closed:
            self._thread.start()

    def close(self) -> None:
        """Write no more."""
        self._closed = True

    def _take(self) -> None:
        while not self._closed:
            dump = self._due.get()()
            if not self._closed:
                self._write(dump)


def _stacks(pid: int, cwd: str, *, locals_: bool) -> tuple[list[ThreadStack], str | None]:
    program = py_spy()
    if program is None:
        return [], "py-spy is not installed, so the stack can't be read from outside"
    command = [program, "dump", "--nonblocking", "--json", "--pid", str(pid)]
    if locals_:
        command.append("--locals")
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return [], f"py-spy gave no answer within {LIMIT_S:.0f} s"
    except OSError as fault:
        return [], f"py-spy can't be started: {fault.strerror or fault}"
    if done.returncode != 0:
        return [], f"py-spy can't read process {pid}: {_reason(done.stderr)}"
    try:
        threads = _threads(json.loads(done.stdout), pid, cwd)
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        return [], f"py-spy's answer can't be read: {fault}"
    return (threads, None) if threads else ([], f"py-spy found no Python thread in process {pid}")


def _reason(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return "; ".join(lines[:_PARTS]) or "it gave no reason"


def _threads(found: Any, pid: int, cwd: str) -> list[ThreadStack]:
    """py-spy's JSON to our own. Subprocesses of the target are left out."""
    try:
        told = [
            ThreadStack(
                thread["thread_id"],
                thread.get("os_thread_id"),
                thread.get("thread_name"),
                [_frame(frame, cwd) for frame in thread.get("frames") or []],
                _flag(thread.get("owns_gil")),
            )
            for thread in found
            if thread.get("pid", pid) == pid
        ]
    finally:
        linecache.clearcache()
    return _without_unborn(told)


def _without_unborn(threads: list[ThreadStack]) -> list[ThreadStack]:
    """A thread that is only being started still bears the ids of the one that starts it, and has no frames."""
    standing = {thread.thread_id for thread in threads if thread.frames}
    return [thread for thread in threads if thread.frames or thread.thread_id not in standing]


def _with_native(pid: int, threads: list[ThreadStack]) -> list[ThreadStack]:
    # py-spy does not know the kernel's ids before 3.11; the main thread's is the process' own.
    ids = [thread.native_id or (pid if thread.name == "MainThread" else 0) for thread in threads]
    found = native_frames.frames_of(pid, [native_id for native_id in ids if native_id])
    return [
        replace(thread, native=found.get(native_id, []))
        for thread, native_id in zip(threads, ids, strict=True)
    ]


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _frame(frame: dict[str, Any], cwd: str) -> Frame:
    """``Thread.run`` is py-spy's guess at a method's class; the other dumps say ``run``."""
    file, line = str(frame["filename"]), int(frame.get("line") or 0)
    if file and not file.startswith("<"):
        file = os.path.join(cwd, file)
    text = linecache.getline(file, line).strip() if line else ""
    name = str(frame["name"])
    if not name.startswith("<"):
        name = name.rpartition(".")[2]
    return Frame(file, line, name, text or None, _locals(frame.get("locals")))


def _locals(found: Any) -> str | None:
    """``name = repr`` a line, of the locals that py-spy could read."""
    if not isinstance(found, list):
        return None
    lines = []
    for each in found[:_MOST_LOCALS]:
        value = REDACTED if is_secret(str(each.get("name"))) else redacted(str(each.get("repr")))
        shown = value if len(value) <= _MOST_REPR else value[: _MOST_REPR - 3] + "..."
        lines.append(f"{each.get('name')} = {' '.join(shown.splitlines())}")
    return "\n".join(lines) or None
