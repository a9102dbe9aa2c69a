"""Errors as people read them, out of what an event says of one."""

from typing import Any

from hamtui.contract.flight import FlightEvent
from hamtui.model.state import Error


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


def error_of(event: FlightEvent) -> Error | None:
    """The error that an event tells, None where it tells none.

    ``error`` is ``"Type: message"`` with us; others write a ``repr``, a message alone or an object.
    """
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
