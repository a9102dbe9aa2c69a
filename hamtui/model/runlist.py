"""The runs of a launch as a list to look through: how each ended, what failed in it, and all of them in one line."""

from dataclasses import dataclass

from hamtui.model.baseline import percentile
from hamtui.model.counts import counts
from hamtui.model.fold import Launch
from hamtui.model.keeping import failures
from hamtui.model.runs import instant
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


def number(launch: Launch, run: Run, place: int) -> int:
    """A run's number from 1 among all runs, those that are only counted too; ``place``: from 0 among those that are kept."""
    return place + 1 + launch.older.before(instant(run))


def entries(launch: Launch) -> list[Entry]:
    """Of each run that is kept, newest first."""
    return [entry(number(launch, run, place), run) for place, run in enumerate(launch.runs.values())][::-1]


def total(launch: Launch) -> int:
    """All runs, those that are only counted too."""
    return len(launch.runs) + len(launch.older)


def summary(launch: Launch) -> str:
    """``5,000 runs, 500 failed, median 0.4s, p95 1.2s``, all runs counted; then how many are not in the list."""
    known, older = list(launch.runs.values()), launch.older
    took = sorted([*(run.elapsed_s for run in known if run.elapsed_s is not None), *older.took])
    failed = sum(run.state in FAILED for run in known) + sum(older.states[state] for state in FAILED)
    going = sum(run.state == "running" for run in known)
    said = [plural(total(launch), "run")]
    said += [f"{going:,} running"] * bool(going) + [f"{failed:,} failed"] * bool(failed)
    if len(took) > 1:
        said.append(f"median {duration(percentile(took, 0.5))}, p95 {duration(percentile(took, 0.95))}")
    if len(older):
        said.append(f"{len(older):,} older ones only counted")
    return ", ".join(said)
