"""Frames of a stack as a person reads them: whose code is it, and what changed since the last look."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from hamtui.contract.stacks import Frame

_PACKAGES = re.compile(r"[/\\](?:site|dist)-packages[/\\]([^/\\]+)")
_STANDARD = re.compile(r"[/\\]lib(?:64)?[/\\]python3(?:\.\d+)?[/\\]|[/\\]Lib[/\\](?!.*[/\\])", re.ASCII)
_OWN = re.compile(r"[/\\]hamtui[/\\](?:recorder|contract)[/\\]")

Change = Literal["same", "moved", "new", "gone"]


@dataclass(frozen=True)
class FrameChange:
    """A frame, and how it differs from the look before; ``was`` is the line that a moved one stood on."""

    frame: Frame
    change: Change
    was: int | None = None


def library(frame: Frame, own_file: str | None = None) -> str | None:
    """The library that a frame's file belongs to (``hamilton``, ``python`` for the standard one); None: the user's.

    ``own_file``, the file of the node in question, is the user's wherever it is installed.
    """
    return None if frame.file == own_file else _owner(frame.file)


@lru_cache(4096)
def _owner(file: str) -> str | None:
    if file.startswith("<"):
        return None if file.startswith(("<stdin", "<ipython", "<string")) else "python"
    if _OWN.search(file):
        return "hamtui"
    if found := _PACKAGES.search(file):
        return found[1].removesuffix(".py")
    return "python" if _STANDARD.search(file) else None


def first_own(frames: Sequence[Frame], own_file: str | None = None) -> int | None:
    """Which frame is the innermost of the user's own; None where all are a library's."""
    return next((place for place, frame in enumerate(frames) if library(frame, own_file) is None), None)


def compare(before: Sequence[Frame], after: Sequence[Frame]) -> list[FrameChange]:
    """``after``, innermost first, with what became of each frame; then the frames of ``before`` that are gone.

    Stacks grow at their inner end, so calls are the same from the outermost on, up to the first other function.
    """
    common = 0
    for old, new in zip(reversed(before), reversed(after), strict=False):
        if (old.file, old.function) != (new.file, new.function):
            break
        common += 1
    found = [FrameChange(frame, "new") for frame in after[: len(after) - common]]
    kept = zip(before[len(before) - common :], after[len(after) - common :], strict=True)
    for old, new in kept:
        moved = old.line != new.line
        found.append(FrameChange(new, "moved" if moved else "same", old.line if moved else None))
    found += [FrameChange(frame, "gone") for frame in before[: len(before) - common]]
    return found


def same_place(one: Sequence[Frame], other: Sequence[Frame]) -> bool:
    """Whether two looks found a thread on the same lines."""
    return [(f.file, f.line, f.function) for f in one] == [(f.file, f.line, f.function) for f in other]
