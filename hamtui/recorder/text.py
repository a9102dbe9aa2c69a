"""JSON by hand: what a line template needs, in the C parts of the standard library."""

import json
from json.encoder import encode_basestring_ascii as _encode
from typing import Any


def quote(text: str) -> str:
    r"""A JSON string, quotes included, ASCII alone.

    Half a surrogate pair, which strict readers refuse, is written out as the text ``\\udc80``.
    """
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return str(_encode(text))


def quote_or_null(text: str | None) -> str:
    """The same, None as ``null``."""
    return "null" if text is None else quote(text)


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, what was left out counted."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def dumps(value: Any) -> str:
    """Any value as JSON in one line; what JSON does not know as its type's name, never its ``repr``."""
    return json.dumps(plain(value), separators=(",", ":"))


def plain(value: Any) -> Any:
    """The value with strict JSON's types alone, strings free of half surrogates."""
    if value is None or type(value) in (bool, int):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, dict):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(str(item)) for item in value)
    return type(value).__name__
