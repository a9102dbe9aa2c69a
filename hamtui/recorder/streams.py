"""stdout and stderr of a run go to a file of ours, so what that has no room for must not fail the run's ``print``.

On the user's terminal it would have been written. Native code and children write for themselves: they are told.
"""

import errno
import io
import sys
from typing import Any

#: A disk that is full, a quota, a limit on a file's size, a disk or a server that is gone.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ESTALE})


class Patient(io.FileIO):
    """A descriptor to write to, whose disk may be full: the bytes are counted in ``lost`` then, and the writer goes on."""

    lost = 0

    def write(self, data: Any) -> int | None:  # type: ignore[override]
        """As of any file, None where it would block too; all of ``data`` counts as written where there is no room for it."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            size = memoryview(data).nbytes
            Patient.lost += size
            return size


def lost() -> int:
    """Bytes that this process printed and that nobody will read."""
    return Patient.lost


def endure() -> None:
    """Put patient streams, a line at a time, in the place of ``sys.stdout`` and ``sys.stderr``; others' are left alone."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is not io.TextIOWrapper or stream is not getattr(sys, f"__{name}__"):
            continue
        stream.flush()
        raw = Patient(stream.fileno(), "wb", closefd=False)
        raw.name = f"<{name}>"
        buffered = not isinstance(stream.buffer, io.RawIOBase)
        made = io.TextIOWrapper(
            io.BufferedWriter(raw) if buffered else raw,
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=True,
            write_through=stream.write_through,
        )
        made.mode = "w"  # type: ignore[misc]
        _KEPT.append(stream)  # let go of, it would close what it holds
        setattr(sys, name, made)
        setattr(sys, f"__{name}__", made)


_KEPT: list[Any] = []
