"""Hamilton's cache, its events told in the launch's cache_logs.jsonl, and never a reason for a run to fail."""

import logging
import sqlite3
import threading
import uuid
from collections import deque
from collections.abc import Callable, Collection
from time import time_ns
from typing import Any

from hamilton.caching import fingerprinting
from hamilton.caching.adapter import CachingEvent, CachingEventType, HamiltonCacheAdapter

from hamtui.contract import layout
from hamtui.recorder import arrow
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.cache_memory import NewestRuns
from hamtui.recorder.guard import attempt, error_text
from hamtui.recorder.lines import Words
from hamtui.recorder.stores import Metadata, Results
from hamtui.recorder.text import clip, dumps, quote, quote_or_null

logger = logging.getLogger("hamilton.caching")

_OUTCOMES = (CachingEventType.GET_RESULT, CachingEventType.EXECUTE_NODE)
_EVENT = '{"run_id":%s,"timestamp":%de-9,"node_name":%s,"task_id":%s,"actor":"%s","event_type":"%s","msg":%s,"value":%s}\n'
_MOST_TEXT = 4_096


def row_of(
    run_id: str,
    node_name: str,
    actor: Any,
    event_type: CachingEventType,
    msg: str | None = None,
    value: Any = None,
    task_id: str | None = None,
    now_ns: int | None = None,
    known: Callable[[str | None], str] = quote_or_null,
) -> str:
    """A line of the cache log in Hamilton's record form; ``known`` quotes names."""
    return _EVENT % (
        known(run_id),
        now_ns or time_ns(),
        known(node_name),
        known(task_id),
        actor,
        event_type._value_,  # ``value`` costs five times as much
        "null" if msg is None else quote(clip(str(msg), _MOST_TEXT)),
        quote(str(value)) if value else dumps(value),
    )


class _Held(threading.local):
    """What this thread's hook has to tell when it ends, and the span that it is for."""

    rows: list[str] | None = None
    span: tuple[str, str, str | None] | None = None


