"""What is kept of runs that are over: all of the newest, of the thousands before them one line each.

Of a service's hundreds of thousands before those only a count, where the launch is watched and not just looked at once.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hamtui.contract.flight import NODE_END, FlightEvent, NodeEvent
from hamtui.contract.logs import CacheEvent
from hamtui.model.counts import counts
from hamtui.model.runs import instant
from hamtui.model.state import Error, Run

if TYPE_CHECKING:
    from hamtui.model.fold import Launch

#: Ended runs, and among them runs in which something went wrong, that are kept with all their spans.
MAX_RUNS, MAX_TROUBLED = 500, 200
#: Lines of ended runs, and of those in which something went wrong, that a watcher keeps: older ones are only counted.
MAX_LINES, MAX_TROUBLED_LINES = 2_000, 500
#: Spans of ended runs, beyond which fewer runs are kept whole, but always so many.
MAX_SPANS, FEWEST_RUNS = 100_000, 20
#: Runs that were read again because somebody looked at them.
MAX_RESTORED = 8
#: Failed nodes that a run's line names.
MAX_FAILURES = 8


@dataclass(slots=True)
class Line:
    """What is left of a run whose spans are no longer kept: how many nodes came to which state, and what failed."""

    counts: dict[str, int]
    failures: tuple[tuple[str, Error | None], ...] = ()

    def late(self, event: FlightEvent | NodeEvent) -> None:
        """A node's end by a worker, whose file was read after the run's own."""
        if event.event != NODE_END or not self.counts["pending"]:
            return
        self.counts["pending"] -= 1
        self.counts["failed" if event.success is False else "succeeded"] += 1

    def cached(self, event: CacheEvent) -> None:
        """A node's cache hit, read after the run's own events."""
        if event.event_type == "get_result" and self.counts["succeeded"]:
            self.counts["succeeded"] -= 1
            self.counts["cached"] += 1


def counted() -> Line:
    """What takes in events of a run that is only counted: they change nothing."""
    return Line({"pending": 0, "succeeded": 0})


@dataclass
class Whole:
    """Runs that are over and kept whole, oldest end first, and how many spans they have.

    ``lines``: those before them of which a line is kept, oldest beginning first, at most so many (None: all).
    """

    most: int
    runs: deque[tuple[str, int]] = field(default_factory=deque)
    spans: int = 0
    lines: deque[str] = field(default_factory=deque)
    most_lines: int | None = None

    @property
    def too_many(self) -> bool:
        """Whether the oldest is to go."""
        return len(self.runs) > self.most or (self.spans > MAX_SPANS and len(self.runs) > FEWEST_RUNS)


def watch(launch: "Launch") -> None:
    """Keep what a screen has use for and no more, however many runs come: the oldest lines become a count (``Launch.older``)."""
    launch.whole.most_lines, launch.troubled.most_lines = MAX_LINES, MAX_TROUBLED_LINES


def failures(run: Run) -> tuple[tuple[str, Error | None], ...]:
    """The nodes of a run that failed, each with its error, in the order in which they were read."""
    line: Line | None = run.line
    if line is not None:
        return line.failures
    return tuple((span.key.node, span.error) for span in run.spans.values() if span.status == "failed")


def ended(launch: "Launch", run: Run) -> None:
    """A run is over: the one that ended longest before it may go to a line."""
    if run.kept or run.state == "running":
        return
    run.kept = True
    whole = launch.whole if run.state == "succeeded" else launch.troubled
    whole.runs.append((run.run_id, len(run.spans)))
    whole.spans += len(run.spans)
    while whole.too_many:
        run_id, spans = whole.runs.popleft()
        if run_id == next(reversed(launch.runs)):  # read first, for it is the one that is shown
            whole.runs.append((run_id, spans))
            continue
        whole.spans -= spans
        old = launch.runs.get(run_id)
        if old is not None:
            _to_a_line(launch, old)


def restore(launch: "Launch", whole: "Launch", run_id: str) -> None:
    """Show a run that had become a line whole again, as it was read anew; the few restored before it stay so."""
    if run_id not in launch.runs or run_id not in whole.runs:
        return
    run = launch.runs[run_id] = whole.runs[run_id]
    run.kept = True
    launch.trails.update(whole.trails)
    launch.behaviors.update(whole.behaviors)
    launch.restored.append(run_id)
    if len(launch.restored) > MAX_RESTORED:
        old = launch.runs.get(launch.restored.popleft())
        if old is not None and old.run_id not in launch.restored and old.line is None:
            _to_a_line(launch, old)


def _to_a_line(launch: "Launch", run: Run) -> None:
    if run.state == "running" or any(_is_open(span) for span in run.spans.values()):
        run.kept = False  # it was begun again, or something of it runs on: its next end counts
        return
    run.line = Line(counts(run, {}), failures(run)[:MAX_FAILURES])
    for key in run.spans:
        launch.trails.pop(key, None)
        launch.rivals.pop(key, None)
        launch.history.logged.pop(key, None)
        launch.history.ticks.pop(key, None)
    for names in (run.nodes, run.others, run.path):
        for name in names:
            launch.behaviors.pop((run.run_id, name), None)
    launch.cut_off.discard(run.run_id)
    strip(run)
    lined(launch, run)


def strip(run: Run) -> None:
    """Let go of all that the run's line does not tell."""
    run.spans, run.tasks, run.submitted = {}, {}, {}
    run.inputs_summary = run.results_summary = None
    run.path = ()
    run.plan, run.nodes, run.others = (), {}, {}
    run.closed = True


def lined(launch: "Launch", run: Run) -> None:
    """A run has become a line: the oldest of these may become a count. Costs as much as there are later lines: few."""
    whole = launch.whole if run.state == "succeeded" else launch.troubled
    if whole.most_lines is None:
        return
    place, began = len(whole.lines), instant(run)
    while place and _began(launch, whole.lines[place - 1]) > began:
        place -= 1
    whole.lines.insert(place, run.run_id)
    while len(whole.lines) > whole.most_lines:
        old = launch.runs.get(whole.lines.popleft())
        if old is not None and old.line is not None:  # else it was restored: its next line counts
            launch.older.add(old, instant(old))
            del launch.runs[old.run_id]


def _began(launch: "Launch", run_id: str) -> float:
    run = launch.runs.get(run_id)
    return 0.0 if run is None else instant(run)


def _is_open(span: Any) -> bool:
    """Whether it runs on, or was marked when it was cut off."""
    return bool(span.status == "running" or span.rare.kept_suspect is not None)
