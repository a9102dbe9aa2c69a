"""What the dashboard can do to a run's processes. It is handed in: nothing in this room signals a process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from hamtui.follow.launches import LaunchRef


@dataclass(frozen=True)
class Child:
    """A process of the run, as it was when the list was made. ``start``, with the pid, tells it from a later one.

    ``state`` is the kernel's letter, ``cpu_s`` seconds so far, ``command`` its command line, shortened.
    """

    pid: int
    start: float
    command: str | None = None
    state: str | None = None
    cpu_s: float | None = None


class CantAgain(Exception):  # noqa: N818 - it reads as what it says
    """The launch can't be run again so; the text is one sentence for the person."""


@dataclass(frozen=True)
class Change:
    """How a launch is to differ from the one that it repeats; as it was where all is None.

    ``target``: this node alone; ``recompute``: this node whatever the cache holds; ``saved``: (node, data version),
    its stored value instead of computing it.
    """

    target: str | None = None
    recompute: str | None = None
    saved: tuple[str, str] | None = None


class Hands(Protocol):
    """Each of these may block, so the app calls them in a thread. A sentence a step; each writes its audit line."""

    def children(self) -> list[Child]:
        """The run's processes but the main one; none where they can't be told from here."""

    def resume(self) -> Iterator[str]:
        """Continue every stopped process of the run."""

    def kill(self, child: Child) -> Iterator[str]:
        """End one process: TERM, a wait, KILL; it must still be the one that was listed."""

    def again(self, change: Change) -> LaunchRef:
        """Launch what is shown again, changed so; the new launch. Raises CantAgain."""
