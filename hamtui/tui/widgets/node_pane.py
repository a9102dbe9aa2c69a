"""Everything that is known of one node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from typing import Any

from rich.style import Style

from hamtui.contract.semantic import TAGS
from hamtui.follow.decode import told_of
from hamtui.model.baseline import durations
from hamtui.model.catalog import output_of
from hamtui.model.counts import waiting
from hamtui.model.errors import without
from hamtui.model.lost import tries
from hamtui.model.state import Error, Run, Span, SpanState
from hamtui.model.text import duration, plural
from hamtui.model.verdict import threshold
from hamtui.tui.glance import shown_state, state_word
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.cache_rows import cache_fields
from hamtui.tui.widgets.contract_rows import contract_fields, contract_head
from hamtui.tui.widgets.lines import BLANK, Line, Pen, fit_start, flow
from hamtui.tui.widgets.lines_pane import Fresh, LinesPane
from hamtui.tui.widgets.trace_lines import error_lines
from hamtui.tui.widgets.value_rows import payload_rows, summary_rows

_LABEL = 11
#: Rows of one field; the rest of a longer one is counted.
_ROWS = 80
#: Cells of a line that is copied, not shown.
_COPIED = 2_000
#: Tags that the plan says in words of its own.
_SAID = ("module",)


class NodePane(LinesPane):
    """The error first, where there is one; then what it is, what went in, what came out, and its past."""

    slug = "node"
    title = "Node"
    key = "3"
    help = (
        "One node: its error first, then state, thread, type, tags, doc, inputs and result in summary, what is "
        "upstream and downstream of it and how that stands, and how long it took in earlier runs."
    )

    def __init__(self) -> None:
        super().__init__()
        self._of: object = None
        self._libraries = False
        self._fresh = Fresh()
        self._planned: dict[str, SpanState] = {}
        self._users: dict[str, list[str]] = {}

    def show(self, subject: Subject) -> None:
        """Another node starts at the top."""
        key = subject.span.key if subject.span is not None else subject.node and subject.node.name
        if key != self._of:
            self._of = key
            self.view.row = 0
            self.view.scroll_to(y=0, animate=False, force=True)
        super().show(subject)

    def lines(self, subject: Subject, width: int) -> list[Line]:
        """Head, error, fields."""
        pen = Pen(self.look, width)
        if subject.span is None and subject.node is None:
            return self._launch(pen, subject)
        lines, span = self._head(pen, subject), subject.span
        name, tags = _tags(subject)
        lines += contract_head(pen, name, tags)
        if span is not None and span.error is not None:
            lines += self._error(pen, span.error, subject)
        if span is not None and span.caused_by:
            lines += self._causes(pen, span, subject)
        if span is not None and span.error is not None:
            lines.append(BLANK)
        for label, parts in (*contract_fields(pen, name, tags), *self._fields(pen, subject)):
            lines += _field(pen, label, parts)
        lines += self._neighbours(pen, subject)
        lines += self._plan(pen, subject)
        return lines

    def _error(self, pen: Pen, error: Error, subject: Subject) -> list[Line]:
        own_file = None if subject.node is None else subject.node.file
        return error_lines(pen, error, libraries=self._libraries, own_file=own_file)

    def _causes(self, pen: Pen, span: Span, subject: Subject) -> list[Line]:
        """The nodes that failed, each a way to go there."""
        look, lines = self.look, []
        if span.incomplete:
            lines.append(Line.of((pen.clean(without(span).partition(":")[0]), look.warning)))
        for cause in span.caused_by:
            where = f" {pen.clean(cause.task_id)}" if cause.task_id and "." in cause.task_id else ""
            said = (f"  {look.glyphs.of('failed')} {pen.clean(cause.node)}", look.failed)
            parts = (said, (where, look.dim), (f"  {pen.clean(cause.error)}", look.text))
            known = subject.run is not None and cause.node in subject.run.nodes
            action = ("node", cause.node, *([cause.task_id] if cause.task_id else [])) if known else ()
            lines += [replace(line, action=action) for line in pen.flow(*parts)]
        return lines

    def copyable(self) -> tuple[str, str] | None:
        """All that the pane says, with nothing cut that has no room on the screen: versions, long values."""
        if self.subject is None:
            return None
        lines = self.lines(self.subject, _COPIED)
        return self.title.lower(), "\n".join(line.text.rstrip() for line in lines) + "\n"

    def chosen(self, action: tuple[str, ...]) -> None:
        """Unfold a traceback's libraries, or go to a neighbour."""
        if action[:1] == ("libraries",):
            self._libraries = not self._libraries
            self.redraw()
        else:
            super().chosen(action)

    def _launch(self, pen: Pen, subject: Subject) -> list[Line]:
        """Nothing is selected: what ended the launch, else what to do."""
        error = subject.launch.error
        if error is None and subject.run is not None:
            error = subject.run.error
        if error is not None:
            return [Line.of(("The launch failed", self.look.failed)), *self._error(pen, error, subject)]
        lines = pen.says(
            "No node is selected.", "Move to one in the tree above; a group has no type, inputs or result."
        )
        run, room = subject.run, Pen(pen.look, max(8, pen.width - _LABEL))
        return lines + (
            []
            if run is None
            else _field(pen, "run given", _inputs(room, run.inputs_summary, run.inputs_payload))
        )

    def _head(self, pen: Pen, subject: Subject) -> list[Line]:
        look, span, node = self.look, subject.span, subject.node
        name = span.key.node if span is not None else node.name if node is not None else ""
        status = shown_state(span) if span is not None else self._waiting(subject, name)
        took = duration(span.elapsed(subject.now)) if span is not None else ""
        kind = None if node is None else node.type
        if kind is None and span is not None:
            kind = span.return_type
        return pen.flow(
            (f"{look.glyphs.of(status)} {pen.clean(name)}", look.of(status) + Style(bold=True)),
            (f" {pen.clean(span.key.task_id)}" if span is not None and span.key.task_id else "", look.dim),
            (f"  {state_word(status)}{' ' + took if took else ''}", look.of(status)),
            (f"  {look.glyphs.arrow} {pen.clean(kind)}" if kind else "", look.text),
        )

    def _waiting(self, subject: Subject, name: str) -> str:
        return "pending" if subject.run is None else waiting(subject.run).get(name, "pending")

    def _fields(self, pen: Pen, subject: Subject) -> list[tuple[str, list[tuple[str, Style]]]]:
        look, span = self.look, subject.span
        found: list[tuple[str, list[tuple[str, Style]]]] = []
        room = Pen(look, max(8, pen.width - _LABEL))
        if span is not None:
            found += [
                ("inputs", _inputs(room, told_of(span, "kwargs_summary"), told_of(span, "kwargs_payload"))),
                ("result", _result(room, span)),
            ]
        if span is not None and span.mismatches:
            found.append(("types", [(pen.clean(row), look.warning) for row in span.mismatches]))
        if span is not None:
            found.append(("where", [(self._where(pen, subject, span), look.text)]))
            if span.tries > 1:
                found.append(("tries", [(row, look.text) for row in tries(subject.launch, span)]))
            found += cache_fields(room, subject, span)
        found.append(("past", [self._past(pen, subject)]))
        return found

    def _where(self, pen: Pen, subject: Subject, span: Span) -> str:
        facts = []
        if span.pid is not None:
            facts.append(f"process {span.pid}")
        if span.native_id is not None:
            facts.append(f"thread {span.native_id}")
        elif span.thread_id is not None:
            facts.append(f"thread {span.thread_id:#x}")
        host = span.host or (subject.launch.info.host if subject.launch.info is not None else None)
        if host:
            facts.append(f"on {pen.clean(host)}")
        return ", ".join(facts) or ("has not started" if span.status == "pending" else "not known")

    def _past(self, pen: Pen, subject: Subject) -> tuple[str, Style]:
        name = (
            subject.span.key.node if subject.span is not None else subject.node.name if subject.node else ""
        )
        past = durations(name, None if subject.node is None else subject.node.version, subject.past)
        limit = ""
        if subject.span is not None and subject.span.status in ("running", "pending"):
            limit = (
                f"{pen.sep}suspected after {duration(threshold(subject.launch, subject.span, subject.past))}"
            )
        if not past:
            return (f"no earlier run of this version{limit}", self.look.dim)
        said = f"median {duration(median(past))}, longest {duration(max(past))}, last {duration(past[-1])}"
        return (f"{plural(len(past), 'run')}: {said}{limit}", self.look.text)

    def _neighbours(self, pen: Pen, subject: Subject) -> list[Line]:
        """Up and down the graph, a row each, with how it stands."""
        node, run = subject.node, subject.run
        if node is None or run is None:
            return [Line.of(("no graph file names this node: what is around it is not known", self.look.dim))]
        if self._fresh.over(subject):
            self._planned, self._users = waiting(run), _users(run)
        planned, users = self._planned, self._users.get(node.name, [])
        states = _states(run, {*node.dependencies, *users})
        lines: list[Line] = []
        for label, names in (("upstream", list(node.dependencies)), ("downstream", users)):
            if not names:
                lines += _field(pen, label, [("none", self.look.dim)])
            for at, name in enumerate(names):
                counts = states.get(name)
                state = _worst(counts) if counts else planned.get(name, "")
                word = state or _role(run, name)
                glyph = self.look.glyphs.of(state) if state else self.look.glyphs.dot
                many = (
                    f" {self.look.glyphs.times}{sum(counts.values())}"
                    if counts and sum(counts.values()) > 1
                    else ""
                )
                lines.append(
                    Line.of(
                        ((label if at == 0 else "").ljust(_LABEL), self.look.dim),
                        (f"{glyph} ", self.look.of(state or "pending")),
                        (pen.cut(name, max(8, pen.width - _LABEL - 20)), self.look.text),
                        (many, self.look.dim),
                        (f"  {word}", self.look.of(state or "pending")),
                        action=("node", name) if name in run.nodes else (),
                    )
                )
        return lines

    def _plan(self, pen: Pen, subject: Subject) -> list[Line]:
        """What the graph file says: place, tags, doc."""
        node, look = subject.node, self.look
        lines: list[Line] = []
        if node is not None:
            if node.file:
                place = f"{node.file}:{node.line}" if node.line else node.file
                short = fit_start(pen.clean(place), pen.width - _LABEL, look.glyphs.ellipsis)
                lines += _field(pen, "defined", [(short, look.path)])
            if node.module:
                lines += _field(pen, "module", [(pen.clean(node.module), look.text)])
        name, tags = _tags(subject)
        output = output_of(name, tags)
        # Those of a contract stand above; of tags that are none all are shown.
        said = _SAID if output is None or output.contract is None else (*_SAID, *TAGS)
        shown = [f"{key}={value}" for key, value in tags.items() if key not in said]
        if shown:
            lines += _field(pen, "tags", [(pen.clean(pen.sep.join(shown)), look.text)])
        if node is not None and node.doc:
            rows = [(pen.clean(row.strip()), look.text) for row in node.doc.strip().split("\n")]
            lines += _field(pen, "doc", rows)
        return lines


