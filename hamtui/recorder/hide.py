"""What a tracker may be told of values: small ones as they are, secrets never, the rest by type and size."""

import json
from typing import Any

from hamtui.contract.redact import is_secret, redacted
from hamtui.contract.summary import REDACTED
from hamtui.recorder.guard import attempt
from hamtui.recorder.summaries import summary
from hamtui.recorder.text import clip

_DEEPEST = 4
_LONGEST = 200


def hidden(value: Any) -> Any:
    """The same JSON value with the secrets in it kept back: by their keys, and by their looks."""
    if isinstance(value, dict):
        return {key: REDACTED if is_secret(str(key)) else hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hidden(item) for item in value]
    return redacted(value) if isinstance(value, str) else value


def about(value: Any) -> dict[str, Any]:
    """Type and size of a value, never the value."""
    text, _ = attempt(summary, value)
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {}


def shown(value: Any, most_items: int, depth: int = 0) -> Any:
    """A value for JSON: numbers and short texts as they are, the first items of lists and dicts, the rest by type and size."""
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        return value if value - value == 0 else str(value)
    if type(value) is str:
        return clip(redacted(value[: 2 * _LONGEST]), _LONGEST)
    if depth < _DEEPEST and type(value) in (list, tuple):
        return [shown(item, most_items, depth + 1) for item in value[:most_items]]
    if depth < _DEEPEST and type(value) is dict:
        first = list(value.items())[:most_items]
        return {
            str(key): REDACTED if is_secret(str(key)) else shown(item, most_items, depth + 1)
            for key, item in first
        }
    return about(value)
