"""Text to the clipboard by a tool of this machine, because a terminal that ignores OSC 52 never says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

_TIMEOUT_S = 2.0


def tools(environ: Mapping[str, str], platform: str = sys.platform) -> list[list[str]]:
    """Commands that would take the text from stdin here, the best first."""
    found = []
    if platform == "darwin":
        found.append(["pbcopy"])
    if environ.get("WAYLAND_DISPLAY"):
        found.append(["wl-copy"])
    if environ.get("DISPLAY"):
        found += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    return [command for command in found if shutil.which(command[0])]


def copy(text: str, environ: Mapping[str, str] | None = None) -> str | None:
    """Copy with the first tool that takes it and name the tool; None where none did. Blocks for seconds at most."""
    for command in tools(os.environ if environ is None else environ):
        try:
            # xclip stays behind to serve the text and would keep a pipe open: its output goes nowhere.
            done = subprocess.run(
                command,
                input=text.encode("utf-8", "replace"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return command[0]
    return None
