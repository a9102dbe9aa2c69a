"""``status`` for people: the same picture as the JSON, in lines."""

from collections.abc import Iterator
from typing import Any

from hamtui.cli.asides import Asides
from hamtui.model.baseline import FEW, Usual
from hamtui.model.ranges import usually
from hamtui.model.state import SpanKey
from hamtui.model.text import duration, exit_words, numbered_signal, plural, visible

_COUNTS = ("running", "succeeded", "cached", "failed", "skipped", "aborted", "pending")
#: Runs told of one by one; a service's launch holds many.
_RUNS = 3


def lines(picture: dict[str, Any], beside: Asides | None = None) -> Iterator[str]:
    """The picture's lines, nothing in them that a terminal would obey."""
    for line in _told(picture, beside or Asides()):
        yield visible(line)


def _told(picture: dict[str, Any], beside: Asides) -> Iterator[str]:
    launch, runs = picture["launch"], picture["runs"]
    yield f"{launch['id']}  {_state(launch, beside)}"
    if launch["unread"]["lines"]:
        unread = launch["unread"]
        yield f"  {plural(unread['lines'], 'line')} ({plural(unread['bytes'], 'byte')}) could not be read"
    if beside.rotated is not None:
        yield f"  {beside.rotated}"
    yield from (f"  note: {notice}" for notice in beside.notices)
    if launch["error"]:
        yield f"  {_error(launch['error'])}"
    if len(runs) > _RUNS:
        yield f"  {plural(len(runs), 'run')}; the last {_RUNS}:"
    for run in runs[-_RUNS:]:
        yield from _run(run, beside)
    yield f"  attach: hamtui attach {launch['dir']}"


def _state(launch: dict[str, Any], beside: Asides) -> str:
    parts = [launch["state"]]
    by = f", asked by {beside.asked_by}" if beside.asked_by else ""
    if launch["signal"] is not None:
        parts = [f"{launch['state']} by {numbered_signal(launch['signal'])}{by}"]
    elif launch["exit_code"] is not None or (launch["pid"] is not None and launch["ended_at"] is not None):
        parts.append(f"{exit_words(launch['exit_code'])}{by}")
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


def _run(run: dict[str, Any], beside: Asides) -> Iterator[str]:
    counts = run["counts"]
    done = ", ".join(f"{counts[name]} {name}" for name in _COUNTS if counts[name])
    took = "" if run["elapsed_s"] is None else f"  {duration(run['elapsed_s'])}"
    left = beside.left.get(run["run_id"])
    ahead = f", {left}" if left else ""
    yield f"  run {run['run_id'][:8]} -> {', '.join(run['targets'])}  {run['state']}{took}{ahead}"
    yield f"    {plural(counts['planned'], 'node')} planned" + (f": {done}" if done else "")
    yield from (f"    {told}" for told in beside.cache.get(run["run_id"], ()))
    if run["error"]:
        yield f"    {_error(run['error'])}"
    for node in run["nodes"]:
        key = SpanKey(run["run_id"], node["task_id"], node["node"])
        yield from _node(node, beside.progress.get(key, ""))
        for line in beside.under.get(key, ()):
            yield f"      {line}"


def _node(node: dict[str, Any], progress: str) -> Iterator[str]:
    name = node["node"] if node["task_id"] is None else f"{node['node']} [{node['task_id']}]"
    took = "" if node["elapsed_s"] is None else f"  {duration(node['elapsed_s'])}"
    mark = node["suspect"]
    if mark:
        level = "late, but working" if mark["progress"] and mark["level"] == "suspected" else mark["level"]
        yield f"    ! {name}  {node['status']}{took}{_usual(node)}  {level}: {mark['verdict']}"
        yield f"      {mark['why']}"
        for frame in mark["stack"][:1]:
            yield f"      at {frame['file']}:{frame['line']} in {frame['function']}"
    elif node.get("debugger"):
        attached = ", somebody is at its prompt" if node["debugger"]["attached"] else ""
        yield f"    > {name}  in the debugger{took}{attached}"
    elif node["status"] in {"running", "aborted"}:
        why = f"  {_error(node['error'])}" if node["error"] else _usual(node)
        yield f"    {'>' if node['status'] == 'running' else 'x'} {name}  {node['status']}{took}{why}"
    if progress:
        yield f"      {progress}"
    if node["error"] and node["status"] == "failed":
        yield f"    x {name}  failed{took}  {_error(node['error'])}"


def _usual(node: dict[str, Any]) -> str:
    known = node.get("usual")
    return f", {usually(Usual(**known))}" if known is not None and known["n"] >= FEW else ""
