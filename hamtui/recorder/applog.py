"""Logging records to app.log.jsonl, each with the span under whose thread it was logged.

No handler on the root logger: with one, the user's ``basicConfig`` would do nothing and warnings would no longer
reach stderr by themselves. A record passes through the record factory whoever handles it afterwards.
"""

import logging
import threading
import traceback
from collections.abc import Callable
from typing import Any

from hamtui.contract import redact
from hamtui.recorder import unheard
from hamtui.recorder.flight import Journal
from hamtui.recorder.guard import attempt
from hamtui.recorder.here import HERE
from hamtui.recorder.spans import SPANS, OpenSpans, SpanKey
from hamtui.recorder.text import clip, quote, quote_or_null

#: Characters of one message or traceback.
MOST_TEXT = 32_768

Factory = Callable[..., logging.LogRecord]


class _SpeaksFor(threading.local):
    """The span that what this thread logs is said of, where that is over already."""

    key: SpanKey | None = None


_speaks_for = _SpeaksFor()


def say_of(span: SpanKey, logger: logging.Logger, message: str) -> None:
    """Log a message of a span, which may be over, at INFO."""
    _speaks_for.key = span
    try:
        logger.info("%s", message)
    finally:
        _speaks_for.key = None


class AppLog:
    """Writes what passes through the record factory. ``dropped`` counts records that could not be written."""

    def __init__(self, app_log: Journal, spans: OpenSpans) -> None:
        self.journal = app_log
        self.spans = spans
        self.dropped = 0
        self._busy = threading.local()
        self._set_factory = logging.setLogRecordFactory

    def begin(self) -> None:
        """From here on records are seen, whatever factory the user sets later."""
        self.wrap(logging.getLogRecordFactory())
        # A factory that replaces ours outright is wrapped in its turn.
        logging.setLogRecordFactory = self.wrap
        unheard.listen(self.overhear)

    def wrap(self, factory: Factory) -> None:
        """``logging.setLogRecordFactory``, with our look at each record behind ``factory``."""

        def seen(*args: Any, **kwargs: Any) -> logging.LogRecord:
            if getattr(self._busy, "is", False):
                # Our own formatting logs, or a factory calls the one before it, which is ours.
                return factory(*args, **kwargs)
            setattr(self._busy, "is", True)
            try:
                record = factory(*args, **kwargs)
                if record.name is not None:
                    wrote, error = attempt(self._write, record)
                    if error is not None or not wrote:
                        self.dropped += 1
            finally:
                setattr(self._busy, "is", False)
            return record

        self._set_factory(seen)

    def overhear(self, record: logging.LogRecord) -> None:
        """Take in a record that nobody else gets."""
        if getattr(self._busy, "is", False):
            return
        setattr(self._busy, "is", True)
        try:
            wrote, error = attempt(self._write, record)
            if error is not None or not wrote:
                self.dropped += 1
        finally:
            setattr(self._busy, "is", False)

    def _write(self, record: logging.LogRecord) -> bool:
        message, error = attempt(record.getMessage)
        if error is not None or message is None:
            message = str(record.msg) if isinstance(record.msg, str) else type(record.msg).__name__
        run_id, task_id, node = _speaks_for.key or self.spans.own(record.thread) or (None, None, None)
        trace = "null"
        info = record.exc_info
        if info and info[1] is not None:
            rows, _ = attempt(traceback.format_exception, *info)
            trace = quote(clip(redact.known("".join(rows or ())), MOST_TEXT))
        row = (
            f'{{"ts":{record.created:.6f},"level":{quote(str(record.levelname))},"logger":{quote(str(record.name))},'
            f'"message":{quote(clip(redact.known(message), MOST_TEXT))},"file":{quote(str(record.pathname))},'
            f'"line":{int(record.lineno or 0)},"pid":{HERE.pid},"thread_id":{int(record.thread or 0)},'
            f'"thread":{quote_or_null(record.threadName)},"run_id":{quote_or_null(run_id)},'
            f'"task_id":{quote_or_null(task_id)},"node":{quote_or_null(node)},"traceback":{trace}}}\n'
        )
        return self.journal.write(row.encode("ascii"))


_installed: list[AppLog] = []


def install(app_log: Journal, spans: OpenSpans = SPANS) -> AppLog:
    """See logging records from here on: called before user modules are imported, and in each worker.

    A second call, or one in a forked worker that has it already, only says where to write.
    """
    if _installed:
        _installed[0].journal = app_log
        return _installed[0]
    made = AppLog(app_log, spans)
    _installed.append(made)
    made.begin()
    return made


def hear_the_cache(level: str | None) -> None:
    """Have Hamilton's cache log from this level on (``info``, ``debug``), whatever was set before; None leaves it."""
    if level is not None:
        logger = logging.getLogger("hamilton.caching")
        logger.setLevel(level.upper())
        logger.disabled = False
