"""``hamtui status --json``, schema 1, to the letter of the contract."""

from pathlib import PurePath
from typing import Any

from hamtui.contract.layout import SCHEMA
from hamtui.model.baseline import NO_PAST, Past, Usual
from hamtui.model.cache import outcome
from hamtui.model.counts import counts, in_order, waiting
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.stacks import stack_of
from hamtui.model.state import Error, Now, ProcessFact, Run, Span, SpanKey, Suspect
from hamtui.model.verdict import launch_state, marks, run_state, threshold, usual

OK, FAILED, NO_LAUNCH, SUSPECTED, CONFIRMED, DEAD = range(6)
_DEAD_STATES = frozenset({"killed", "crashed", "lost"})
_LEVELS = {"suspected": SUSPECTED, "confirmed": CONFIRMED}


def status(
    launch: Launch, ref_id: str, ref_dir: PurePath, fact: ProcessFact, now: Now, past: Past = NO_PAST
) -> dict[str, Any]:
    """The whole picture as JSON values. Settles the launch first (``ending.settle``).

    ``older_runs`` is there where the launch is watched and has runs that are only counted: how many in which state.
    """
    settle(launch, fact, now, past)
    return {
        "schema": SCHEMA,
        "launch": _launch(launch, ref_id, ref_dir, fact, now),
        "runs": [_run(launch, run, fact, now, past) for run in launch.runs.values()],
    } | ({"older_runs": dict(launch.older.states)} if len(launch.older) else {})


def _launch(launch: Launch, ref_id: str, ref_dir: PurePath, fact: ProcessFact, now: Now) -> dict[str, Any]:
    info, left = launch.info, launch.exit
    heard = launch.heard_at
    return {
        "id": ref_id,
        "dir": str(ref_dir),
        "state": launch_state(launch, fact, now),
        "pid": info.pid if info is not None else None,
        "host": info.host if info is not None else None,
        "started_at": info.started_at if info is not None else _first_start(launch),
        "ended_at": left.ended_at if left is not None else _last_end(launch),
        "exit_code": left.exit_code if left is not None else None,
        "signal": left.signal if left is not None else None,
        "error": _error(launch.error),
        "heard_s": None if heard is None else round(max(0.0, now.unix - heard), 3),
        "unread": {"lines": launch.unread.lines, "bytes": launch.unread.bytes},
    }


def _first_start(launch: Launch) -> float | None:
    """A flat folder has no launch.json: it began with its first run."""
    first = next(iter(launch.runs.values())).started_at if launch.runs else None
    return min((at for at in (first, launch.older.first) if at is not None), default=None)


def _last_end(launch: Launch) -> float | None:
    """A flat folder is as its last run is; a launch of ours that left no exit record has no known end."""
    if launch.info is not None or not launch.runs:
        return None
    return launch.runs[next(reversed(launch.runs))].ended_at


def _run(launch: Launch, run: Run, fact: ProcessFact, now: Now, past: Past) -> dict[str, Any]:
    late = marks(launch, run, fact, now, past)
    nodes = [_node(launch, span, late.get(span.key), now, past) for span in in_order(run)]
    for name, state in waiting(run).items():
        planned = Span(SpanKey(run.run_id, None, name), state)
        nodes.append(_node(launch, planned, None, now, past))
    return {
        "run_id": run.run_id,
        "state": run_state(launch, run, fact, now),
        "targets": list(run.targets),
        "started_at": run.started_at,
        "elapsed_s": _seconds(elapsed(run, now)),
        "error": _error(run.error),
        "counts": counts(run, late),
        "nodes": nodes,
    }


def elapsed(run: Run, now: Now) -> float | None:
    """Seconds that the run has lasted, or lasted in all; None where its start is not known. Never negative."""
    if run.state != "running":
        return run.elapsed_s
    if now.mono is not None and run.started_mono is not None:
        return max(0.0, now.mono - run.started_mono)
    return None if run.started_at is None else max(0.0, now.unix - run.started_at)


def _node(launch: Launch, span: Span, mark: Suspect | None, now: Now, past: Past) -> dict[str, Any]:
    never_ran = span.status == "skipped" or (span.status == "pending" and span.attempts == 0)
    cached = outcome(launch, span, past)
    known = usual(launch, span, past)
    return {
        "node": span.key.node,
        "task_id": span.key.task_id,
        "status": span.status,
        "started_at": span.started_at,
        "elapsed_s": None if never_ran else _seconds(span.elapsed(now)),
        "threshold_s": threshold(launch, span, past),
        "cache": None if cached is None else {"outcome": cached.outcome, "why": cached.why},
        "error": _error(span.error),
        "suspect": None if mark is None else _suspect(launch, span, mark),
        "usual": None if known is None else _usual(known),
        "debugger": _debugger(span, now),
    }


def _debugger(span: Span, now: Now) -> dict[str, Any] | None:
    """Where a node waits in the debugger: at what, for how long by now, and whether somebody is at its prompt."""
    halt = span.halt
    if halt is None or not span.in_debugger:
        return None
    return {"at": halt.stage, "since_s": _seconds(halt.seconds(now)), "attached": halt.attached}


def _usual(known: Usual) -> dict[str, Any]:
    return {"n": known.n, "p50": round(known.p50, 6), "p95": round(known.p95, 6), "max": round(known.max, 6)}


def _suspect(launch: Launch, span: Span, mark: Suspect) -> dict[str, Any]:
    found = stack_of(launch, span)
    frames = found[1].frames if found is not None else []
    return {
        "level": mark.level,
        "progress": mark.progress,
        "verdict": mark.verdict,
        "since_s": _seconds(mark.since_s),
        "why": mark.why,
        "stack": [{"file": frame.file, "line": frame.line, "function": frame.function} for frame in frames],
    }


def _error(error: Error | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"type": error.type, "message": error.message, "traceback": error.traceback}


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def exit_code(status: dict[str, Any]) -> int:
    """``status --exit-code``: 0 fine, 1 failed, 3 suspected, 4 confirmed, 5 killed, crashed or lost; the largest.

    A run that failed counts while it is the newest: a service goes on after one. So does one that never ended
    though its process left with 0 (``os._exit`` in a node).
    """
    state, runs = status["launch"]["state"], status["runs"]
    codes = [OK, DEAD if state in _DEAD_STATES else OK]
    if state == "failed" or (runs and runs[-1]["state"] in {"failed", "aborted"}):
        codes.append(FAILED)
    suspects = (node["suspect"] for run in runs for node in run["nodes"])
    codes += [_LEVELS.get(mark["level"], SUSPECTED) for mark in suspects if mark is not None]
    return max(codes)
