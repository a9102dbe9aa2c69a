"""How long a run still takes, by what its nodes took before: a range of seconds.

A node is expected to take between the lower quarter and the upper tenth of its durations in earlier launches: those
of the same code, else of other code under its name. One in flight takes at least what it has taken so far, so what is
left of one that is overdue is nothing at the least and a quarter of its time so far at the most. A node that ticks is
expected by its own rate. With the cache on, one that was stored before may be a hit, and then takes nothing.

One node at a time (the ``sync`` executor): the sum of what is left. Tasks in parallel: no less than the critical path
through what is left, nor than all work shared by ``max_tasks``; no more than both together. Nodes with no past count
as nothing at the least and as the plan's mean at the most; where they are more than a fifth of the nodes that are
left, where there is no past at all, or where a node stands still, nothing is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from hamtui.model.baseline import Past, percentile
from hamtui.model.fold import Launch
from hamtui.model.progress import node_left_s
from hamtui.model.state import Now, Run, Span, Suspect

#: The share of nodes left that may have no past.
MOST_UNKNOWN = 0.2
_LOW, _HIGH = 0.25, 0.9
#: What is left of an overdue node at the most, as a share of its time so far.
_OVERDUE = 0.25
#: How far off a rate may be that a node itself told.
_RATE_LOW, _RATE_HIGH = 0.8, 1.25


class Left(NamedTuple):
    """Seconds until the run's end: at the least, at the most."""

    low: float
    high: float


class _Expected(NamedTuple):
    """One execution of a node, before anything is known of it in this run; ``known`` by its past."""

    low: float
    high: float
    known: bool


@dataclass
class _Shape:
    """What does not change while a run goes on: who needs whom, and how long each takes."""

    index: dict[str, int]
    above: list[tuple[int, ...]]
    expected: list[_Expected]
    #: Of a node in a block: the node that expands into it; -1 for all others.
    expander: list[int]
    #: How many blocks a node had the last time.
    times: list[int | None]
    any_known: bool


@dataclass(slots=True)
class _Node:
    """A node of which something is left: the work in all its executions, and the longest of them."""

    low: float = 0.0
    high: float = 0.0
    longest_low: float = 0.0
    longest_high: float = 0.0

    def add(self, low: float, high: float, times: int = 1) -> None:
        """So many executions more of it."""
        self.low += low * times
        self.high += high * times
        self.longest_low, self.longest_high = max(self.longest_low, low), max(self.longest_high, high)


@dataclass
class Estimator:
    """Tells what is left of runs, keeping the graph part of the one that was asked for last."""

    _of: tuple[object, ...] = ()
    _kept: _Shape | None = field(default=None, repr=False)

    def left(self, launch: Launch, run: Run, now: Now, past: Past) -> Left | None:
        """What is left of the run at ``now``; None where it is over, waits for a person, or its past does not tell."""
        if run.state != "running" or not run.plan or not past.durations:
            return None
        if any(span.in_debugger for span in run.spans.values()):
            return None
        cache_on = launch.info is not None and launch.info.cache_dir is not None
        of = (run.run_id, run.plan, past, cache_on)
        if self._kept is None or any(new is not old for new, old in zip(of, self._of, strict=True)):
            self._of, self._kept = of, _shape(run, past, cache_on=cache_on)
        shape = self._kept
        if not shape.any_known:
            return None
        nodes = _left_of_nodes(shape, run, now)
        unknown = sum(not shape.expected[at].known for at in nodes)
        if unknown > MOST_UNKNOWN * len(nodes):
            return None
        return _together(launch, shape, nodes)


def left(launch: Launch, run: Run, now: Now, past: Past) -> Left | None:
    """``Estimator.left`` for a single look."""
    return Estimator().left(launch, run, now, past)


def usual_end(launch: Launch, span: Span, past: Past) -> tuple[float, float] | None:
    """Where a span usually ends, seconds after its start: the median, the 95th percentile; None without a past."""
    planned = launch.planned(span)
    known = past.told(span.key.node, planned.version)[0] if planned is not None else None
    return None if known is None else (known.p50, known.p95)


def _shape(run: Run, past: Past, *, cache_on: bool) -> _Shape:
    index = {name: at for at, name in enumerate(run.plan)}
    others: dict[str, tuple[float, ...]] = {}
    for (name, _), taken in past.durations.items():
        if name in index:
            others[name] = others.get(name, ()) + taken
    expected: list[_Expected] = []
    above: list[tuple[int, ...]] = []
    expander: list[int] = []
    for at, name in enumerate(run.plan):
        node = run.nodes.get(name)
        taken = past.durations.get((name, node.version if node is not None else None)) or others.get(name, ())
        expected.append(_expect(taken, may_be_hit=cache_on and (name, None) in past.keys))
        needs = tuple(index[up] for up in (node.dependencies if node is not None else ()) if up in index)
        above.append(tuple(up for up in needs if up < at))
        expander.append(_expander(run, above[at], expander, at))
    known = [one.high for one in expected if one.known]
    mean = sum(known) / len(known) if known else 0.0
    expected = [one if one.known else _Expected(0.0, mean, False) for one in expected]
    times = [past.times.get(name) for name in run.plan]
    return _Shape(index, above, expected, expander, times, bool(known))


