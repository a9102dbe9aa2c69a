"""What each behaviour is to be told as: one row a behaviour, the exact verdict first."""

from dataclasses import dataclass
from typing import Literal

Confirmed = Literal["never", "may", "must"]
SYNC, THREADS, PROCESSES = "sync", "threads", "processes"


@dataclass(frozen=True)
class Row:
    """A behaviour and what must be said of it.

    ``verdicts``: any of them is right, the first is the exact one. ``progress`` likewise. ``why``: texts that the
    sentence holds, beside what the behaviour itself prints as ``counterpart: …``; ``|`` parts ways to say it.
    ``ends``: it ends by itself within some ten seconds, so that it can never be confirmed. ``executors`` that it
    runs in. ``alone``: it needs the CPU's share that it has when nothing else runs. ``line``: whether the top
    user line is one that is marked. ``dies``: its process is gone before anybody ends it. ``interruptible``: an
    interrupt ends the node where it stands, in the main thread. ``needs``: a program.
    """

    module: str
    name: str
    verdicts: tuple[str, ...]
    progress: tuple[bool | None, ...] = (False,)
    confirmed: Confirmed = "never"
    why: tuple[str, ...] = ()
    ends: bool = False
    executors: tuple[str, ...] = (SYNC, THREADS)
    alone: bool = False
    line: bool = True
    dies: bool = False
    interruptible: bool = True
    needs: str | None = None

    @property
    def behaviour(self) -> str:
        return f"{self.module}.{self.name}"


def rows() -> tuple[Row, ...]:
    """Every row of the corpus."""
    from tests.diagnosis import stuck, working

    return (*stuck.ROWS, *working.ROWS)


def row(name: str) -> Row:
    """The row of a behaviour's name."""
    return next(found for found in rows() if found.name == name)
