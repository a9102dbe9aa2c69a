"""The logging records of a launch, from all of its processes, in the order of their times.

Every line is decoded once, to learn its time, its span and how many rows it takes; what stays in memory
is 40 bytes a record. The record itself is read again when it is on the screen.
"""

import os
import re
from array import array
from bisect import bisect_right
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from hamtui.contract.layout import Kind, classify
from hamtui.contract.logs import LogRecord

#: A longer line is counted and named, never decoded.
LINE_LIMIT = 1024 * 1024
#: Rows that one record may take; the rest of a longer message or traceback is only counted.
ROWS_LIMIT = 200
#: Bytes of a line that is no record that are handed out.
RAW_BYTES = 8 * 1024
#: Bytes that one ``refresh`` reads before it returns.
BUDGET = 8 * 1024 * 1024
_BLOCK = 1024 * 1024

#: (run_id, task_id, node): whose thread logged. None stands for any.
Whose = tuple[str | None, str | None, str]

#: Keys that other people's JSON formatters give the same things.
_ALIASES = {
    "ts": ("ts", "timestamp", "time", "created", "asctime", "@timestamp"),
    "level": ("level", "levelname", "severity", "lvl"),
    "logger": ("logger", "name", "logger_name"),
    "message": ("message", "msg", "event", "text"),
    "traceback": ("traceback", "exc_info", "exc_text", "exception", "stack_trace"),
    "node": ("node", "node_name"),
    "task_id": ("task_id",),
    "run_id": ("run_id",),
    "thread": ("thread", "threadName", "thread_name"),
}
_TEXTS = tuple(name for name in _ALIASES if name not in ("ts", "message"))
_typed = msgspec.json.Decoder(LogRecord)
_loose = msgspec.json.Decoder(dict[str, Any])
_COMMA_FRACTION = re.compile(r",(\d{3})\b")


@dataclass(frozen=True)
class LogLine:
    """A record, or (``record`` None) a line that is none: its bytes, as many as are worth showing."""

    record: LogRecord | None
    raw: bytes = b""
    length: int = 0
    pid: int | None = None


@dataclass(frozen=True)
class LogRow:
    """A row on the screen: row ``at`` of a record, 0 the first, and what stands in it."""

    line: LogLine
    at: int
    text: str


def message_rows(record: LogRecord) -> list[str]:
    """A record's rows on the screen: the lines of its message, then those of its traceback, bounded."""
    rows = (record.message or "").split("\n")
    if record.traceback:
        rows += record.traceback.rstrip("\n").split("\n")
    if len(rows) > ROWS_LIMIT:
        left = len(rows) - ROWS_LIMIT + 1
        rows = [*rows[: ROWS_LIMIT - 1], f"({left:,} more lines)"]
    return rows


def decode(line: bytes) -> LogRecord | None:
    """A line as a record, whoever wrote it; None when it is no JSON object."""
    try:
        record = _typed.decode(line)
        if record.message is not None and record.ts is not None:
            return record
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        keys = _loose.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    found = {name: _first(keys, aliases) for name, aliases in _ALIASES.items()}
    message = _text(found["message"])
    return LogRecord(
        ts=_instant(found["ts"]),
        message=line.decode("utf-8", "backslashreplace").strip() if message is None else message,
        **{name: _text(found[name]) for name in _TEXTS},  # type: ignore[arg-type]
    )


def _first(keys: dict[str, Any], aliases: tuple[str, ...]) -> Any:
    return next((keys[alias] for alias in aliases if keys.get(alias) is not None), None)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def _instant(value: Any) -> float | None:
    """Unix seconds from a number, an ISO text or logging's own ``2026-11-22 21:35:11,123``."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    try:
        text = _COMMA_FRACTION.sub(r".\1", str(value)).replace("Z", "+00:00")
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


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
    (``restarts``). One thread at a time.
    """

    def __init__(self, folder: Path, only: Whose | None = None) -> None:
        self.folder = folder
        self.only = only
        self.restarts = 0
        self.complete = False
        self._reset()

    def _reset(self) -> None:
        self._files: list[_File] = []
        self._ts = array("d")
        self._where = array("Q")
        self._length = array("Q")
        self._file = array("H")
        self._rows = array("H")
        self._whose = array("i")
        self._names: dict[tuple[str | None, str | None, str | None], int] = {}
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
        if only == self.only:
            return
        self.only = only
        self._mine = _Order()
        wanted = self._wanted()
        if wanted:
            mine = [record for record in self._all.records if self._whose[record] in wanted]
            self._mine.put(mine, self._ts, self._rows)

    def _wanted(self) -> set[int]:
        if self.only is None:
            return set()
        run_id, task_id, node = self.only
        return {
            number
            for (run, task, name), number in self._names.items()
            if name == node
            and (run_id is None or run in (None, run_id))
            and (task_id is None or task == task_id)
        }

    def refresh(self, budget: int = BUDGET) -> bool:
        """Read on, at most about ``budget`` bytes. True when rows came or went."""
        if self._gone():
            self._reset()
            self.restarts += 1
            self.refresh(budget)
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
        rows, whose = 1, -1
        if record is None:
            self.not_records += 1
        else:
            rows = len(message_rows(record))
            file.last_ts = file.last_ts if record.ts is None else record.ts
            if record.node is not None:
                whose = self._names.setdefault((record.run_id, record.task_id, record.node), len(self._names))
        self._ts.append(file.last_ts)
        self._where.append(at)
        self._length.append(length)
        self._file.append(number)
        self._rows.append(rows)
        self._whose.append(whose)

    def _order(self, first: int) -> None:
        """Put the records from ``first`` on in their places."""
        fresh = sorted(range(first, len(self._ts)), key=self._ts.__getitem__)
        self._all.put(fresh, self._ts, self._rows)
        if self.only is not None:
            wanted = self._wanted()
            self._mine.put(
                [record for record in fresh if self._whose[record] in wanted], self._ts, self._rows
            )

    def read(self, first: int, count: int) -> list[LogRow]:
        """Rows ``first`` to ``first + count``, as far as they are known."""
        shown = self._shown
        first, last = max(0, first), min(first + count, self.count)
        found: list[LogRow] = []
        place = bisect_right(shown.ends, first)
        row = first
        with ExitStack() as stack:
            streams: dict[int, BinaryIO | None] = {}
            while row < last and place < len(shown.records):
                number = shown.records[place]
                line = self._line(number, streams, stack)
                texts = [""] if line.record is None else message_rows(line.record)
                begin = shown.ends[place] - self._rows[number]
                found.extend(
                    LogRow(line, at, texts[at] if at < len(texts) else "")
                    for at in range(row - begin, min(self._rows[number], last - begin))
                )
                row = shown.ends[place]
                place += 1
        return found

    def _line(self, number: int, streams: dict[int, BinaryIO | None], stack: ExitStack) -> LogLine:
        """A record, read again from its place."""
        which, length = self._file[number], self._length[number]
        file = self._files[which]
        if which not in streams:
            streams[which] = None
            with suppress(OSError):
                streams[which] = stack.enter_context(file.path.open("rb"))
        stream = streams[which]
        if stream is None:
            return LogLine(None, b"", length, file.pid)
        stream.seek(self._where[number])
        raw = stream.read(min(length, LINE_LIMIT))
        record = decode(raw) if length <= LINE_LIMIT else None
        return LogLine(record, b"" if record is not None else raw[:RAW_BYTES], length, file.pid)
