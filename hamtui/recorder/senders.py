"""What a supervisor does beside a launch, for one that has none (a notebook's, a service's): tell others, delete the old."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import hamtui
from hamtui.contract import tracing, tracking
from hamtui.contract.spec import RunSpec

#: The shell leaves at once, so that what it started is nobody's child here: no zombie, nothing that a wait() finds.
_BEHIND = 'exec 3<&0; "$0" -m "$1" <&3 >/dev/null 2>&1 3<&- &'
_WITHIN_S = 5.0


def begin(spec: RunSpec) -> None:
    """Start those that are wanted. Raises OSError, TimeoutExpired."""
    wanted, folder = spec.diagnostics, spec.launch_dir
    if wanted.track is not None and tracking.trouble(wanted, os.environ) is None:
        where = asdict(tracking.destination(wanted, os.environ))
        _start("hamtui.supervise.track", {"folder": folder, "cwd": spec.cwd, "destination": where})
    if "otlp" in wanted.trace and tracing.trouble(wanted, os.environ) is None:
        endpoint = tracing.endpoint(wanted, os.environ)
        _start("hamtui.supervise.otlp", {"folder": folder, "endpoint": endpoint})
    if wanted.keep is not None:
        _start("hamtui.supervise.prune", {"diag_dir": os.path.dirname(folder), "keep": wanted.keep})


def _start(module: str, told: dict[str, Any]) -> None:
    subprocess.run(
        ["/bin/sh", "-c", _BEHIND, sys.executable, module],
        input=json.dumps(told).encode("ascii"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # `-m` looks in the working folder first: there must be nothing but packages in it.
        cwd=os.path.dirname(os.path.dirname(os.path.abspath(hamtui.__file__))),
        start_new_session=True,
        timeout=_WITHIN_S,
        check=False,
    )
