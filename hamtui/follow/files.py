"""One growing file, or one that is written whole: what of it was not read yet."""

import os
import stat
from collections.abc import Iterable
from typing import Protocol

from hamtui.contract.layout import Kind, Source
from hamtui.follow import in_place, node_lines, parts
from hamtui.follow.decode import DECODE_ERRORS, decode, leniently, strictly
from hamtui.model.records import Record
from hamtui.model.state import Unread

CHUNK = 256 * 1024
#: Of a shorter file all is kept.
LONG = 256 * 1024
#: A longer line is passed over and counted: no event of anybody's is this long.
LINE_CAP = 16 * 1024 * 1024
#: A longer whole file is not read.
DOCUMENT_CAP = 256 * 1024 * 1024
#: So many bytes before the offset must stand as they did, or the file was written anew.
WITNESS = 64

#: What tells that a file is as it was: device, inode, size, time of the last write.
Signature = tuple[int, int, int, int]


def signature(path: str) -> Signature | None:
    """The file's signature; None where there is no such regular file (a pipe of that name would block us)."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class LineFile:
    """The records of one file, each once, from its first byte on. ``source`` says what it holds.

    Its parts that were set aside (``….1``) are read before it, oldest first. A half line at the end waits for its rest. A file that is replaced is read to its end first, then the new
    one from its start; one that is truncated or written anew is read from its start. The descriptor is
    kept open, so that no other file can get its inode number meanwhile; with ``hold=False`` (network file
    systems, where only opening brings fresh sizes) it is opened for each read. With ``stay`` the summaries of nodes
    that stand in a long file when it is opened stay there: what is kept of them says where.
    """

    def __init__(self, path: str, source: Source, *, hold: bool = True, stay: bool = False) -> None:
        self.path = path
        self.source = source
        self.seen: Signature | None = None
        self.bad_lines = 0
        self.bad_bytes = 0
        self._hold = hold
        self._typed = strictly(source.kind)
        self._heads = node_lines.HEADS if source.kind is Kind.FLIGHT else ()
        self._fd = -1
        self._left = parts.Left()
        self._reading = parts.BEGINNING
        self._before = 0
        self._offset = 0
        self._witness = b""
        self._tail: list[bytes] = []
        self._tail_size = 0
        self._tried = 0
        self._skipping = False
        self._lines: list[bytes] = []
        self._next = 0
        self._stays = in_place.Stays(path, wanted=stay and source.kind is Kind.FLIGHT, hold=hold)
        self._at = 0

    @property
    def more(self) -> bool:
        """Whether lines that were read wait to be decoded."""
        return self._next < len(self._lines)

    @property
    def half(self) -> int:
        """Bytes of the half line at the end, and at the end of the part before."""
        return self._tail_size + self._left.half

    @property
    def done(self) -> int:
        """Bytes that were read, those of its parts too."""
        return max(0, self._before + self._offset)

    def left(self) -> int:
        """Bytes that were not read yet, those of parts too."""
        return max(0, parts.size_from(self.path, self._reading) - self._offset)

    def begin_at(self, offset: int) -> None:
        """Leave what stands before ``offset``, a line's beginning, to somebody else. Before anything is read."""
        try:
            found = os.stat(self.path)
        except OSError:
            return
        self._reading = parts.Reading((found.st_dev, found.st_ino), None)
        self._offset, self._before = offset, -offset

    def changed(self) -> bool:
        """Whether the file is not as it was when it was last read to its end."""
        return self.more or signature(self.path) != self.seen or self._orphan_grew() or self._left.grew()

    def _orphan_grew(self) -> bool:
        """Whether a file that was renamed away, and that nothing has replaced yet, is still written to."""
        return self.seen is None and self._fd >= 0 and os.fstat(self._fd).st_size > self._offset

    def read(self, most: int) -> tuple[list[Record], bool]:
        """At most ``most`` records, and whether the file's end was reached."""
        records: list[Record] = []
        try:
            while len(records) < most:
                if self.more:
                    self._decode(records, most)
                elif not self._fill(records):
                    return records, True
            return records, False
        finally:
            if not self._hold:
                self._close()

    def close(self) -> None:
        """Let go of the descriptor; the offset stays."""
        self._never_whole(self._left.half)
        self._left.close()
        self._stays.close()
        self._close()

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open(self) -> bool:
        """Open the part that was being read, else what comes next."""
        found = parts.open_next(self.path, self._reading)
        if found is None:
            return False
        self._fd, reading = found
        if reading.identity != self._reading.identity:
            self._restart()
        self._reading = reading
        self._stays.begin(self._fd, LONG)
        return True

    def _fill(self, records: list[Record]) -> bool:
        """Read the next chunk into lines. False at the end of the file, all files of this name read."""
        if self._fd < 0 and not self._open():
            self.seen = None
            return False
        before = signature(self.path)
        data = self._fresh()
        if data:
            self._split(data)
            return True
        late = self._left.read()
        if late:
            # Written into the part before this one by a write that was under way when it was set aside.
            self._lines, self._next = late.split(b"\n"), 0
            self._stays.restart()
            return True
        self._last_line(records)
        if before is not None and before[:2] == self._reading.identity:
            self.seen = before
            return False
        self.seen = None
        if before is None and self._hold and not parts.numbers(self.path):
            return False  # deleted or renamed away: its writer may go on in it until he makes another
        return self._go_on(there=before is not None)

    def _go_on(self, *, there: bool) -> bool:
        """Set aside or replaced: what was in the old file is read, now the one behind it from its start."""
        number = parts.number_now(self.path, self._reading)
        after = self._reading.after if number is None else number
        following = parts.behind(self.path, after)
        if following is None and not there:
            if number is None:
                self._restart()  # gone; what comes under its name is another file, whatever its inode
            return False  # else set aside, and its successor is about to be made
        if self._hold or self._tail_size:
            self._never_whole(self._left.half)
            self._left.keep(self._fd, self._offset - self._tail_size, self._offset)
            self._drop_tail()
            self._fd = -1
        else:
            self._close()
        self._before += self._offset
        self._restart()
        self._reading = parts.Reading(parts.UNOPENED, None, after)
        return True

    def _fresh(self) -> bytes:
        """Bytes from the offset on; from the start where the file is not the one that was read so far."""
        try:
            data = os.pread(self._fd, len(self._witness) + CHUNK, self._offset - len(self._witness))
            if not data.startswith(self._witness):
                self._restart()
                data = os.pread(self._fd, CHUNK, 0)
        except OSError:
            return b""  # a stale NFS handle, a disk gone bad: the next look opens it anew
        fresh = data[len(self._witness) :]
        self._offset += len(fresh)
        self._witness = data[-WITNESS:]
        return fresh

    def _restart(self) -> None:
        """From byte 0. The half line that waited for its rest will never get it."""
        self._never_whole(self._tail_size)
        self._offset = 0
        self._stays.restart()
        self._witness = b""
        self._drop_tail()
        self._skipping = False

    def _never_whole(self, half: int) -> None:
        self.bad_lines += half > 0
        self.bad_bytes += half

    def _drop_tail(self) -> None:
        self._tail = []
        self._tail_size = self._tried = 0

    def _split(self, data: bytes) -> None:
        lines = data.split(b"\n")
        rest = lines.pop()
        self._at = self._offset - len(data) - self._tail_size
        if lines:
            if self._skipping:
                skipped = len(lines.pop(0)) + 1
                self.bad_bytes += skipped
                self._at += skipped
                self._skipping = False
            elif self._tail:
                lines[0] = b"".join([*self._tail, lines[0]])
            self._drop_tail()
        self._lines, self._next = lines, 0
        if self._skipping:
            self.bad_bytes += len(rest)
        elif rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
            if self._tail_size > LINE_CAP:
                self._skipping = True
                self.bad_lines += 1
                self.bad_bytes += self._tail_size
                self._drop_tail()

    def _decode(self, records: list[Record], most: int) -> None:
        stop = min(len(self._lines), self._next + most - len(records))
        lines = self._lines[self._next : stop]
        typed, take, heads, of_node = self._typed, records.append, self._heads, node_lines.decode
        place = self._stays.place(self._at)
        for line in lines:
            try:
                if line.startswith(heads):
                    record = of_node(line)
                    record.place = place  # type: ignore[assignment]
                    take(record)
                else:
                    take(typed(line))
            except DECODE_ERRORS:
                self._doubtful(line, records)
            if place is not None:
                place += len(line) + 1
        self._at += sum(map(len, lines)) + len(lines)
        self._next = stop

    def _doubtful(self, line: bytes, records: list[Record]) -> None:
        if not line or line.isspace():
            return
        record = leniently(self.source.kind, line) if len(line) <= LINE_CAP else None
        if record is not None:
            records.append(record)
        else:
            self.bad_lines += 1
            self.bad_bytes += len(line) + 1

    def _last_line(self, records: list[Record]) -> None:
        """A whole object at the end is a record, newline or not: no line's beginning is an object by itself."""
        if self._tail_size == self._tried:
            return
        self._tried = self._tail_size
        if self._tail[-1].rstrip().endswith(b"}"):
            record = decode(self.source.kind, b"".join(self._tail))
            if record is not None:
                records.append(record)
                self._drop_tail()


