"""Errors as people read them, out of what an event says of one."""

from typing import Any

from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.model.state import Cause, Error, Span
from hamtui.model.text import plural

#: The type of a skipped span's error, whose message says for what it was skipped.
SKIPPED = "Skipped"


def is_interrupt(error: Error | None) -> bool:
    """Whether it is not the code's failure but somebody's wish: the span or run is ``aborted`` then."""
    return error is not None and error.type.rpartition(".")[2] == "KeyboardInterrupt"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)


def _is_type_name(text: str) -> bool:
    return bool(text) and all(part.isidentifier() for part in text.split("."))


def _split(text: str) -> tuple[str, str]:
    """``Type: message`` or ``Type('message')`` taken apart; the type is empty where none can be told."""
    head, colon, rest = text.partition(":")
    if colon and _is_type_name(head):
        return head, rest.removeprefix(" ")
    head, bracket, rest = text.partition("(")
    if bracket and rest.endswith(")") and _is_type_name(head):
        return head, rest[:-1]
    return ("", text) if not _is_type_name(text) or not text[:1].isupper() else (text, "")


def error_of(event: FlightEvent | NodeEvent) -> Error | None:
    """The error that an event tells, None where it tells none.

    ``error`` is ``"Type: message"`` with us; others write a ``repr``, a message alone or an object.
    """
    if event.error is None and event.error_type is None:
        return None
    error, kind, traceback = event.error, _text(event.error_type), _text(event.traceback)
    if isinstance(error, dict):
        kind = kind or _text(error.get("type"))
        traceback = traceback or _text(error.get("traceback"))
        error = error.get("message", error.get("error"))
        if kind is not None:
            return Error(kind, _text(error) or "", traceback)
    text = _text(error)
    if text is None or error is False:
        return Error(kind, "", traceback) if kind else None
    found, message = _split(text)
    if kind is None:
        return Error(found, message, traceback)
    short = kind.rpartition(".")[2]
    return Error(kind, message if found.rpartition(".")[2] == short else text, traceback)


def causes_of(event: FlightEvent | NodeEvent) -> tuple[Cause, ...]:
    """The failures that an end names as what it was skipped for, or went without."""
    told = event.caused_by if isinstance(event.caused_by, list) else []
    found = []
    for one in told:
        if isinstance(one, str):
            found.append(Cause(one, None, ""))
        elif isinstance(one, dict) and isinstance(one.get("node"), str):
            found.append(Cause(one["node"], _text(one.get("task_id")), _text(one.get("error")) or ""))
    return tuple(found)


def skipped_of(event: FlightEvent | NodeEvent) -> Error:
    """Why a span was skipped, as its error."""
    error, causes = error_of(event), causes_of(event)
    if error is not None and error.type == SKIPPED:
        return error
    if not causes:
        return Error(SKIPPED, "a node upstream of it failed")
    first = causes[0]
    return Error(SKIPPED, f"because {first.node} failed" + (f": {first.error}" if first.error else ""))


def without(span: Span) -> str:
    """``without 1 item that failed: made: KeyError: 'two'``, of a span that collected what did not fail."""
    said = f"without {plural(span.incomplete, 'item')} that failed"
    if not span.caused_by:
        return said
    first = span.caused_by[0]
    return f"{said}: {first.node}: {first.error}" if first.error else f"{said}: {first.node}"
