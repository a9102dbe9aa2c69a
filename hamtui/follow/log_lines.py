"""A line of a log as a record, whoever wrote it, and as rows on the screen."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from hamtui.contract.logs import LogRecord

#: Rows that one record may take; the rest of a longer message or traceback is only counted.
ROWS_LIMIT = 200
#: Bytes of a line that is no record that are handed out.
RAW_BYTES = 8 * 1024
#: Bytes of it that are shown.
SHOWN_BYTES = 400

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
