"""What is known of a span's hang, in a sentence or two: what it is doing, how late it is, how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style

from hamtui.contract.stacks import Dump, ThreadStack
from hamtui.model.baseline import FEW
from hamtui.model.diagnosis import last_doing
from hamtui.model.frames import same_place
from hamtui.model.lost import ERROR_TYPE
from hamtui.model.progress import progress_text
from hamtui.model.ranges import usually
from hamtui.model.stacks import why_none
from hamtui.model.state import Now, Span, Suspect
from hamtui.model.text import duration, exit_words, signal_name
from hamtui.model.verdict import UNKNOWN, hang, threshold, usual
from hamtui.tui.glance import DEBUG_WORD, mark_state, shown_state
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.lines import Line, Pen

#: A span gets its first look after this many seconds.
_FIRST_LOOK_S = 1.0


@dataclass(frozen=True)
class Report:
    """Sentences on one span of a subject, and on the dumps that show it."""

    pen: Pen
    subject: Subject
    span: Span
    mark: Suspect | None

    def verdict(self) -> list[Line]:
        """What the span is doing, and how late it is or how it ended."""
        span, mark, look = self.span, self.mark, self.pen.look
        state = mark_state(mark) if mark is not None and span.status == "running" else shown_state(span)
        style = look.of(state)
        parts: list[tuple[str, Style]] = [
            (f"{look.glyphs.of(state)} {self.pen.clean(span.key.node)}", style + Style(bold=True)),
            (self._task(), look.dim),
        ]
        parts += self._state(mark, style)
        return self.pen.flow(*parts)

    def _task(self) -> str:
        """``[17]`` of a parallel block, as its row has it; the whole id of any other task."""
        task = self.span.key.task_id
        number = (task or "").partition(".")[2].partition(".")[0]
        return (
            ""
            if task in {None, "", self.span.key.node}
            else f"[{number}]"
            if number.isdecimal()
            else f" {self.pen.clean(task)}"
        )

    def why(self) -> list[Line]:
        """The reasons for the mark, or the error; nothing where there is neither."""
        if self.span.status == "failed" and self.span.error is not None:
            said = f"  {self.span.error.type}: {self.span.error.message}"
            return self.pen.flow((self.pen.cut(said, 3 * self.pen.width), self.pen.look.error))
        lines = []
        if self.mark is not None and self.mark.why:
            lines += self.pen.flow(("  " + self.pen.clean(self.mark.why), self.pen.look.text))
        elif self.span.status == "aborted":
            lines += self._last_doing()
        if self.span.status == "aborted":
            lines += self._since()
        if self.span.status in {"running", "aborted"} and self.span.tick is not None:
            now = self.subject.now if self.span.ended_at is None else Now(self.span.ended_at)
            told = progress_text(self.span, now, ascii_only=self.pen.look.glyphs.ascii_only)
            lines += self.pen.flow((f"  ticks: {told}", self.pen.look.running))
        return lines

    def _last_doing(self) -> list[Line]:
        """What a span that was not late did at the last sample before its end."""
        ended = self.span.ended_at
        told = None if ended is None else last_doing(self.subject.launch, self.span, Now(ended))
        if told is None:
            return []
        look = self.pen.look
        return self.pen.flow(
            ("  at the last sample ", look.dim),
            (self.pen.clean(told.verdict), look.strong),
            (f": {self.pen.clean(told.why)}" if told.why else "", look.text),
        )

    def _since(self) -> list[Line]:
        """Since when it was in flight, and how long before the end it was last seen."""
        span, run, look = self.span, self.subject.run, self.pen.look
        parts = []
        if run is not None and span.started_at is not None and run.started_at is not None:
            parts.append(
                f"in flight since {duration(max(0.0, span.started_at - run.started_at))} into the run"
            )
        sample = self.subject.launch.sample
        if sample is not None and sample.ts is not None and span.ended_at is not None:
            before = duration(max(0.0, span.ended_at - sample.ts))
            parts.append(f"last sample {before} before the end")
        return self.pen.flow((f"  {', '.join(parts)}", look.dim)) if parts else []

    def _state(self, mark: Suspect | None, style: Style) -> list[tuple[str, Style]]:
        look, status = self.pen.look, self.span.status
        took = duration(self.span.elapsed(self.subject.now)) or "no known time"
        if mark is None:
            if status == "skipped":
                error = self.span.error
                said = "a node upstream of it failed" if error is None else self.pen.clean(error.message)
                return [(f"  skipped: {said}" if error is None else f"  skipped {said}", look.dim)]
            if status == "pending" and self.span.started_at is None:
                return [("  has not started", look.dim)]
            if self.span.in_debugger:
                halted = duration(self.span.halt.seconds(self.subject.now)) if self.span.halt else ""
                return [(f"  {DEBUG_WORD} {halted}", style), (", p goes to its prompt", look.dim)]
            if status == "running":
                return [(f"  running {took}", style), (f", {self._usual()}", look.dim)]
            if status == "aborted":
                return [
                    (f"  aborted after {took}", style),
                    (f"{self.pen.sep}{self._how_it_ended()}", look.text),
                ]
            return [(f"  {status} {'after' if status == 'failed' else 'in'} {took}", style)]
        word, known = hang(mark), mark.verdict != UNKNOWN
        verdict = (self.pen.clean(mark.verdict), self._ink(mark)) if known else ("cause not known", look.dim)
        if status != "running":
            said = f"  {status} after {took}"
            ended = f"{self.pen.sep}{self._how_it_ended()}" if status == "aborted" else ""
            was = word if mark.progress else f"a {word}"
            parts = [(said, style), (f"{ended}{self.pen.sep}was {was}", look.text)]
            return [*parts, (self.pen.sep, look.dim), verdict] if known else parts
        return [
            (f"  {word}", style),
            (f"{self.pen.sep}{took}, {self._usual()}{self.pen.sep}", look.text),
            verdict,
        ]

    def _ink(self, mark: Suspect) -> Style:
        """A verdict is the louder, the surer it is that nothing goes on."""
        if mark.level == "confirmed":
            return self.pen.look.error + Style(bold=True)
        return self.pen.look.late if mark.progress else self.pen.look.suspect

    def _usual(self) -> str:
        """How long it usually takes, else its threshold."""
        known = usual(self.subject.launch, self.span, self.subject.past)
        if known is None or known.n < FEW:
            return f"threshold {duration(threshold(self.subject.launch, self.span, self.subject.past))}"
        return usually(known, ascii_only=self.pen.look.glyphs.ascii_only)

    def _how_it_ended(self) -> str:
        """What became of its process, in a word or two."""
        if self.span.error is not None and self.span.error.type == ERROR_TYPE:
            return self.pen.clean(self.span.error.message)
        end = self.subject.launch.exit
        if end is None:
            return (
                "its process left no exit record" if self.subject.fact.alive is False else "its run is over"
            )
        by = f", asked by {self.pen.clean(end.asked_by)}" if end.asked_by else ""
        if end.signal is not None:
            return f"by {signal_name(end.signal)} ({end.signal}){by}"
        return f"{exit_words(end.exit_code)}{by}"

    def heading(self, looks: list[tuple[Dump, ThreadStack]], place: int) -> list[Line]:
        """The own thread's name, which dump this is, and what changed."""
        look = self.pen.look
        dump, thread = looks[place]
        last = self.span.status == "aborted" and place == len(looks) - 1
        parts: list[tuple[str, Style]] = [
            (self._name(looks, thread), look.strong),
            ("  last stack" if last else "", look.text),
            (f"  dump {place + 1}/{len(looks)}", look.accent if place < len(looks) - 1 else look.dim),
            (f"{self.pen.sep}{self._when(dump)}", look.dim),
            (f"{self.pen.sep}{self.pen.clean(dump.why or 'asked')}", look.dim),
        ]
        if place:
            equal = place
            while equal and same_place(looks[equal - 1][1].frames, thread.frames):
                equal -= 1
            since = looks[equal][0]
            if equal == place:
                parts.append((f"{self.pen.sep}changed", look.accent))
            elif dump.ts is not None and since.ts is not None:
                parts.append((f"{self.pen.sep}same for {duration(dump.ts - since.ts)}", look.dim))
        parts.append((f"{self.pen.sep}{self.pen.clean(dump.taken_by or 'inside')}", look.dim))
        return [self._as_fits(parts)]

    def _as_fits(self, parts: list[tuple[str, Style]]) -> Line:
        """On one line, as many of the parts as there is room for: the first is worth most."""
        line = Line.of(*parts)
        while line.width > self.pen.width and len(parts) > 1:
            parts = parts[:-1]
            line = Line.of(*parts)
        return line

    def _name(self, looks: list[tuple[Dump, ThreadStack]], thread: ThreadStack) -> str:
        """The thread's name; a crash's dump has none, an earlier one may."""
        known = next((each.name for _, each in reversed(looks) if each.name), None)
        return self.pen.clean(known) if known else thread_name(self.pen, thread)

    def _when(self, dump: Dump) -> str:
        if dump.ts is None:
            return "when is not known"
        if self.span.status != "running" and self.span.started_at is not None:
            return f"taken at {duration(max(0.0, dump.ts - self.span.started_at))}"
        return when(self.subject, dump.ts)

    def no_stack(self) -> list[Line]:
        """Why there is no stack."""
        failed = why_none(self.subject.launch, self.span)
        elapsed = self.span.elapsed(self.subject.now)
        if self.span.status in ("pending", "skipped"):
            return self.pen.says("No stack: it did not run.", self._waits_for())
        if failed:
            return self.pen.says("No stack: the newest dump could not be taken.", failed)
        if elapsed is not None and elapsed < _FIRST_LOOK_S + (0.0 if self.span.status != "running" else 1.0):
            over = self.span.status != "running"
            return self.pen.says(
                f"No stack: the first look is taken after 1 s{' (it took less)' if over else ''}."
            )
        if self.subject.ref.flat and not self.subject.launch.dumps:
            return self.pen.says(
                "No stack: there is no faulthandler_stacks.jsonl in this folder.",
                "hamtui run records one; other people's scripts seldom do.",
            )
        run = self.subject.run
        if run is not None and self.span.pid is not None and run.pid is not None and self.span.pid != run.pid:
            return self.pen.says(
                f"No stack: it ran in process {self.span.pid}, a worker.",
                "Dumps are taken in the process that executes Hamilton.",
            )
        if self.span.status == "running":
            return self.pen.says("No stack yet.", "d asks for a dump now.")
        return self.pen.says("No stack: no dump was taken while it ran.")

    def _waits_for(self) -> str:
        if self.subject.run is None or self.subject.node is None:
            return ""
        done = {
            span.key.node
            for span in self.subject.run.spans.values()
            if span.status in ("succeeded", "cached")
        }
        open_ = [
            name
            for name in self.subject.node.dependencies
            if name in self.subject.run.nodes and name not in done
        ]
        return f"It waits for {', '.join(open_)}." if open_ else ""


def when(subject: Subject, ts: float | None) -> str:
    """How long ago that was; of a launch that is over, how long after the run's start: its clock stands still."""
    if ts is None:
        return "when is not known"
    if subject.launch.exit is None and subject.fact.alive is not False:
        return f"{duration(max(0.0, subject.now.unix - ts))} ago"
    start = subject.run.started_at if subject.run is not None else None
    return "" if start is None else f"taken at {duration(max(0.0, ts - start))}"


def thread_name(pen: Pen, thread: ThreadStack) -> str:
    """A thread's name, else its number as CPython's own dumps write it."""
    if thread.name:
        return pen.clean(thread.name)
    return "thread" if thread.thread_id is None else f"thread {thread.thread_id:#x}"
