"""How often a frame is sent: no more than ``--fps`` asks for, and no more than the terminal takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

FPS = 30
#: A terminal that takes longer for a frame can't keep up; less may be a far one that answers late, seconds.
SLOW_S = 0.25
#: What a slow line gets to rest for keys' own frames, as a share of the time that a frame took.
_REST = 0.25
#: However slow it is, a frame each so many seconds.
MOST_S = 2.0


@dataclass(frozen=True)
class Pace:
    """``least`` and ``interval`` are seconds from one frame to the next: as asked for, and as it is now."""

    least: float
    interval: float

    @classmethod
    def of(cls, fps: int) -> Pace:
        """As many frames a second."""
        return cls(1 / fps, 1 / fps)

    def after(self, took: float) -> Pace:
        """The pace once a frame has taken ``took`` seconds to be sent: slower at once, faster by and by."""
        if took > max(SLOW_S, self.interval):
            return replace(self, interval=max(self.least, min(took * (1 + _REST), MOST_S)))
        return replace(self, interval=max(self.least, min(self.interval / 2, MOST_S)))

    @property
    def fps(self) -> float:
        """Frames a second, at most."""
        return 1 / self.interval

    @property
    def lowered(self) -> bool:
        """Whether the terminal can't keep up with what was asked for."""
        return self.interval > self.least


@dataclass(frozen=True)
class Meter:
    """Bytes a second: ``rate`` is of the last whole window; ``since`` and ``count`` began the one that goes on."""

    since: float = 0.0
    count: int = 0
    rate: float = 0.0

    def at(self, now: float, count: int) -> Meter:
        """``count`` bytes have been sent in all by ``now``; a window is a second or more."""
        passed = now - self.since
        return self if passed < 1.0 else Meter(now, count, (count - self.count) / passed)