class LaunchCache(NewestRuns, HamiltonCacheAdapter):
    """The cache of a launch.

    What Hamilton's raises on, a result that cannot be stored or read back, is "not stored" or a miss here.
    Events of one hook share a write; what precedes the node's own function is on disk before it is called.
    """

    #: One of ours: see ``own.placed``.
    hamtui_instrument = True

    def __init__(self, path: str, recorder: Recorder, recompute: Collection[str] = ()) -> None:
        super().__init__(
            path=path,
            metadata_store=Metadata(path),
            result_store=Results(str(path)),
            recompute=list(recompute) or None,
        )
        self._journal = recorder.journal(layout.CACHE_LOG)
        self._unfinished: set[tuple[str, str, str | None]] = set()
        self._over: deque[str] = deque()
        self._begin()

    def _begin(self) -> None:
        self._held = _Held()
        self._words = Words()
        self.result_store.unreadable = self._unreadable
        self.metadata_store.unreadable = self._metadata_unreadable

    def __getstate__(self) -> dict[str, Any]:
        """What crosses to a worker: not the events told so far, which grow with the run."""
        state: dict[str, Any] = super().__getstate__()
        del state["_held"], state["_words"]
        state["_logs"] = {run_id: [] for run_id in self._logs}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._begin()

    def _log_event(
        self,
        run_id: str,
        node_name: str,
        actor: Any,
        event_type: CachingEventType,
        msg: str | None = None,
        value: Any = None,
        task_id: str | None = None,
    ) -> None:
        """Keep an event as Hamilton does, and write it in Hamilton's record form."""
        now = time_ns()
        event = CachingEvent(
            run_id=run_id,
            actor=actor,
            event_type=event_type,
            node_name=node_name,
            task_id=task_id,
            msg=msg,
            value=value,
            timestamp=now / 1e9,
        )
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s", event)
        elif event_type in _OUTCOMES:
            logger.info("%s", event)
        self._logs.setdefault(run_id, []).append(event)
        row = row_of(run_id, node_name, actor, event_type, msg, value, task_id, now, self._words.quote)
        rows = self._held.rows
        if rows is None:
            self._journal.write(row.encode("ascii"))
        else:
            rows.append(row)

    def _flush(self) -> None:
        rows = self._held.rows
        if rows:
            self._journal.write("".join(rows).encode("ascii"))
            rows.clear()

    def _together(self, function: Callable[..., Any], said: dict[str, Any]) -> Any:
        """Call one of Hamilton's own hooks; its events in one write."""
        held = self._held
        outer, held.rows = held.rows, []
        try:
            return function(**said)
        finally:
            self._flush()
            held.rows = outer

    def pre_graph_execute(self, **said: Any) -> None:
        """A run starts."""
        arrow.register()
        self._together(super().pre_graph_execute, said)

    def pre_node_execute(self, **said: Any) -> None:
        """Make the cache key."""
        self._unfinished.add(_span(said))
        self._together(super().pre_node_execute, said)

    def do_node_execute(self, **said: Any) -> Any:
        """Find the node's result, or execute it."""
        held, span = self._held, _span(said)
        outer, held.span = held.span, span
        try:
            result = self._together(super().do_node_execute, said)
        finally:
            held.span = outer
        self._unfinished.discard(span)
        return result

    def _execute_node(self, **said: Any) -> Any:
        # A node that hangs shows how its cache key missed.
        self._flush()
        return super()._execute_node(**said)

    def post_node_execute(self, **said: Any) -> None:
        """Store the result, if it can be."""
        span = _span(said)
        if span in self._unfinished:
            self._unfinished.discard(span)
            if said.get("success", True):
                # Ctrl-C or the like passes through: Hamilton reports it as a success without a result.
                self._tell(span, "adapter", CachingEventType.FAILED_EXECUTION, "interrupted")
                return
        held = self._held
        outer, held.span = held.span, span
        try:
            _, error = attempt(self._together, super().post_node_execute, said)
        finally:
            held.span = outer
        if error is not None:
            self._tell(span, "result_store", CachingEventType.SET_RESULT, f"not stored: {error_text(error)}")

    def _tell(
        self,
        span: tuple[str, str, str | None],
        actor: str,
        event: CachingEventType,
        msg: str,
        value: Any = None,
    ) -> None:
        run_id, node_name, task_id = span
        self._log_event(run_id, node_name, actor, event, msg, value, task_id)

    def _unreadable(self, data_version: str, error: Exception) -> None:
        span = self._held.span
        if span is not None:
            self._tell(
                span, "result_store", CachingEventType.FAILED_RETRIEVAL, error_text(error), data_version
            )
            logger.warning("%s: the stored result cannot be read, executing: %s", span[1], error_text(error))

    def _metadata_unreadable(self, error: Exception) -> None:
        span = self._held.span
        if span is not None:
            self._tell(span, "metadata_store", CachingEventType.FAILED_RETRIEVAL, error_text(error))

    def _set_stored_metadata(
        self, run_id: str, node_name: str, cache_key: str, data_version: str, task_id: str | None = None
    ) -> None:
        try:
            super()._set_stored_metadata(
                run_id=run_id,
                node_name=node_name,
                cache_key=cache_key,
                data_version=data_version,
                task_id=task_id,
            )
        except sqlite3.Error as error:
            span = (run_id, node_name, task_id)
            told = f"not stored: {error_text(error)}"
            self._tell(span, "metadata_store", CachingEventType.SET_DATA_VERSION, told, data_version)

    def _version_data(self, node_name: str, run_id: str, result: Any, task_id: str | None = None) -> str:
        arrow.register()
        span = self._held.span
        if task_id is None and span is not None and span[:2] == (run_id, node_name):
            task_id = span[2]  # Hamilton leaves it out, and its event would be nobody's
        version, error = attempt(
            super()._version_data, node_name=node_name, run_id=run_id, result=result, task_id=task_id
        )
        if error is None and version is not None:
            return str(version)
        unhashable = fingerprinting.UNHASHABLE
        told = "" if error is None else error_text(error)
        self._tell(
            (run_id, node_name, task_id),
            "adapter",
            CachingEventType.UNHASHABLE_DATA_VERSION,
            told,
            unhashable,
        )
        return f"{unhashable}_{uuid.uuid4()}"

    def version_code(self, node_name: str, run_id: str | None = None) -> Any:
        """The code's version; of a function without source one that never hits."""
        version, error = attempt(super().version_code, node_name, run_id)
        return version if error is None else f"<unversioned>_{uuid.uuid4()}"


def _span(said: dict[str, Any]) -> tuple[str, str, str | None]:
    return said["run_id"], said["node_"].name, said.get("task_id")


def make_cache(path: str, recorder: Recorder, recompute: Collection[str] = ()) -> LaunchCache:
    """The cache adapter for ``Driver.Builder().with_adapters(recorder, cache)``.

    ``path`` is made if it is not there (OSError where it cannot be); ``recompute`` are names of nodes.
    """
    return LaunchCache(path, recorder, recompute)