def _tags(subject: Subject) -> tuple[str, Mapping[str, Any]]:
    """The node's name, and its tags as the plan has them, or as its start did."""
    if subject.node is not None:
        return subject.node.name, subject.node.tags
    span = subject.span
    return ("", {}) if span is None else (span.key.node, span.tags or {})


def _field(pen: Pen, label: str, rows: list[tuple[str, Style]]) -> list[Line]:
    """A label and its rows beside it, broken to the width."""
    lines: list[Line] = []
    for text, style in rows[:_ROWS]:
        broken = flow([(text, style)], max(8, pen.width - _LABEL), 2) or [BLANK]
        for line in broken:
            head = (label if not lines else "").ljust(_LABEL)
            lines.append(Line.of((head, pen.look.dim), *line.inks))
    if len(rows) > _ROWS:
        lines.append(Line.of((" " * _LABEL + f"({len(rows) - _ROWS} more)", pen.look.dim)))
    return lines


def _inputs(pen: Pen, summaries: Any, payloads: Any) -> list[tuple[str, Style]]:
    """Each argument, of a node or a run: what it looks like, and what it is where that was recorded."""
    if not isinstance(summaries, Mapping):
        summaries = {} if summaries is None else {"": summaries}
    if not isinstance(payloads, Mapping):
        payloads = {} if payloads is None else {"": payloads}
    rows: list[tuple[str, Style]] = []
    for name in dict.fromkeys((*summaries, *payloads)):
        if name in summaries:
            rows += summary_rows(pen, name, summaries[name])
        if name in payloads:
            rows += payload_rows(pen, name, payloads[name])
    return rows


def _result(pen: Pen, span: Span) -> list[tuple[str, Style]]:
    summary, payload = told_of(span, "result_summary"), told_of(span, "result_payload")
    rows = [] if summary is None else summary_rows(pen, "", summary)
    if payload is not None:
        rows += payload_rows(pen, "value", payload)
    return rows


def _states(run: Run, names: set[str]) -> dict[str, Counter[str]]:
    """How many spans of these nodes are in which state."""
    found: dict[str, Counter[str]] = {}
    for key, span in run.spans.items():
        if key.node in names:
            found.setdefault(key.node, Counter())[span.status] += 1
    return found


def _users(run: Run) -> dict[str, list[str]]:
    """Who depends on each node."""
    found: dict[str, list[str]] = {}
    for node in (*run.nodes.values(), *run.others.values()):
        for name in node.dependencies:
            found.setdefault(name, []).append(node.name)
    return found


def _worst(counts: Counter[str]) -> str:
    """The state that says most of a node with many spans."""
    order = ("failed", "aborted", "running", "pending", "skipped", "succeeded", "cached")
    return next((state for state in order if counts[state]), "pending")


def _role(run: Run, name: str) -> str:
    other = run.others.get(name)
    return "input" if other is None or other.role == "input" else "not in this run"
