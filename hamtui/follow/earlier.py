"""The newest run of a long flight file first; of those before it that are over, what the list of runs needs.

A run whose spans each started once and ended once becomes an ``OldRun``: its node lines are counted, not kept. What is in
any way not so (a retry, a forked child, a run that went on later) is read a second time, event by event.
"""

import os
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import isnan, nan
from typing import BinaryIO, NamedTuple

import msgspec

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import Kind, Source
from hamtui.follow import node_lines
from hamtui.follow.decode import DECODE_ERRORS, decode
from hamtui.follow.here_and_there import line as line_from
from hamtui.follow.here_and_there import rfind
from hamtui.model.old_runs import OldRun
from hamtui.model.records import Record

#: A shorter file is read from its beginning on; so is one whose newest run begins before so many bytes.
LONG = 16 * 1024 * 1024
#: Bytes that are counted at once.
CHUNK = 1024 * 1024
#: A longer line is passed over.
LINE_CAP = 16 * 1024 * 1024
_MARK = b'"graph_start"'
#: Spans of a run that are compared at once.
_SHARE = 16 * 1024
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
            size = os.fstat(file.fileno()).st_size
            return 0 if size < LONG else _last_start(file.fileno(), size)
    except OSError:
        return 0


def _last_start(fd: int, size: int) -> int:
    before = rfind(fd, b"\n", size) + 1
    for _ in range(_TRIES):
        at = rfind(fd, _MARK, before)
        if at < 0:
            return 0
        begin = rfind(fd, b"\n", at) + 1
        record = decode_flight(line_from(fd, begin))
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

    ``spans``: those hashes, of all starts. ``places``: where in the file the run's start stands, from and how many
    bytes; ``others`` the ends that tell of no success, each with the number of its start.
    """

    start: FlightEvent | None = None
    places: tuple[int, int] = (0, 0)
    odd: bool = False
    open: dict[int, tuple[int, float | None]] = field(default_factory=dict)
    spans: "array[int]" = field(default_factory=lambda: array("q"))
    names: dict[str, float | None] = field(default_factory=dict)
    succeeded: int = 0
    others: list[tuple[int, int, int]] = field(default_factory=list)


class _Done(NamedTuple):
    """A run that is over: a service has them by the hundred thousand, so its lines are left in the file.

    ``latest``: the latest start of each of ``names``, NaN where that is not known. ``places``: where its lines stand,
    each from and how many bytes: start, end, ends that tell of no success.
    """

    succeeded: int
    names: tuple[str, ...]
    latest: "array[float]"
    places: "array[int]"


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
        self._runs: dict[str, _Seen | _Done] = {}
        #: The same names stand in one place for all runs that have them.
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._untold: Iterator[tuple[str, _Seen | _Done]] | None = None
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

    def read(self, most: int) -> tuple[list[Record], bool]:
        """What one chunk brought, however many records; once all is counted at most ``most`` runs. Whether all is read."""
        records: list[Record] = []
        if self._untold is not None:
            self._tell(self._untold, most, records)
        elif self._again is None:
            self._count_chunk(records)
        else:
            lines = self._chunk()
            for line in lines:
                self._repeat(line, self._again, records)
            self._over = not lines
        if self._over:
            self.close()
        return records, self._over

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = open(self.path, "rb")  # noqa: SIM115 - kept open from chunk to chunk
        return self._file

    def _chunk(self) -> list[bytes]:
        """The next lines; none at the end, or where the file can't be read any more."""
        left = self.end - self._at
        try:
            file = self._opened()
            file.seek(self._at)
            lines = file.readlines(min(CHUNK, left)) if left > 0 else []
        except OSError:
            return []
        self._at += sum(map(len, lines))
        if self._at > self.end:
            self._at -= len(lines.pop())  # it stops one line after so many bytes
        return lines

    def _count_chunk(self, records: list[Record]) -> None:
        at = self._at
        lines = self._chunk()
        for line in lines:
            self._count(line, at, records)
            at += len(line)
        if not lines:
            self._untold, self._again, self._at = iter(self._runs.items()), set(), 0

    def _count(self, line: bytes, at: int, records: list[Record]) -> None:
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
        elif isinstance(seen, _Done):
            seen = self._runs[run_id] = _Seen(odd=True)  # it goes on after its end
        try:
            over = not seen.odd and _take(seen, told, line, at)
        except DECODE_ERRORS:  # a start that only the second reading makes sense of
            seen.odd, over = True, False
        if over:
            self._runs[run_id] = self._done(seen, at, len(line))

    def _done(self, seen: _Seen, at: int, size: int) -> _Done:
        names = tuple(seen.names)
        latest = (nan if ts is None else ts for ts in seen.names.values())
        others = (number for _, *place in sorted(seen.others) for number in place)
        places = array("q", (*seen.places, at, size, *others))
        return _Done(seen.succeeded, self._names.setdefault(names, names), array("d", latest), places)

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
            self._runs[run_id] = _Seen(odd=True)

    def _tell(self, untold: Iterator[tuple[str, _Seen | _Done]], most: int, records: list[Record]) -> None:
        """All is counted: the runs that are over, and which are to be read again."""
        again = self._again = self._again or set()
        part = list(islice(untold, most))
        for run_id, seen in part:
            old = self._old(run_id, seen) if isinstance(seen, _Done) and run_id not in self.met else None
            if old is None:
                again.add(run_id)
            else:
                records.append(old)
        if len(part) < most:
            self._untold, self._runs, self._over = None, {}, not again

    def _old(self, run_id: str, done: _Done) -> OldRun | None:
        """The run, its lines read once more; None where they are not there any more."""
        places = iter(done.places)
        try:
            fd = self._opened().fileno()
            start, end, *others = (os.pread(fd, size, at) for at, size in zip(places, places, strict=True))
            told = OldRun(run_id, _whole(start), _whole(end), done.succeeded)
        except (OSError, *DECODE_ERRORS):
            return None
        if told.start.run_id != run_id or told.end.run_id != run_id:
            return None
        told.names = {
            name: None if isnan(ts) else ts for name, ts in zip(done.names, done.latest, strict=True)
        }
        told.others = list(_events(record for one in others if (record := decode_flight(one)) is not None))
        return told

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


