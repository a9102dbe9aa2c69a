"""Writing into a launch folder: whole lines to growing files, whole documents by rename."""

import contextlib
import os
import time
from pathlib import Path
from typing import Any

from hamtui.contract import encode, files

_DOCUMENT_TRIES = 5
_DOCUMENT_PAUSE_S = 0.3
#: More than an exit record takes.
_RESERVED_BYTES = 4096


class LineFile:
    """A growing file of a launch folder: one write a line, so that several writers never mix within one.

    A full disk or a deleted folder costs the record, never the supervisor: ``lost`` counts those.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost = 0

    def append(self, record: Any) -> None:
        """Append ``record`` as one line of JSON; empty lists are left out."""
        data = encode.line(encode.lean(record))
        try:
            fd = files.open_to_append(self.path)
            try:
                os.write(fd, data)
            finally:
                os.close(fd)
        except OSError:
            self.lost += 1


def reserve(path: Path) -> None:
    """Take the room for ``path`` now, so that this process' ``document`` needs none of a disk that is full by then.

    Raises:
        OSError: there is none, or the folder can't be written.
    """
    half = _half(path)
    fd = files.open_to_write(half)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(bytes(_RESERVED_BYTES))
    except OSError:
        os.unlink(half)
        raise


def _half(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")


def document(path: Path, record: Any) -> bool:
    """Write ``record`` as the whole of ``path`` by rename. Tries for a while; False when the disk would not."""
    data = encode.document(record)
    half = _half(path)
    for _ in range(_DOCUMENT_TRIES):
        try:
            # Over what is reserved, which a truncation before the write would give back.
            fd = files.open_to_write(half, empty=False)
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.truncate()
            os.replace(half, path)
        except OSError:  # noqa: PERF203  five tries, each a write
            with contextlib.suppress(OSError):
                os.unlink(half)
            time.sleep(_DOCUMENT_PAUSE_S)
        else:
            return True
    return False
