"""Geometry of the waterfall: which seconds are on the screen, where a bar lies, what the axis says.

Seconds count from the run's start. Bars are measured in eighths of a cell, because block characters are.
"""

from dataclasses import dataclass

_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
_MINUTES = (60, 90, 120, 180, 240, 360, 480, 600, 900, 1200, 1800, 2700, 3600, 5400)
_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
#: The narrowest window that zooming gives.
SHORTEST_S = 0.001


def room_for(seconds: float) -> float:
    """The length of a window that holds ``seconds`` and some time to come.

    It grows by steps of at most a half, so that a live waterfall is drawn anew now and then and not
    at every tick.
    """
    if seconds < 48:
        scale = 0.01
        while True:
            for step in _STEPS:
                if seconds < step * scale:
                    return step * scale
            scale *= 10
    for minutes in _MINUTES:
        if seconds < minutes:
            return float(minutes)
    length = 7200.0
    while length <= seconds:
        length *= 1.25
    return length


@dataclass(frozen=True)
class Window:
    """The part of the run's time that is on the screen, in seconds from the run's start."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds from edge to edge; always above zero."""
        return max(self.end - self.start, SHORTEST_S)

    def zoom(self, factor: float, around: float | None = None) -> "Window":
        """A window ``factor`` times as long; the instant ``around`` (the middle without) stays where it is."""
        fixed = (self.start + self.end) / 2 if around is None else min(max(around, self.start), self.end)
        length = max(self.length * factor, SHORTEST_S)
        start = fixed - (fixed - self.start) / self.length * length
        return Window(max(0.0, start), max(0.0, start) + length)

    def pan(self, part: float) -> "Window":
        """The window moved by a part of its own length, never to before the run's start."""
        start = max(0.0, self.start + self.length * part)
        return Window(start, start + self.length)


def fit(elapsed: float, *, live: bool) -> Window:
    """The window on a whole run: with room to grow while it is live, exact when it is over."""
    return Window(0.0, room_for(elapsed) if live else max(elapsed, SHORTEST_S))


def bar(start: float, end: float, window: Window, width: int) -> tuple[int, int]:
    """Where a bar lies in ``width`` cells: (eighths left of it, its own eighths); (0, 0) where it is not in sight.

    What touches the window is at least an eighth wide, so that the shortest span is seen.
    """
    room = width * 8
    if room <= 0 or end < window.start or start > window.end:
        return 0, 0
    scale = room / window.length
    left = min(max(int((start - window.start) * scale), 0), room - 1)
    right = min(max(int((end - window.start) * scale), left + 1), room)
    return left, right - left


def tick_label(seconds: float, step: float) -> str:
    """``0s``, ``0.5s``, ``50s``, ``1m``, ``1m40``, ``2h``, ``2h30``: no longer than the step needs."""
    if step < 1:
        digits = 1 if step >= 0.1 else 2 if step >= 0.01 else 3
        return f"{seconds:.{digits}f}s" if seconds else "0s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}" if rest else f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if rest:
        return f"{hours}h{minutes:02d}m{rest:02d}"
    return f"{hours}h{minutes:02d}" if minutes else f"{hours}h"


def _tick_step(window: Window, width: int, room: int) -> float:
    wanted = window.length / max(width / room, 1)
    step = 0.001
    while step < 1:
        for part in (1, 2, 5):
            if step * part >= wanted:
                return step * part
        step *= 10
    for whole in _TICKS_S:
        if whole >= wanted:
            return float(whole)
    days = 86400.0
    while days < wanted:
        days *= 2
    return days


def ticks(window: Window, width: int, room: int = 10) -> list[tuple[int, str]]:
    """The axis: (column, label) from left to right, at round times, ``room`` cells apart or more, inside ``width``."""
    if width <= 0:
        return []
    step = _tick_step(window, width, room)
    found: list[tuple[int, str]] = []
    number = int(window.start / step)
    free = 0
    while number * step <= window.end and len(found) <= width:
        at = number * step
        number += 1
        if at < window.start:
            continue
        column = int((at - window.start) / window.length * width)
        label = tick_label(at, step)
        if column >= free and column + len(label) <= width:
            found.append((column, label))
            free = column + len(label) + 1
    return found
