"""A node's own past: how long it took in earlier launches, and what its cache key was then.

A duration is one span's: executed, succeeded, not taken from the cache, by the same code version. So each task of
a ``Parallelizable`` counts as one run of its node: the blocks of one launch tell how much a node varies, and the
slowest of a thousand is what a threshold must let pass.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from hamtui.contract.semantic_check import Checked
from hamtui.model.state import Span

#: So many runs make a past that is trusted closely; with fewer, but more than one, it is trusted loosely.
MANY, FEW = 5, 2


@dataclass(frozen=True)
class CacheKey:
    """Hamilton's cache key, taken apart. ``dependencies`` maps a dependency to its data version."""

    node: str
    code_version: str
    dependencies: Mapping[str, str] = field(default_factory=dict)


class Usual(NamedTuple):
    """How long a node took before, seconds: ``n`` runs, the median, the 95th percentile, the longest."""

    n: int
    p50: float
    p95: float
    max: float


NodeVersion = tuple[str, str | None]


@dataclass(frozen=True)
class Past:
    """What earlier launches of the same diag folder tell of each node.

    ``durations``: seconds of executed, succeeded spans by (node, code version), oldest first.
    ``keys``: the newest cache key by (node, task_id), of launches that used the same cache folder.
    ``sources``: a node's function by (node, code version). ``origins``: the launch that each of ``keys`` is from.
    ``checks``: by semantic_id, what the last check of public outputs found.
    ``times``: how many spans the newest launch that executed it had of a node, where there were several.
    """

    durations: Mapping[NodeVersion, tuple[float, ...]] = field(default_factory=dict)
    keys: Mapping[tuple[str, str | None], CacheKey] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[NodeVersion, str] = field(default_factory=dict)
    origins: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    checks: Mapping[str, Checked] = field(default_factory=dict)
    _usuals: dict[NodeVersion, "tuple[Usual | None, float | None]"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def told(self, node: str, version: str | None) -> "tuple[Usual | None, float | None]":
        """The node's usual duration and the threshold that follows from it, reckoned once."""
        key = (node, version)
        known = self._usuals.get(key)
        if known is None:
            taken = self.durations.get(key, ())
            known = self._usuals[key] = (usual(taken), limit(taken))
        return known


#: Nothing is known.
NO_PAST = Past()


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the sorted values lie, by linear interpolation between neighbours.

    The definition that numpy and spreadsheets have by default (Hyndman and Fan's seventh): position
    ``share * (n - 1)``. Raises IndexError where there are none.
    """
    at = share * (len(ordered) - 1)
    below = math.floor(at)
    low, rest = ordered[below], at - below
    if rest == 0:
        return low
    above = ordered[below + 1]
    return min(low + (above - low) * rest, above)


def usual(durations: Sequence[float]) -> Usual | None:
    """What these durations (seconds, in any order) say is usual; None of none."""
    if not durations:
        return None
    ordered = sorted(durations)
    return Usual(len(ordered), percentile(ordered, 0.5), percentile(ordered, 0.95), ordered[-1])


def limit(durations: Sequence[float]) -> float | None:
    """Seconds after which a node with this past is late; None where it is too short to tell.

    5 runs or more: max(30 s, 1.5 times the longest, 3 times the 95th percentile); 2 to 4: max(60 s, 5 times it).
    """
    known = usual(durations)
    if known is None or known.n < FEW:
        return None
    if known.n < MANY:
        return max(60.0, 5 * known.max)
    return max(30.0, 1.5 * known.max, 3 * known.p95)


def durations(node: str, version: str | None, past: Past) -> tuple[float, ...]:
    """Seconds of the executed, succeeded spans of this node and code version, oldest first; ``()`` if none."""
    return past.durations.get((node, version), ())


def saved_s(span: Span, known: Sequence[float]) -> float | None:
    """What a cache hit saved: the median of the executed durations, less the time of the hit. None: not known."""
    if span.status != "cached":
        return None
    return max(0.0, median(known) - (span.elapsed_s or 0.0)) if known else None
