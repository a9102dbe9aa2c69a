"""What the run logged."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

from rich.style import Style

from hamtui.contract.layout import APP_LOG
from hamtui.follow.log_lines import SHOWN_BYTES, LogRow
from hamtui.follow.log_pages import LogPages, Whose
from hamtui.follow.log_search import LogSearch
from hamtui.follow.searching import Cancelled, Progress, Search
from hamtui.model.text import plural, size
from hamtui.model.wanted import Wanted
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.lines import Line, Pen
from hamtui.tui.widgets.paged_pane import Page, Pages
from hamtui.tui.widgets.searched_pane import SEARCH_HELP, SearchedPane

_LEVEL = 8
_LOGGER = 20
_NODE = 18
#: With fewer cells the logger gives way, then the node.
_WIDE = 130
_MIDDLE = 100


class LogPane(SearchedPane):
    """Logging records of all the run's processes: all, or those logged by the node's own thread."""

    slug = "log"
    title = "Log"
    key = "4"
    help = (
        "What the run logged, from all its processes, in the order of time. n shows all or only what this node's "
        "own thread logged. It follows the end; scrolling up pauses, end goes on. "
        + SEARCH_HELP
        + " Found are level, message and traceback, and logger and node where they are shown; not the time."
    )

    def key_of(self, subject: Subject) -> Hashable:
        """The folder and the span."""
        return (subject.ref.dir, self._whose(subject))

    def _whose(self, subject: Subject) -> Whose | None:
        return subject.span.key[:3] if self.only and subject.span is not None else None

    def open(self, subject: Subject) -> Pages:
        """The folder's log files; what has been read of them is kept when only the node changes."""
        whose = self._whose(subject)
        if (
            self._pages is None
            or not isinstance(self._pages_of, tuple)
            or self._pages_of[0] != subject.ref.dir
        ):
            return _Narrowed(LogPages(subject.ref.dir), whose)
        old = self._pages
        return _Narrowed(old.pages, whose) if isinstance(old, _Narrowed) else old

    def facts(self, pages: Pages) -> tuple[Any, ...]:
        """Files, records in sight, records in all, lines that are none."""
        if not isinstance(pages, _Narrowed):
            return (0, 0, 0, 0)
        log = pages.pages
        return (log.files, log.records, log.all_records, log.not_records)

    def searcher(self, pages: Pages, wanted: Wanted, cancelled: Cancelled, progress: Progress) -> Search:
        """The same records, in the columns that are shown."""
        assert isinstance(pages, _Narrowed)
        logger, node = self._columns(self.pen)
        return LogSearch(
            pages.pages,
            wanted,
            logger=bool(logger),
            node=bool(node),
            cancelled=cancelled,
            progress=progress,
        )

    def far(self, done: int, of: int) -> str:
        """In records."""
        return f"{done:,} of {plural(of, 'record')}"

    def searched(self, line: Line) -> Sequence[int]:
        """All but what stands first: the time, or the room under it."""
        return range(1, len(line.inks))

    def _columns(self, pen: Pen) -> tuple[int, int]:
        """Cells for the logger and for the node."""
        logger = _LOGGER if pen.width >= _WIDE else 0
        return logger, _NODE if pen.width >= _MIDDLE and not self.only else 0

    def draw(self, pen: Pen, rows: Sequence[Any]) -> list[Line]:
        """A line a row: a record's first with its time and level, the rest under its message."""
        return [self._row(pen, row) for row in rows]

    def _row(self, pen: Pen, row: LogRow) -> Line:
        look, record = self.look, row.line.record
        if record is None:
            what = f"({size(row.line.length)}: no record)  "
            return Line.of(
                (what, look.warning),
                (pen.clean(row.line.raw[:SHOWN_BYTES].decode("utf-8", "backslashreplace")), look.dim),
            )
        logger, node = self._columns(pen)
        if row.at:
            indent = 14 + _LEVEL + (logger and logger + 1) + (node and node + 1)
            style = look.path if row.text.lstrip().startswith('File "') else look.text
            return Line.of((" " * min(indent, pen.width // 3), look.text), (pen.clean(row.text), style))
        level = (record.level or "").upper()
        colour = look.error if level in ("ERROR", "CRITICAL", "FATAL") else look.dim
        colour = look.warning if level.startswith("WARN") else colour
        return Line.of(
            (_clock(record.ts).ljust(13) + " ", look.dim),
            (pen.cut(level, _LEVEL - 1, pad=True) + " ", colour),
            (pen.cut(record.logger or "", logger, pad=True) + " " if logger else "", look.dim),
            (pen.cut(record.node or "", node, pad=True) + " " if node else "", look.accent),
            (pen.clean(row.text), look.text if colour == look.dim else colour),
        )

    def said(self, pen: Pen, subject: Subject, page: Page) -> list[tuple[str, Style]]:
        """Whose records, and how many."""
        look, span = self.look, subject.span
        files, shown, every, junk = page.facts
        parts: list[tuple[str, Style]] = []
        if self.only and span is not None:
            parts.append((f"only {pen.cut(span.key.node, 30)}", look.strong))
            parts.append((f"{pen.sep}{shown:,} of {plural(every, 'record')}", look.dim))
        else:
            parts.append(("all records", look.text))
            parts.append((f"{pen.sep}{plural(every, 'record')}", look.dim))
        if files > 1:
            parts.append((f" of {files} processes", look.dim))
        if junk:
            parts.append((f"{pen.sep}{plural(junk, 'line')} not readable", look.warning))
        return [*parts, self.switch(subject)]

    def missing(self, pen: Pen, subject: Subject, page: Page) -> list[Line]:
        """Nothing logged, or nothing recorded."""
        files, _, every, _ = page.facts
        if not files:
            if subject.ref.flat or subject.launch.exit is not None:
                return pen.says(
                    f"There is no {APP_LOG} in this folder.", "hamtui run records what the run logs."
                )
            return pen.says("Nothing was logged yet.")
        if self.only and subject.span is not None and every:
            return pen.says(
                "This node's own thread logged nothing.",
                "Threads that a node starts, and other people's records, name no node. n shows all.",
            )
        return pen.says("Nothing was logged.")


class _Narrowed:
    """Log pages narrowed to a span in the worker's thread, which alone may touch them."""

    def __init__(self, pages: LogPages, whose: Whose | None) -> None:
        self.pages = pages
        self.whose = whose

    @property
    def count(self) -> int:
        return self.pages.count

    @property
    def complete(self) -> bool:
        return self.pages.complete

    def refresh(self) -> bool:
        changed = self.pages.refresh()
        self.pages.narrow(self.whose)
        return changed

    def read(self, first: int, count: int) -> list[LogRow]:
        return self.pages.read(first, count)


def _clock(ts: float | None) -> str:
    """The time of day where the viewer is."""
    if ts is None:
        return ""
    try:
        return datetime.fromtimestamp(ts).astimezone().strftime("%H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError, OSError):
        return ""
