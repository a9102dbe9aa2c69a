"""The newest run of a long flight file first; of those before it that are over, what the list of runs needs.

A run whose spans each started once and ended once becomes an ``OldRun``: its node lines are counted, not kept. What is in
any way not so (a retry, a forked child, a run that went on later) is read a second time, event by event.
"""

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import Kind, Source
from hamtui.follow import node_lines
from hamtui.follow.decode import DECODE_ERRORS, decode
from hamtui.model.old_runs import OldRun
from hamtui.model.records import Record

#: A shorter file is read from its beginning on; so is one whose newest run begins before so many bytes.
LONG = 16 * 1024 * 1024
#: Bytes that are counted at once.
CHUNK = 1024 * 1024
#: A longer line is passed over.
LINE_CAP = 16 * 1024 * 1024
_MARK = b'"graph_start"'
#: How many places that only look like a run's start are looked at.
_TRIES = 100
_NULL = b"null"


class _Line(msgspec.Struct, gc=False):
    """What is counted of a line."""

    event: str
    run_id: str | None = None
    node: str | None = None
    task_id: str | None = None
    ts: float | None = None
    mono: float | None = None
    pid: int | None = None
    success: bool | None = None
    error: msgspec.Raw = msgspec.Raw(_NULL)
    skipped: bool | None = None


_line = msgspec.json.Decoder(_Line).decode
_whole = msgspec.json.Decoder(FlightEvent).decode


def newest_run(path: str) -> int:
    """Where the newest run's first line begins in a long file; 0 where the file is to be read from its beginning on."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size < LONG:
                return 0
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _last_start(view)
    except (OSError, ValueError):
        return 0


def _last_start(view: mmap.mmap) -> int:
    before = view.rfind(b"\n") + 1
    for _ in range(_TRIES):
        at = view.rfind(_MARK, 0, before)
        if at < 0:
            return 0
        begin = view.rfind(b"\n", 0, at) + 1
        record = decode_flight(view[begin : view.find(b"\n", at)])
        if isinstance(record, FlightEvent) and record.event == flight.GRAPH_START:
            return begin
        before = begin
    return 0


def decode_flight(line: bytes) -> Record | None:
    """A line as the fold takes it."""
    if line.startswith(node_lines.HEADS):
        try:
            return node_lines.decode(line)
        except DECODE_ERRORS:
            pass
    return decode(Kind.FLIGHT, line)


@dataclass
class _Seen:
    """A run so far. ``open``: number and CLOCK_MONOTONIC seconds of starts in flight, by the hash of task and node.

    ``others`` are the ends that tell of no success, each with the number of its start.
    """

    start: FlightEvent | None = None
    old: OldRun | None = None
    odd: bool = False
    open: dict[int, tuple[int, float | None]] = field(default_factory=dict)
    spans: set[int] = field(default_factory=set)
    names: dict[str, float | None] = field(default_factory=dict)
    succeeded: int = 0
    others: list[tuple[int, bytes]] = field(default_factory=list)


class Earlier:
    """The bytes of ``path`` before ``end``, read as a `hamtui.follow.files.LineFile` is, forward and once.

    ``met`` takes the ids of runs of which events come from elsewhere: they are read event by event.
    """

    def __init__(self, path: str, source: Source, end: int) -> None:
        self.path = path
        self.source = source
        self.end = end
        self.bad_lines = 0
        self.bad_bytes = 0
        self.half = 0
        self.met: set[str] = set()
        self._file: BinaryIO | None = None
        self._at = 0
        self._runs: dict[str, _Seen] = {}
        self._again: set[str] | None = None
        self._over = False

    @property
    def done(self) -> int:
        """Bytes that were read, of those that are to be."""
        return self.end if self._over or self._again is not None else self._at

    def left(self) -> int:
        """Bytes that are still to be read."""
        return self.end - self.done

    def changed(self) -> bool:
        """Whether anything is left to read: what stands before a line does not change."""
        return not self._over

    def close(self) -> None:
        """Let go of the file; where it was read to stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(self, most: int) -> tuple[list[Record], bool]:  # noqa: ARG002 - as a LineFile's
        """What one chunk brought, however many records; whether all is read."""
        records: list[Record] = []
        try:
            lines = self._next()
        except OSError:
            lines = []
        if self._again is None:
            for line in lines:
                self._count(line, records)
            if not lines:
                self._tell(records)
        else:
            wanted = self._again
            for line in lines:
                self._repeat(line, wanted, records)
            self._over = not lines
        if self._over:
            self.close()
            self._runs = {}
        return records, self._over

    def _next(self) -> list[bytes]:
        if self._file is None:
            self._file = open(self.path, "rb")  # noqa: SIM115 - kept open from chunk to chunk
            self._file.seek(self._at)
        left = self.end - self._at
        lines = self._file.readlines(min(CHUNK, left)) if left > 0 else []
        self._at += sum(map(len, lines))
        if self._at > self.end:
            self._at -= len(lines.pop())  # it stops one line after so many bytes
        return lines

    def _count(self, line: bytes, records: list[Record]) -> None:
        try:
            told = _line(line) if len(line) <= LINE_CAP else None
        except DECODE_ERRORS:
            told = None
        if told is None:
            self._doubtful(line, records)
            return
        run_id = told.run_id
        if run_id is None:
            self._pass_on(line, records)
            return
        seen = self._runs.get(run_id)
        if seen is None:
            seen = self._runs[run_id] = _Seen()
        if not seen.odd:
            _take(seen, told, line)

    def _pass_on(self, line: bytes, records: list[Record]) -> None:
        record = decode_flight(line)
        if record is not None:
            records.append(record)

    def _doubtful(self, line: bytes, records: list[Record]) -> None:
        if not line or line.isspace():
            return
        record = decode_flight(line) if len(line) <= LINE_CAP else None
        if record is None:
            self.bad_lines += 1
            self.bad_bytes += len(line)
            return
        run_id = getattr(record, "run_id", None)
        if run_id is None:
            records.append(record)
        else:
            self._runs.setdefault(run_id, _Seen()).odd = True

    def _tell(self, records: list[Record]) -> None:
        """All is counted: the runs that are over, and which are to be read again."""
        again = set()
        for run_id, seen in self._runs.items():
            if seen.odd or seen.old is None or run_id in self.met:
                again.add(run_id)
            else:
                records.append(seen.old)
        self._again, self._at = again, 0
        self._over = not again
        self.close()

    def _repeat(self, line: bytes, wanted: set[str], records: list[Record]) -> None:
        if len(line) > LINE_CAP:
            return
        try:
            known = _line(line).run_id in wanted
        except DECODE_ERRORS:
            known = True
        record = decode_flight(line) if known else None
        if record is not None and getattr(record, "run_id", None) in wanted:
            records.append(record)


