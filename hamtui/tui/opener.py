"""A file into whatever program of this machine's desktop shows it, where there is a desktop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_TIMEOUT_S = 5.0
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def tool(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """The command that opens a file here; None over SSH, in a console, or where nothing is installed for it."""
    name = "open" if platform == "darwin" else "xdg-open"
    shown = platform == "darwin" or any(environ.get(display) for display in _DISPLAYS)
    return shutil.which(name) if shown else None


def open_file(path: Path, environ: Mapping[str, str] | None = None) -> bool:
    """Whether a program took the file. Blocks for seconds at most."""
    program = tool(os.environ if environ is None else environ)
    if program is None:
        return False
    try:
        done = subprocess.run(
            [program, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
