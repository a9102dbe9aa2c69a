"""Durations as people write them: ``90``, ``90s``, ``30m``, ``1.5h``, ``1h30m``, ``2d``."""

import math
import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h|d)\s*", re.ASCII)

#: The tag that sets one node's threshold, over the option.
HANG_AFTER_TAG = "hamtui.hang_after"
#: The threshold of a node of which nothing is known.
DEFAULT_HANG_AFTER_S = 120.0


def seconds(value: object) -> float:
    """Seconds from a number or a text. Raises ValueError with a sentence for anything but a positive, finite time."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        total = float(value)
    else:
        text = str(value).strip().lower()
        try:
            total = float(text)
        except ValueError:
            parts = _PART.findall(text)
            if not parts or _PART.sub("", text):
                raise ValueError(f"{value!r} is no duration; write 90, 90s, 30m or 1h30m") from None
            total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not math.isfinite(total) or total <= 0:
        raise ValueError(f"{value!r} is no duration; it must be more than 0")
    return total
