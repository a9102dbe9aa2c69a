"""The logging records of a launch, from all of its processes, in the order of their times.

Every line is decoded once, to learn its time, its span and how many rows it takes; what stays in memory
is 64 bytes a record, of names and ids a hash alone: a service has a run each moment. The record itself is read again when it is on the screen.
"""

import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import BinaryIO

from hamtui.contract.layout import Kind, classify
from hamtui.follow.log_lines import RAW_BYTES, LogLine, LogRow, decode, message_rows

#: A longer line is counted and named, never decoded.
LINE_LIMIT = 1024 * 1024
#: Bytes that one ``refresh`` reads before it returns.
BUDGET = 8 * 1024 * 1024
_BLOCK = 1024 * 1024
#: Records that ``stretch`` reads at once, and bytes of theirs, at which it stops.
STRETCH, STRETCH_BYTES = 512, 1024 * 1024

#: (run_id, task_id, node): whose thread logged. None stands for any.
Whose = tuple[str | None, str | None, str]


@dataclass(frozen=True)
class RawLine:
    """A record that is not decoded: its number, the first of its rows, and its line, of which ``whole`` says if that is all."""

    number: int
    row: int
    raw: bytes
    whole: bool


class _File:
    """How far one file has been read."""

    def __init__(self, path: Path, pid: int | None) -> None:
        self.path = path
        self.pid = pid
        self.inode: int | None = None
        self.read_to = 0
        self.line_at = 0
        self.carry = b""
        self.dropped = 0
        self.last_ts = 0.0


class _Streams(ExitStack):
    """Log files, each opened once, and closed together."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[Path, BinaryIO | None] = {}

    def read(self, path: Path, at: int, count: int) -> bytes:
        """So many bytes of a file; empty when it is gone."""
        if path not in self._open:
            self._open[path] = None
            with suppress(OSError):
                self._open[path] = self.enter_context(path.open("rb"))
        stream = self._open[path]
        if stream is None:
            return b""
        stream.seek(at)
        return stream.read(count)


def _mark(text: str | None) -> int:
    """What a name or an id is known by, in this process alone: 64 bits, 0 for none."""
    return 0 if text is None else hash(text) or 1


class _Order:
    """Some of the records in the order of their times, and the row at which each ends."""

    def __init__(self) -> None:
        self.records = array("I")
        self.ends = array("Q")

    def put(self, fresh: list[int], ts: "array[float]", rows: "array[int]") -> None:
        """Add records that are sorted among themselves; workers' files may bring older ones late."""
        if not fresh:
            return
        place = bisect_right(self.records, ts[fresh[0]], key=ts.__getitem__)
        if place < len(self.records):
            fresh = sorted([*self.records[place:], *fresh], key=ts.__getitem__)
            del self.records[place:]
            del self.ends[place:]
        end = self.ends[-1] if self.ends else 0
        for record in fresh:
            end += rows[record]
            self.records.append(record)
            self.ends.append(end)


