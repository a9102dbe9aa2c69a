"""What Ray says of a worker that died. No signal is known of somebody else's child: Ray prints what it knows.

It is in the run's output, among whatever the run prints, and comes up to some seconds after the death.
"""

import os
import re
from pathlib import Path

#: How long Ray may take to say it, seconds, and how much of the output's end is looked through, bytes.
PATIENCE_S = 10.0
_LOOKED_AT = 256 * 1024
_LONGEST = 200

_EXIT = re.compile(rb"Worker PID: (\d+) Worker exit type: (\w+) Worker exit detail: ([^\r\n]*)")
_MEMORY = re.compile(rb"Selected to kill: \(Task: [^\n]*?\bpid=(\d+), actual memory used=([\d.]+ ?\w+)")
#: Sentences that say nothing of the worker itself.
_EMPTY = re.compile(
    r"The leased worker has unrecoverable failure\.|Worker is requested to be destroyed when it is returned\."
    r"|(?:Some common causes|There are some potential root causes).*"
)
_CODE = re.compile(r"(?:Worker )?exits with an exit code (\d+)\.?")


def words(output: bytes, pid: int) -> tuple[str | None, int | None]:
    """What Ray said last of this worker, and the exit code where it knows one; None and None where it said nothing.

    >>> words(b"Worker PID: 7 Worker exit type: SYSTEM_ERROR Worker exit detail: RPC error: Socket closed", 7)
    ('RPC error: Socket closed', None)
    """
    for killed in _MEMORY.finditer(output):
        if int(killed[1]) == pid:
            return f"killed by Ray at {killed[2].decode()}, the machine was running low on memory", None
    said = [found for found in _EXIT.finditer(output) if int(found[1]) == pid]
    if not said:
        return None, None
    detail = _EMPTY.sub("", said[-1][3].decode("utf-8", "replace"))
    code = _CODE.search(detail)
    detail = " ".join(_CODE.sub("", detail).split()).rstrip(".")[:_LONGEST]
    return detail or (None if code else said[-1][2].decode()), int(code[1]) if code else None


class Hearsay:
    """Listens for words on workers that died, in the run's output."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._until: dict[int, float] = {}

    def ask(self, pid: int, now: float) -> None:
        """This worker has died."""
        self._until[pid] = now + PATIENCE_S

    def news(self, now: float) -> list[tuple[int, str | None, int | None]]:
        """What was said since, of those that were asked for: pid, words, exit code."""
        if not self._until:
            return []
        output, found = _end_of(self._output), []
        for pid, until in list(self._until.items()):
            told, code = words(output, pid)
            if told is not None or code is not None:
                found.append((pid, told, code))
            elif now < until:
                continue
            del self._until[pid]
        return found


def _end_of(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LOOKED_AT))
            return file.read(_LOOKED_AT)
    except OSError:
        return b""
