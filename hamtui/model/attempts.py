"""Starts and ends of one span, in whatever order they are read, by whichever process they were written.

A span can be started more than once: a retry, a forked child that runs on, the same line read twice. Each
process' latest attempt is kept; the one that the run shows is chosen from them, so that the order in which
files are read does not matter.
"""

from functools import lru_cache
from sys import intern
from typing import Any

from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.contract.layout import Source
from hamtui.model.errors import causes_of, error_of, is_interrupt, skipped_of
from hamtui.model.state import COMMON, Run, Span, SpanKey, Who
from hamtui.model.where import note

#: Attempts of one span by different processes that are remembered beside the one shown.
MAX_RIVALS = 16
#: Processes and threads that are kept once for all spans.
MAX_WHO = 1_000

Rivals = dict[SpanKey, list[Span]]


#: The same object for the same thread: few of them start most spans.
_who = lru_cache(MAX_WHO)(Who)


def _pid(source: Source, event: FlightEvent | NodeEvent) -> int | None:
    return source.pid if event.pid is None else event.pid


def _same(span: Span, source: Source, pid: int | None) -> bool:
    """Whether the attempt is by this process; a pid that is not known fits any."""
    if span.pid is None or pid is None:
        return True
    return span.pid == pid and span.host == source.host


def later(
    mono: float | None, ts: float | None, than_mono: float | None, than_ts: float | None, default: bool
) -> bool:
    """Whether one instant is after another: by the machine's clock where both have it, else by the wall's."""
    if mono is not None and than_mono is not None:
        return mono > than_mono
    if ts is not None and than_ts is not None:
        return ts > than_ts
    return default


def _begin(span: Span, source: Source, pid: int | None, event: FlightEvent | NodeEvent) -> None:
    span.attempts += 1
    span.who = _who(span.who.pid if pid is None else pid, source.host, event.thread_id, event.native_id)
    span.started_at = event.ts
    span.started_mono = event.mono
    span.kwargs_summary = event.kwargs_summary
    span.output_start = event.output_offset
    payload = event.kwargs_payload
    if payload is not None or span.rare is not COMMON:
        span.kwargs_payload = payload
        span.told_tries = span.halt = span.last_halt = None
        span.halted_s = 0.0
    if isinstance(event.return_type, str):
        span.return_type = event.return_type
    if isinstance(event.tags, dict):
        span.tags = event.tags


def _reopen(span: Span) -> None:
    span.status = "running"
    span.ended_at = span.ended_mono = span.elapsed_s = span.error = span.kept_suspect = None
    span.result_summary = span.result_payload = span.output_end = None
    span.caused_by, span.incomplete, span.mismatches = (), 0, ()
    span.settled = span.reckoned = False


def _started(span: Span) -> bool:
    return span.attempts > 0


def _ended(span: Span) -> bool:
    return span.status not in {"pending", "running"} and not span.settled


def _start_again(span: Span, source: Source, pid: int | None, event: FlightEvent | NodeEvent) -> None:
    """A start by the process of an attempt that is known already: its own, a retry's, or an old line again."""
    if not _started(span):
        if later(event.mono, event.ts, span.ended_mono, span.ended_at, default=False):
            _reopen(span)
        _begin(span, source, pid, event)
        _time(span)
    elif later(event.mono, event.ts, span.started_mono, span.started_at, default=False):
        own_end = later(span.ended_mono, span.ended_at, event.mono, event.ts, default=False)
        if not own_end or span.settled:
            _reopen(span)
        _begin(span, source, pid, event)
        _time(span)


def _time(span: Span) -> None:
    """Seconds from start to end, where the end did not tell them: by the steady clock, else by the wall's."""
    if not span.reckoned or not _ended(span):
        return
    if span.ended_mono is not None and span.started_mono is not None:
        span.elapsed_s = max(0.0, span.ended_mono - span.started_mono)
    elif span.ended_at is not None and span.started_at is not None:
        span.elapsed_s = max(0.0, span.ended_at - span.started_at)
    else:
        span.elapsed_s = None


def _finish(span: Span, pid: int | None, event: FlightEvent | NodeEvent) -> None:
    if _started(span):
        if event.mono is not None and span.started_mono is not None:
            if event.mono < span.started_mono:
                return
        elif span.attempts > 1 and later(None, span.started_at, None, event.ts, default=False):
            return
    if _ended(span) and not later(event.mono, event.ts, span.ended_mono, span.ended_at, default=False):
        return
    if span.who.pid is None:
        span.who = span.who._replace(pid=pid)
    _outcome(span, event)
    span.ended_at, span.ended_mono = event.ts, event.mono
    # How long it took to see that it is to be skipped is nobody's time.
    told = span.elapsed_s = None if span.status == "skipped" else event.elapsed_s
    reckoned = span.status != "skipped" and (told is None or told < 0)
    payload = event.result_payload
    if reckoned or payload is not None or span.rare is not COMMON:
        span.settled, span.kept_suspect, span.reckoned = False, None, reckoned
        span.result_payload = payload
        _time(span)
    result = event.result_summary
    span.result_summary = event.result_type if result is None else result
    span.output_end = event.output_offset


