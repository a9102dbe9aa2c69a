"""Which launches a folder holds, and which one is meant."""

import os
from dataclasses import dataclass
from pathlib import Path


class NoLaunch(Exception):  # noqa: N818 - it reads as what it says
    """There is no such launch. The message is one clear sentence that says what to do."""


@dataclass(frozen=True)
class LaunchRef:
    """A launch's folder. ``flat``: files that lie in the diag folder itself, by somebody's own scripts.

    ``written_at``: Unix seconds of the newest write to any of its files (requests not counted).
    """

    id: str
    dir: Path
    flat: bool
    written_at: float


def launches(path: str | os.PathLike[str]) -> list[LaunchRef]:
    """The launches of a diag folder, launch folder or flat folder, last written first; ``[]`` if none."""
    raise NotImplementedError


def find(path: str | os.PathLike[str], launch: str | None = None) -> LaunchRef:
    """The launch written to last, or the one whose id is (or uniquely begins with) ``launch``. Raises NoLaunch."""
    raise NotImplementedError
