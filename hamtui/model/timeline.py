"""The run as one list of rows: groups and spans, folded, filtered and put in order.

Rows say what stands where and hold no state that changes as time goes: a row is drawn from its span as
it is then, so ticking needs no new rows.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from hamtui.model.grouping import (
    PARALLEL,
    Twig,
    by_lineage,
    by_module,
    by_state,
    by_tag,
    label_of,
    numbered,
    shape_of,
)
from hamtui.model.state import Now, Run, Span, SpanKey, SpanState, Suspect
from hamtui.model.tagged import BY_TAG, grouped_tags, has_tag, tags_of

#: The groupings that every run has; ``groupings`` adds those by tags.
GROUPINGS = ("module", "lineage", "running")
#: How many rows of its own trouble a group that nobody opened shows.
PEEK = 12

Marks = Mapping[SpanKey, Suspect]
#: The state of planned nodes that have no span: pending, or skipped.
Waiting = Mapping[str, SpanState]
RowKey = SpanKey | str


@dataclass(frozen=True)
class TreeView:
    """How the user wants the rows. ``opened`` and ``closed`` hold the group keys that were touched."""

    grouping: str = "module"
    filter: str = ""
    opened: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()

    def open(self, group: str) -> "TreeView":
        """With this group open."""
        return replace(self, opened=self.opened | {group}, closed=self.closed - {group})

    def close(self, group: str) -> "TreeView":
        """With this group closed."""
        return replace(self, opened=self.opened - {group}, closed=self.closed | {group})

    def regroup(self, run: Run | None = None) -> "TreeView":
        """With the next grouping that the run has."""
        there = groupings(run)
        at = there.index(self.grouping) if self.grouping in there else -1
        return replace(self, grouping=there[(at + 1) % len(there)])


def groupings(run: Run | None) -> tuple[str, ...]:
    """What a run's tree can be grouped by: the last are the tags that its nodes bear."""
    return GROUPINGS + (grouped_tags(run) if run is not None else ())


class Row(NamedTuple):
    """One line of the timeline.

    ``key`` is a span's key, or a group's text. ``fold`` is the key under which it folds, None where it
    can't. ``members`` are all spans under a group, shown or not; ``times`` the number of parallel tasks
    in it, 0 for other groups.
    """

    key: RowKey
    depth: int
    label: str
    fold: str | None = None
    folded: bool = False
    members: tuple[SpanKey, ...] = ()
    times: int = 0

    @property
    def span_key(self) -> SpanKey | None:
        """The span's key; None for a group."""
        return self.key if isinstance(self.key, SpanKey) else None


class Tally(NamedTuple):
    """How a group stands. ``done`` counts what ended well (succeeded or cached)."""

    total: int
    done: int
    running: int
    cached: int
    failed: int
    aborted: int
    skipped: int
    suspected: int

    @property
    def state(self) -> str:
        """The one word for all: the worst that is in it, else how far it is."""
        for word, count in (("suspect", self.suspected), ("failed", self.failed), ("aborted", self.aborted)):
            if count:
                return word
        if self.running:
            return "running"
        if self.total and self.done == self.total:
            return "cached" if self.cached == self.total else "succeeded"
        return "skipped" if self.skipped and self.done + self.skipped == self.total else "pending"


def status_of(run: Run, key: SpanKey, waiting: Waiting) -> SpanState:
    """A span's status, also of one that is only planned."""
    span = run.spans.get(key)
    return waiting.get(key.node, "pending") if span is None else span.status


def tally(run: Run, row: Row, marks: Marks, waiting: Waiting) -> Tally:
    """The counts of a group: of its tasks where they are parallel, else of its spans."""
    words: list[str] = []
    suspected = 0
    if row.times:
        by_task: dict[str | None, list[SpanKey]] = {}
        for key in row.members:
            by_task.setdefault(key.task_id, []).append(key)
        for keys in by_task.values():
            words.append(_together([status_of(run, key, waiting) for key in keys]))
            suspected += any(key in marks for key in keys)
    else:
        for key in row.members:
            words.append(status_of(run, key, waiting))
            suspected += key in marks
    cached = words.count("cached")
    return Tally(
        total=len(words),
        done=words.count("succeeded") + cached,
        running=words.count("running"),
        cached=cached,
        failed=words.count("failed"),
        aborted=words.count("aborted"),
        skipped=words.count("skipped"),
        suspected=suspected,
    )


def _together(words: list[str]) -> str:
    for word in ("failed", "aborted", "running"):
        if word in words:
            return word
    kinds = set(words)
    if len(kinds) == 1:
        return words[0]
    if "pending" in kinds:
        return "running"
    return "skipped" if "skipped" in kinds else "succeeded"


def tree(run: Run, grouping: str, marks: Marks, waiting: Waiting) -> list[Twig]:
    """Everything of the run, grouped, before anything is folded or filtered."""
    shape = shape_of(run)
    if grouping == "lineage":
        return by_lineage(run, shape)
    if grouping == "running":
        return by_state(run, shape, marks, waiting)
    return by_tag(run, shape, grouping) if grouping in BY_TAG else by_module(run, shape)


def lay(run: Run, twigs: list[Twig], view: TreeView, marks: Marks, waiting: Waiting) -> list[Row]:
    """The lines of a tree, top to bottom."""
    found: list[Row] = []
    _lay(run, twigs, view, marks, _wanted(run, twigs, view.filter, marks, waiting), found)
    return found


