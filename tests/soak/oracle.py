"""What the service itself says of its runs, and what of it the flight file and ``status`` tell otherwise. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

#: How many differences are told one by one.
TOLD = 10


@dataclass
class Turn:
    """One execute: its id, how it ended (None: not yet), and how often each node ended how."""

    run_id: str
    outcome: str | None = None
    nodes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def failed(self) -> bool:
        return self.outcome == "failed"


def read(lines: Iterable[str]) -> dict[str, Turn]:
    """The turns by run id, oldest first. A half line at the end is not a line yet."""
    turns: dict[int, Turn] = {}
    for line in lines:
        if not line.endswith("\n"):
            break
        number, what, told = line[:-1].split("\t")
        turn = int(number)
        if what == "begun":
            turns[turn] = Turn(told)
        elif what == "over":
            turns[turn].outcome = told
        else:
            turns[turn].nodes[what, told] += 1
    return {turn.run_id: turn for turn in turns.values()}


@dataclass
class Flown:
    """What the flight file tells of one run."""

    starts: int = 0
    ends: int = 0
    outcome: str | None = None
    began: Counter[str] = field(default_factory=Counter)
    nodes: Counter[tuple[str, str]] = field(default_factory=Counter)
    spans: set[tuple[str | None, str]] = field(default_factory=set)


def flown(events: Iterable[dict[str, Any]]) -> tuple[dict[str, Flown], list[str]]:
    """By run id, and what is wrong with the file itself: a gap in ``seq``, or a number told twice."""
    runs: dict[str, Flown] = {}
    numbers: list[int] = []
    for event in events:
        numbers.append(event["seq"])
        run_id = event.get("run_id")
        if run_id is None:
            continue
        run = runs.setdefault(run_id, Flown())
        kind = event["event"]
        if kind == "graph_start":
            run.starts += 1
        elif kind == "graph_end":
            run.ends += 1
            run.outcome = _word(event)
        elif kind == "node_start":
            run.began[event["node"]] += 1
            run.spans.add((event.get("task_id"), event["node"]))
        elif kind == "node_end":
            run.nodes[event["node"], _word(event)] += 1
    return runs, _gaps(sorted(numbers))


def _word(event: dict[str, Any]) -> str:
    return "succeeded" if event["success"] else "failed"


def _gaps(numbers: list[int]) -> list[str]:
    return [
        f"seq {before} is followed by {after}"
        for before, after in zip(numbers, numbers[1:], strict=False)
        if after != before + 1
    ]


def lost(turns: dict[str, Turn], runs: dict[str, Flown]) -> Iterator[str]:
    """Events that the flight file lacks or has too many of, in runs that are over."""
    yield from (f"run {run_id} is nobody's" for run_id in runs if run_id not in turns)
    for run_id, turn in turns.items():
        run = runs.get(run_id, Flown())
        if turn.outcome is None:
            continue
        if (run.starts, run.ends, run.outcome) != (1, 1, turn.outcome):
            yield f"run {run_id}: {run.starts} starts, {run.ends} ends, {run.outcome} for {turn.outcome}"
        if run.nodes != turn.nodes:
            yield f"run {run_id}: nodes ended {dict(run.nodes)} for {dict(turn.nodes)}"
        began = Counter[str]()
        for (node, _), times in turn.nodes.items():
            began[node] += times
        if run.began != began or len(run.spans) != began.total():
            yield f"run {run_id}: nodes began {dict(run.began)} in {len(run.spans)} spans for {dict(began)}"


def wrong(turns: dict[str, Turn], picture: dict[str, Any], last: str | None = None) -> Iterator[str]:
    """Rows of ``status --json`` that are not so, of the runs that were over before it looked (``turns``).

    A run that only a line is kept of has no rows; its counts are compared all the same. ``last``: the only run
    that may be in the picture and not in the turns is younger than this one.
    """
    told = {run["run_id"]: run for run in picture["runs"]}
    if [run_id for run_id in told if run_id in turns] != list(turns):
        missing = [run_id for run_id in turns if run_id not in told]
        yield f"{len(missing)} runs are not in the picture, or they are out of order: {missing[:3]}"
    if last is not None and list(told)[-1] != last:
        yield f"the picture's last run is {list(told)[-1]}, not {last}"
    for run_id, turn in turns.items():
        run = told.get(run_id)
        if run is None:
            continue
        wanted = Counter[str]()
        for (_, outcome), times in turn.nodes.items():
            wanted[outcome] += times
        counts = {state: run["counts"][state] for state in ("running", "succeeded", "failed", "cached")}
        if run["state"] != turn.outcome or counts != {
            "running": 0,
            "succeeded": wanted["succeeded"],
            "failed": wanted["failed"],
            "cached": 0,
        }:
            yield f"run {run_id}: {run['state']}, {counts} for {turn.outcome}, {dict(wanted)}"
        rows = Counter(
            (row["node"], row["status"])
            for row in run["nodes"]
            if row["status"] not in {"pending", "skipped"}
        )
        if run["nodes"] and rows != turn.nodes:
            yield f"run {run_id}: rows {dict(rows)} for {dict(turn.nodes)}"
        yield from (f"run {run_id}: {row['node']} is marked" for row in run["nodes"] if row["suspect"])
