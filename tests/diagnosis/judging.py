"""What was said of a behaviour against what its row says."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.diagnosis.driving import BEHAVIOURS, DUE_S, HANG_AFTER_S, Look, Told
from tests.diagnosis.table import Row

_MARK = re.compile(r"# stuck here(?:: (\w+))?$")
NOTHING = "(no mark)"


def marked_lines(module: Path) -> dict[str, set[int]]:
    """Numbers of the lines marked as stuck, by behaviour: the one that the mark names, else the function's."""
    found: dict[str, set[int]] = {}
    function = ""
    for number, line in enumerate(module.read_text("utf-8").splitlines(), 1):
        if started := re.match(r"def (\w+)\(", line):
            function = started[1]
        if mark := _MARK.search(line):
            found.setdefault(mark[1] or function, set()).add(number)
    return found


@dataclass(frozen=True)
class Judgement:
    """One behaviour in one executor: what was said ``DUE_S`` after the threshold, and what is wrong with that.

    ``exact``: one of the row's verdicts stood by then. ``confirmed_wrongly``: at any instant, on what would end
    or can't be proven. ``latency_s``: from the threshold to the first look that said it. ``flaps``: changes of
    verdict after it was due. ``wrong``: everything else that is not as the row says.
    """

    row: Row
    told: Told
    said: str
    exact: bool
    confirmed_wrongly: bool
    latency_s: float | None
    flaps: int
    wrong: tuple[str, ...]

    @property
    def right(self) -> bool:
        return self.exact and not self.confirmed_wrongly and not self.wrong

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(row: Row, told: Told) -> Judgement:
    """Compares the two."""
    due = told.kept if row.dies else told.due()
    said = due.verdict if due is not None else NOTHING
    first = next((look.since_s for look in told.looks if look.verdict in row.verdicts), None)
    after = [look.verdict for look in told.looks if look.since_s >= DUE_S]
    return Judgement(
        row,
        told,
        said,
        said in row.verdicts,
        row.confirmed == "never" and any(look.level == "confirmed" for look in told.looks),
        first,
        sum(one != other for one, other in zip(after, after[1:], strict=False)),
        tuple(_wrong(row, told, due)),
    )


def _wrong(row: Row, told: Told, due: Look | None) -> list[str]:
    wrong = list(told.trouble)
    wrong += [f"left behind: {process}" for process in told.left_behind]
    if due is not None and due.progress not in row.progress:
        wrong.append(f"progress {due.progress}, not {row.progress[0]}")
    last = told.last()
    if last is None:
        return [*wrong, "never marked"]
    if row.confirmed == "must" and last.level != "confirmed":
        wrong.append("not confirmed")
    if any(look.progress and look.level == "confirmed" for look in told.looks):
        wrong.append("confirmed with progress")
    wrong += _wrong_words(row, told, last)
    if not last.stack:
        wrong.append("no stack")
    elif row.line:
        lines = marked_lines(BEHAVIOURS / f"{row.module}.py")[row.name]
        if last.top not in lines:
            wrong.append(f"top line {last.top}, not {sorted(lines)}")
    return wrong + _wrong_end(row, told, last)


def _wrong_words(row: Row, told: Told, last: Look) -> list[str]:
    wanted = [*row.why, *told.counterparts]
    missing = [text for text in wanted if not any(part in last.why for part in text.split("|"))]
    return [f"why lacks {text!r}" for text in missing]


def _wrong_end(row: Row, told: Told, last: Look) -> list[str]:
    if row.dies:
        return []
    wrong = []
    said = told.status
    if said is not None and not row.ends and said.get("verdict") != last.verdict:
        near = {look.verdict for look in told.looks if abs(look.since_s - DUE_S) < HANG_AFTER_S}
        if said.get("verdict") not in near:
            wrong.append(f"status says {said.get('verdict') or said}"[:500])
    if row.ends:
        if told.exit_code != 0:
            wrong.append(f"did not end well: exit {told.exit_code}, signal {told.exit_signal}")
        return wrong
    kept = told.kept
    if kept is None:
        return [*wrong, "no mark after its death"]
    if (kept.verdict, kept.level) != (last.verdict, last.level):
        wrong.append(f"after its death: {kept.verdict} {kept.level}, before: {last.verdict} {last.level}")
    return wrong
