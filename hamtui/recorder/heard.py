"""Ticks on their way from the nodes to the beats: the newest of each span, read without a lock."""

import math
import os
from _thread import get_ident
from time import monotonic as _monotonic
from typing import Any

from hamtui.recorder import ticks
from hamtui.recorder.guard import attempt
from hamtui.recorder.spans import SPANS, SpanKey
from hamtui.recorder.text import quote, quote_or_null

#: Spans told of in one beat, and characters of a note.
MOST_TOLD = 500
MOST_NOTE = 200

#: Types of which no method is the user's: their values are looked at when they are told.
_NUMBERS, _TOTALS, _NOTES = {int, float}, {int, float, type(None)}, {str, type(None)}

#: done, total, note, mono
_Said = tuple[float, "float | None", "str | None", float]

_newest: dict[SpanKey, _Said] = {}
_speaker = SPANS.speaker


def _listener(done: Any, total: Any, note: Any) -> None:
    if type(done) not in _NUMBERS or type(total) not in _TOTALS or type(note) not in _NOTES:
        attempt(_take, done, total, note)
        return
    key = _speaker(get_ident())
    if key is not None:
        _newest[key] = (done, total, note, _monotonic())


def _take(done: Any, total: Any, note: Any) -> None:
    """A tick of other types than Python's own, which may do anything when they are asked."""
    number = _number(done)
    if number is not None:
        known, _ = attempt(_number, total)
        _listener(number, known, str.__str__(note) if issubclass(type(note), str) else None)


def _number(value: Any) -> "float | None":
    """Whatever can be counted with (numpy's and others' numbers too), as a float; None where it is none."""
    if value is None or issubclass(type(value), (str, bytes, bytearray)):
        return None  # ``float`` would read them
    return float(value)


class Heard:
    """What the beats have told of this process' ticks. Making one begins to listen."""

    def __init__(self) -> None:
        self._told: dict[SpanKey, _Said] = {}
        ticks.listen(_listener)

    def news(self) -> str:
        """The ticks that came since the last call, as JSON objects with commas between; empty if none."""
        found: list[str] = []
        for key, said in _newest.copy().items():
            if self._told.get(key) is not said:
                if len(found) < MOST_TOLD:
                    self._told[key] = said
                    line = _line(key, said)
                    if line is not None:
                        found.append(line)
            elif SPANS.started(key) is None:
                _newest.pop(key, None)
                self._told.pop(key, None)
        return ",".join(found)


def _line(key: SpanKey, said: _Said) -> str | None:
    """The tick as JSON; None where it is none: infinite, not a number, too big for one."""
    run_id, task_id, node = key
    done, total, note, mono = _finite(said[0]), _finite(said[1]), said[2], said[3]
    if done is None:
        return None
    if note is not None:
        note = note[:MOST_NOTE]
    return (
        f'{{"run_id":{quote(run_id)},"node":{quote(node)},"task_id":{quote_or_null(task_id)},"done":{done!r},'
        f'"total":{repr(total) if total is not None and total > 0 else "null"},"note":{quote_or_null(note)},"mono":{mono:.6f}}}'
    )


def _finite(value: float | None) -> float | None:
    try:
        number = math.nan if value is None else float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


os.register_at_fork(after_in_child=_newest.clear)
