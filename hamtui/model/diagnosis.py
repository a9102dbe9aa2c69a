"""Hung or slow, on what, and who holds it: the mark of a late span, from all that is known by an instant.

A pure function of the launch's history: the same lines give the same verdict live, on attach and after death.
"""

from collections.abc import Iterator
from itertools import chain, islice

from hamtui.contract.logs import STOP
from hamtui.contract.stacks import Dump, ThreadStack
from hamtui.model import verdicts as names
from hamtui.model.children import children_of
from hamtui.model.evidence import Seen, is_sampled
from hamtui.model.fold import Launch
from hamtui.model.history import At, Probe, at_of, gap, upto
from hamtui.model.judging import Raw, judge
from hamtui.model.places import in_debugger
from hamtui.model.scene import scene
from hamtui.model.stacks import stack_of, where
from hamtui.model.state import Level, Now, ProcessFact, Span, Suspect
from hamtui.model.telling import Told, tell
from hamtui.model.windows import Window, windows_of

#: How many windows back an agreement is looked for.
_BACK = 12
#: Of a run that lives, evidence older than this proves nothing any more, seconds.
_STALE_S = 5.0
#: Two looks from inside are two when they are so far apart.
_APART_S = 0.3


def diagnose(
    launch: Launch, span: Span, fact: ProcessFact, now: Now, told: str, since_s: float
) -> Suspect | None:
    """The mark of a span that is late at ``now``; None where it waits in the debugger, which is no hang.

    ``told`` says how long it runs, for where nothing else can be said; ``since_s``: seconds past its threshold.
    """
    if fact.paused and is_in_main(launch, span):
        why = f"the process is stopped by a signal; {told}"
        last = _last(launch, span, now)
        links = tell(last, Raw(names.PAUSED)).chain
        return Suspect("confirmed", False, names.PAUSED, why, since_s, links)
    key = "diagnosis", id(span), span.started_at, fact, _instants_key(launch, span, now)
    found: Suspect | None = launch.history.memo.get(key, _MISSING)
    if found is _MISSING:
        found = launch.history.memo[key] = _diagnose(launch, span, fact, now)
    if found is None:
        return None
    why = found.why.replace(_TOLD, told, 1)
    return Suspect(found.level, found.progress, found.verdict, why, since_s, found.chain)


_MISSING = Suspect("suspected", None, "", "", 0.0)
#: Stands for what moves with the clock, so that the rest can be kept.
_TOLD = "\0told\0"


def _instants_key(launch: Launch, span: Span, now: Now) -> tuple[object, ...]:
    """Equal for instants at which the same is known."""
    until = _until(launch, span, now)
    windows = _windows(launch, span, until)
    stale = gap(until, windows[-1].at) if windows else None
    return len(windows), windows[-1].at if windows else until, stale is not None and stale > _STALE_S


def is_in_main(launch: Launch, span: Span) -> bool:
    """Whether the span runs in the launch's main process."""
    return span.pid is None or launch.info is None or launch.info.pid in {None, span.pid}


def _until(launch: Launch, span: Span, now: Now) -> At:
    """The instant up to which evidence counts: what a stop does to a node says nothing of what it did before."""
    until, begin = at_of(now), span.started_at
    for request in launch.requests.values():
        if request.ask == STOP and request.ts is not None and (begin is None or request.ts >= begin):
            asked = At(request.ts)
            if (gap(until, asked) or 0.0) > 0:
                until = asked
    return until


def _begin(span: Span) -> At:
    return At(span.started_at, span.started_mono)


def _windows(launch: Launch, span: Span, until: At) -> list[Window]:
    """The windows of the span's own thread in its life, up to an instant."""
    if span.pid is None or span.native_id is None:
        return []
    key = "windows", span.pid, span.native_id, span.started_at, span.started_mono
    known: list[Window] | None = launch.history.memo.get(key)
    if known is None:
        track = launch.history.threads.get((span.pid, span.native_id))
        known = launch.history.memo[key] = windows_of(track, _begin(span))
    return known[: upto(known, until)]


