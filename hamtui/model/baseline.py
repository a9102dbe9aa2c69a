"""A node's own past: how long it took in earlier launches, and what its cache key was then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from hamtui.model.state import Span


@dataclass(frozen=True)
class CacheKey:
    """Hamilton's cache key, taken apart. ``dependencies`` maps a dependency to its data version."""

    node: str
    code_version: str
    dependencies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Past:
    """What earlier launches of the same diag folder tell of each node.

    ``durations``: seconds of executed, succeeded spans by (node, code version), oldest first.
    ``keys``: the newest cache key by (node, task_id), of launches that used the same cache folder.
    """

    durations: Mapping[tuple[str, str | None], tuple[float, ...]] = field(default_factory=dict)
    keys: Mapping[tuple[str, str | None], CacheKey] = field(default_factory=dict)


#: Nothing is known.
NO_PAST = Past()


def durations(node: str, version: str | None, past: Past) -> tuple[float, ...]:
    """Seconds of the executed, succeeded spans of this node and code version, oldest first; ``()`` if none."""
    return past.durations.get((node, version), ())


def saved_s(span: Span, version: str | None, past: Past) -> float | None:
    """What a cache hit saved: the median of the executed durations, less the time of the hit. None: not known.

    ``version`` is the node's code version (``launch.planned(span).version``).
    """
    if span.status != "cached":
        return None
    known = durations(span.key.node, version, past)
    return max(0.0, median(known) - (span.elapsed_s or 0.0)) if known else None
