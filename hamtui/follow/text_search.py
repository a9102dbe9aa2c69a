"""A text looked for in a growing file, line by line in blocks of a quarter of a megabyte, whatever the file's size.

A line is found by what is shown of it: colour codes left out, and of what carriage returns wrote over the newest.
Of a line that is longer than a page shows all of it is looked through.
"""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hamtui.follow.long_line import LongLine
from hamtui.follow.searching import (
    Cancelled,
    CancelledError,
    ChangedError,
    Hit,
    Outcome,
    Place,
    Progress,
    around,
)
from hamtui.model.printed import COLOUR_BYTES, newest, printed
from hamtui.model.wanted import Wanted, joined

#: Bytes that are read at once. A longer line is looked through in parts.
BLOCK = 256 * 1024
#: Bytes that a search backwards goes back by, to read them forwards.
WINDOW = 16 * BLOCK


class TextSearch:
    """A text in ``path``, or in its bytes ``start`` to ``end``; as far as they are there when it begins."""

    def __init__(
        self,
        path: Path,
        wanted: Wanted,
        start: int = 0,
        end: int | None = None,
        *,
        cancelled: Cancelled = lambda: False,
        progress: Progress = lambda _done, _of: None,
    ) -> None:
        self.path = path
        self.wanted = wanted
        self.start = start
        self.end = end
        self._cancelled = cancelled
        self._progress = progress

    def forward(self, place: Place, *, past: bool = False) -> Outcome:
        """The first line from ``place`` on, or (``past``) behind it, that holds the text; then from the top on."""
        return self._search(place, way=1, past=past)

    def backward(self, place: Place) -> Outcome:
        """The last line before ``place`` that holds the text; then from the end back, down to the one at ``place``."""
        return self._search(place, way=-1, past=True)

    def _search(self, place: Place, *, way: int, past: bool) -> Outcome:
        try:
            with open(self.path, "rb") as file:
                scan = _Scan(file, self)
                scan.check(place)
                hit, wrapped = (scan.ahead(place, past=past)) if way > 0 else scan.back(place)
                self._same(file, scan.limit)
        except CancelledError:
            return Outcome("cancelled")
        except (OSError, ChangedError):
            return Outcome("changed")
        return Outcome("nothing") if hit is None else Outcome("found", hit, wrapped)

    def _same(self, file: BinaryIO, size: int) -> None:
        """Whether the file is still the one that was read, and as long."""
        now = os.stat(self.path)
        if now.st_ino != os.fstat(file.fileno()).st_ino or now.st_size < size:
            raise ChangedError

    def between(self, done: int, of: int) -> None:
        """Between two blocks: tell how far it is, and end if nobody waits."""
        self._progress(done, of)
        if self._cancelled():
            raise CancelledError