def _seen(launch: Launch, span: Span, at: At, windows: list[Window]) -> Seen:
    planned = launch.planned(span)
    here = scene(launch, at)
    own_file = planned.file if planned is not None else None
    host = span.host if span.pid is None or (span.host, span.pid) in launch.history.insides else None
    key = (host, span.pid) if span.pid is not None else (None, -1)
    stack = _stack(launch, span)
    if stack is not None and (gap(At(stack[0].ts, stack[0].mono), at) or 0.0) > 1.0:
        stack = None
    begun = _begin(span) if span.host is not None else None
    # Spans of one thread in one file share what is known of it, where they are looked at over the same windows.
    spot = (
        key,
        span.thread_id,
        span.native_id,
        len(windows),
        id(windows and windows[0]),
        own_file,
        id(stack and stack[1]),
        begun,
    )
    known = here.threads.get(spot)
    if known is None:
        known = here.threads[spot] = Seen(
            here, key, span.thread_id, span.native_id, windows, own_file, stack, begun=begun
        )
    return known.of(span)


def _stack(launch: Launch, span: Span) -> tuple[Dump, ThreadStack] | None:
    """The span's newest stack, looked up once."""
    memo = launch.history.memo
    key = "stack", id(span), span.started_at, span.ended_at
    if key not in memo:
        memo[key] = stack_of(launch, span)
    found: tuple[Dump, ThreadStack] | None = memo[key]
    return found


def _instants(launch: Launch, span: Span, until: At) -> Iterator[Seen]:
    """The span's thread at each instant that was looked at, newest first."""
    windows = _windows(launch, span, until)
    probes = _probes(launch, span, until)
    first = next(probes, None)
    newest = first.until if first is not None else None
    if windows and (newest is None or (gap(newest, windows[-1].at) or 0.0) <= _STALE_S):
        for count in range(len(windows), max(0, len(windows) - _BACK), -1):
            seen = _seen(launch, span, windows[count - 1].at, windows[:count])
            if is_sampled(seen):
                yield seen
        return
    for probe in islice(chain((first,) if first is not None else (), probes), _BACK):
        last = until if (gap(until, probe.until) or 0.0) < 0 else probe.until
        if (gap(last, probe.at) or 0.0) >= _APART_S:
            yield _seen(launch, span, last, [])
        yield _seen(launch, span, probe.at, [])


def _probes(launch: Launch, span: Span, until: At) -> Iterator[Probe]:
    """The probes of the span's process in its life, up to an instant, newest first."""
    inside = launch.history.insides.get((span.host, span.pid)) if span.pid is not None else None
    begin = _begin(span)
    for probe in reversed(inside.probes if inside is not None else []):
        if (gap(until, probe.at) or 0.0) >= 0 and (gap(probe.at, begin) or 0.0) >= 0:
            yield probe


def _last(launch: Launch, span: Span, now: Now) -> Seen:
    until = _until(launch, span, now)
    return next(_instants(launch, span, until), None) or _seen(launch, span, until, [])


def _agreed(instants: Iterator[Seen]) -> tuple[Seen, Raw, Raw, bool] | None:
    """The newest verdict on which two instants in a row agree, what the last one says, and whether it is that.

    So a verdict changes only once a second look says the same, and is the same function of the same history.
    """
    newest: Raw | None = None
    later: tuple[Seen, Raw] | None = None
    for seen in instants:
        raw = judge(seen, children_of)
        newest = newest or raw
        if later is not None and later[1].verdict == raw.verdict:
            both = later[1] if raw.proven else _unproven(later[1])
            return later[0], both, newest, later[1] is newest
        later = seen, raw
    return None


def _unproven(raw: Raw) -> Raw:
    return Raw(**{**vars(raw), "proven": False})


