"""Random access to the lines of a growing text file, of which never more than a page is in memory.

The index holds one number a stride: how many newlines stand before it. That is 1.3 MB for a file of
10 GB, and finding line N costs one bisection and one read of a stride.
"""

import os
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

#: Bytes between two entries of the index; no less than ``LINE_BYTES``.
STRIDE = 64 * 1024
#: Bytes of a line that a page holds; the rest of a longer one is only counted.
LINE_BYTES = 8 * 1024
#: Bytes of a longer line's end that a page holds too: a progress bar's newest state stands there.
LAST_BYTES = 2 * 1024
#: Bytes that one ``refresh`` reads before it returns, so that a page shows while a huge file is counted.
BUDGET = 64 * 1024 * 1024
_BLOCK = 16 * STRIDE
_WITNESS = 64


@dataclass(frozen=True)
class PageLine:
    """One line: its number from 0 (negative from the end, -1 the last, out of ``tail``) and its bytes.

    ``length`` counts the line's bytes without its newline. ``text`` is its first ``LINE_BYTES``;
    ``last`` the last ``LAST_BYTES`` of a line that is longer, else empty.
    """

    number: int
    offset: int
    length: int
    text: bytes
    last: bytes = b""

    @property
    def cut(self) -> int:
        """Bytes of the line that are in neither ``text`` nor ``last``."""
        return max(0, self.length - len(self.text) - len(self.last))


