"""What changed in a launch since the last look, one readable line a change."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePath

from hamtui.cli.gather import FULL, SUMMED, Pace, Sum, failure
from hamtui.cli.words import LAUNCH_WORDS, place, source_line, span_name
from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.contract.layout import Source
from hamtui.model import stacks, verdict
from hamtui.model.baseline import FEW, NO_PAST, Past
from hamtui.model.counts import counts
from hamtui.model.errors import without
from hamtui.model.fold import Launch
from hamtui.model.lost import tries
from hamtui.model.ranges import usually
from hamtui.model.records import Record
from hamtui.model.state import Now, ProcessFact, Run, Span, SpanKey, SpanState, Suspect
from hamtui.model.text import duration, exit_words, numbered_signal, plural, visible

#: A verdict other than the one that was told has to stand for so long; the first may take so long to be found.
_SETTLED_S, _VERDICT_WITHIN_S = 5.0, 3.0
_LEVELS = {"late, but working": "late, but working,"}
_STOPS = {
    "start": ", at its first line",
    "stop": ", at a breakpoint",
    "exception": ", at the exception that it raised",
    "result": ", at its result",
}
_SHOWN_COUNTS: tuple[SpanState, ...] = ("succeeded", "cached", "failed", "skipped", "aborted", "pending")


class Narrator:
    """Remembers what it told of ``launch``; ``changes`` tells the rest. Times are shown in local time."""

    def __init__(self, launch: Launch, past: Past = NO_PAST) -> None:
        self._launch = launch
        self._past = past
        self._told_launch = False
        self._told_notices = 0
        self._told_runs: dict[str, str] = {}
        #: How much is told of each run that has not ended.
        self._tells: dict[str, str] = {}
        self._pace, self._sum = Pace(), Sum()
        #: What was told of the spans of the runs that are told in full, and which spans of any run are in flight.
        self._told_spans: dict[str, dict[SpanKey, SpanState]] = {}
        self._open: dict[SpanKey, None] = {}
        self._told_halts: dict[SpanKey, float | None] = {}
        self._told_tries: dict[SpanKey, int] = {}
        self._told_marks: dict[SpanKey, tuple[str, str]] = {}
        #: What is seen of a span that was not told yet, and since when.
        self._settling: dict[SpanKey, tuple[tuple[str, str], float]] = {}

    def changes(self, records: Iterable[tuple[Source, Record]], fact: ProcessFact, now: Now) -> Iterator[str]:
        """The lines for what ``records``, already folded, and the passing of time brought."""
        if self._launch.info is not None and not self._told_launch:
            self._told_launch = True
            yield self._line(self._launch.info.started_at or now.unix, "launch", self._beginning())
        touched, named = dict(self._open), dict.fromkeys(self._tells)
        for _, record in records:
            if isinstance(record, (FlightEvent, NodeEvent)) and record.run_id is not None:
                yield from self._run_began(record.run_id, now)
                named[record.run_id] = None
                if record.node is not None:
                    touched[SpanKey(record.run_id, record.task_id, record.node)] = None
        for message in islice(self._launch.notices, self._told_notices, None):
            self._told_notices += 1
            yield self._line(now.unix, "note", message)
        for key in touched:
            yield from self._span(key, now)
        yield from self._marks(fact, now)
        for run_id in named:
            yield from self._run_ended(run_id, now)
        yield from self.rest(now, last=False)

    def rest(self, now: Now, *, last: bool = True) -> Iterator[str]:
        """The sum of the runs that got no line of their own, if it is time for it or the launch is over."""
        for line in self._sum.line(now, last=last):
            yield self._line(now.unix, "runs", line)

    def _beginning(self) -> str:
        info = self._launch.info
        if info is None:
            return "started"
        modules = ", ".join(PurePath(str(name)).name for name in info.modules or [])
        targets = ", ".join(map(str, info.targets or []))
        what = f"{modules} -> {targets}" if targets else modules  # a program says later what it executes
        return f"{info.id or self._launch.id}: {what}, process {info.pid}"

    def _run_began(self, run_id: str, now: Now) -> Iterator[str]:
        run = self._launch.runs.get(run_id)
        if run is None or run_id in self._told_runs:
            return
        self._told_runs[run_id] = "running"
        tells = self._tells[run_id] = self._pace.of(run.started_at or now.unix)
        if tells == SUMMED:
            return
        if tells == FULL:
            self._told_spans[run_id] = {}
        targets = ", ".join(run.targets)
        planned = f", {plural(len(run.plan), 'node')} planned" if run.plan else ""
        yield self._line(run.started_at or now.unix, "run", f"{_short(run)} started: {targets}{planned}")

    def _span(self, key: SpanKey, now: Now) -> Iterator[str]:
        run = self._launch.runs.get(key.run_id)
        span = None if run is None else run.spans.get(key)
        if span is None or span.status == "pending":
            self._open.pop(key, None)
            return
        if span.status == "running":
            self._open[key] = None
        else:
            for kept in (self._open, self._told_marks, self._settling):
                kept.pop(key, None)
        known = self._told_spans.get(key.run_id)
        if known is None:
            return  # no run whose nodes are told of
        told = known.get(key)
        if told is None and span.status == "skipped":
            told = "running"
        elif told is None:
            known[key] = "running"
            yield self._line(span.started_at or now.unix, "node", f"{span_name(key)} started")
        if span.tries > self._told_tries.get(key, 1):
            known[key], self._told_tries[key] = "running", span.tries
            said = f"{span_name(key)} is tried again: {', '.join(tries(self._launch, span)[:2])}"
            yield self._line(span.started_at or now.unix, "node", said)
        yield from self._halt(span, now)
        if span.status in (told, "running"):
            return
        known[key] = span.status
        yield self._line(span.ended_at or now.unix, "node", self._outcome(span, now))

    def _halt(self, span: Span, now: Now) -> Iterator[str]:
        """That it stopped in the debugger, and that it went on."""
        halt, since = span.halt if span.in_debugger else None, self._told_halts.get(span.key)
        if halt is not None and halt.at != since:
            self._told_halts[span.key] = halt.at
            where = _STOPS.get(halt.stage or "", "")
            yield self._line(
                halt.at or now.unix, "debug", f"{span_name(span.key)} stopped in the debugger{where}"
            )
        elif halt is None and since is not None:
            del self._told_halts[span.key]
            last = span.last_halt.at if span.last_halt is not None else None
            yield self._line(last or now.unix, "debug", f"{span_name(span.key)} goes on")

    def _outcome(self, span: Span, now: Now) -> str:
        took = duration(span.elapsed(now))
        said = f"{span_name(span.key)} {span.status}" + (f" after {took}" if took else "")
        if span.incomplete:
            said += f", {without(span)}"
        if span.mismatches:
            said += f"; {', '.join(span.mismatches)}"
        if span.status == "skipped" and span.error is not None:
            said += f" {span.error.message}"
        elif span.error is not None:
            said += f": {span.error.type}: {span.error.message}"
        elif span.status == "aborted":
            said += self._last_place(span)
        return said

    def _last_place(self, span: Span) -> str:
        found = stacks.stack_of(self._launch, span)
        frame = stacks.user_frame(found[1]) if found else None
        return "" if frame is None else f", last seen at {place(frame)}{source_line(frame)}"

    def _marks(self, fact: ProcessFact, now: Now) -> Iterator[str]:
        for key in list(self._open):
            span = self._launch.runs[key.run_id].spans.get(key)
            mark = None if span is None else verdict.suspect(self._launch, span, fact, now, self._past)
            if span is None or mark is None:
                self._told_marks.pop(key, None)
                self._settling.pop(key, None)
                continue
            said = (verdict.hang(mark), mark.verdict)
            if self._told_marks.get(key) == said:
                self._settling.pop(key, None)
            elif self._is_settled(key, said, mark, now):
                self._told_marks[key] = said
                subject = "hang" if mark.level == "confirmed" else "late" if mark.progress else "hang?"
                yield self._line(now.unix, subject, self._mark(span, mark, now))

    def _is_settled(self, key: SpanKey, said: tuple[str, str], mark: Suspect, now: Now) -> bool:
        """Whether a verdict is worth a line: what is proven at once, others when they have stood for some seconds."""
        if mark.level == "confirmed" or (key not in self._told_marks and mark.verdict != verdict.UNKNOWN):
            return True
        first, since = self._settling.get(key, (said, now.unix))
        if first != said:
            since = now.unix
        self._settling[key] = (said, since)
        wait = _SETTLED_S if key in self._told_marks else max(0.0, _VERDICT_WITHIN_S - mark.since_s)
        return now.unix - since >= wait

    def _mark(self, span: Span, mark: Suspect, now: Now) -> str:
        known = verdict.usual(self._launch, span, self._past)
        usual = f", {usually(known)}" if known is not None and known.n >= FEW else ""
        took = f"after {duration(span.elapsed(now))}{usual}"
        said = f"{span_name(span.key)} {_LEVELS.get(verdict.hang(mark), mark.level)} {took}: {mark.verdict}, {mark.why}"
        found = stacks.stack_of(self._launch, span)
        frame = stacks.user_frame(found[1]) if found else None
        if frame is None or f"{PurePath(frame.file).name}:{frame.line}" in mark.why:
            return said
        return f"{said}; at {place(frame)}{source_line(frame)}"

    def _forget(self) -> None:
        """What the launch keeps nothing of any more: a service has runs without end."""
        runs = self._launch.runs
        self._told_runs = {run_id: told for run_id, told in self._told_runs.items() if run_id in runs}
        self._told_spans = {
            run_id: told
            for run_id, told in self._told_spans.items()
            if run_id in runs and runs[run_id].line is None
        }

    def _run_ended(self, run_id: str, now: Now) -> Iterator[str]:
        run = self._launch.runs.get(run_id)
        if run is None or run.state == "running" or self._told_runs.get(run_id) == run.state:
            return
        self._told_runs[run_id] = run.state
        if len(self._told_runs) > 2 * len(self._launch.runs):
            self._forget()
        self._told_tries = {key: tries for key, tries in self._told_tries.items() if key.run_id != run_id}
        tells = self._tells.pop(run_id, FULL)
        if tells == SUMMED and not self._sum.add(run, now):
            return
        number = counts(run, {})
        done = ", ".join(f"{number[state]} {state}" for state in _SHOWN_COUNTS if number.get(state))
        done += f", {plural(len(run.mismatched), 'type warning')}" if run.mismatched else ""
        took = duration(run.elapsed_s)
        said = (
            f"{_short(run)} {run.state}" + (f" after {took}" if took else "") + (f": {done}" if done else "")
        )
        if tells != FULL:
            said += failure(run)
        yield self._line(run.ended_at or now.unix, "run", said)

    def ending(self, fact: ProcessFact, now: Now) -> str:
        """The last line: how the launch ended."""
        launch = self._launch
        state = verdict.launch_state(launch, fact, now)
        said = LAUNCH_WORDS.get(state, state)
        if launch.exit is not None and launch.exit.signal is not None:
            said += f" by {numbered_signal(launch.exit.signal)}"
        elif launch.exit is not None:
            said += f", {exit_words(launch.exit.exit_code)}"
        if launch.exit is not None and launch.exit.asked_by:
            said += f", asked by {launch.exit.asked_by}"
        started = launch.info.started_at if launch.info is not None else None
        ended = (launch.exit.ended_at if launch.exit is not None else None) or now.unix
        if started is not None:
            said += f", after {duration(max(0.0, ended - started))}"
        return self._line(ended, "launch", said)

    def _line(self, unix: float, subject: str, said: str) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(unix))
        return f"{clock} {subject:<6} {visible(said)}"


def _short(run: Run) -> str:
    return run.run_id[:8]
