"""What a search says, whatever it looks through."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

#: Asked between two blocks; True ends the search at once.
Cancelled = Callable[[], bool]
#: Told between two blocks: how much has been looked through, of how much.
Progress = Callable[[int, int], None]
#: How a search ended. ``changed``: what it looked through was cut or replaced meanwhile, so its rows are no longer those shown.
Ending = Literal["found", "nothing", "cancelled", "changed"]

#: Characters before a match, and from its beginning on, that a `Hit` holds.
BEFORE, BEHIND = 60, 240


@dataclass(frozen=True)
class Place:
    """A row, counted from 0, and the byte of the file where it begins (0 where rows are no lines of one file)."""

    row: int
    offset: int = 0


@dataclass(frozen=True)
class Hit:
    """A row that holds the text, and the part of it around the first match: a row may be longer than is shown of it."""

    place: Place
    around: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a search ended. ``wrapped``: it went on at the other end."""

    ending: Ending
    hit: Hit | None = None
    wrapped: bool = False


class Search(Protocol):
    """Looks for one text, and wraps once. Reads files: for a thread of its own."""

    def forward(self, place: Place, *, past: bool = False) -> Outcome:
        """The first row from ``place`` on, or (``past``) behind it, that holds the text; then from the top on."""

    def backward(self, place: Place) -> Outcome:
        """The last row before ``place`` that holds the text; then from the end back, down to the one at ``place``."""


class CancelledError(Exception):
    """Nobody waits for the search any more."""


class ChangedError(Exception):
    """What is searched is no longer what it was when the search began."""


def around(text: str, first: int) -> str:
    """The part of a text about the match that begins at ``first``."""
    begin = max(0, first - BEFORE)
    return text[begin : first + BEHIND]
