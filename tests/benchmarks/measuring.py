"""What a measure is, how its figures are taken, and how it is printed.

Machines are noisy: what is compared runs in turn in the same run, and the ratio is the median of the pairs' own ratios.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

#: What a child prints last: its figures, with the most memory that it had. (ru_maxrss counts what its parent had at the fork.)
_CHILD_END = """
import json as _json
with open("/proc/self/status") as _file:
    _most = next(_line for _line in _file if _line.startswith("VmHWM"))
print(_json.dumps({"peak_mb": int(_most.split()[1]) / 1024, **told}))
"""
PEAK = "peak_mb"


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of some figures."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.least == self.most:
            return _number(self.median)
        return f"{_number(self.median)} ({_number(self.least)} to {_number(self.most)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Row:
    """One thing that was measured: ``label``, its figure in ``unit``, and how often the reference's that is."""

    label: str
    figure: Spread | None
    unit: str
    ratio: Spread | None = None
    note: str = ""


@dataclass(frozen=True)
class Target:
    """A promise: what, the figure that was found, and the most that it may be."""

    what: str
    found: float
    most: float
    unit: str

    @property
    def met(self) -> bool:
        return self.found <= self.most


@dataclass
class Measured:
    """A measure's rows; ``reference`` is the label of the row that ratios are of. ``took_s``: how long measuring took."""

    measure: str
    work: str
    reference: str = ""
    rows: list[Row] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    took_s: float | None = None

    def add(
        self,
        label: str,
        values: list[float],
        unit: str,
        against: list[float] | None = None,
        note: str = "",
    ) -> None:
        """A row; ``against`` are the reference's figures, taken in turn with these."""
        ratios = [one / other for one, other in zip(values, against, strict=False)] if against else []
        ratio = Spread.of(ratios) if ratios else None
        self.rows.append(Row(label, Spread.of(values), unit, ratio, note))

    def skip(self, label: str, why: str) -> None:
        self.rows.append(Row(label, None, "", None, f"skipped: {why}"))

    def aim(self, what: str, found: float, most: float, unit: str) -> None:
        self.targets.append(Target(what, found, most, unit))

    def table(self) -> str:
        """What people read."""
        lines = [f"{self.measure}: {self.work}"]
        wide = max([len(row.label) for row in self.rows], default=0)
        for row in self.rows:
            told = f"{row.figure} {row.unit}" if row.figure is not None else ""
            times = f"{row.ratio} × {self.reference}" if row.ratio is not None else ""
            lines.append(f"  {row.label:{wide}}  {told:34} {times:44} {row.note}".rstrip())
        for aim in self.targets:
            word = "met   " if aim.met else "missed"
            lines.append(f"  {word} {aim.what}: {_number(aim.found)} {aim.unit}, at most {_number(aim.most)}")
        return "\n".join(lines)

    def line(self) -> str:
        """What programs read: one JSON object."""
        told: dict[str, Any] = {"measure": self.measure, "work": self.work, "reference": self.reference}
        told["load"] = round(os.getloadavg()[0], 1)
        told["took_s"] = None if self.took_s is None else round(self.took_s, 1)
        told["rows"] = [
            {
                "label": row.label,
                "unit": row.unit,
                "figure": _told(row.figure),
                "ratio": _told(row.ratio),
                "note": row.note,
            }
            for row in self.rows
        ]
        told["targets"] = [{**vars(aim), "met": aim.met} for aim in self.targets]
        return json.dumps(told, ensure_ascii=False)


def _told(spread: Spread | None) -> dict[str, float] | None:
    return None if spread is None else {name: round(value, 4) for name, value in vars(spread).items()}


def in_turn(kinds: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Each kind once a round, one after the other; the figures of each, in the order of the rounds."""
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, take in kinds.items():
            found[name].append(take())
    return found


def child(code: str, *argv: str, timeout: float = 300.0) -> dict[str, float]:
    """Run ``code`` in an interpreter of its own; it leaves its figures in ``told``, a dict. Adds ``peak_mb``."""
    done = subprocess.run(
        [sys.executable, "-c", code + _CHILD_END, *argv],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=timeout,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told
