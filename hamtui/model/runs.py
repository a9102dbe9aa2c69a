"""Runs: their start, their end, their plan, and the order in which they stand."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.layout import Source
from hamtui.model.attempts import later
from hamtui.model.errors import error_of, is_interrupt
from hamtui.model.state import Run

if TYPE_CHECKING:
    from hamtui.model.fold import Launch


@dataclass(frozen=True)
class Plan:
    """A graph file made ready for runs, shared by all runs that follow it."""

    names: tuple[str, ...]
    nodes: dict[str, PlannedNode]
    others: dict[str, PlannedNode]


def plan_of(graph: Graph) -> Plan:
    """The plan that a graph file tells; a name that stands in it twice counts once."""
    nodes = {node.name: node for node in graph.nodes}
    return Plan(tuple(nodes), nodes, {node.name: node for node in graph.others})


def adopt(launch: "Launch", run: Run) -> None:
    """Give the run its plan: from its graph file where that is read, else the names that its start told."""
    plan = launch.plans.get(run.graph_hash or "")
    if plan is None or not plan.names:
        run.plan = run.path
    else:
        run.plan, run.nodes, run.others = plan.names, plan.nodes, plan.others


def instant(run: Run) -> float:
    """When it began, as far as it is known, in Unix seconds: its place among the runs. Infinite where nothing tells."""
    if run.started_at is not None:
        return run.started_at
    return math.inf if run.first_ts is None else run.first_ts


def order(launch: "Launch", run: Run) -> None:
    """Oldest run first. Costs as much as there are later runs: next to nothing, for runs are read as they begin."""
    place, later_ones, last = _place(run), [], None
    for other in reversed(launch.runs.values()):
        last = last or other
        if other is run:
            continue
        if _place(other) <= place:
            break
        later_ones.append(other)
    if last is run and not later_ones:
        return
    for moved in (run, *reversed(later_ones)):
        del launch.runs[moved.run_id]
        launch.runs[moved.run_id] = moved


def _place(run: Run) -> tuple[float, str]:
    return instant(run), run.run_id


def _names(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def start(launch: "Launch", run: Run, source: Source, event: FlightEvent) -> None:
    """Take in a ``graph_start``. The same line again changes nothing; a later one with the same id reopens the run."""
    known = run.started_at is not None or run.started_mono is not None
    if known and not later(event.mono, event.ts, run.started_mono, run.started_at, default=False):
        return
    ended = run.state != "running" and not run.settled
    if ended and known and later(event.mono, event.ts, run.ended_mono, run.ended_at, default=False):
        _reopen(run)
    run.pid = source.pid if event.pid is None else event.pid
    if run.end_pid is not None and run.pid is not None and run.end_pid != run.pid:
        _reopen(run)
    run.started_at, run.started_mono = event.ts, event.mono
    run.targets = _names(event.final_vars)
    run.inputs_summary, run.inputs_payload = event.inputs_summary, event.inputs_payload
    overridden = set(_names(event.overrides_keys))
    run.path = tuple(name for name in _names(event.execution_path) if name not in overridden)
    if isinstance(event.execution_path_len, int):
        run.path_len = max(0, event.execution_path_len - len(overridden))
    run.graph_hash = event.graph if isinstance(event.graph, str) else None
    adopt(launch, run)
    if run.ended_at is not None and run.elapsed_s is None and run.state != "running":
        run.elapsed_s = _elapsed(run, run.ended_mono, run.ended_at)
    order(launch, run)


def _reopen(run: Run) -> None:
    run.state = "running"
    run.ended_at = run.ended_mono = run.elapsed_s = run.error = run.end_pid = run.results_summary = None
    run.settled = False


def _elapsed(run: Run, mono: float | None, ts: float | None) -> float | None:
    if mono is not None and run.started_mono is not None:
        return max(0.0, mono - run.started_mono)
    if ts is not None and run.started_at is not None:
        return max(0.0, ts - run.started_at)
    return None


def end(run: Run, source: Source, event: FlightEvent) -> None:
    """Take in a ``graph_end``; one by a process that did not start the run (a forked child) changes nothing."""
    pid = source.pid if event.pid is None else event.pid
    if run.pid is not None and pid is not None and pid != run.pid:
        return
    ended = run.state != "running" and not run.settled
    if ended and not later(event.mono, event.ts, run.ended_mono, run.ended_at, default=False):
        return
    if event.mono is not None and run.started_mono is not None and event.mono < run.started_mono:
        return
    error = error_of(event)
    success = event.success if event.success is not None else error is None
    if success:
        run.state, run.error = "succeeded", None
    else:
        run.state = "aborted" if is_interrupt(error) else "failed"
        run.error = error
    run.settled = False
    run.end_pid = pid
    run.ended_at, run.ended_mono = event.ts, event.mono
    told = event.elapsed_s
    run.elapsed_s = told if told is not None and told >= 0 else _elapsed(run, event.mono, event.ts)
    run.results_summary = event.results_summary
    run.deferred = event.deferred is True