class LogPages:
    """Rows of ``app.log*.jsonl`` in ``folder``: all of them, or those of one span (``only``).

    Files that appear later are found, files that are truncated, replaced or deleted make it start again
    (``restarts``). Threads may share it: ``refresh``, ``narrow``, ``read`` and ``stretch`` let one in at a time.
    """

    def __init__(self, folder: Path, only: Whose | None = None) -> None:
        self.folder = folder
        self.only = only
        self.restarts = 0
        self.complete = False
        self._lock = RLock()
        self._reset()

    def _reset(self) -> None:
        self._files: list[_File] = []
        self._ts = array("d")
        self._where = array("Q")
        self._length = array("Q")
        self._file = array("H")
        self._rows = array("H")
        #: Of each record the marks of its run, its task and its node.
        self._whose = (array("q"), array("q"), array("q"))
        self._all = _Order()
        self._mine = _Order()
        self.not_records = 0

    @property
    def files(self) -> int:
        """Log files found."""
        return len(self._files)

    @property
    def records(self) -> int:
        """Records in sight: all, or the one span's."""
        return len(self._shown.records)

    @property
    def all_records(self) -> int:
        """Records of the launch."""
        return len(self._ts)

    @property
    def count(self) -> int:
        """Rows in sight."""
        return self._shown.ends[-1] if self._shown.ends else 0

    @property
    def _shown(self) -> _Order:
        return self._all if self.only is None else self._mine

    def narrow(self, only: Whose | None) -> None:
        """Show all records (None) or those of one span."""
        with self._lock:
            if only == self.only:
                return
            self.only = only
            self._mine = _Order()
            if only is not None:
                self._mine.put(self._those(only, self._all.records), self._ts, self._rows)

    def _those(self, only: Whose, records: Iterable[int]) -> list[int]:
        """The records of one span; one that names no run may be of any."""
        run, task, node = map(_mark, only)
        runs, tasks, nodes = self._whose
        return [
            record
            for record in records
            if nodes[record] == node
            and (not run or runs[record] in (0, run))
            and (not task or tasks[record] == task)
        ]

    def refresh(self, budget: int = BUDGET) -> bool:
        """Read on, at most about ``budget`` bytes. True when rows came or went."""
        with self._lock:
            return self._refresh(budget)

    def _refresh(self, budget: int) -> bool:
        if self._gone():
            self._reset()
            self.restarts += 1
            self._refresh(budget)
            return True
        self._find()
        before = len(self._ts)
        self.complete = True
        for number, file in enumerate(self._files):
            budget -= self._read_on(number, file, max(0, budget))
        self._order(before)
        return len(self._ts) != before

    def _find(self) -> None:
        known = {file.path.name for file in self._files}
        try:
            names = sorted(os.listdir(self.folder))
        except OSError:
            return
        for name in names:
            source = classify(name)
            if source is not None and source.kind is Kind.APP_LOG and name not in known:
                self._files.append(_File(self.folder / name, source.pid))

    def _gone(self) -> bool:
        for file in self._files:
            try:
                stat = os.stat(file.path)
            except OSError:
                return True
            if stat.st_size < file.read_to or (file.inode is not None and stat.st_ino != file.inode):
                return True
        return False

    def _read_on(self, number: int, file: _File, budget: int) -> int:
        try:
            with open(file.path, "rb") as stream:
                stat = os.fstat(stream.fileno())
                file.inode = stat.st_ino
                stop = min(stat.st_size, file.read_to + budget)
                self.complete &= stop >= stat.st_size
                done = self._read_to(number, file, stream, stop)
        except OSError:
            return 0
        return done

    def _read_to(self, number: int, file: _File, stream: BinaryIO, stop: int) -> int:
        began = file.read_to
        stream.seek(began)
        while file.read_to < stop:
            block = stream.read(min(_BLOCK, stop - file.read_to))
            if not block:
                break
            file.read_to += len(block)
            *lines, rest = block.split(b"\n")
            for line in lines:
                self._add(number, file, line)
            if file.dropped or len(file.carry) + len(rest) > LINE_LIMIT:
                file.dropped += len(file.carry) + len(rest)
                file.carry = b""
            else:
                file.carry += rest
        return file.read_to - began

    def _add(self, number: int, file: _File, line: bytes) -> None:
        length = file.dropped + len(file.carry) + len(line)
        whole = file.carry + line if length <= LINE_LIMIT and not file.dropped else b""
        at, file.line_at = file.line_at, file.line_at + length + 1
        file.carry, file.dropped = b"", 0
        if not whole.strip() and length <= LINE_LIMIT:
            return
        record = decode(whole) if whole else None
        rows, whose = 1, (0, 0, 0)
        if record is None:
            self.not_records += 1
        else:
            rows = len(message_rows(record))
            file.last_ts = file.last_ts if record.ts is None else record.ts
            if record.node is not None:
                whose = _mark(record.run_id), _mark(record.task_id), _mark(record.node)
        self._ts.append(file.last_ts)
        self._where.append(at)
        self._length.append(length)
        self._file.append(number)
        self._rows.append(rows)
        for marks, mark in zip(self._whose, whose, strict=True):
            marks.append(mark)

    def _order(self, first: int) -> None:
        """Put the records from ``first`` on in their places."""
        fresh = sorted(range(first, len(self._ts)), key=self._ts.__getitem__)
        self._all.put(fresh, self._ts, self._rows)
        if self.only is not None:
            self._mine.put(self._those(self.only, fresh), self._ts, self._rows)

    def read(self, first: int, count: int) -> list[LogRow]:
        """Rows ``first`` to ``first + count``, as far as they are known."""
        with self._lock, _Streams() as streams:
            return self._read(first, count, streams)

    def _read(self, first: int, count: int, streams: _Streams) -> list[LogRow]:
        shown = self._shown
        first, last = max(0, first), min(first + count, self.count)
        found: list[LogRow] = []
        place = bisect_right(shown.ends, first)
        row = first
        while row < last and place < len(shown.records):
            number = shown.records[place]
            line = self._line(number, streams)
            texts = [""] if line.record is None else message_rows(line.record)
            begin = shown.ends[place] - self._rows[number]
            found.extend(
                LogRow(line, at, texts[at] if at < len(texts) else "")
                for at in range(row - begin, min(self._rows[number], last - begin))
            )
            row = shown.ends[place]
            place += 1
        return found

    def stretch(self, place: int, way: int, after: int | None = None) -> list[RawLine]:
        """Some records in sight from the ``place``-th on (``way`` 1) or back (-1), not decoded; none beyond either end.

        With ``after``, a record's number, from its neighbour on: records that came late may have moved it.
        """
        with self._lock, _Streams() as streams:
            if after is not None:
                place = self._place_of(after) + way
            return list(self._stretch(min(place, len(self._shown.records) - (way < 0)), way, streams))

    def _stretch(self, place: int, way: int, streams: _Streams) -> Iterator[RawLine]:
        shown, left = self._shown, STRETCH_BYTES
        last = min(len(shown.records), place + STRETCH) if way > 0 else max(-1, place - STRETCH)
        for at in range(place, last, way):
            number = shown.records[at]
            length, path = self._length[number], self._files[self._file[number]].path
            whole = length <= LINE_LIMIT
            raw = streams.read(path, self._where[number], length if whole else RAW_BYTES)
            yield RawLine(number, shown.ends[at] - self._rows[number], raw, whole)
            left -= len(raw)
            if left <= 0:
                return

    def place(self, row: int) -> int:
        """Which of the records in sight this row is of."""
        with self._lock:
            return bisect_right(self._shown.ends, row)

    def _place_of(self, number: int) -> int:
        records = self._shown.records
        if number >= len(self._ts):
            return len(records)
        place = bisect_left(records, self._ts[number], key=self._ts.__getitem__)
        while place < len(records) and records[place] != number:
            place += 1
        return place

    def _line(self, number: int, streams: _Streams) -> LogLine:
        """A record, read again from its place."""
        length, file = self._length[number], self._files[self._file[number]]
        raw = streams.read(file.path, self._where[number], min(length, LINE_LIMIT))
        record = decode(raw) if raw and length <= LINE_LIMIT else None
        return LogLine(record, b"" if record is not None else raw[:RAW_BYTES], length, file.pid)