def _outcome(span: Span, event: FlightEvent | NodeEvent) -> None:
    odd = event.skipped or event.caused_by or event.incomplete or event.type_mismatch
    if event.success and not odd and span.rare is COMMON:
        span.status = "succeeded"
        return
    error = error_of(event)
    success = event.success if event.success is not None else error is None
    if event.skipped is True:
        span.status, span.error = "skipped", skipped_of(event)
    elif success:
        span.status, span.error = "succeeded", None
    else:
        span.status = "aborted" if is_interrupt(error) else "failed"
        span.error = error
    span.caused_by = causes_of(event) if event.caused_by else ()
    span.incomplete = event.incomplete if isinstance(event.incomplete, int) else 0
    told = event.type_mismatch
    span.mismatches = tuple(filter(lambda one: isinstance(one, str), told)) if isinstance(told, list) else ()


def _choose(run: Run, key: SpanKey, attempts: list[Span], rivals: Rivals) -> None:
    """Show the run's own process before a forked child, else the later start; an end alone only for want of a start."""

    def rank(span: Span) -> tuple[bool, bool, float, int]:
        own = run.pid is not None and span.pid == run.pid and span.host is None
        return _started(span), own, span.started_at or 0.0, span.pid or 0

    attempts.sort(key=rank)
    tries = _tries(attempts)
    run.spans[key] = attempts.pop()
    run.spans[key].told_tries = tries
    rivals[key] = attempts[-MAX_RIVALS:]


def _tries(attempts: list[Span]) -> int:
    """How often workers began with the span. A child that the main process forked runs on beside it, and tries nothing."""
    if any(span.host is None for span in attempts if _started(span)):
        return 1
    return sum(span.attempts for span in attempts)


def _attempt(
    run: Run, key: SpanKey, source: Source, pid: int | None, rivals: Rivals
) -> tuple[Span, list[Span] | None]:
    """The attempt of this process, made if need be; the others too where there are any."""
    shown = run.spans[key]
    others = rivals.get(key)
    if others is None and _same(shown, source, pid):
        return shown, None
    attempts = [shown, *(others or ())]
    for span in attempts:
        if _same(span, source, pid):
            return span, attempts
    fresh = Span(key, who=_who(pid, source.host))
    attempts.append(fresh)
    return fresh, attempts


def start(run: Run, source: Source, event: FlightEvent | NodeEvent, node: str, rivals: Rivals) -> Span:
    """Take in a ``node_start``; the span that the run shows for its key."""
    pid = _pid(source, event)
    if source.host is not None:
        note(run, source.host, pid)
    spot: Any = (run.run_id, event.task_id, node)
    span = run.spans.get(spot)
    if span is None:
        key = SpanKey(run.run_id, None if event.task_id is None else intern(event.task_id), intern(node))
        span = run.spans[key] = Span(key, "running")
        _begin(span, source, pid, event)
        return span
    span, attempts = _attempt(run, span.key, source, pid, rivals)
    if span.status == "pending":
        span.status = "running"
    _start_again(span, source, pid, event)
    if attempts is not None:
        _choose(run, span.key, attempts, rivals)
    return run.spans[spot]


def end(run: Run, source: Source, event: FlightEvent | NodeEvent, node: str, rivals: Rivals) -> Span:
    """Take in a ``node_end``; the span that the run shows for its key."""
    pid = _pid(source, event)
    spot: Any = (run.run_id, event.task_id, node)
    span = run.spans.get(spot)
    if span is None:
        key = SpanKey(*spot)
        span = run.spans[key] = Span(key, who=_who(pid, source.host))
        _finish(span, pid, event)
        _count(run, span)
        return span
    span, attempts = _attempt(run, span.key, source, pid, rivals)
    _finish(span, pid, event)
    _count(run, span)
    if attempts is not None:
        _choose(run, span.key, attempts, rivals)
    return run.spans[spot]


def _count(run: Run, span: Span) -> None:
    if span.mismatches and run.mismatched is None:
        run.mismatched = {span.key}
    elif span.mismatches and run.mismatched is not None:
        run.mismatched.add(span.key)
    elif run.mismatched:
        run.mismatched.discard(span.key)


def choose_again(run: Run, rivals: Rivals) -> list[Span]:
    """The run's own process became known: choose anew where several processes started the same span."""
    keys = [key for key in rivals if key.run_id == run.run_id]
    for key in keys:
        _choose(run, key, [run.spans[key], *rivals[key]], rivals)
    return [run.spans[key] for key in keys]
