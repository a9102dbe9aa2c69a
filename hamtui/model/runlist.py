"""The runs of a launch as a list to look through: how each ended, what failed in it, and all of them in one line."""

from collections.abc import Iterable
from dataclasses import dataclass

from hamtui.model.baseline import percentile
from hamtui.model.counts import counts
from hamtui.model.keeping import failures
from hamtui.model.state import Run, RunState
from hamtui.model.text import duration, plural

#: States that are worth looking for among many.
FAILED: frozenset[RunState] = frozenset({"failed", "aborted"})


@dataclass(frozen=True)
class Entry:
    """A run: its number from 1, the oldest; ``failure`` says what failed, as ``node: Type: message``."""

    number: int
    run: Run
    nodes: int
    failure: str

    @property
    def failed(self) -> bool:
        """Whether something went wrong in it."""
        return self.run.state in FAILED or bool(self.failure)

    def fits(self, wanted: str) -> bool:
        """Whether the run's id, state, targets or failure hold the text, whatever its case."""
        text = f"{self.run.run_id} {self.run.state} {' '.join(self.run.targets)} {self.failure}"
        return wanted.casefold() in text.casefold()


def entry(number: int, run: Run) -> Entry:
    """One run's entry."""
    return Entry(number, run, counts(run, {})["planned"], _failure(run))


def _failure(run: Run) -> str:
    named = failures(run)
    error = named[0][1] if named else run.error
    name = [named[0][0] + (f" and {len(named) - 1} more" if len(named) > 1 else "")] if named else []
    told = [f"{error.type}: {error.message}" if error.message else error.type] if error is not None else []
    return ": ".join([*name, *told])


def summary(runs: Iterable[Run]) -> str:
    """``5,000 runs, 500 failed, median 0.4s, p95 1.2s``."""
    known = list(runs)
    took = sorted(run.elapsed_s for run in known if run.elapsed_s is not None)
    failed = sum(run.state in FAILED for run in known)
    going = sum(run.state == "running" for run in known)
    said = [plural(len(known), "run")]
    said += [f"{going:,} running"] * bool(going) + [f"{failed:,} failed"] * bool(failed)
    if len(took) > 1:
        said.append(f"median {duration(percentile(took, 0.5))}, p95 {duration(percentile(took, 0.95))}")
    return ", ".join(said)
