"""How much is told of each run: a service executes thousands, and nobody reads four lines a node for ever."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from hamtui.model.keeping import failures
from hamtui.model.state import Now, Run
from hamtui.model.text import duration, plural

#: What is told of a run: each node; its start and its end; nothing by itself, for it is summed up with others.
FULL, BRIEF, SUMMED = "full", "brief", "summed"
#: So many runs of a launch are told in full.
FULL_RUNS = 20
#: More runs than this within so many seconds are summed up; a line of the sum comes as often.
MOST_RUNS, EVERY_S = 3, 10.0
#: Failed runs that get a line of their own within that time.
MOST_FAILED = 5


@dataclass
class Pace:
    """Decides how much is told of the runs of a launch, as they begin."""

    begun: int = 0
    newest: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_RUNS))

    def of(self, started_at: float) -> str:
        """How much to tell of one more run."""
        self.begun += 1
        rapid = len(self.newest) == MOST_RUNS and started_at - self.newest[0] < EVERY_S
        self.newest.append(started_at)
        return SUMMED if rapid else FULL if self.begun <= FULL_RUNS else BRIEF


@dataclass
class Sum:
    """The runs that ended since the last line of the sum."""

    since: float | None = None
    states: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    told: int = 0

    def add(self, run: Run, now: Now) -> bool:
        """Take in a run that ended; whether it is worth a line of its own."""
        self.since = now.unix if self.since is None else self.since
        self.states[run.state] = self.states.get(run.state, 0) + 1
        if run.elapsed_s is not None:
            self.seconds.append(run.elapsed_s)
        self.told += run.state != "succeeded"
        return run.state != "succeeded" and self.told <= MOST_FAILED

    def line(self, now: Now, *, last: bool = False) -> Iterator[str]:
        """The sum, where it is time for it."""
        if self.since is None or (now.unix - self.since < EVERY_S and not last):
            return
        number = sum(self.states.values())
        states = ", ".join(f"{count:,} {state}" for state, count in self.states.items())
        took = ""
        if self.seconds:
            took = f"; median {duration(median(self.seconds))}, longest {duration(max(self.seconds))}"
        yield f"{plural(number, 'more run')}: {states}{took}"
        self.since, self.told = None, 0
        self.states, self.seconds = {}, []


def failure(run: Run) -> str:
    """What of a run failed, for the end of its line; empty where nothing is known."""
    named = failures(run)
    if named:
        name, error = named[0]
        more = f" and {len(named) - 1} more" if len(named) > 1 else ""
        return f": {name}{more}" + (f": {error.type}: {error.message}" if error is not None else "")
    return f": {run.error.type}: {run.error.message}" if run.error is not None else ""
