"""Records to JSON lines, with the standard library alone."""

import json
from dataclasses import fields, is_dataclass
from typing import Any


def plain(record: Any) -> Any:
    """A record as dicts and lists, keys whose value is None left out (readers treat absent as None)."""
    if is_dataclass(record) and not isinstance(record, type):
        pairs = ((f.name, getattr(record, f.name)) for f in fields(record))
        return {name: plain(value) for name, value in pairs if value is not None}
    if isinstance(record, (list, tuple)):
        return [plain(item) for item in record]
    return strict(record) if isinstance(record, str) else record


def lean(record: Any) -> Any:
    """As ``plain``, empty lists left out too: readers treat an absent list as an empty one."""
    if is_dataclass(record) and not isinstance(record, type):
        pairs = ((f.name, getattr(record, f.name)) for f in fields(record))
        return {name: lean(value) for name, value in pairs if value is not None and value != []}
    if isinstance(record, (list, tuple)):
        return [lean(item) for item in record]
    return strict(record) if isinstance(record, str) else record


def strict(text: str) -> str:
    """The text, lone surrogates (undecodable bytes of a path) written out as text: strict readers refuse them."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def line(record: Any) -> bytes:
    """One JSON object and a newline. Values that JSON does not know are written as their ``repr``."""
    text = json.dumps(plain(record), default=repr, ensure_ascii=True, separators=(",", ":"))
    return text.encode("ascii") + b"\n"


def document(record: Any) -> bytes:
    """A whole file (launch.json, exit.json): every key, None as null, indented for people."""
    whole = {f.name: plain(getattr(record, f.name)) for f in fields(record)}
    return (json.dumps(whole, default=repr, indent=1) + "\n").encode("ascii")
