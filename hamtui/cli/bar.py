"""A progress bar below the lines of plain mode, drawn from the counts of the newest run: by rich or by tqdm."""

import importlib.util
import sys
from collections.abc import Mapping
from typing import Any, Protocol

from hamtui.cli.refuse import Refused

#: The states of a node that needs no more time.
_OVER = ("succeeded", "cached", "failed", "skipped", "aborted")


class Bar(Protocol):
    """Lines, and what is drawn below them. All that it draws goes to the terminal that stdout is."""

    def line(self, text: str) -> None:
        """A line of text above the bar; OSError where nobody reads any more."""

    def show(self, counts: Mapping[str, int]) -> None:
        """The newest counts, as ``status --json`` has them."""

    def close(self) -> None:
        """No more: what stands there stays."""


def check(wanted: str | None) -> None:
    """Refuse a bar that can't be drawn here, before anything is launched.

    Raises:
        Refused: tqdm is not installed.
    """
    if wanted == "tqdm" and sys.stdout.isatty() and importlib.util.find_spec("tqdm") is None:
        raise Refused(
            "--progress tqdm: tqdm is not installed beside hamtui; install it, or take --progress rich"
        )


def make(wanted: str | None) -> Bar:
    """The bar that is wanted; without a terminal, or where none is wanted, lines alone."""
    if wanted is None or not sys.stdout.isatty():
        return Lines()
    return TqdmBar() if wanted == "tqdm" else RichBar()


def done(counts: Mapping[str, int]) -> tuple[int, int, str]:
    """How many nodes are over, how many there are, and what else is to be said: ``2 running, 1 failed``."""
    words = ("running", "failed", "skipped", "suspected")
    said = ", ".join(f"{counts[word]} {word}" for word in words if counts.get(word))
    return sum(counts.get(word, 0) for word in _OVER), counts.get("planned", 0), said


class Lines:
    """No bar."""

    def line(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)

    def show(self, counts: Mapping[str, int]) -> None:
        """Nothing is drawn."""

    def close(self) -> None:
        """Nothing stands there."""


class RichBar:
    """rich's. It is drawn when something changes, by no thread of its own."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress = Progress(
            *columns, console=Console(highlight=False, markup=False), auto_refresh=False
        )
        self._task = self._progress.add_task("", total=None)
        self._progress.start()

    def line(self, text: str) -> None:
        """Above the bar, as it is: what comes from the run is no markup."""
        self._progress.console.print(text, soft_wrap=True)

    def show(self, counts: Mapping[str, int]) -> None:
        """Draw the bar."""
        over, planned, said = done(counts)
        self._progress.update(
            self._task, completed=over, total=planned or None, description=said, refresh=True
        )

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()


class TqdmBar:
    """tqdm's."""

    def __init__(self) -> None:
        import tqdm

        tqdm.tqdm.monitor_interval = 0  # no thread of its own
        self._bar: Any = tqdm.tqdm(total=0, unit="node", file=sys.stdout, dynamic_ncols=True, leave=True)

    def line(self, text: str) -> None:
        """Above the bar."""
        self._bar.write(text, file=sys.stdout)
        sys.stdout.flush()

    def show(self, counts: Mapping[str, int]) -> None:
        """Draw the bar."""
        over, planned, said = done(counts)
        self._bar.n, self._bar.total = over, planned or None
        self._bar.set_postfix_str(said, refresh=True)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.close()
