"""A text looked for in a launch's logging records, a few hundred of them at a time, read again at their places."""

from collections.abc import Iterator
from itertools import islice

from hamtui.follow.log_lines import SHOWN_BYTES, decode, message_rows
from hamtui.follow.log_pages import LogPages, RawLine
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
from hamtui.model.wanted import Wanted, joined

#: Characters that JSON may write in more than one way.
_ESCAPED = frozenset('"/')
#: How an escape of an ASCII character begins in JSON.
_UNUSUAL = b"\\u00"


class LogSearch:
    """A text in the rows in sight of ``pages``: level, message and traceback, and what else of a record is shown.

    ``logger``, ``node``: whether those are. May run in a thread of its own beside the one that reads the pages.
    """

    def __init__(
        self,
        pages: LogPages,
        wanted: Wanted,
        *,
        logger: bool = False,
        node: bool = False,
        cancelled: Cancelled = lambda: False,
        progress: Progress = lambda _done, _of: None,
    ) -> None:
        self.pages = pages
        self.wanted = wanted
        self._logger = logger
        self._node = node
        self._cancelled = cancelled
        self._progress = progress
        self._restarts = pages.restarts
        self._done = 0
        easy = wanted.plain and not _ESCAPED & set(wanted.text)
        self._quick = wanted.needle.lower() if easy else None

    def forward(self, place: Place, *, past: bool = False) -> Outcome:
        """The first row from ``place`` on, or (``past``) behind it, that holds the text; then from the top on."""
        return self._search(place.row, 1, past=past)

    def backward(self, place: Place) -> Outcome:
        """The last row before ``place`` that holds the text; then from the end back, down to ``place``."""
        return self._search(place.row, -1, past=True)

    def _search(self, row: int, way: int, *, past: bool) -> Outcome:
        def beyond(each: int) -> bool:
            """Whether it lies where the search begins, not behind its start."""
            return each * way > row * way or (each == row and not past)

        place, every = self.pages.place(row), self.pages.records
        try:
            for hit in self._hits(place, way, every):
                if beyond(hit.place.row):
                    return Outcome("found", hit)
            for hit in self._hits(0, 1, place + 1) if way > 0 else self._hits(every - 1, -1, every - place):
                if not beyond(hit.place.row):
                    return Outcome("found", hit, wrapped=True)
        except CancelledError:
            return Outcome("cancelled")
        except ChangedError:
            return Outcome("changed")
        return Outcome("nothing")

    def _hits(self, place: int, way: int, most: int) -> Iterator[Hit]:
        """Rows with the text, in ``most`` records from the ``place``-th on or back."""
        for line in islice(self._lines(place, way), most):
            yield from list(self._in_record(line))[::way]

    def _lines(self, place: int, way: int) -> Iterator[RawLine]:
        after = None
        while True:
            self._progress(min(self._done, self.pages.records), self.pages.records)
            if self._cancelled():
                raise CancelledError
            lines = self.pages.stretch(place, way, after)
            if self.pages.restarts != self._restarts:
                raise ChangedError
            if not lines:
                return
            yield from lines
            after = lines[-1].number
            self._done += len(lines)

    def _in_record(self, line: RawLine) -> Iterator[Hit]:
        raw, quick = line.raw, self._quick
        if quick is not None and quick not in raw.lower() and _UNUSUAL not in raw:
            return
        record = decode(raw) if line.whole else None
        if record is None:
            texts, beside = [raw[:SHOWN_BYTES].decode("utf-8", "backslashreplace")], []
        else:
            texts, beside = message_rows(record), [(record.level or "").upper()]
            beside += [record.logger or ""] if self._logger else []
            beside += [record.node or ""] if self._node else []
        for at, text in enumerate(texts):
            found = next(
                (each for each in [text, *(beside if at == 0 else ())] if self.wanted.holds(each)), None
            )
            if found is not None:
                found = joined(found)
                yield Hit(Place(line.row + at), around(found, self.wanted.spans(found)[0][0]))