def rows(run: Run, view: TreeView, marks: Marks, waiting: Waiting) -> list[Row]:
    """The lines of the timeline, top to bottom."""
    return lay(run, tree(run, view.grouping, marks, waiting), view, marks, waiting)


def _lay(
    run: Run,
    twigs: list[Twig],
    view: TreeView,
    marks: Marks,
    wanted: AbstractSet[SpanKey] | None,
    found: list[Row],
) -> None:
    """Walk the tree without recursion (a lineage can be thousands deep) and append what is shown."""
    stack: list[tuple[Twig, int]] = [(twig, 0) for twig in reversed(twigs)]
    while stack:
        twig, depth = stack.pop()
        key = twig.key if twig.key is not None else twig.fold
        assert key is not None
        if not twig.children and twig.key is not None:
            if wanted is None or twig.key in wanted:
                found.append(Row(twig.key, depth, twig.label))
            continue
        members = twig.members() if twig.key is None else ()
        if wanted is not None:
            members = tuple(member for member in members if member in wanted)
            if twig.key is None and not members:
                continue
            if twig.key is not None and twig.key not in wanted:
                stack.extend((child, depth) for child in reversed(twig.children))
                continue
        folded = bool(twig.children) and wanted is None and _folded(twig, view)
        found.append(
            Row(
                key=key,
                depth=depth,
                label=twig.label,
                fold=twig.fold if twig.children else None,
                folded=folded,
                members=members,
                times=twig.times,
            )
        )
        if not folded:
            stack.extend((child, depth + twig.indent) for child in reversed(twig.children))
        elif twig.times and twig.fold not in view.closed:
            found.extend(_peek(run, twig, depth + twig.indent, marks))


def _folded(twig: Twig, view: TreeView) -> bool:
    if twig.fold in view.opened:
        return False
    return twig.fold in view.closed or twig.kind == PARALLEL


def _peek(run: Run, twig: Twig, depth: int, marks: Marks) -> Iterable[Row]:
    """The rows of a folded group that somebody should see: what is late or failed in it."""
    notable = [
        member
        for member in twig.members()
        if member in marks or (member in run.spans and run.spans[member].status in {"failed", "aborted"})
    ]
    if not notable:
        return
    for member in sorted(notable, key=lambda key: key not in marks)[:PEEK]:
        yield Row(key=member, depth=depth, label=label_of(run, member))


@lru_cache(65536)
def _lower(node: str, task_id: str | None) -> str:
    if task_id is None:
        return node.lower()
    return f"{node} {task_id} {numbered(SpanKey('', task_id, node))}".lower()


class _Wanted:
    """The filter: every word of it must be in the node's name or task, or begin its state's word; ``!`` negates.

    A word ``key:value`` means a tag that begins so.
    """

    def __init__(self, run: Run, words: list[str], marks: Marks, waiting: Waiting) -> None:
        self._run = run
        self._marks = marks
        self._waiting = waiting
        said = {word for states in _STATE_WORDS.values() for word in states} | {"late", "suspected"}
        said |= {word for mark in marks.values() for word in (mark.level, mark.verdict)}
        #: Each word, whether it is negated, and whether it is the beginning of any state's.
        self._words = [
            (name, word.startswith("!"), len(name) >= 3 and any(state.startswith(name) for state in said))
            for word in words
            if (name := word.lstrip("!"))
        ]

    def __call__(self, key: SpanKey) -> bool:
        name = _lower(key.node, key.task_id)
        for word, negated, of_states in self._words:
            if self._has(key, name, word, of_states=of_states) == negated:
                return False
        return True

    def _has(self, key: SpanKey, name: str, word: str, *, of_states: bool) -> bool:
        if word in name or (of_states and self._begins_its_state(key, word)):
            return True
        return ":" in word and has_tag(tags_of(self._run, key), word)

    def _begins_its_state(self, key: SpanKey, word: str) -> bool:
        states = _STATE_WORDS[status_of(self._run, key, self._waiting)]
        if key in self._marks:
            states = (*states, "late", "suspected", self._marks[key].level, self._marks[key].verdict)
        return any(state.startswith(word) for state in states)


_STATE_WORDS: dict[SpanState, tuple[str, ...]] = {
    "pending": ("pending",),
    "running": ("running",),
    "succeeded": ("succeeded", "done"),
    "cached": ("cached", "done", "hit"),
    "failed": ("failed",),
    "skipped": ("skipped",),
    "aborted": ("aborted",),
}


def _wanted(
    run: Run, twigs: list[Twig], text: str, marks: Marks, waiting: Waiting
) -> AbstractSet[SpanKey] | None:
    """The spans that the filter leaves; None without a filter."""
    words = text.lower().split()
    if not words:
        return None
    matches = _Wanted(run, words, marks, waiting)
    own = (twig.key for twig in twigs if twig.key is not None)
    return {key for keys in (own, *(twig.members() for twig in twigs)) for key in keys if matches(key)}


def times_of(run: Run, span: Span, now: Now) -> tuple[float, float] | None:
    """Start and end of a span in seconds from the run's start, the end being now while it is in flight.

    By the monotonic clock where span and run have the same one, because wall clocks step; None for what
    has not started or where no start is known.
    """
    if span.host is None and span.started_mono is not None and run.started_mono is not None:
        start = span.started_mono - run.started_mono
    elif span.started_at is not None and run.started_at is not None:
        start = span.started_at - run.started_at
    else:
        return None
    elapsed = span.elapsed(now) if span.status != "pending" else None
    if elapsed is None:
        return None
    return max(0.0, start), max(0.0, start) + elapsed
