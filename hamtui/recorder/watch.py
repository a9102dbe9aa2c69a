"""When to probe, and how often: while a span is late or nearly, and never for more than a share of the time."""

import math
import time
from collections.abc import Callable
from typing import Any

from hamtui.recorder.dumps import Stacks
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.probes import Prober

#: Probes may take this share of the time, in CPU.
SHARE = 0.01
#: The least time between two probes by how long something has been late, seconds.
_PACES = ((600.0, 5.0), (60.0, 2.0), (-math.inf, 0.0))
#: A probe that still holds is taken anew after a while all the same, for what it says of other threads, seconds.
STALE_S = 10.0
_MOST_STALE_S = 60.0
#: Where a late thread goes on to another function a dump is due so often, and only in the first while.
MOVED_EVERY_S = 5.0
_MOVED_FOR_S = 120.0
#: After so many faults of its own there are no more probes in this process.
_MOST_FAULTS = 5

_thread_time = time.thread_time


class Watch:
    """The probes of one process. No clock but for CPU: ``now`` is CLOCK_MONOTONIC seconds."""

    def __init__(self, stacks: Stacks) -> None:
        self._prober = Prober(stacks)
        self._seq: int | None = None
        self._free_at = self._check_at = self._next_at = self._stale_at = -math.inf
        self._faults = 0
        self._dumped: dict[int, tuple[Any, ...]] = {}
        self._dumped_at = -math.inf

    def still(self, near: dict[int, int], now: float) -> int | None:
        """The newest probe's ``seq``, while all that it says still holds."""
        if not near or self._seq is None:
            self._seq = None
            return None
        if now >= self._stale_at:
            self._seq = None
        elif now >= self._check_at:
            held, cost = self._costing(self._prober.still, near)
            self._check_at = now + cost / SHARE
            if not held:
                self._seq = None
        return self._seq

    def probe(
        self, near: dict[int, int], late_for: float, now: float, own: int, next_seq: Callable[[], int]
    ) -> bytes | None:
        """A probe's line, if one is due: nothing stands still, and the time for it is there."""
        if not near or self._seq is not None or now < self._free_at or now < self._next_at:
            return None
        seq = next_seq()
        line, cost = self._costing(self._prober.take, seq, near, own)
        self._free_at = now + cost / SHARE
        if isinstance(line, bytes):
            self._seq = seq
            self._stale_at = now + min(max(STALE_S, late_for / 4), _MOST_STALE_S)
            self._next_at = now + next(pace for since, pace in _PACES if late_for >= since) - 0.1
            return line
        return None

    def _costing(self, function: Callable[..., Any], *args: Any) -> tuple[Any, float]:
        """What the function gives, None where it fails, and what it cost in CPU seconds."""
        if self._faults >= _MOST_FAULTS:
            return None, 0.0
        before = _thread_time()
        result, fault = attempt(function, *args)
        cost = _thread_time() - before
        if fault is not None:
            self._faults += 1
            FAULTS.note("probe", fault)
        return result, cost

    def dumped(self, now: float) -> None:
        """A dump was taken."""
        self._dumped, self._dumped_at = self._prober.places, now

    def has_moved(self, near: dict[int, int], late_for: float, now: float) -> bool:
        """Whether a late thread stands in other functions than at the newest dump, and it is time to show that."""
        if not 0 < late_for < _MOVED_FOR_S or now < self._dumped_at + MOVED_EVERY_S:
            return False
        places = self._prober.places
        return any(ident in places and places[ident] != self._dumped.get(ident) for ident in near)
