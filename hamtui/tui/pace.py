"""How often a frame is drawn and sent: no more than ``--fps`` asks for, than the terminal takes, or than the machine can spare."""

from __future__ import annotations

import time
from collections.abc import Callable
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
    """What drawing takes of the processor, painting included, and how long to rest for it. All in seconds.

    A burst is drawn as it comes; a launch that changes all the time takes no more than its share. ``took``: by the
    last drawing. A frame that the terminal does not take is charged with all that was read meanwhile, so no rest for
    what is owed is longer than ``MOST``.
    """

    SHARE, BURST, MOST = 0.2, 0.5, 1.0
    #: What it takes to know what is drawn holds keys up: so many times as long none is drawn.
    APART = 4

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, cpu: Callable[[], float] = time.thread_time
    ) -> None:
        self.took = 0.0
        self._clock, self._cpu = clock, cpu
        self._known, self._known_at = 0.0, clock()
        self._debt, self._owed_at = 0.0, clock()
        self._began: float | None = None

    def begin(self) -> None:
        """A drawing begins. Of one that changed nothing no frame came."""
        self.painted()
        self._began = self._cpu()

    def known(self) -> None:
        """What is drawn is known, and not painted."""
        if self._began is not None:
            self.took = self._known = self._cpu() - self._began
            self._known_at = self._clock()

    def painted(self) -> None:
        """A frame is there: the first after a drawing began is its."""
        if self._began is not None:
            self.took = self._cpu() - self._began
            owed = min(self._owed() + self.took, self.BURST + self.SHARE * self.MOST)
            self._debt, self._owed_at = owed, self._clock()
            self._began = None

    def _owed(self) -> float:
        return max(0.0, self._debt - self.SHARE * (self._clock() - self._owed_at))

    @property
    def rest(self) -> float:
        """How long from now until the next drawing; none where negative."""
        apart = self.APART * self._known - (self._clock() - self._known_at)
        return max(apart, (self._owed() - self.BURST) / self.SHARE)
