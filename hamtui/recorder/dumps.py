"""All threads' stacks, taken by a Python thread that holds the GIL while it walks them.

No signal and no C timer: those walk frames that are running, and a busy process dies of it.
"""

import json
import linecache
import os
import stat
import sys
import threading
import time
import tokenize
from collections.abc import Iterable
from typing import Any

#: Bounds of one dump.
MAX_THREADS = 64
MAX_FRAMES = 200
MAX_LINE_BYTES = 1_000_000
MAX_TEXT = 200
#: Bounds of what is remembered between dumps.
MAX_SOURCE_BYTES = 2_000_000
MAX_SOURCES = 200
MAX_PIECES = 10_000

Row = tuple[str, int, str]

_dumps = json.dumps
_time, _monotonic = time.time, time.monotonic


class Stacks:
    """Takes dumps and writes each as one JSON line (contract.stacks.Dump). ``cwd`` makes file names absolute.

    What it read of sources, and wrote of frames, is kept: a process that is stuck costs next to nothing.
    """

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd
        self._sources: dict[str, list[str]] = {}
        self._pieces: dict[Row, str] = {}

    def take(
        self, why: str, seq: int, first: Iterable[int] = (), leave_out: int = 0, request: str | None = None
    ) -> bytes:
        """A dump of all threads but ``leave_out``, those in ``first`` (that run nodes) before the others."""
        ts, mono = _time(), _monotonic()
        found = walk(first, leave_out)
        head = {"ts": round(ts, 6), "mono": round(mono, 6), "pid": os.getpid(), "seq": seq, "why": why}
        head["taken_by"] = "inside"
        if request is not None:
            head["request"] = request
        threads: list[str] = []
        size = 0
        for ident, rows in found:
            thread = self._thread(ident, rows)
            if threads and size + len(thread) > MAX_LINE_BYTES:
                continue
            size += len(thread) + 1
            threads.append(thread)
        return f'{_dumps(head)[:-1]}, "threads": [{",".join(threads)}]}}\n'.encode("ascii")

    def _thread(self, ident: int, rows: list[Row]) -> str:
        native_id, name = told(ident)
        head = {"thread_id": ident, "native_id": native_id, "name": name}
        known = {key: value for key, value in head.items() if value is not None}
        return f'{_dumps(known)[:-1]}, "frames": [{",".join(map(self.piece, rows))}]}}'

    def piece(self, row: Row) -> str:
        """A frame as JSON (contract.stacks.Frame)."""
        piece = self._pieces.get(row)
        if piece is None:
            if len(self._pieces) >= MAX_PIECES:
                self._pieces.clear()
            file, line, function = row
            frame: dict[str, Any] = {"file": self._absolute(file), "line": line, "function": function}
            text = self._text(file, line)
            if text:
                frame["text"] = text
            piece = self._pieces[row] = _dumps(frame)
        return piece

    def _absolute(self, file: str) -> str:
        return file if file.startswith("<") else os.path.normpath(os.path.join(self._cwd, file))

    def _text(self, file: str, line: int) -> str:
        """The source line, without its margin; empty where there is none."""
        lines = self.lines(file)
        return lines[line - 1].strip()[:MAX_TEXT] if 0 < line <= len(lines) else ""

    def lines(self, file: str) -> list[str]:
        """A file's lines, as they were when they were first needed; none where it has none, or too many."""
        lines = self._sources.get(file)
        if lines is None:
            if len(self._sources) >= MAX_SOURCES:
                self._sources.clear()
            lines = self._sources[file] = self._read(file)
        return lines

    def _read(self, file: str) -> list[str]:
        entry = linecache.cache.get(file)
        if entry is not None and len(entry) == 4:
            return list(entry[2])  # what has no file (a notebook's cell) stands here or nowhere
        if file.startswith("<"):
            return []
        path = self._absolute(file)
        try:
            seen = os.stat(path)
            if not stat.S_ISREG(seen.st_mode) or seen.st_size > MAX_SOURCE_BYTES:
                return []
            with tokenize.open(path) as source:
                return source.readlines()
        except (OSError, SyntaxError, ValueError):
            return []


def walk(first: Iterable[int], leave_out: int) -> list[tuple[int, list[Row]]]:
    """Each thread's frames, innermost first.

    No frame is kept for longer than this takes: it would keep a caller's locals alive with it.
    """
    frames = sys._current_frames()  # noqa: SLF001 - there is no other way to them
    frames.pop(leave_out, None)
    main = threading.main_thread().ident or 0
    order = dict.fromkeys([*(ident for ident in first if ident in frames), main, *frames])
    found = []
    for ident in list(order)[:MAX_THREADS]:
        frame = frames.pop(ident, None)
        rows: list[Row] = []
        while frame is not None and len(rows) < MAX_FRAMES:
            code = frame.f_code
            rows.append((code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_name))
            frame = frame.f_back
        if rows:
            found.append((ident, rows))
    return found


def told(ident: int) -> tuple[int | None, str | None]:
    """The kernel's id and the name of a thread that ``threading`` knows.

    Its table is read as it stands: ``threading.enumerate`` takes a lock, which the stuck thread may hold, and a
    subclass' ``name`` may be code, as may any attribute of one with a ``__getattribute__`` of its own.
    """
    thread = getattr(threading, "_active", {}).get(ident)
    if thread is None:
        return None, None
    try:
        own = object.__getattribute__(thread, "__dict__")
    except AttributeError:
        return None, None
    name, native_id = own.get("_name"), own.get("_native_id")
    return native_id if type(native_id) is int else None, name if type(name) is str else None
