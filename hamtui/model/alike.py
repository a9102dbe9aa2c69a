"""Parallel blocks that do the same at the same place, put together, so that a straggler in a thousand is found at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from hamtui.contract.stacks import Frame
from hamtui.model.expected import spawner_of
from hamtui.model.fold import Launch
from hamtui.model.frames import first_own
from hamtui.model.stacks import stack_of
from hamtui.model.state import Now, Run, Span, SpanKey, Suspect

Marks = Mapping[SpanKey, Suspect]

#: A crowd of so many or more has stragglers; those are at most this part of it.
CROWD = 10
_PART = 10
#: Blocks that ended, of which the slowest says when another one lags behind; and how far behind.
_ENOUGH = 5
_BEHIND = 1.5
#: A child's pid or its command line would keep each waiting block apart: what the child does is what counts.
_CHILD = "waiting.child"


@dataclass(frozen=True)
class Alike:
    """Spans that stand at the same place, in the same way. ``spans``: the one that runs longest is the first.

    ``frame`` is the user's innermost, ``counterpart`` what they wait for (``10.0.4.7:5432``). ``largest``: most of
    them are here. ``straggler``: few of a crowd, or far behind what has ended. ``seconds`` is (shortest, longest).
    ``suspected`` of them have a mark, and ``hanging`` of these are not known to work.
    """

    verdict: str | None
    frame: Frame | None
    counterpart: str | None
    spans: tuple[Span, ...]
    seconds: tuple[float, float]
    suspected: int = 0
    hanging: int = 0
    largest: bool = False
    straggler: bool = False


@dataclass(frozen=True)
class Crowd:
    """What is in flight of a group: stragglers first, then the rest by number. ``done``: how many have ended well.

    ``usual`` is the median of those that did, in seconds, where they are of one node.
    """

    groups: tuple[Alike, ...] = ()
    done: int = 0
    usual: float | None = None

    @property
    def size(self) -> int:
        """How many are in flight."""
        return sum(len(group.spans) for group in self.groups)

    def of(self, key: SpanKey) -> Alike | None:
        """The group that a span is in."""
        return next((group for group in self.groups if any(span.key == key for span in group.spans)), None)


def block_of(run: Run, key: SpanKey) -> Callable[[SpanKey], bool] | None:
    """Whether a key is of the same parallel block as this one, or of the block that it expands into."""
    if key.task_id is None:
        return None
    spawner = spawner_of(run, key.task_id) or key.task_id
    return lambda other: other.task_id is not None and spawner_of(run, other.task_id) == spawner


def crowd(launch: Launch, run: Run, wanted: Callable[[SpanKey], bool], marks: Marks, now: Now) -> Crowd:
    """What is in flight (or was, when its process died) among the wanted spans, put together by what it does."""
    open_: list[Span] = []
    ended: dict[str, list[float]] = {}
    for key, span in run.spans.items():
        if not wanted(key):
            continue
        if span.status in {"running", "aborted"}:
            open_.append(span)
        elif span.status == "succeeded" and span.elapsed_s is not None:
            ended.setdefault(key.node, []).append(span.elapsed_s)
    usual = median(next(iter(ended.values()))) if len(ended) == 1 else None
    groups = _groups(launch, open_, ended, marks, now)
    return Crowd(tuple(groups), sum(map(len, ended.values())), usual)


def _groups(
    launch: Launch, spans: list[Span], ended: Mapping[str, list[float]], marks: Marks, now: Now
) -> Iterable[Alike]:
    by_place: dict[tuple[object, ...], list[tuple[Span, Frame | None, Suspect | None]]] = {}
    for span in spans:
        mark = span.kept_suspect if span.status == "aborted" else marks.get(span.key)
        frame = _place(launch, span, mark)
        at = None if frame is None else (frame.file, frame.line, frame.function)
        doing = None if mark is None else mark.verdict
        by_place.setdefault((doing, at, counterpart(mark)), []).append((span, frame, mark))
    most = max(map(len, by_place.values()), default=0)
    limits = {node: max(took) * _BEHIND for node, took in ended.items() if len(took) >= _ENOUGH}
    found = []
    for (_, _, waits_for), members in by_place.items():
        members.sort(key=lambda member: -(member[0].elapsed(now) or 0.0))
        seconds = [member[0].elapsed(now) or 0.0 for member in members]
        largest = len(members) == most and len(by_place) > 1
        few = len(spans) >= CROWD and len(members) * _PART <= len(spans)
        limit = limits.get(members[-1][0].key.node)
        behind = limit is not None and seconds[-1] > limit
        mark = members[0][2]
        found.append(
            Alike(
                verdict=None if mark is None else mark.verdict,
                frame=members[0][1],
                counterpart=waits_for if isinstance(waits_for, str) else None,
                spans=tuple(member[0] for member in members),
                seconds=(seconds[-1], seconds[0]),
                suspected=sum(member[2] is not None for member in members),
                hanging=sum(member[2] is not None and not member[2].progress for member in members),
                largest=largest,
                straggler=behind or (few and not largest),
            )
        )
    return sorted(found, key=lambda group: (not group.straggler, -len(group.spans), -group.seconds[1]))


def counterpart(mark: Suspect | None) -> str | None:
    """What a late span waits for, as its chain begins; of a child what that does."""
    if mark is None or not mark.chain:
        return None
    if mark.verdict == _CHILD:
        return mark.chain[1].doing if len(mark.chain) > 1 else None
    return mark.chain[0].waits_for


def _place(launch: Launch, span: Span, mark: Suspect | None) -> Frame | None:
    """The user's innermost frame: the evidence's, which is newer than any dump, else the newest dump's."""
    if mark is not None and mark.chain and mark.chain[0].frame is not None:
        return mark.chain[0].frame
    found = stack_of(launch, span)
    if found is None or not found[1].frames:
        return None
    look, planned = found[1], launch.planned(span)
    return look.frames[first_own(look.frames, planned.file if planned is not None else None) or 0]
