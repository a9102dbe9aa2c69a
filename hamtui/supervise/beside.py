"""Processes beside the supervisor: what they do must never hold it up, let alone the run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import hamtui


def start(module: str, told: dict[str, Any]) -> None:
    """``python -m module`` with ``told`` as JSON on its stdin; it ends by itself. Raises OSError."""
    started = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # `-m` looks in the working folder first: there must be nothing but packages in it.
        cwd=Path(hamtui.__file__).resolve().parent.parent,
    )
    if started.stdin is not None:
        with started.stdin:
            started.stdin.write(json.dumps(told).encode())