class TextPages:
    """The lines of ``path``, or of its bytes ``start`` to ``end`` (None: as far as it grows).

    Safe against a file that is not there yet, grows, is truncated, replaced or deleted: ``refresh`` then
    starts again. One thread at a time.
    """

    def __init__(self, path: Path, start: int = 0, end: int | None = None) -> None:
        self.path = path
        self.start = start
        self.end = end
        self.exists = False
        self.restarts = 0
        self._reset()

    def _reset(self) -> None:
        self._marks = array("Q", [0])
        self._newlines = 0
        self._indexed = self.start
        self._size = self.start
        self._open_line = False
        self._inode: int | None = None
        self._witness = b""

    @property
    def size(self) -> int:
        """Bytes of the range that there are now."""
        return self._size - self.start

    @property
    def counted(self) -> int:
        """Bytes of the range whose lines are counted."""
        return self._indexed - self.start

    @property
    def complete(self) -> bool:
        """Whether every line that there is has been counted."""
        return self._indexed >= self._size

    @property
    def count(self) -> int:
        """Lines counted so far; a last line without its newline is one."""
        return self._newlines + (1 if self._open_line else 0)

    def refresh(self, budget: int = BUDGET) -> bool:
        """Look at the file and count on, at most ``budget`` bytes. True when anything changed."""
        try:
            with open(self.path, "rb") as file:
                return self._refresh(file, budget)
        except OSError:
            changed = self.exists or self._size != self.start
            self.exists = False
            self._reset()
            return changed

    def _refresh(self, file: BinaryIO, budget: int) -> bool:
        stat = os.fstat(file.fileno())
        size = stat.st_size if self.end is None else min(stat.st_size, self.end)
        size = max(size, self.start)
        changed = not self.exists
        self.exists = True
        if self._inode is None:
            self._inode = stat.st_ino
        elif self._inode != stat.st_ino or size < self._indexed or not self._same(file):
            self._reset()
            self._inode = stat.st_ino
            self.restarts += 1
            changed = True
        changed |= size != self._size or self._indexed < size
        self._size = size
        self._count_on(file, budget)
        return changed

    def _same(self, file: BinaryIO) -> bool:
        """Whether what was counted last still stands there: a file cut and grown again is another one."""
        file.seek(self._indexed - len(self._witness))
        return file.read(len(self._witness)) == self._witness

    def _count_on(self, file: BinaryIO, budget: int) -> None:
        stop = min(self._size, self._indexed + budget)
        if stop <= self._indexed:
            return
        file.seek(self._indexed)
        while self._indexed < stop:
            to_mark = STRIDE - (self._indexed - self.start) % STRIDE
            block = file.read(min(to_mark + _BLOCK, stop - self._indexed))
            if not block:
                break
            at = 0
            while at < len(block):
                part = min(to_mark, len(block) - at)
                self._newlines += block.count(b"\n", at, at + part)
                at += part
                if part == to_mark:
                    self._marks.append(self._newlines)
                to_mark = STRIDE
            self._indexed += len(block)
            self._open_line = not block.endswith(b"\n")
            self._witness = (self._witness + block[-_WITNESS:])[-_WITNESS:]

    def read(self, first: int, count: int) -> list[PageLine]:
        """Lines ``first`` to ``first + count``, as far as they are counted."""
        last = min(first + count, self.count)
        first = max(first, 0)
        if first >= last:
            return []
        try:
            with open(self.path, "rb") as file:
                begin = self._offset_of(file, first)
                return [] if begin is None else self._read(file, begin, first, last)
        except OSError:
            return []

    def _read(self, file: BinaryIO, begin: int, first: int, last: int) -> list[PageLine]:
        found: list[PageLine] = []
        block, at = b"", begin
        for number in range(first, last):
            newline = block.find(b"\n", begin - at)
            if newline < 0:
                file.seek(begin)
                block, at = file.read(min(STRIDE, max(0, self._indexed - begin))), begin
                newline = block.find(b"\n")
            if newline >= 0:
                end = at + newline
            else:
                after = self._offset_of(file, number + 1) if number + 1 <= self._newlines else None
                end = self._indexed if after is None else after - 1
            found.append(self._line(file, number, begin, end, block[begin - at :]))
            begin = end + 1
            if begin - at > len(block):
                block, at = b"", begin
        return found

    def _line(self, file: BinaryIO, number: int, begin: int, end: int, known: bytes) -> PageLine:
        length = end - begin
        if length <= LINE_BYTES:
            return PageLine(number, begin, length, known[:length])
        tail = min(LAST_BYTES, length - LINE_BYTES)
        file.seek(end - tail)
        return PageLine(number, begin, length, known[:LINE_BYTES], file.read(tail))

    def _offset_of(self, file: BinaryIO, number: int) -> int | None:
        """Where line ``number`` begins; None when it is not counted, or no longer there."""
        if number == 0:
            return self.start
        stride = bisect_left(self._marks, number) - 1
        at = self.start + stride * STRIDE
        missing = number - self._marks[stride]
        file.seek(at)
        block = file.read(min(STRIDE, max(0, self._indexed - at)))
        found = -1
        for _ in range(missing):
            found = block.find(b"\n", found + 1)
            if found < 0:
                return None
        return at + found + 1

    def tail(self, count: int) -> list[PageLine]:
        """The last ``count`` lines, read backwards from the end: needs no count, so it is there at once.

        Reads at most ``count`` strides; fewer lines come back where they are longer than that.
        """
        if count <= 0:
            return []
        try:
            with open(self.path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                end = max(size if self.end is None else min(size, self.end), self.start)
                ends = self._newlines_back(file, end, count)
                return self._between(file, ends, end, count)
        except OSError:
            return []

    def _newlines_back(self, file: BinaryIO, end: int, count: int) -> list[int]:
        """Offsets of up to ``count + 1`` newlines before ``end``, ascending, and ``start - 1`` when reached."""
        found: list[int] = []
        at = end
        for _ in range(count):
            if at <= self.start or len(found) > count:
                break
            begin = max(self.start, at - STRIDE)
            file.seek(begin)
            block = file.read(at - begin)
            where = len(block)
            while len(found) <= count and (where := block.rfind(b"\n", 0, where)) >= 0:
                found.append(begin + where)
            at = begin
        if len(found) <= count and at <= self.start:
            found.append(self.start - 1)
        return found[::-1]

    def _between(self, file: BinaryIO, newlines: list[int], end: int, count: int) -> list[PageLine]:
        bounds = newlines if newlines and newlines[-1] == end - 1 else [*newlines, end]
        pairs = list(pairwise(bounds))[-count:]
        found = []
        for place, (before, after) in enumerate(pairs):
            file.seek(before + 1)
            head = file.read(min(LINE_BYTES, after - before - 1))
            found.append(self._line(file, place - len(pairs), before + 1, after, head))
        return found