def _diagnose(launch: Launch, span: Span, fact: ProcessFact, now: Now) -> Suspect | None:
    until = _until(launch, span, now)
    if _is_dead(launch, span, until):
        why = f"its worker process {span.pid} is gone, and the run goes on; {_TOLD}"
        return Suspect("confirmed", False, names.DEAD, why, 0.0)
    instants = _instants(launch, span, until)
    newest_look = next(instants, None)
    last = newest_look or _seen(launch, span, until, [])
    if _is_in_debugger(last):
        return None
    if newest_look is None:
        return _by_dump(launch, span, last)
    agreed = _agreed(chain((last,), instants))
    if agreed is None:
        return Suspect("suspected", None, names.UNKNOWN, f"{_so_far(last)}; {_TOLD}", 0.0)
    seen, raw, newest, is_newest = agreed
    progress = True if newest.progress else raw.progress
    stale = fact.alive is not False and (gap(until, last.scene.at) or 0.0) > _STALE_S
    sure = raw.proven and is_newest and not progress and not stale
    said = tell(seen, raw)
    why = said.why if raw.verdict != names.UNKNOWN else f"{said.why}; {_TOLD}"
    level: Level = "confirmed" if sure else "suspected"
    return Suspect(level, progress if not sure else False, raw.verdict, why, 0.0, said.chain)


def _is_in_debugger(seen: Seen) -> bool:
    found: bool | None = seen.memo.get("debugger")
    if found is None:
        found = seen.memo["debugger"] = in_debugger(seen.frames, seen.own_file)
    return found


def _so_far(last: Seen) -> str:
    raw = judge(last, children_of)
    if raw.verdict == names.UNKNOWN:
        return tell(last, raw).why
    return f"looked at once so far: {tell(last, raw).why}"


def _by_dump(launch: Launch, span: Span, last: Seen) -> Suspect:
    """Without samples and probes there is only the newest stack, which proves nothing."""
    raw = judge(last, children_of)
    said = tell(last, raw)
    why = (
        f"{said.why}, by its stack alone; {_TOLD}"
        if raw.verdict != names.UNKNOWN
        else f"{_TOLD}; {where(launch, span)}"
    )
    return Suspect("suspected", None, raw.verdict, why, 0.0, said.chain)


def _is_dead(launch: Launch, span: Span, until: At) -> bool:
    """Whether the span's worker went away while the run went on."""
    if span.pid is None or is_in_main(launch, span):
        return False
    count = upto(launch.history.samples, until)
    if not count or (span.host is not None and launch.info is not None and span.host != launch.info.host):
        return False
    return scene(launch, launch.history.samples[count - 1].at).is_gone(span.pid, _begin(span))


def last_doing(launch: Launch, span: Span, now: Now) -> Told | None:
    """What a span was doing at the last look by ``now`` (its end), late or not; None where nothing was seen of it."""
    until = _until(launch, span, now)
    last = next(_instants(launch, span, until), None)
    if last is None:
        last = _seen(launch, span, until, [])
        if not last.frames:
            return None
    return tell(last, judge(last, children_of))


def in_the_debugger(launch: Launch, now: Now) -> bool:
    """Whether the launch waits for a person: a node's thread stands in pdb, or a debugger holds the main process."""

    def in_pdb(span: Span) -> bool:
        if span.in_debugger:
            return True
        return is_in_main(launch, span) and _is_in_debugger(_last(launch, span, now))

    pid = launch.info.pid if launch.info is not None else None
    track = launch.history.processes.get(pid) if pid is not None else None
    last = track.points[-2:] if track is not None else []
    if len(last) == 2 and all(point.value.state == "t" for point in last):
        return (gap(at_of(now), last[-1].at) or 0.0) <= _STALE_S
    known: bool | None = launch.history.memo.get("debugger")
    if known is None:
        known = launch.history.memo["debugger"] = any(map(in_pdb, _open_spans(launch)))
    return known


def _open_spans(launch: Launch) -> Iterator[Span]:
    for run in launch.runs.values():
        if run.closed or run.state != "running":
            continue
        for span in run.spans.values():
            if span.status == "running":
                yield span
