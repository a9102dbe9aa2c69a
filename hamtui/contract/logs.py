"""cache_logs.jsonl in Hamilton's own form, app.log.jsonl, requests.jsonl and audit.jsonl."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CacheEvent:
    """One line of Hamilton's cache log (``CachingEvent.as_dict()``). ``timestamp`` is Unix seconds."""

    event_type: str
    run_id: str | None = None
    timestamp: float | None = None
    node_name: str | None = None
    task_id: str | None = None
    actor: str | None = None
    msg: Any = None
    value: Any = None


@dataclass(frozen=True)
class LogRecord:
    """One logging record, and the span whose thread logged it (None outside of any)."""

    ts: float | None = None
    level: str | None = None
    logger: str | None = None
    message: str | None = None
    file: str | None = None
    line: int | None = None
    pid: int | None = None
    thread_id: int | None = None
    thread: str | None = None
    run_id: str | None = None
    task_id: str | None = None
    node: str | None = None
    traceback: str | None = None


DUMP = "dump"
STOP = "stop"


@dataclass(frozen=True)
class Request:
    """What a person asked of a live launch: ``ask`` is ``dump`` or ``stop``; ``by`` names who asked.

    ``id`` is unique among the requests of a launch; a dump that answers carries it. ``native`` and ``locals``: frames
    of native code, and local variables, are wanted too, which only a look from outside can tell.
    """

    ask: str
    id: str | None = None
    ts: float | None = None
    by: str | None = None
    native: bool | None = None
    locals: bool | None = None


@dataclass(frozen=True)
class Audit:
    """What somebody did to a live launch: ``did`` is ``dump``, ``stop``, ``continue`` or ``kill-child``.

    ``pid`` is the process that it was done to, ``command`` its command line, ``outcome`` what came of it in a word.
    """

    did: str
    ts: float | None = None
    by: str | None = None
    pid: int | None = None
    command: str | None = None
    outcome: str | None = None
