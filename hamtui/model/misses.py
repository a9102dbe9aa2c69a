"""A cache miss explained: against which earlier key, which parts of it differ, and how the code does."""

import difflib
from dataclasses import dataclass

from hamtui.model.baseline import NO_PAST, Past, saved_s
from hamtui.model.cache import decode_key, last_key, outcome
from hamtui.model.fold import Launch
from hamtui.model.state import Run, Span

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
    old = past.sources.get((span.key.node, version))
    if node is None or old is None or not node.source or node.version == version:
        return ()
    lines = difflib.unified_diff(old.splitlines(), node.source.splitlines(), lineterm="", n=_AROUND)
    kept = [line for line in lines if not line.startswith(("---", "+++"))]
    more = len(kept) - MOST_LINES
    return (*kept[:MOST_LINES], *([f"… {more} more lines"] if more > 0 else []))


@dataclass(frozen=True)
class Totals:
    """Of a run: spans that hit, spans that could have, and the seconds saved by hits whose node has a past."""

    hits: int
    asked: int
    saved_s: float | None


def totals(launch: Launch, run: Run, past: Past = NO_PAST) -> Totals:
    """What the cache did for a run in all."""
    hits = asked = 0
    saved: list[float] = []
    for span in run.spans.values():
        found = outcome(launch, span, past)
        if found is None or found.outcome in {"disabled", "ignored"}:
            continue
        asked += 1
        if found.outcome == "hit":
            hits += 1
            node = run.nodes.get(span.key.node)
            seconds = saved_s(span, None if node is None else node.version, past)
            saved += [] if seconds is None else [seconds]
    return Totals(hits, asked, sum(saved) if saved else None)
