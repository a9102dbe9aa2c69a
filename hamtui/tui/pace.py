"""How often a frame is drawn and sent: no more than ``--fps`` asks for, than the terminal takes, or than the machine can spare."""

from __future__ import annotations

import time
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


class Effort:
    """What the last drawing took of the processor, its painting included, and how long to rest for it: seconds.

    A launch that changes all the time takes a fifth of a processor so.
    """

    REST = 4

    def __init__(self) -> None:
        self.took = 0.0
        self._over_at = 0.0
        self._began: float | None = None

    def begin(self) -> None:
        """A drawing begins."""
        self._began = time.thread_time()

    def so_far(self) -> None:
        """What is drawn is known; what it costs to paint it is not."""
        if self._began is not None:
            self.took, self._over_at = time.thread_time() - self._began, time.monotonic()

    def painted(self) -> None:
        """A frame is there: the first after a drawing began is its."""
        self.so_far()
        self._began = None

    @property
    def rest(self) -> float:
        """How long from now until the next drawing."""
        return self.REST * self.took - (time.monotonic() - self._over_at)