def _take(seen: _Seen, told: _Line, line: bytes) -> None:
    event = told.event
    if seen.old is not None:
        seen.odd = True  # it goes on after its end
    elif event == flight.GRAPH_START:
        seen.odd = seen.start is not None
        seen.start = _whole(line)
    elif seen.start is None or told.pid != seen.start.pid:
        seen.odd = True
    elif event == flight.NODE_START and told.node is not None:
        spot = hash((told.task_id, told.node))
        seen.odd = spot in seen.spans
        seen.open[spot] = len(seen.spans), told.mono
        seen.spans.add(spot)
        _latest(seen, told.node, told.ts)
    elif event == flight.NODE_END and told.node is not None:
        _end(seen, told, line)
    elif event == flight.GRAPH_END:
        _over(seen, told, line)
    elif not event.startswith("task_"):
        seen.odd = True


def _latest(seen: _Seen, node: str, ts: float | None) -> None:
    known = seen.names.get(node)
    if ts is not None and (known is None or ts > known):
        seen.names[node] = ts
    else:
        seen.names.setdefault(node, None)


def _end(seen: _Seen, told: _Line, line: bytes) -> None:
    spot = hash((told.task_id, told.node))
    if spot not in seen.open:
        seen.odd = True
        return
    number, began = seen.open.pop(spot)
    if began is not None and told.mono is not None and told.mono < began:
        seen.odd = True
    elif told.success and told.skipped is None:
        seen.succeeded += 1
    else:
        seen.others.append((number, line))


def _over(seen: _Seen, told: _Line, line: bytes) -> None:
    start = seen.start
    early = start is not None and start.mono is not None and told.mono is not None and told.mono < start.mono
    if start is None or seen.open or early or told.run_id is None:
        seen.odd = True
        return
    others = [record for _, one in sorted(seen.others) if (record := decode_flight(one)) is not None]
    seen.old = OldRun(told.run_id, start, _whole(line), seen.succeeded, seen.names, list(_events(others)))
    seen.spans, seen.others = set(), []


def _events(records: list[Record]) -> Iterator[FlightEvent | flight.NodeEvent]:
    return (record for record in records if isinstance(record, (FlightEvent, flight.NodeEvent)))
