"""``status`` for people: the same picture as the JSON, in lines."""

from collections.abc import Iterator
from typing import Any

from hamtui.cli.asides import Asides
from hamtui.model.baseline import Usual
from hamtui.model.ranges import usually
from hamtui.model.state import SpanKey
from hamtui.model.text import duration, plural, visible

_COUNTS = ("running", "succeeded", "cached", "failed", "skipped", "aborted", "pending")
#: Runs told of one by one; a service's launch holds many.
_RUNS = 3


@dataclass(frozen=True)
class Beside:
    """What stands beside the JSON: the launch that it was made of, at the same instant."""

    launch: Launch
    fact: ProcessFact
    now: Now
    past: Past = NO_PAST

    def span(self, run_id: str, node: dict[str, Any]) -> Span | None:
        """The span that a node of the JSON is."""
        run = self.launch.runs.get(run_id)
        return None if run is None else run.spans.get(SpanKey(run_id, node["task_id"], node["node"]))

    def left(self, run_id: str) -> str:
        """``about 3-5 min left``; empty where that is not known."""
        run = self.launch.runs.get(run_id)
        if run is None or verdict.run_state(self.launch, run, self.fact, self.now) != "running":
            return ""
        known = left(self.launch, run, self.now, self.past)
        return "" if known is None else time_left(*known)


def lines(picture: dict[str, Any], beside: Beside | None = None) -> Iterator[str]:
    """The picture's lines, nothing in them that a terminal would obey. ``beside`` adds chains and estimates."""
    for line in _told(picture, beside):
        yield visible(line)


def _told(picture: dict[str, Any], beside: Beside | None) -> Iterator[str]:
    launch, runs = picture["launch"], picture["runs"]
    yield f"{launch['id']}  {_state(launch)}"
    if launch["unread"]["lines"]:
        unread = launch["unread"]
        yield f"  {plural(unread['lines'], 'line')} ({plural(unread['bytes'], 'byte')}) could not be read"
    if launch["error"]:
        yield f"  {_error(launch['error'])}"
    if len(runs) > _RUNS:
        yield f"  {plural(len(runs), 'run')}; the last {_RUNS}:"
    for run in runs[-_RUNS:]:
        yield from _run(run, beside)
    yield f"  attach: hamtui attach {launch['dir']}"


def _state(launch: dict[str, Any]) -> str:
    parts = [launch["state"]]
    if launch["signal"] is not None:
        parts.append(f"by signal {launch['signal']}")
    elif launch["exit_code"] is not None:
        parts.append(f"exit code {launch['exit_code']}")
    if launch["host"] and launch["pid"] and launch["ended_at"] is None:
        parts.append(f"{launch['host']}:{launch['pid']}")
    if launch["started_at"] is not None and launch["ended_at"] is not None:
        parts.append(f"took {duration(max(0.0, launch['ended_at'] - launch['started_at']))}")
    elif launch["heard_s"] is not None:
        parts.append(f"heard {duration(launch['heard_s'])} ago")
    return "  ".join(part for part in parts if part)


def _error(error: dict[str, Any]) -> str:
    message = error["message"] or ""
    return f"{error['type']}: {message}" if message else str(error["type"])


def _run(run: dict[str, Any], beside: Beside | None) -> Iterator[str]:
    counts = run["counts"]
    done = ", ".join(f"{counts[name]} {name}" for name in _COUNTS if counts[name])
    took = "" if run["elapsed_s"] is None else f"  {duration(run['elapsed_s'])}"
    estimate = "" if beside is None else beside.left(run["run_id"])
    estimate = f"  {estimate}" if estimate else ""
    yield f"  run {run['run_id'][:8]} -> {', '.join(run['targets'])}  {run['state']}{took}{estimate}"
    yield f"    {plural(counts['planned'], 'node')} planned" + (f": {done}" if done else "")
    if run["error"]:
        yield f"    {_error(run['error'])}"
    for node in run["nodes"]:
        span = None if beside is None else beside.span(run["run_id"], node)
        yield from _node(node)
        if beside is not None and span is not None:
            yield from _more(node, span, beside)


def _node(node: dict[str, Any]) -> Iterator[str]:
    name = node["node"] if node["task_id"] is None else f"{node['node']} [{node['task_id']}]"
    took = "" if node["elapsed_s"] is None else f"  {duration(node['elapsed_s'])}"
    mark = node["suspect"]
    if mark:
        level = "late, but working" if mark["progress"] and mark["level"] == "suspected" else mark["level"]
        yield f"    ! {name}  {node['status']}{took}{_usual(node)}  {level}: {mark['verdict']}"
        yield f"      {mark['why']}"
        for frame in mark["stack"][:1]:
            yield f"      at {frame['file']}:{frame['line']} in {frame['function']}"
    elif node["status"] in {"running", "aborted"}:
        yield f"    {'>' if node['status'] == 'running' else 'x'} {name}  {node['status']}{took}{_usual(node)}"
    if node["error"] and node["status"] == "failed":
        yield f"    x {name}  failed{took}  {_error(node['error'])}"


def _usual(node: dict[str, Any]) -> str:
    known = node.get("usual")
    return f", {usually(Usual(**known))}" if known is not None and known["n"] >= FEW else ""


def _more(node: dict[str, Any], span: Span, beside: Beside) -> Iterator[str]:
    """Of a node in flight, or that was at the end: its ticks, the chain of waiting, what it did at the last sample."""
    if span.status not in {"running", "aborted"}:
        return
    now = beside.now if span.ended_at is None else Now(span.ended_at)
    if span.tick is not None:
        yield f"      ticks: {progress_text(span, now)}"
    mark = verdict.suspect(beside.launch, span, beside.fact, beside.now, beside.past)
    if mark is not None and (len(mark.chain) > 1 or any(link.relation for link in mark.chain)):
        for link in mark.chain:
            yield f"      {chain_line(link)}"
    if node["suspect"] is None and span.status == "aborted":
        told = last_doing(beside.launch, span, now)
        if told is not None:
            yield f"      at the last sample {told.verdict}" + (f": {told.why}" if told.why else "")
