"""Lines to records: typed and fast where a line is as it should be, field by field where it is not."""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import msgspec

from hamtui.contract.flight import NODE_END, NODE_START, FlightEvent
from hamtui.contract.graph import Graph
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Kind
from hamtui.contract.logs import CacheEvent, LogRecord, Request
from hamtui.contract.stacks import Dump
from hamtui.contract.vitals import Vital
from hamtui.follow import in_place, node_lines
from hamtui.model.records import Record
from hamtui.model.state import Span

_TYPES: dict[Kind, type] = {
    Kind.FLIGHT: FlightEvent,
    Kind.CACHE_LOG: CacheEvent,
    Kind.STACKS: Dump,
    Kind.VITALS: Vital,
    Kind.APP_LOG: LogRecord,
    Kind.REQUESTS: Request,
    Kind.LAUNCH: LaunchInfo,
    Kind.EXIT: ExitInfo,
    Kind.GRAPH: Graph,
}

#: What a line that is no proper record raises.
DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

#: Stands for "no such value fits": None is a value.
_MISFIT: Any = object()
#: Said of a summary that stood in a file that is not there any more, or not as it was.
GONE = "not in the launch's files any more"


def decode(kind: Kind, line: bytes) -> Record | None:
    """The record that a line (or a whole file) holds; None where it is none, blank lines included.

    A field of the wrong type is left out, and the rest of the record kept.
    """
    try:
        return strictly(kind)(line)
    except DECODE_ERRORS:
        return leniently(kind, line)


@cache
def strictly(kind: Kind) -> Callable[[bytes], Record]:
    """The fast way: a line to its record, or one of DECODE_ERRORS. Made when it is needed: it takes a while."""
    return cast("Callable[[bytes], Record]", msgspec.json.Decoder(_TYPES[kind]).decode)


def leniently(kind: Kind, line: bytes) -> Record | None:
    """For bytes that are not UTF-8, NaN, NULs, a byte order mark, numbers beyond 64 bits, fields that don't fit."""
    text = line.decode("utf-8", "replace").strip("\0\ufeff \t\r\n")
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if value.get("event") in {NODE_START, NODE_END} and not isinstance(value.get("node"), str):
        return None  # of a node that can't be named nothing can be told
    fitted = _record(_TYPES[kind], value)
    return None if fitted is _MISFIT else cast("Record", fitted)


@cache
def _fields(record: type) -> tuple[tuple[str, Any], ...]:
    hints = typing.get_type_hints(record)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(record))


def _record(record: type, value: Any) -> Any:
    if not isinstance(value, dict):
        return _MISFIT
    kept = {}
    for name, kind in _fields(record):
        if name in value:
            fitted = _fit(kind, value[name])
            if fitted is not _MISFIT:
                kept[name] = fitted
    try:
        return record(**kept)
    except TypeError:
        return _MISFIT  # a field that it can't be without


def _fit(kind: Any, value: Any) -> Any:
    if kind is Any:
        return _clean(value)
    if dataclasses.is_dataclass(kind):
        return _record(cast("type", kind), value)
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        options = (_fit(option, value) for option in typing.get_args(kind))
        return next((fitted for fitted in options if fitted is not _MISFIT), _MISFIT)
    if origin is list:
        if not isinstance(value, list):
            return _MISFIT
        fitted = [_fit(typing.get_args(kind)[0], item) for item in value]
        return [item for item in fitted if item is not _MISFIT]
    if origin is dict:
        return _clean(value) if isinstance(value, dict) else _MISFIT
    return _scalar(kind, value)


def _scalar(kind: Any, value: Any) -> Any:
    if kind is type(None):
        return None if value is None else _MISFIT
    if kind is str:
        return _clean(value) if isinstance(value, str) else _MISFIT
    if kind is bool:
        return value if isinstance(value, bool) else _MISFIT
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _MISFIT
    try:
        number = float(value)
    except OverflowError:
        return _MISFIT
    if not math.isfinite(number):
        return _MISFIT
    if kind is float:
        return number
    return int(value) if number.is_integer() and abs(number) <= 2**64 else _MISFIT


def told(value: Any) -> Any:
    """A value that was left as the JSON text of its line, decoded; any other as it is. None where it can't be read."""
    if not isinstance(value, bytes):
        return value
    try:
        return _clean(json.loads(value.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None


def told_of(span: Span, field: str) -> Any:
    """A span's ``kwargs_summary`` or its like, wherever it was left. A summary is ``GONE`` where its line is; a payload None."""
    value = getattr(span, field)
    if not isinstance(value, complex):
        return told(value)
    try:
        record = node_lines.decode(in_place.read(value) or b"")
    except DECODE_ERRORS:
        record = None
    # The file may have been written anew: another run's value is none of this one's.
    if record is not None and (record.run_id or "", record.task_id, record.node) == span.key:
        return told(getattr(record, field))
    return GONE if field.endswith("summary") else None


def _clean(value: Any) -> Any:
    """Without lone surrogates, which no terminal and no UTF-8 file can take."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
