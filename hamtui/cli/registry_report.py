"""What a check of public outputs found, in four forms: for people, for programs, for a pull request, for GitHub's log."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hamtui.contract.semantic import ERROR, SCALAR
from hamtui.contract.semantic_check import FAILED, OK, Checked, Problem
from hamtui.model.registry_diff import BREAKING, LEVELS, Change
from hamtui.model.text import plural

FORMATS = ("text", "json", "markdown", "github")


@dataclass(frozen=True)
class Report:
    """``changes`` is None where there is nothing to compare; ``values`` where nothing was executed.

    ``outputs``: how many there are. ``places``: semantic_id -> file and line. Files are as they are to be shown.
    """

    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] | None = None
    values: list[Checked] | None = None
    outputs: int = 0
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """0 where nothing changed and nothing is wrong, else 1."""
        wrong = any(one.level == ERROR for one in self.problems)
        return int(wrong or bool(self.changes) or any(one.state == FAILED for one in self.values or ()))

    def sentence(self) -> str:
        """All of it in one."""
        errors = sum(one.level == ERROR for one in self.problems)
        told = [plural(self.outputs, "public output")] if self.changes is not None else []
        if errors:
            told.append(plural(errors, "error"))
        if len(self.problems) > errors:
            told.append(plural(len(self.problems) - errors, "warning"))
        if self.changes is not None:
            counts = Counter(one.level for one in self.changes)
            told += [f"{counts[level]} {level}" for level in LEVELS if counts[level]] or ["unchanged"]
        if self.values is not None:
            states = Counter(one.state for one in self.values)
            counted = ", ".join(f"{states[state]} {state}" for state in sorted(states))
            told.append(f"values: {counted or 'none to check'}")
        return ", ".join(told)


def written(report: Report, form: str) -> str:
    """The report as text that ends with a newline. ``form`` is one of FORMATS."""
    lines: Mapping[str, Any] = {"text": _text, "markdown": _markdown, "github": _github}
    return as_json(report) if form == "json" else "".join(f"{line}\n" for line in lines[form](report))


def as_json(report: Report) -> str:
    """One object: code, problems, changes, values."""
    told = {
        "schema": 1,
        "code": report.code,
        "outputs": report.outputs,
        "problems": [asdict(one) for one in report.problems],
        "changes": None if report.changes is None else [asdict(one) for one in report.changes],
        "values": None if report.values is None else [asdict(one) for one in report.values],
    }
    return json.dumps(told, indent=1) + "\n"


def _text(report: Report) -> Iterator[str]:
    yield from map(str, report.problems)
    for change in report.changes or ():
        yield f"{change.level:10}  {change.semantic_id}  {_what(change)}; {change.reason}"
    for one in report.values or ():
        yield f"{one.state:10}  {one.semantic_id}  {_found(one)}"
    yield report.sentence()


def _what(change: Change) -> str:
    if not change.field:
        return "new" if change.before is None else "gone"
    return f"{change.field}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _found(one: Checked) -> str:
    told = []
    if one.rows is not None:
        told.append(plural(one.rows, "row"))
    if one.keys:
        told.append(f"unique by {', '.join(one.keys)}")
    if one.kind == SCALAR and one.state == OK:
        told.append("of its dtype")
    if one.schema is not None:
        told.append(f"held against a {one.schema} schema")
    return "; ".join([*one.problems, *one.notes, *([", ".join(told)] if told else [])])


def _markdown(report: Report) -> Iterator[str]:
    yield "### Public outputs: " + report.sentence()
    if report.problems:
        yield from _table(
            ("", "where", "node", "what is wrong", "how to mend it"),
            [(one.level, _where(one), _code(one.node), one.text, one.mend) for one in report.problems],
        )
    if report.changes:
        yield from _table(
            ("", "output", "change", "why"),
            [
                (f"**{one.level}**" if one.level == BREAKING else one.level, _code(one.semantic_id), _what(one), one.reason)
                for one in report.changes
            ],
        )  # fmt: skip
    if report.values:
        yield from _table(
            ("", "output", "what its values are"),
            [
                (
                    f"**{one.state}**" if one.state == FAILED else one.state,
                    _code(one.semantic_id),
                    _found(one),
                )
                for one in report.values
            ],
        )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield "|" + " --- |" * len(heads)
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    flat = " ".join(text.split())
    for letter in "\\|<[":
        flat = flat.replace(letter, "\\" + letter)
    return flat


def _code(name: str) -> str:
    return f"`{name.replace('`', chr(39))}`" if name else ""


def _where(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}" if problem.file else ""


def _github(report: Report) -> Iterator[str]:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    for one in report.problems:
        place = (one.file, one.line) if one.file is not None and one.line is not None else None
        about = f"{one.node}: " if one.node else ""
        yield _command(one.level, one.rule, f"{about}{one.text}; {one.mend}", place)
    for change in report.changes or ():
        kind = "error" if change.level == BREAKING else "notice"
        told = f"{change.semantic_id}: {_what(change)}; {change.reason}"
        yield _command(kind, f"{change.level} change", told, report.places.get(change.semantic_id))
    for value in report.values or ():
        for problem in value.problems:
            told = f"{value.semantic_id}: {problem}"
            yield _command("error", "values", told, report.places.get(value.semantic_id))
    yield report.sentence()


def _command(kind: str, title: str, message: str, place: tuple[str, int] | None) -> str:
    about = {} if place is None else {"file": place[0], "line": str(place[1])}
    told = ",".join(f"{name}={_property(value)}" for name, value in {**about, "title": title}.items())
    return f"::{kind} {told}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
