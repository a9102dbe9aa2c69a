"""Running a launch again with the same options, changed in one way: from the dashboard, in the background."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hamtui.contract.launch import LaunchInfo
from hamtui.contract.owner import stranger
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import LaunchRef
from hamtui.tui.hands import CantAgain, Change

#: Starts the command with nothing of the working folder importable by itself.
_START = "import sys; sys.path[:] = [p for p in sys.path if p]; from hamtui.cli.main import main; main()"
_MASKED = "..."
_FLAGS = frozenset({"--detach", "--plain"})
_WITHIN_S = 60.0


class Again:
    """Launches what ``ref`` names at the time again. ``words`` is the command line of our own launch ``own``, whole."""

    def __init__(
        self, ref: Callable[[], LaunchRef], own: Path | None = None, words: Sequence[str] = ()
    ) -> None:
        self._ref = ref
        self._own = {own: list(words)} if own is not None else {}
        self.started: list[Path] = []

    def __call__(self, change: Change) -> LaunchRef:
        """The new launch, which runs by itself.

        Raises:
            CantAgain: it can't be done, in one sentence.
        """
        ref = self._ref()
        info = None if ref.flat else read_launch(ref).info
        owner = stranger(ref.dir)
        if owner is not None:
            raise CantAgain(f"{owner} wrote down how it was started, and that is not for you to run")
        if info is None or info.cwd is None:
            raise CantAgain("nobody wrote down how this launch was started")
        words = self._own.get(ref.dir)
        words = changed(words if words is not None else told(info), change)
        if not os.path.isdir(info.cwd):
            raise CantAgain(f"its working folder {info.cwd} is gone")
        folder = _launch([*words, "--diag-dir", str(ref.dir.parent), "--detach"], info)
        self._own[folder] = words
        self.started.append(folder)
        return LaunchRef(folder.name, folder, flat=False, written_at=os.stat(folder).st_mtime)


def told(info: LaunchInfo) -> list[str]:
    """The command line that launch.json keeps; only where it is whole.

    Raises:
        CantAgain: values were left out of it, as they may be secrets.
    """
    kept = _without([str(word) for word in info.argv or []][1:], "--on-suspect")
    hidden = [
        before if word == _MASKED else word.partition("=")[0]
        for before, word in itertools.pairwise(["", *kept])
        if _MASKED in word
    ]
    if hidden:
        names = ", ".join(dict.fromkeys(hidden))
        raise CantAgain(
            f"the value of {names} was not written down, for it may be a secret; start it by hand"
        )
    return kept


def changed(words: Sequence[str], change: Change) -> list[str]:
    """The command line of the new launch.

    Raises:
        CantAgain: it is another command's than ``run``.
    """
    if list(words[:1]) != ["run"]:
        raise CantAgain("only what `hamtui run` started can be run again from here")
    kept = [word for word in _without(words, "--diag-dir") if word not in _FLAGS]
    if change.target is not None:
        kept = [*_without(kept, "--target"), "--target", change.target]
    if change.recompute is not None:
        kept += ["--recompute", change.recompute]
    if change.saved is not None:
        node, version = change.saved
        kept += ["--saved", f"{node}={version}"]
    return kept


def _without(words: Sequence[str], option: str) -> list[str]:
    """The words without an option and its value, however often it stands there."""
    kept: list[str] = []
    value = False
    for word in words:
        if value:
            value = False
        elif word == option:
            value = True
        elif not word.startswith(f"{option}="):
            kept.append(word)
    return kept


def _launch(words: list[str], info: LaunchInfo) -> Path:
    try:
        done = subprocess.run(
            [sys.executable, "-c", _START, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=info.cwd,
            env={**os.environ, **_variables(info.settings)},
            timeout=_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise CantAgain(f"it can't be started: {fault}") from None
    if done.returncode:
        raise CantAgain(" ".join(done.stderr.removeprefix("hamtui: ").split()) or "it could not be started")
    return Path(done.stdout.strip())


def _variables(settings: Any) -> dict[str, str]:
    """What of the settings came from variables, so that it holds again wherever we are."""
    told = settings if isinstance(settings, dict) else {}
    pairs = [value for value in told.values() if isinstance(value, list) and len(value) == 2]
    return {by: _text(value) for value, by in pairs if isinstance(by, str) and by.startswith("HAMTUI_")}


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
