"""Values whose keys say that they are secrets, hidden; and values made small enough to be told."""

import json
import re
from typing import Any

from hamtui.recorder.guard import attempt
from hamtui.recorder.summaries import summary
from hamtui.recorder.text import clip

HIDDEN = "(hidden)"
_SECRET = re.compile(r"(?i)pass|secret|token|credential|api.?key|auth|private.?key|cookie")
_DEEPEST = 4
_LONGEST = 200


def hidden(value: Any) -> Any:
    """The same JSON value, what stands under a key that looks like a secret's left out."""
    if isinstance(value, dict):
        return {key: HIDDEN if _SECRET.search(str(key)) else hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hidden(item) for item in value]
    return value


def about(value: Any) -> dict[str, Any]:
    """Type and size of a value, never the value."""
    text, _ = attempt(summary, value)
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {}


def shown(value: Any, most_items: int, depth: int = 0) -> Any:
    """A value for JSON: numbers and short texts as they are, the first items of lists and dicts, the rest in summary."""
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        return value if value - value == 0 else str(value)
    if type(value) is str:
        return clip(value, _LONGEST)
    if depth < _DEEPEST and type(value) in (list, tuple):
        return [shown(item, most_items, depth + 1) for item in value[:most_items]]
    if depth < _DEEPEST and type(value) is dict:
        first = list(value.items())[:most_items]
        return {
            str(key): HIDDEN if _SECRET.search(str(key)) else shown(item, most_items, depth + 1)
            for key, item in first
        }
    return about(value)