def _take(seen: _Seen, told: _Line, line: bytes, at: int) -> bool:
    """Count a line of a run; whether that is over, and all as runs do."""
    event = told.event
    if event == flight.GRAPH_START:
        seen.odd = seen.start is not None
        seen.start, seen.places = _whole(line), (at, len(line))
    elif seen.start is None or told.pid != seen.start.pid:
        seen.odd = True
    elif event == flight.NODE_START and told.node is not None:
        spot = hash((told.task_id, told.node))
        seen.odd = spot in seen.open
        seen.open[spot] = len(seen.spans), told.mono
        seen.spans.append(spot)
        _latest(seen, told.node, told.ts)
    elif event == flight.NODE_END and told.node is not None:
        _end(seen, told, at, len(line))
    elif event == flight.GRAPH_END:
        early = seen.start.mono is not None and told.mono is not None and told.mono < seen.start.mono
        seen.odd = bool(seen.open) or early or _is_any_twice(seen.spans)
        return not seen.odd
    elif not event.startswith("task_"):
        seen.odd = True
    return False


def _is_any_twice(numbers: "array[int]") -> bool:
    """Whether a number stands there more than once. Of many some are looked at a time: a set of a million takes 80 MB."""
    shares = [array("q") for _ in range(1 + len(numbers) // _SHARE)]
    for one in numbers:
        shares[one % len(shares)].append(one)
    return any(len(set(share)) != len(share) for share in shares)


def _latest(seen: _Seen, node: str, ts: float | None) -> None:
    known = seen.names.get(node)
    if ts is not None and (known is None or ts > known):
        seen.names[node] = ts
    else:
        seen.names.setdefault(node, None)


def _end(seen: _Seen, told: _Line, at: int, size: int) -> None:
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
        seen.others.append((number, at, size))


def _events(records: Iterable[Record]) -> Iterator[FlightEvent | flight.NodeEvent]:
    return (record for record in records if isinstance(record, (FlightEvent, flight.NodeEvent)))
