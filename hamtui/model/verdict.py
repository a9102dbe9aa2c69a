"""States and suspects: is it moving, and if not, where is it stuck?"""

import signal

from hamtui.contract.durations import DEFAULT_HANG_AFTER_S, HANG_AFTER_TAG, seconds
from hamtui.contract.stacks import STOPPED
from hamtui.model import verdicts
from hamtui.model.baseline import NO_PAST, Past, Usual
from hamtui.model.diagnosis import diagnose, in_the_debugger
from hamtui.model.fold import Launch
from hamtui.model.state import LaunchState, Now, ProcessFact, Run, RunState, Span, SpanKey, Suspect
from hamtui.model.text import duration

#: Signals by which a process kills itself through a fault in its own code.
CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL})

_LAST_RUN: dict[RunState, LaunchState] = {
    "running": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "aborted": "killed",
}


#: The verdict where nothing can be told.
UNKNOWN = verdicts.UNKNOWN


def hang(mark: Suspect) -> str:
    """What a mark means, in words for a person."""
    if mark.level == "confirmed":
        return "confirmed hang"
    return "late, but working" if mark.progress else "suspected hang"


def is_over(launch: Launch, fact: ProcessFact) -> bool:
    """Whether the launch's process is gone for good: it left an exit record, or nobody is left to write one."""
    if launch.exit is not None:
        return True
    return launch.info is not None and fact.alive is False and not fact.supervisor_alive


def launch_state(launch: Launch, fact: ProcessFact, now: Now) -> LaunchState:
    """The launch's state from its exit record, what a look at its processes said, and its runs.

    Without launch.json and exit.json (a flat folder) it is the state of the last run.
    """
    if launch.exit is not None:
        return _exit_state(launch)
    if launch.info is not None:
        if is_over(launch, fact):
            return "lost"
        if fact.alive and (fact.paused or in_the_debugger(launch, now)):
            return "paused"
        return "running" if launch.runs else "starting"
    if launch.runs:
        return _LAST_RUN[launch.runs[next(reversed(launch.runs))].state]
    return "failed" if launch.error is not None else "starting"


def _exit_state(launch: Launch) -> LaunchState:
    record = launch.exit
    number = record.signal if record is not None else None
    if number is not None:
        return "crashed" if number in CRASHES else "killed"
    code = record.exit_code if record is not None else None
    if code is None:
        # A process of its own that ended by itself; with which code nobody could see.
        return _LAST_RUN[launch.runs[next(reversed(launch.runs))].state] if launch.runs else "succeeded"
    return "succeeded" if code == 0 else "failed"


def run_state(launch: Launch, run: Run, fact: ProcessFact, now: Now) -> RunState:  # noqa: ARG001 - a seam
    """The run's state; an open run of a process that is gone is ``aborted``."""
    return "aborted" if run.state == "running" and is_over(launch, fact) else run.state


def threshold(launch: Launch, span: Span, past: Past = NO_PAST) -> float:
    """Seconds after which the span is suspected: its tag, over the option, over its own past, over 120."""
    planned = launch.planned(span)
    for tags in (planned.tags if planned is not None else None, span.tags):
        if tags and HANG_AFTER_TAG in tags:
            try:
                return seconds(tags[HANG_AFTER_TAG])
            except ValueError:
                pass
    option = launch.info.hang_after if launch.info is not None else None
    if option is not None and option > 0:
        return option
    known = _told(launch, span, past)[1]
    return DEFAULT_HANG_AFTER_S if known is None else known


def usual(launch: Launch, span: Span, past: Past) -> Usual | None:
    """How long the span's node took in earlier launches, by the same code; None where that is not known."""
    return _told(launch, span, past)[0]


def _told(launch: Launch, span: Span, past: Past) -> tuple[Usual | None, float | None]:
    planned = launch.planned(span)
    return past.told(span.key.node, planned.version if planned is not None else None)


def suspect(launch: Launch, span: Span, fact: ProcessFact, now: Now, past: Past = NO_PAST) -> Suspect | None:
    """The mark of a span that is past its threshold; of an aborted span the last mark that it had."""
    if span.status == "aborted":
        # One that an interrupt ended told how long it took: that is the instant to judge it at.
        return span.kept_suspect if span.settled else late(launch, span, ProcessFact(), now, past)
    return late(launch, span, fact, now, past) if span.status == "running" else None


def late(launch: Launch, span: Span, fact: ProcessFact, now: Now, past: Past = NO_PAST) -> Suspect | None:
    """The mark that a span running at ``now`` has, whatever became of it since.

    One in the debugger has none, and what it spent there does not count.
    """
    elapsed, limit = span.worked(now), threshold(launch, span, past)
    if span.in_debugger or elapsed is None or elapsed <= limit:
        return None
    told = f"running for {duration(elapsed)}, past its threshold of {duration(limit)}"
    if span.halted_s:
        told += f" (its {duration(span.halted_s)} in the debugger not counted)"
    return diagnose(launch, span, fact, now, told, elapsed - limit)


def stopped_at_the_end(launch: Launch) -> bool:
    """Whether the last that was seen of a process that is gone is that it was stopped."""
    pid = launch.info.pid if launch.info is not None else None
    sample = launch.sample
    newest = max((dump for _, dump in launch.dumps), key=lambda dump: dump.ts or 0.0, default=None)
    if sample is not None and (newest is None or (sample.ts or 0.0) >= (newest.ts or 0.0)):
        return any(process.pid == pid and process.state == "T" for process in sample.processes)
    return newest is not None and newest.why == STOPPED and newest.pid in {None, pid}


def marks(
    launch: Launch, run: Run, fact: ProcessFact, now: Now, past: Past = NO_PAST
) -> dict[SpanKey, Suspect]:
    """The suspects of a run by span."""
    found: dict[SpanKey, Suspect] = {}
    for key, span in run.spans.items():
        if span.status in {"running", "aborted"}:
            mark = suspect(launch, span, fact, now, past)
            if mark is not None:
                found[key] = mark
    return found
