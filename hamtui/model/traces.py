"""A launch's runs and spans as OpenTelemetry has them: OTLP's JSON, the same ids however often they are told.

A span is told when it starts, with ``hamtui.state`` running and the moment of telling as its end, and again
under the same id when it has ended. A run is the root of a trace of its own.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hamtui.model import cache
from hamtui.model.fold import Launch
from hamtui.model.state import CacheWord, Error, Now, Run, Span, SpanKey, Suspect

Json = dict[str, Any]


class Told(NamedTuple):
    """What is known of a span: it is told again when one of these is another. ``cache``: what that did."""

    state: str
    cache: str | None = None
    level: str | None = None
    verdict: str | None = None


_UNSET, _OK, _FAILED = 0, 1, 2
_CODES = {"succeeded": _OK, "cached": _OK, "failed": _FAILED, "aborted": _FAILED}
_INTERNAL = 1
_LONGEST = 16_384
_ROOT = SpanKey("", None, "")


def trace_id(run_id: str) -> str:
    """32 hex digits: the run's own, where it is a UUID."""
    own = run_id.replace("-", "").lower()
    if len(own) == 32 and set(own) <= set("0123456789abcdef") and set(own) != {"0"}:
        return own
    return hashlib.sha256(run_id.encode("utf-8", "replace")).hexdigest()[:32]


def span_id(key: SpanKey) -> str:
    """16 hex digits, by run, task and node; of the run itself without the last two."""
    text = "\0".join((key.run_id, key.task_id or "", key.node))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def root(run: Run) -> SpanKey:
    """What stands for the run among the spans."""
    return _ROOT._replace(run_id=run.run_id)


def is_kept(launch: Launch, key: SpanKey) -> bool:
    """Whether ``news`` may speak of it again: its run is here and, unless it stands for the run, so is its span."""
    run = launch.runs.get(key.run_id)
    return run is not None and (key in run.spans or key == root(run))


def news(
    launch: Launch, marks: Mapping[SpanKey, Suspect], told: Mapping[SpanKey, Told]
) -> dict[SpanKey, Told]:
    """What is to be told, again or for the first time: each key with what it will be known as."""
    found: dict[SpanKey, Told] = {}
    for run in launch.runs.values():
        here: dict[SpanKey, Told] = {root(run): Told(run.state)}
        for key, span in run.spans.items():
            if span.started_at is not None:
                mark = marks.get(key)
                marked = (mark.level, mark.verdict) if mark else ()
                here[key] = Told(span.status, cache.word(launch, span), *marked)
        found.update({key: now for key, now in here.items() if told.get(key) != now})
    return found


def spans(
    launch: Launch,
    keys: Iterable[SpanKey],
    suspicions: Mapping[SpanKey, list[tuple[float, Suspect]]],
    now: Now,
) -> list[Json]:
    """The spans of these keys as they are now, in OTLP's JSON. ``suspicions``: a span's marks, each with its time."""
    made = []
    for key in keys:
        run = launch.runs[key.run_id]
        span = run.spans.get(key)
        if span is None:
            made.append(_of_run(run, now))
        else:
            made.append(_of_span(span, cache.word(launch, span), suspicions.get(key, ()), now))
    return made


def request(resource: Mapping[str, Any], version: str, made: list[Json]) -> Json:
    """The body of one export."""
    scope = {"scope": {"name": "hamtui", "version": version}, "spans": made}
    return {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": [scope]}]}


def _of_run(run: Run, now: Now) -> Json:
    about = {"hamtui.run_id": run.run_id, "hamtui.targets": list(run.targets), "hamtui.state": run.state}
    return {
        "traceId": trace_id(run.run_id),
        "spanId": span_id(root(run)),
        "name": ", ".join(run.targets) or "run",
        **_common(run.started_at or run.first_ts, run.ended_at, run.elapsed_s, now),
        "attributes": _attributes(about),
        **_outcome(run.state, run.error, run.ended_at or now.unix, []),
    }


def _of_span(span: Span, cached: CacheWord | None, marked: Iterable[tuple[float, Suspect]], now: Now) -> Json:
    key = span.key
    about = {
        "hamtui.node": key.node,
        "hamtui.task_id": key.task_id,
        "hamtui.run_id": key.run_id,
        "hamtui.state": span.status,
        "hamtui.cache": cached,
        "process.pid": span.pid,
        "host.name": span.host,
        "thread.id": span.native_id,
    }
    events = [_event(at, "hamtui.suspect", _suspicion(mark)) for at, mark in marked]
    return {
        "traceId": trace_id(key.run_id),
        "spanId": span_id(key),
        "parentSpanId": span_id(_ROOT._replace(run_id=key.run_id)),
        "name": key.node,
        **_common(span.started_at, span.ended_at, span.elapsed_s, now),
        "attributes": _attributes(about),
        **_outcome(span.status, span.error, span.ended_at or now.unix, events),
    }


def _suspicion(mark: Suspect) -> Json:
    return {"hamtui.level": mark.level, "hamtui.verdict": mark.verdict, "hamtui.why": mark.why}


def _common(started: float | None, ended: float | None, took: float | None, now: Now) -> Json:
    """Kind and times. What has not ended ends now, for the time being."""
    begin = started if started is not None else now.unix
    end = begin + took if took is not None else ended if ended is not None else now.unix
    times = {"startTimeUnixNano": _nanos(begin), "endTimeUnixNano": _nanos(max(begin, end))}
    return {"kind": _INTERNAL, **times}


def _outcome(state: str, error: Error | None, at: float, events: list[Json]) -> Json:
    status: Json = {"code": _CODES.get(state, _UNSET)}
    if status["code"] == _FAILED:
        status["message"] = f"{error.type}: {error.message}"[:_LONGEST] if error is not None else state
    if error is not None:
        about = {"exception.type": error.type, "exception.message": error.message}
        events = [*events, _event(at, "exception", {**about, "exception.stacktrace": error.traceback})]
    return {"status": status, "events": events}


def _event(at: float, name: str, about: Mapping[str, Any]) -> Json:
    return {"timeUnixNano": _nanos(at), "name": name, "attributes": _attributes(about)}


def _nanos(unix: float) -> str:
    """OTLP's JSON has 64-bit numbers as text. Whole microseconds: a float holds no more of today."""
    return str(round(unix * 1e6) * 1000)


def _attributes(about: Mapping[str, Any]) -> list[Json]:
    return [{"key": name, "value": _value(value)} for name, value in about.items() if value is not None]


def _value(value: Any) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)[:_LONGEST]}
