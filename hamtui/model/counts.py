"""How many nodes of a run are in which state, and the list that this counts."""

import math
from collections.abc import Mapping

from hamtui.model.state import SPAN_STATES, Run, Span, SpanKey, SpanState, Suspect


def in_order(run: Run) -> list[Span]:
    """The run's spans in the order in which they started; spans whose start is not known by their end.

    By the machine's own clock where all have it, because the wall clock may step while a run lasts.
    """
    spans = list(run.spans.values())
    steady = all(span.started_mono is not None and span.who.host is None for span in spans)

    def start(span: Span) -> float:
        at = span.started_mono if steady else span.started_at
        if at is None and span.ended_at is not None:
            return span.ended_at - (span.elapsed_s or 0.0)
        return math.inf if at is None else at

    spans.sort(key=lambda span: (start(span), span.key.node, span.key.task_id or ""))
    return spans


def waiting(run: Run) -> dict[str, SpanState]:
    """Planned nodes without any span, in plan order: ``pending``, or ``skipped`` where the run went on without.

    One that was submitted to an engine, whose workers told nothing of it, has ``succeeded`` with its run, nobody knows when.
    """
    started = {key.node for key in run.spans}
    names = [name for name in run.plan if name not in started]
    dropped = _below_failed(run) if names else frozenset()
    computed = run.submitted if run.state == "succeeded" and not run.deferred else ()
    return {
        name: "skipped" if name in dropped else "succeeded" if name in computed else "pending"
        for name in names
    }


def _below_failed(run: Run) -> frozenset[str]:
    """Nodes downstream of one that failed, if the run went on: if it started another node after that.

    What collects the blocks of a Parallelizable may go on with those that did not fail: as long as the run does, that
    is not known.
    """
    failed = [span for span in run.spans.values() if span.status == "failed" and span.ended_at is not None]
    if not failed:
        return frozenset()
    newest = max((span.started_at or -math.inf for span in run.spans.values()), default=-math.inf)
    below = {span.key.node for span in failed if newest > (span.ended_at or math.inf)}
    if not below:
        return frozenset()
    grown = True
    while grown:
        grown = False
        for name in run.plan:  # in topological order: one pass, unless the plan is not sorted
            node = run.nodes.get(name)
            if node is None or name in below or (node.role == "collect" and run.state == "running"):
                continue
            if any(up in below for up in node.dependencies):
                below.add(name)
                grown = True
    return frozenset(below)


def unnamed(run: Run) -> int:
    """Nodes that the run has yet to start and of which only the number is known: there is no graph file."""
    if run.plan or run.path_len is None or run.state == "succeeded" or run.line is not None:
        return 0
    return max(0, run.path_len - len({key.node for key in run.spans}))


def counts(run: Run, marks: Mapping[SpanKey, Suspect]) -> dict[str, int]:
    """``planned``, one key a span state, ``suspected``: what ``status --json`` shows, in its order."""
    if run.line is not None:
        return dict(run.line.counts)
    tally: dict[str, int] = dict.fromkeys(("planned", *SPAN_STATES), 0)
    for span in run.spans.values():
        tally[span.status] += 1
    for state in waiting(run).values():
        tally[state] += 1
    tally["pending"] += unnamed(run)
    tally["planned"] = sum(tally[state] for state in SPAN_STATES)
    tally["suspected"] = len(marks)
    return tally
