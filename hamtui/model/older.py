"""Runs of which nothing is kept but their count: 24 bytes each, so that watching a service for weeks stays small."""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from math import isfinite

from hamtui.model.state import Run, RunState

#: What a run's id is known by: 64 bits of its hash, in this process alone. Two of a million runs are as good as never alike.
_BITS = 2**64 - 1


class Older:
    """The ended runs that were dropped, oldest first: how many in which state, when they began, how long they took.

    ``has`` knows their ids, so that a worker's file that is read later, or the same line again, does not make a run anew.
    """

    def __init__(self) -> None:
        self.states: Counter[RunState] = Counter()
        #: Seconds that they took, in the order in which they were dropped; of those that told it.
        self.took = array("d")
        self._ids = array("Q")
        self._began = array("d")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, run: Run, began: float) -> None:
        """Count a run that began at this instant (Unix seconds; infinite where nobody knows)."""
        self.states[run.state] += 1
        if run.elapsed_s is not None:
            self.took.append(run.elapsed_s)
        insort(self._ids, hash(run.run_id) & _BITS)
        insort(self._began, began)

    def has(self, run_id: str) -> bool:
        """Whether a run of this id was dropped."""
        known = hash(run_id) & _BITS
        at = bisect_left(self._ids, known)
        return at < len(self._ids) and self._ids[at] == known

    def before(self, began: float) -> int:
        """How many of them began no later than this."""
        return bisect_right(self._began, began)

    @property
    def first(self) -> float | None:
        """When the oldest of them began: Unix seconds; None where nobody knows."""
        return self._began[0] if self._began and isfinite(self._began[0]) else None
