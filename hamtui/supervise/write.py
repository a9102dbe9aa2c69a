"""Writing into a launch folder: whole lines to growing files, whole documents by rename."""

import contextlib
import os
import time
from pathlib import Path
from typing import Any

from hamtui.contract import encode
from hamtui.contract.layout import FILE_MODE

_DOCUMENT_TRIES = 5
_DOCUMENT_PAUSE_S = 0.3


class LineFile:
    """A growing file of a launch folder: one write a line, so that several writers never mix within one.

    A full disk or a deleted folder costs the record, never the supervisor: ``lost`` counts those.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost = 0

    def append(self, record: Any) -> None:
        """Append ``record`` as one line of JSON."""
        data = encode.line(record)
        try:
            fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            try:
                os.write(fd, data)
            finally:
                os.close(fd)
        except OSError:
            self.lost += 1


def document(path: Path, record: Any) -> bool:
    """Write ``record`` as the whole of ``path`` by rename. Tries for a while; False when the disk would not."""
    data = encode.document(record)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    for _ in range(_DOCUMENT_TRIES):
        try:
            fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
            with os.fdopen(fd, "wb") as file:
                file.write(data)
            os.replace(half, path)
        except OSError:  # noqa: PERF203  five tries, each a write
            with contextlib.suppress(OSError):
                os.unlink(half)
            time.sleep(_DOCUMENT_PAUSE_S)
        else:
            return True
    return False