def _expect(taken: tuple[float, ...], *, may_be_hit: bool) -> _Expected:
    if not taken:
        return _Expected(0.0, 0.0, False)
    ordered = sorted(taken)
    # The fewer there are the less they tell of the next: one alone may be a third off either way.
    slack = 1 / (3 * len(ordered))
    low, high = percentile(ordered, _LOW) * (1 - slack), percentile(ordered, _HIGH) * (1 + slack)
    return _Expected(0.0 if may_be_hit else low, high, True)


def _expander(run: Run, above: Iterable[int], known: list[int], at: int) -> int:
    """The node whose blocks this one is executed in; -1 for none. The node that collects stands outside."""
    node = run.nodes.get(run.plan[at])
    if node is not None and node.role == "collect":
        return -1
    for up in above:
        parent = run.nodes.get(run.plan[up])
        if parent is not None and parent.role == "expand":
            return up
        if known[up] >= 0:
            return known[up]
    return -1


def _left_of_nodes(shape: _Shape, run: Run, now: Now) -> dict[int, _Node]:
    """What is left by node, in the plan's order."""
    begun: dict[str, int] = {}
    flying: dict[int, _Node] = {}
    for span in run.spans.values():
        name = span.key.node
        if span.status == "pending" and span.attempts == 0:
            continue
        begun[name] = begun.get(name, 0) + 1
        at = shape.index.get(name) if span.status == "running" else None
        if at is not None:
            flying.setdefault(at, _Node()).add(*_in_flight(span, shape.expected[at], now))
    blocks = _blocks(shape, run)
    nodes: dict[int, _Node] = {}
    for name, at in shape.index.items():
        one, expander = shape.expected[at], shape.expander[at]
        times = 1 if expander < 0 else blocks.get(expander, shape.times[at] or 1)
        more = times - begun.get(name, 0)
        if more > 0 or at in flying:
            node = nodes[at] = flying.get(at) or _Node()
            if more > 0:
                node.add(one.low, one.high, more)
    return nodes


def _blocks(shape: _Shape, run: Run) -> dict[int, int]:
    """How many blocks each node that expands gave in this run, where it has by now."""
    found: dict[int, int] = {}
    for task in run.tasks.values():
        if task.blocks is not None:
            for name in task.nodes:
                at = shape.index.get(name)
                node = run.nodes.get(name)
                if at is not None and node is not None and node.role == "expand":
                    found[at] = found.get(at, 0) + task.blocks
    return found


def _in_flight(span: Span, one: _Expected, now: Now) -> tuple[float, float]:
    so_far = span.elapsed(now) or 0.0
    told = node_left_s(span, now)
    if told is not None:
        return told * _RATE_LOW, max(told * _RATE_HIGH, 0.0)
    return max(0.0, one.low - so_far), max(one.high - so_far, so_far * _OVERDUE)


def _together(launch: Launch, shape: _Shape, nodes: dict[int, _Node]) -> Left:
    info = launch.info
    low, high = (sum(node.low for node in nodes.values()), sum(node.high for node in nodes.values()))
    if info is None or info.executor in {None, "sync"}:
        return Left(low, high)
    path_low = _longest(shape, {at: node.longest_low for at, node in nodes.items()})
    path_high = _longest(shape, {at: node.longest_high for at, node in nodes.items()})
    workers = info.max_tasks
    if workers is None:
        return _ordered(path_low, max(path_high, high))
    if info.executor != "processes":
        # No schedule that keeps its workers busy takes longer than this (Graham 1969).
        return _ordered(max(path_low, low / workers), high / workers + path_high * (1 - 1 / workers))
    # What is outside of blocks runs one by one in the main process, the blocks beside it.
    blocks = {at: node for at, node in nodes.items() if shape.expander[at] >= 0}
    block_low, block_high = (
        sum(node.low for node in blocks.values()),
        sum(node.high for node in blocks.values()),
    )
    chain = _longest(shape, {at: node.longest_high for at, node in blocks.items()})
    most = high - block_high + block_high / workers + chain * (1 - 1 / workers)
    return _ordered(max(path_low, low - block_low, block_low / workers), max(path_high, most))


def _ordered(low: float, high: float) -> Left:
    return Left(max(0.0, low), max(0.0, low, high))


def _longest(shape: _Shape, weights: dict[int, float]) -> float:
    """The heaviest path through what is left, which is in the plan's order: what others need stands before them."""
    ends: dict[int, float] = {}
    for at, weight in weights.items():
        ends[at] = weight + max([ends[up] for up in shape.above[at] if up in ends], default=0.0)
    return max(ends.values(), default=0.0)


def stands_still(marks: Iterable[Suspect]) -> bool:
    """Whether a late node gets nowhere: of a run that waits for it no end can be told."""
    return any(mark.progress is False for mark in marks)
