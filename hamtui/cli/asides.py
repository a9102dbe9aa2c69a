"""What ``hamtui status`` says to people beside its JSON, whose keys are fixed: what is left, how far nodes say they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hamtui.cli.look import Look
from hamtui.cli.words import chain_line
from hamtui.model import verdict
from hamtui.model.baseline import Past
from hamtui.model.diagnosis import last_doing
from hamtui.model.estimate import left, stands_still
from hamtui.model.fold import Launch
from hamtui.model.misses import totals
from hamtui.model.progress import progress_text
from hamtui.model.ranges import time_left
from hamtui.model.state import Now, Run, Span, SpanKey
from hamtui.model.text import duration, plural, size

#: Reasons why nodes were no hits, and nodes named with one.
_REASONS, _NAMES = 12, 6


@dataclass(frozen=True)
class Asides:
    """``left`` by run id, ``progress`` by span; ``under`` a span: the chain of waiting, or what it last did.

    ``cache`` by run id: hits and the time that they saved, then why others were none.
    ``asked_by`` says who asked the launch to end; ``notices`` what it has to say to whoever watches; ``rotated`` what
    of its files is gone because they had grown too big.
    """

    left: Mapping[str, str] = field(default_factory=dict)
    progress: Mapping[SpanKey, str] = field(default_factory=dict)
    under: Mapping[SpanKey, tuple[str, ...]] = field(default_factory=dict)
    asked_by: str | None = None
    rotated: str | None = None
    notices: tuple[str, ...] = ()
    cache: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def asides(seen: Look, past: Past) -> Asides:
    """Of the runs that go on, at the instant of the look."""
    ends, progress, under = {}, {}, {}
    cached = {run.run_id: said for run in seen.launch.runs.values() if (said := _cached(seen, run, past))}
    for run in seen.launch.runs.values():
        told = left(seen.launch, run, seen.now, past)
        if told is not None and not stands_still(
            verdict.marks(seen.launch, run, seen.fact, seen.now, past).values()
        ):
            ends[run.run_id] = time_left(*told)
        for span in run.spans.values():
            if span.status == "running" and span.tick is not None:
                progress[span.key] = progress_text(span, seen.now)
            told_under = tuple(_under(seen, span, past)) if span.status in {"running", "aborted"} else ()
            if told_under:
                under[span.key] = told_under
    ending = seen.launch.exit
    asked_by = ending.asked_by if ending is not None else None
    return Asides(ends, progress, under, asked_by, rotated(seen.launch), tuple(seen.launch.notices), cached)


def rotated(launch: Launch) -> str | None:
    """What of the launch's files is gone, so that its oldest runs are not told of; None where they are whole."""
    parts, gone = (sum(told) for told in zip((0, 0), *launch.rotated.values(), strict=True))
    if not parts:
        return None
    older = plural(parts, "older part")
    return f"{older} of its files ({size(gone)}) {'is' if parts == 1 else 'are'} gone by --max-size, oldest runs first"


def _cached(seen: Look, run: Run, past: Past) -> tuple[str, ...]:
    found = totals(seen.launch, run, past)
    if not found.asked:
        return ()
    saved = "" if found.saved_s is None else f", saved about {duration(found.saved_s)}"
    told = f"cache: {found.hits} of {found.asked} hit{saved}"
    reasons = [f"  {_named(names)}: {why}" for why, names in found.missed.items()]
    more = [f"  and {len(reasons) - _REASONS} reasons more"] if len(reasons) > _REASONS else []
    return told, *reasons[:_REASONS], *more


def _named(names: Mapping[str, int]) -> str:
    """Nodes, each once with how many of its tasks."""
    some = [name if count == 1 else f"{name} ({count})" for name, count in list(names.items())[:_NAMES]]
    more = len(names) - len(some)
    return ", ".join(some) + (f" and {plural(more, 'node')} more" if more else "")


def _under(seen: Look, span: Span, past: Past) -> Iterator[str]:
    """A late span's chain of waiting; of one that was in flight at the end, what it was at by the last sample."""
    mark = verdict.suspect(seen.launch, span, seen.fact, seen.now, past)
    if mark is not None:
        if len(mark.chain) > 1 or any(link.relation for link in mark.chain):
            yield from map(chain_line, mark.chain)
    elif span.ended_at is not None:
        told = last_doing(seen.launch, span, Now(span.ended_at))
        if told is not None:
            yield f"at the last sample {told.verdict}" + (f": {told.why}" if told.why else "")
