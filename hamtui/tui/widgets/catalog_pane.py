"""The public outputs of the run: what each promises, and how it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.style import Style

from hamtui.contract.semantic_check import FAILED, OK, UNCHECKED
from hamtui.follow.decode import told_of
from hamtui.model.cache import outcome
from hamtui.model.catalog import Output, outputs, personal
from hamtui.model.counts import waiting
from hamtui.model.state import Run, Span
from hamtui.model.text import duration, plural
from hamtui.tui.glance import shown_state, state_word
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.lines import Line, Pen
from hamtui.tui.widgets.lines_pane import Fresh, LinesPane

#: Columns in the order in which they stand. Where there is little room, the last of ``_FIRST`` go first.
_COLUMNS = (
    "state",
    "rows",
    "time",
    "pii",
    "kind",
    "v",
    "stability",
    "check",
    "entity",
    "grain",
    "cache",
    "owner",
)
_FIRST = (
    "state",
    "pii",
    "time",
    "rows",
    "check",
    "kind",
    "v",
    "stability",
    "entity",
    "grain",
    "cache",
    "owner",
)
_ID = 44
_CELL = 20
_RIGHT = frozenset({"rows", "time", "v"})


class _Row(NamedTuple):
    output: Output
    state: str
    cells: Mapping[str, str]


class CatalogPane(LinesPane):
    """Totals, then a row an output."""

    slug = "catalog"
    title = "Catalog"
    key = "7"
    always = False
    help = (
        "The run's public outputs, the nodes with the tag layer=semantic: what each promises by its tags, and its state, rows, time and "
        "cache, and what the last check of its values found. One whose tags are no contract says why. enter goes to the node."
    )

    def __init__(self) -> None:
        super().__init__()
        self._fresh = Fresh()
        self._of: object = None
        self._outputs: tuple[Output, ...] = ()
        self._rows: list[_Row] = []

    def badge(self, subject: Subject) -> str:
        """How many there are."""
        found = self._found(subject)
        return str(len(found)) if found else ""

    def has_tab(self, subject: Subject) -> bool:
        """Of use only where a node is public."""
        return bool(self._found(subject))

    def lines(self, subject: Subject, width: int) -> Sequence[Line]:
        """The table, or how a node becomes public."""
        pen, run = Pen(self.look, width), subject.run
        if run is None:
            return pen.says("No run yet.")
        found = self._found(subject)
        if not found:
            return pen.says(
                "No node of this run is public.",
                "Those with the tag layer=semantic are: @hamtui.semantic.semantic_output gives a function all of its tags.",
            )
        if self._fresh.over(subject):
            self._rows = _rows(subject, run, found)
        rows = self._rows
        name = min(_ID, max(len(row.output.id) for row in rows) + 1, max(16, width // 2))
        shown = _fitting(rows, width - name - 2)
        selected = subject.node.name if subject.node is not None else None
        head = [*self._totals(pen, rows), self._titles(pen, name, shown)]
        self.view.pinned = len(head) if len(head) <= self.view.size.height // 2 else 0
        return head + [
            self._line(pen, row, name, shown, selected=row.output.node == selected) for row in rows
        ]

    def _found(self, subject: Subject) -> tuple[Output, ...]:
        """Looked for once a plan."""
        run = subject.run
        if run is None:
            return ()
        if run.nodes is not self._of:
            self._of, self._outputs = run.nodes, outputs(run)
        return self._outputs

    def _totals(self, pen: Pen, rows: list[_Row]) -> list[Line]:
        look = self.look
        parts: list[tuple[str, Style]] = [(plural(len(rows), "public output"), look.strong)]
        for state, count in Counter(row.state for row in rows).items():
            glyph = (
                "" if state == "pending" else f"{look.glyphs.of(state)} "
            )  # its dot would be one of those between
            parts.append((f"{pen.sep}{glyph}{count} {state_word(state)}", look.of(state)))
        broken = sum(row.output.contract is None for row in rows)
        if broken:
            parts.append(
                (f"{pen.sep}{look.glyphs.suspect} {broken} with tags that are no contract", look.warning)
            )
        return pen.flow(*parts)

    def _titles(self, pen: Pen, name: int, shown: Mapping[str, int]) -> Line:
        cells = "".join("  " + _cell(title, title, width) for title, width in shown.items())
        return Line.of((pen.cut("  " + "output".ljust(name) + cells, pen.width), self.look.dim))

    def _line(self, pen: Pen, row: _Row, name: int, shown: Mapping[str, int], *, selected: bool) -> Line:
        look = self.look
        inks: list[tuple[str, Style]] = [
            (look.glyphs.cursor if selected else " ", look.accent),
            (" ", look.text),
            (pen.cut(row.output.id, name, pad=True), look.strong if selected else look.text),
        ]
        room = pen.width - 2 - name
        for title, width in shown.items():
            if row.output.contract is None and title not in {"state", "rows", "time", "pii", "check"}:
                said = f"{look.glyphs.suspect} {row.output.troubles[0]}"
                more = len(row.output.troubles) - 1
                inks.append(
                    (pen.cut(f"  {said}{f' (and {more} more)' if more else ''}", max(4, room)), look.warning)
                )
                break
            text = row.cells.get(title, "")
            if title == "state":
                text, style = f"{look.glyphs.of(row.state)} {text}", look.of(row.state)
            elif title == "check" and text:
                style = look.failed if text == FAILED else look.succeeded if text != UNCHECKED else look.dim
            elif title == "pii" and text:
                text, style = f"{look.glyphs.personal} {text}", look.warning
            else:
                style = look.dim if title in {"entity", "grain", "owner", "cache"} else look.text
            inks.append(("  " + pen.cut(_cell(title, text, width), width, pad=True), style))
            room -= width + 2
        return Line.of(
            *inks, action=("node", row.output.node), under=look.cursor_blurred if selected else None
        )


def _cell(title: str, text: str, width: int) -> str:
    return text.rjust(width) if title in _RIGHT else text.ljust(width)


def _fitting(rows: list[_Row], room: int) -> dict[str, int]:
    """The columns that have room, each with its width; those that are empty in every row are left out."""
    extra = {"state": 2, "pii": 2}
    widths: dict[str, int] = {}
    for title in _FIRST:
        longest = max((len(row.cells.get(title, "")) for row in rows), default=0)
        if not longest:
            continue
        width = min(_CELL, max(len(title), longest + extra.get(title, 0)))
        if width + 2 > room:
            break
        widths[title] = width
        room -= width + 2
    return {title: widths[title] for title in _COLUMNS if title in widths}


def _rows(subject: Subject, run: Run, found: tuple[Output, ...]) -> list[_Row]:
    names = {output.node for output in found}
    spans = {span.key.node: span for span in run.spans.values() if span.key.node in names}
    planned = waiting(run)
    rows = []
    for output in found:
        span = spans.get(output.node)
        state = planned.get(output.node, "pending") if span is None else shown_state(span)
        cells = {"state": state_word(state), "check": _checked(subject, output)}
        rows.append(_Row(output, state, {**_promised(output), **_found_out(subject, span), **cells}))
    return rows


def _checked(subject: Subject, output: Output) -> str:
    """What the last check of the values found: that the keys are such where it looked at keys."""
    found = subject.past.checks.get(output.id)
    if found is None:
        return ""
    return "keys ok" if found.state == OK and found.keys else found.state


def _promised(output: Output) -> dict[str, str]:
    contract = output.contract
    cells = {"pii": personal(output.tags)}
    if contract is not None:
        cells |= {
            "kind": contract.kind,
            "v": contract.version,
            "stability": contract.stability,
            "entity": contract.entity,
            "grain": contract.grain,
            "owner": contract.owner or "",
        }
    return cells


def _found_out(subject: Subject, span: Span | None) -> dict[str, str]:
    if span is None:
        return {}
    summary: Any = told_of(span, "result_summary")
    rows = summary.get("rows") if isinstance(summary, Mapping) else None
    cached = outcome(subject.launch, span, subject.past)
    took = span.elapsed(subject.now)
    return {
        "rows": f"{rows:,}" if isinstance(rows, int) else "",
        "time": "" if took is None else duration(took),
        "cache": "" if cached is None or cached.outcome == "disabled" else cached.outcome,
    }
