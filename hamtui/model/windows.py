"""A thread between two samples from outside: how much it ran, how often it woke, where it stood at the end."""

from dataclasses import dataclass

from hamtui.contract.vitals import End, ThreadVital
from hamtui.model.history import At, Point, Track, gap

#: Two samples closer together than this count as one, seconds.
LEAST_S = 0.25
MAX_WINDOWS = 40
_DEAD = frozenset({"Z", "X"})


@dataclass(frozen=True, slots=True)
class Window:
    """A thread between two samples. ``cpu`` and ``queued`` are shares of a core and of the time.

    ``bytes_s``: what it read and wrote itself, by the second; None where that was not looked at.
    """

    at: At
    seconds: float
    cpu: float
    wakes: int | None
    queued: float | None
    state: str | None
    call: str | None
    ends: list[End]
    bytes_s: float | None = None


def windows_of(track: Track[ThreadVital] | None, since: At | None) -> list[Window]:
    """The newest windows between samples that lie after ``since``, oldest first."""
    found: list[Window] = []
    if track is None:
        return found
    points = track.points[-MAX_WINDOWS - 1 :]
    if since is not None:
        first = (number for number, point in enumerate(points) if (gap(point.at, since) or 0.0) >= 0)
        points = points[next(first, len(points)) :]
    # What is dead and only not taken leave of says nothing of what it did.
    points = [point for point in points if point.value.state not in _DEAD]
    before = points[0] if points else None
    for point in points[1:]:
        window = window_of(before, point) if before is not None else None
        if window is None:
            continue
        if window.cpu < 0 or (window.wakes or 0) < 0:
            found.clear()  # a reused id: another thread
        else:
            found.append(window)
        before = point
    return found


def window_of(before: Point[ThreadVital], point: Point[ThreadVital]) -> Window | None:
    """A thread between two samples; None where they lie too close together. Worked out once for two points."""
    known = point.memo
    if known is not None and known[0] is before.at and known[1] is before.value:
        window: Window | None = known[2]
        return window
    window = _window(before, point)
    point.memo = before.at, before.value, window
    return window


def _window(before: Point[ThreadVital], point: Point[ThreadVital]) -> Window | None:
    seconds = gap(point.at, before.at)
    if seconds is None or seconds < LEAST_S:
        return None
    old, new = before.value, point.value
    cpu = (new.cpu_s - old.cpu_s) / seconds if new.cpu_s is not None and old.cpu_s is not None else 0.0
    wakes = new.switches - old.switches if new.switches is not None and old.switches is not None else None
    queued = None
    if new.queued_s is not None and old.queued_s is not None:
        queued = max(0.0, new.queued_s - old.queued_s) / seconds
    return Window(
        point.at, seconds, cpu, wakes, queued, new.state, new.call, new.ends, _bytes(old, new, seconds)
    )


def _bytes(old: ThreadVital, new: ThreadVital, seconds: float) -> float | None:
    moved = None
    for before, after in ((old.read_bytes, new.read_bytes), (old.write_bytes, new.write_bytes)):
        if before is not None and after is not None:
            moved = (moved or 0) + max(0, after - before)
    return None if moved is None else moved / seconds