class Document:
    """A file that is written whole: its record, each time that it is another."""

    def __init__(self, path: str, source: Source) -> None:
        self.path = path
        self.source = source
        self.seen: Signature | None = None
        self.bad_lines = 0
        self.bad_bytes = 0
        self.half = 0

    def changed(self) -> bool:
        """Whether the file is not as it was when it was last read."""
        return signature(self.path) != self.seen

    def read(self, most: int) -> tuple[list[Record], bool]:  # noqa: ARG002 - as a LineFile's
        """Its record, if it is new and can be read; always to the end."""
        found = signature(self.path)
        if found is None or found == self.seen:
            self.seen = found
            return [], True
        try:
            with open(self.path, "rb") as file:
                data = file.read(DOCUMENT_CAP) if found[2] <= DOCUMENT_CAP else b""
        except OSError:
            return [], True
        self.seen = found
        record = decode(self.source.kind, data)
        self.bad_lines, self.bad_bytes = (0, 0) if record is not None else (1, found[2])
        if record is None:
            return [], True
        return [record], True

    def close(self) -> None:
        """Nothing is kept open."""


class Counted(Protocol):
    """A file that counts what of it could not be read; ``half`` is the bytes of an unfinished line."""

    bad_lines: int
    bad_bytes: int

    @property
    def half(self) -> int:
        """Bytes of the half line at the end."""


def total(files: Iterable[Counted], *, over: bool) -> Unread:
    """What could not be read of all these files; half lines count once nobody is left to finish them."""
    lines = size = 0
    for file in files:
        half = file.half if over else 0
        lines += file.bad_lines + (half > 0)
        size += file.bad_bytes + half
    return Unread(lines, size)
