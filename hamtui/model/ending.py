"""What a launch's end means for what was still open in it."""

from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.fold import Launch
from hamtui.model.history import At
from hamtui.model.lost import reason
from hamtui.model.state import Now, ProcessFact, Run, Span
from hamtui.model.verdict import is_over, late, stopped_at_the_end


def settle(launch: Launch, fact: ProcessFact, now: Now, past: Past = NO_PAST) -> None:
    """Close runs and spans that can't go on (``aborted``), because their process or their run is over.

    Call it after each batch and after each look at the processes: it is idempotent, and a record that comes
    late undoes it for what it is about. Aborted spans keep the suspect that they had (``kept_suspect``).
    """
    gone = is_over(launch, fact)
    _learn(launch)
    last = next(reversed(launch.runs), None)
    for run in launch.runs.values():
        if run.closed:
            continue
        if gone:
            _bury(launch, run, _death(launch, now), past)
        elif run.state != "running" and not _may_go_on(launch, run, fact, run.run_id == last):
            for span in _open(run):
                _abort(launch, span, run.ended_at, ProcessFact(), past)
            _keep_marks(launch, run, past)
            run.closed = True
        elif launch.lost:
            _lose(launch, run, past)


def _lose(launch: Launch, run: Run, past: Past) -> None:
    """Close the spans of workers that died while the run goes on, fails or hangs for it; open those of one that is back."""
    for span in _open(run):
        if reason(launch, span) is not None:
            _abort(launch, span, None, ProcessFact(), past)
        elif span.settled:
            span.status, span.settled = "running", False
            span.ended_at = span.elapsed_s = span.error = span.kept_suspect = None


def _learn(launch: Launch) -> None:
    """What is newly known of processes and threads may tell more of the spans that were cut off."""
    if launch.judged_by != launch.history.revision:
        launch.judged_by = launch.history.revision
        for run_id in launch.cut_off:
            launch.runs[run_id].closed = False


def _death(launch: Launch, now: Now) -> float:
    """When the process ended: by its exit record, else when it was last heard of."""
    for instant in (launch.exit.ended_at if launch.exit is not None else None, launch.heard_at):
        if instant is not None:
            return instant
    return now.unix


def _may_go_on(launch: Launch, run: Run, fact: ProcessFact, is_last: bool) -> bool:
    """A failed run's other nodes run on in their threads; a node that hangs there keeps the process from ending."""
    return run.state == "failed" and is_last and launch.info is not None and fact.alive is not False


def _open(run: Run) -> list[Span]:
    return [span for span in run.spans.values() if span.status == "running" or span.rare.settled]


def _bury(launch: Launch, run: Run, death: float, past: Past) -> None:
    if run.state == "running" or run.settled:
        run.state, run.settled = "aborted", True
        run.ended_at = death
        run.elapsed_s = None if run.started_at is None else max(0.0, death - run.started_at)
    fact = ProcessFact(alive=False, paused=stopped_at_the_end(launch))
    for span in _open(run):
        _abort(launch, span, death, fact, past)
    _keep_marks(launch, run, past)
    run.closed = True


def _keep_marks(launch: Launch, run: Run, past: Past) -> None:
    """A node that Ctrl-C or a stop ended has written its own end: it keeps the mark that it had by then."""
    for span in run.spans.values():
        if span.status == "aborted" and not span.settled and span.ended_at is not None:
            launch.cut_off.add(run.run_id)
            if span.kept_suspect is None or not launch.history.forgot(At(span.ended_at)):
                span.kept_suspect = late(launch, span, ProcessFact(), Now(span.ended_at), past)


def _abort(launch: Launch, span: Span, at: float | None, fact: ProcessFact, past: Past) -> None:
    """Its last mark is judged at the instant of its end, with all that is known by now."""
    launch.cut_off.add(span.key.run_id)
    span.status, span.settled = "running", True
    span.ended_at = span.elapsed_s = None
    found = reason(launch, span) if launch.lost else None
    if found is not None:
        span.error = found.error
        at = at if found.at is None else found.at
    if at is not None:
        then = Now(at)
        if span.kept_suspect is None or not launch.history.forgot(At(at)):
            span.kept_suspect = late(launch, span, fact, then, past)
        span.elapsed_s = span.elapsed(then)
    span.ended_at, span.status = at, "aborted"