class _Scan:
    """One search in the open file."""

    def __init__(self, file: BinaryIO, search: TextSearch) -> None:
        self.file = file
        self.start = search.start
        size = os.fstat(file.fileno()).st_size
        self.limit = max(size if search.end is None else min(size, search.end), self.start)
        self._search = search
        self._wanted = search.wanted
        self._done = 0
        #: Lines that began where the last walk was to look for them.
        self._lines = 0

    def read(self, at: int, stop: int) -> bytes:
        """The next block from ``at`` on, not beyond ``stop``."""
        self._search.between(min(self._done, self.limit - self.start), self.limit - self.start)
        self.file.seek(at)
        block = self.file.read(min(BLOCK, stop - at))
        if not block and at < stop:
            raise ChangedError
        return block

    def check(self, place: Place) -> None:
        """A line must begin there."""
        at = place.offset
        if not self.start <= at <= self.limit:
            raise ChangedError
        if at > self.start:
            self.file.seek(at - 1)
            if self.file.read(1) != b"\n":
                raise ChangedError

    # ---- forwards and backwards

    def ahead(self, place: Place, *, past: bool) -> tuple[Hit | None, bool]:
        """From a line on, then from the top on."""
        for hit in self.hits(place, self.limit):
            if not past or hit.place.offset > place.offset:
                return hit, False
        stop = place.offset + 1 if past else place.offset
        return next(self.hits(Place(0, self.start), stop), None), True

    def back(self, place: Place) -> tuple[Hit | None, bool]:
        """Back from a line, then back from the end."""
        hit = self._last(place, self.start)
        if hit is not None:
            return hit, False
        return self._last(self._end(place), place.offset), True

    def _end(self, place: Place) -> Place:
        """Behind the last line, which takes counting what there is from ``place`` on."""
        row, at, block = place.row, place.offset, b"\n"
        while at < self.limit:
            block = self.read(at, self.limit)
            row += block.count(b"\n")
            at += len(block)
        return Place(row + (not block.endswith(b"\n")), self.limit)

    def _last(self, place: Place, lowest: int) -> Hit | None:
        """The last hit before ``place`` and not before ``lowest``: window by window back, each read forwards."""
        row, stop = place.row, place.offset
        while stop > lowest:
            at = max(lowest, stop - WINDOW)
            begin = self._line_start(at, stop)
            if begin is None:
                stop = at
                continue
            last = deque(self.hits(Place(0, begin), stop), 1)
            row -= self._lines
            for hit in last:
                return Hit(Place(row + hit.place.row, hit.place.offset), hit.around)
            stop = at
        return None

    def _line_start(self, at: int, stop: int) -> int | None:
        """Where the first line begins that begins from ``at`` on and before ``stop``."""
        if at == self.start:
            return at
        at -= 1
        while at < stop - 1:
            block = self.read(at, stop - 1)
            newline = block.find(b"\n")
            if newline >= 0:
                return at + newline + 1
            at += len(block)
            self._done += len(block)
        return None

    # ---- line by line

    def hits(self, place: Place, stop: int) -> Iterator[Hit]:
        """The lines that begin from ``place`` on and before ``stop`` and hold the text, in order."""
        row, begin, at = place.row, place.offset, place.offset
        carry, long = b"", None
        while begin < stop:
            block = self.read(at, self.limit)
            at += len(block)
            self._done += len(block)
            newline = block.find(b"\n")
            if long is not None and newline < 0 and block:
                long.feed(block)
                continue
            if long is not None:
                long.feed(block[: max(0, newline)])
                yield from self._hit(row, begin, long.end())
                row, long = row + 1, None
                begin, block = at - len(block) + newline + 1 if block else at, block[newline + 1 :]
                if begin >= stop or not block:
                    carry = b""
                    continue
            data = carry + block
            whole = data.rfind(b"\n") + 1 if block else len(data)
            if whole:
                yield from self._in_lines(data[:whole], Place(row, begin), stop)
                row += _begun(data[:whole], stop - begin)
                begin += whole
                carry = data[whole:]
            elif len(data) > BLOCK:
                long = LongLine(self._wanted)
                long.feed(data)
                carry = b""
            else:
                carry = data
            if not block:
                break
        self._lines = row - place.row

    def _hit(self, row: int, begin: int, found: str | None) -> Iterator[Hit]:
        if found is not None:
            yield Hit(Place(row, begin), found)

    def _in_lines(self, lines: bytes, place: Place, stop: int) -> Iterator[Hit]:
        """The hits among whole lines, of which the first begins at ``place``."""
        row, at = 0, 0
        for wanted in self._rows(lines):
            for _ in range(wanted - row):
                at = lines.index(b"\n", at) + 1
            row = wanted
            if place.offset + at >= stop:
                return
            end = lines.find(b"\n", at)
            text = joined(newest(lines[at : end if end >= 0 else len(lines)])[0])
            match = self._wanted.pattern.search(text)
            if match is not None:
                yield Hit(Place(place.row + row, place.offset + at), around(text, match.start()))

    def _rows(self, lines: bytes) -> Iterator[int]:
        """Which of these lines may hold the text: all that do, and some where it is written over or in no shown accent."""
        wanted = self._wanted
        if wanted.plain and not (b"\t" in lines and " " in wanted.text):
            text = COLOUR_BYTES.sub(b"", lines) if b"\x1b" in lines else lines
            yield from _lines_with(text if wanted.sensitive else text.lower(), wanted.needle)
            return
        shown = joined(printed(lines))
        row, counted, match = 0, 0, wanted.pattern.search(shown)
        while match is not None:
            row += shown.count("\n", counted, match.start())
            yield row
            counted = shown.find("\n", match.start())
            match = wanted.pattern.search(shown, counted) if counted >= 0 else None


def _lines_with(text: bytes, needle: bytes) -> Iterator[int]:
    """The numbers of the lines in which these bytes stand."""
    row, counted, found = 0, 0, text.find(needle)
    while found >= 0:
        row += text.count(b"\n", counted, found)
        yield row
        counted = text.find(b"\n", found)
        found = text.find(needle, counted) if counted >= 0 else -1


def _begun(lines: bytes, stop: int) -> int:
    """How many lines begin before the byte ``stop`` of these; the first at 0."""
    if len(lines) <= stop:
        return lines.count(b"\n") + (not lines.endswith(b"\n"))
    return lines.count(b"\n", 0, stop - 1) + 1
