"""A cache miss explained: against which earlier key, which parts of it differ, and how the code does."""

import difflib
import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hamtui.model import baseline
from hamtui.model.baseline import MANY, NO_PAST, Past
from hamtui.model.cache import decode_key, last_key, outcome, runs_before
from hamtui.model.fold import Launch
from hamtui.model.state import Run, Span, SpanKey

#: Lines of a function around a change, and of a whole difference.
_AROUND, MOST_LINES = 2, 200


@dataclass(frozen=True)
class Part:
    """A part of the cache key: ``code``, or the input of this name. A version is None where the key has no such part."""

    name: str
    before: str | None
    now: str | None

    @property
    def changed(self) -> bool:
        """Whether it is why the key is another one."""
        return self.before != self.now


@dataclass(frozen=True)
class Miss:
    """``since``: the launch or run that had the earlier key. ``diff``: lines of a unified difference, without its head."""

    since: str | None
    parts: tuple[Part, ...]
    diff: tuple[str, ...] = ()


CODE = "code"


def explain(launch: Launch, span: Span, past: Past = NO_PAST) -> Miss | None:
    """The parts of the span's key beside those of the newest one before it; None where it has no key that can be read."""
    trail = launch.trails.get(span.key)
    key = None if trail is None or trail.key is None else decode_key(trail.key)
    if trail is None or key is None:
        return None
    found = last_key(launch, span, trail, past)
    before = None if found is None else found[0]
    if found is None or before is None:
        return Miss(
            None,
            (Part(CODE, None, key.code_version), *(Part(n, None, v) for n, v in key.dependencies.items())),
        )
    names = dict.fromkeys((*key.dependencies, *before.dependencies))
    parts = [Part(CODE, before.code_version, key.code_version)]
    parts += [Part(name, before.dependencies.get(name), key.dependencies.get(name)) for name in names]
    return Miss(found[1], tuple(parts), _diff(launch, span, before.code_version, past))


def _diff(launch: Launch, span: Span, version: str, past: Past) -> tuple[str, ...]:
    """How the node's function differs from what it was at that version; helpers that it calls are no part of it."""
    node = launch.planned(span)
    if node is None or not node.source or node.version == version:
        return ()
    old = past.sources.get((span.key.node, version)) or _source_here(launch, span, version)
    return () if old is None else _difference(old, node.source)


def _source_here(launch: Launch, span: Span, version: str) -> str | None:
    """The node's function of that version in an earlier run of this launch."""
    for run_id in runs_before(launch, span.key.run_id):
        node = launch.runs[run_id].nodes.get(span.key.node)
        if node is not None and node.version == version and node.source:
            return node.source
    return None


@functools.lru_cache(maxsize=64)
def _difference(old: str, new: str) -> tuple[str, ...]:
    """Made once: a screen asks at every redraw."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=_AROUND)
    kept = [line for line in lines if not line.startswith(("---", "+++"))]
    more = len(kept) - MOST_LINES
    return (*kept[:MOST_LINES], *([f"… {more} more lines"] if more > 0 else []))


def saved_s(launch: Launch, span: Span, past: Past = NO_PAST) -> float | None:
    """What a cache hit saved, by the node's past, else by earlier runs of this launch. None: not known."""
    if span.status != "cached":
        return None
    node = launch.planned(span)
    version = None if node is None else node.version
    known = baseline.durations(span.key.node, version, past) or tuple(_durations_here(launch, span, version))
    return baseline.saved_s(span, known)


def _durations_here(launch: Launch, span: Span, version: str | None) -> Iterator[float]:
    """Of the span's own like in the newest runs before; of code whose version is not known nothing can be told."""
    if version is None:
        return
    found = 0
    for run_id in runs_before(launch, span.key.run_id):
        run = launch.runs[run_id]
        other = run.spans.get(SpanKey(run_id, span.key.task_id, span.key.node))
        node = run.nodes.get(span.key.node)
        if other is None or other.status != "succeeded" or node is None or node.version != version:
            continue
        if other.elapsed_s is not None:
            yield other.elapsed_s
            found += 1
            if found >= MANY:
                return


@dataclass(frozen=True)
class Totals:
    """Of a run: spans that hit, spans that could have, and the seconds saved by hits whose node has a past.

    ``missed``: why the others did not, each reason with the nodes that it holds for and of how many of their spans.
    """

    hits: int
    asked: int
    saved_s: float | None
    missed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def totals(launch: Launch, run: Run, past: Past = NO_PAST) -> Totals:
    """What the cache did for a run in all."""
    hits = asked = 0
    saved: list[float] = []
    missed: dict[str, Counter[str]] = {}
    for span in run.spans.values():
        found = outcome(launch, span, past)
        if found is None or found.outcome in {"disabled", "ignored"}:
            continue
        asked += 1
        if found.outcome == "hit":
            hits += 1
            seconds = saved_s(launch, span, past)
            saved += [] if seconds is None else [seconds]
        else:
            missed.setdefault(found.why or found.outcome, Counter())[span.key.node] += 1
    return Totals(hits, asked, sum(saved) if saved else None, missed)
