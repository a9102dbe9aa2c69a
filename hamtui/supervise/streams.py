"""What cut-off workers send, appended to the files of the launch folder that they would have written themselves."""

import contextlib
import json
import os
import re
from pathlib import Path

from hamtui.contract import files, layout
from hamtui.contract.layout import Kind

#: Which stream began in which file at which size: a file's size then says how much of a stream is written.
NAME = "relay.jsonl"
_KINDS = layout.LINE_KINDS - {Kind.REQUESTS} | {Kind.CRASH}
_HOST = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,253}\Z")


class Streams:
    """The files of one launch folder that are written for others. It can be made anew at any time: all it knows is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bases: dict[tuple[str, str], int] = {}
        self._last: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            for line in (folder / NAME).read_text("ascii").splitlines():
                told = json.loads(line)
                self._remember(told["file"], told["stream"], int(told["base"]))

    def _remember(self, name: str, stream: str, base: int) -> None:
        self._bases[name, stream] = base
        self._last[name] = stream

    def may_write(self, name: str, host: str, pid: int) -> bool:
        """Whether it is a file of a worker's, and of this one's."""
        source = layout.classify(name)
        if (
            source is None
            or source.part is not None
            or source.kind not in _KINDS
            or _HOST.match(host) is None
        ):
            return False
        return (source.host, source.pid) == (host, pid)

    def take(self, name: str, stream: str, at: int, data: bytes) -> int:
        """Append what is new of ``data``, which stands at ``at`` in the stream; up to where the stream is written now.

        Bytes that are there already are passed over, and after a gap none are taken.

        Raises:
            OSError: the folder can't be written.
        """
        fd = files.open_to_append(self._folder / name)
        try:
            size = os.fstat(fd).st_size
            base = self._base(name, stream, size)
            if self._last.get(name) != stream:
                return at + len(data)  # of a process that is gone: another has its number by now
            there = size - base
            fresh = data[there - at :] if at <= there else b""
            if fresh:
                there += os.write(fd, fresh)
            return there
        finally:
            os.close(fd)

    def _base(self, name: str, stream: str, size: int) -> int:
        known = self._bases.get((name, stream))
        if known is None:
            known = size
            told = {"file": name, "stream": stream, "base": size}
            fd = files.open_to_append(self._folder / NAME)
            try:
                os.write(fd, json.dumps(told).encode("ascii") + b"\n")
            finally:
                os.close(fd)
            self._remember(name, stream, size)
        return known
