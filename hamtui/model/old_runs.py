"""Runs that ended long ago and of which nobody looks at a node: what their lines in the list of runs need."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.contract.layout import Source
from hamtui.model import attempts, keeping, runs
from hamtui.model.counts import unnamed, waiting
from hamtui.model.state import SPAN_STATES, Run, Span, SpanKey

if TYPE_CHECKING:
    from hamtui.model.fold import Launch

#: No task has it: stands for all of a node's spans that succeeded.
_ALL = "\0"


@dataclass
class OldRun:
    """A run that began and ended as runs do, each of its spans started once and ended once.

    ``succeeded`` counts spans, ``names`` tells of each node the latest start of its spans in Unix seconds (None: not
    known), ``others`` are the ends of the spans that did not succeed.
    """

    run_id: str
    start: FlightEvent
    end: FlightEvent
    succeeded: int = 0
    names: dict[str, float | None] = field(default_factory=dict)
    others: list[FlightEvent | NodeEvent] = field(default_factory=list)


def take(launch: "Launch", source: Source, old: OldRun) -> None:
    """Take the run in as a line; one of which anything is known already stays as it is."""
    launch.hear(old.end.ts)
    if old.run_id in launch.runs:
        return
    run = launch.run(old.run_id, old.start.ts)
    runs.start(launch, run, source, old.start)
    ignored: attempts.Rivals = {}
    for event in old.others:
        if event.node is not None:
            attempts.end(run, source, event, event.node, ignored)
    tally = dict.fromkeys(("planned", *SPAN_STATES, "suspected"), 0)
    for span in run.spans.values():
        tally[span.status] += 1
    for name, started in old.names.items():
        key = SpanKey(old.run_id, _ALL, name)
        run.spans[key] = Span(key, "succeeded", started_at=started)
    runs.end(run, source, old.end)
    _count(run, tally, old.succeeded)
    run.line = keeping.Line(tally, keeping.failures(run)[: keeping.MAX_FAILURES])
    run.kept = True
    keeping.strip(run)
    keeping.lined(launch, run)


def _count(run: Run, tally: dict[str, int], succeeded: int) -> None:
    tally["succeeded"] += succeeded
    for state in waiting(run).values():
        tally[state] += 1
    tally["pending"] += unnamed(run)
    tally["planned"] = sum(tally[state] for state in SPAN_STATES)
