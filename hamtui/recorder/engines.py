"""Ray and Dask as executors of a Driver, through Hamilton's own: a cluster of this run's, or one that is there already.

A local cluster begins when a run executes and ends with it, however that ends: that is Hamilton's own order of
``init`` and ``finalize``. Nothing is told to anybody: no usage statistics, no dashboard.
"""

import importlib
import shlex
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from hamtui.contract import extras
from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder.guard import attempt
from hamtui.recorder.problems import UsageError

_PORTS = {"ray": 6379, "dask": 8786}
#: How long a scheduler may take to answer, seconds.
_ANSWER_S = 10.0


def check(name: str) -> None:
    """Raises UsageError where the interpreter lacks what the engine needs."""
    word = f"--executor {name}"
    module = extras.missing(word)
    if module is not None:
        raise UsageError(
            extras.sentence(word, module, sys.executable, is_hamtuis=extras.is_there("hamtui.cli"))
        )


def check_address(name: str, address: str) -> None:
    """Raises UsageError where nobody listens at the address of a cluster.

    A word such as Ray's ``auto``, and a scheme of the engine's own, are left to the engine.
    """
    parts = urlsplit(address if "://" in address else f"{name}://{address}")
    if parts.scheme not in {"tcp", "tls", "ray", "dask"} or ("://" not in address and ":" not in address):
        return
    try:
        port = parts.port or _PORTS[name]
        socket.create_connection((parts.hostname or "", port), timeout=_ANSWER_S).close()
    except (OSError, ValueError) as fault:
        said = getattr(fault, "strerror", None) or fault
        raise UsageError(f"no {name.title()} cluster answers at --address {address}: {said}") from None


def executor(wanted: Diagnostics, tasks: int) -> Any:
    """The executor that ``wanted`` names. ``tasks``: how many run at once, in a local cluster that many workers.

    Raises UsageError where the engine can't be imported.
    """
    name = wanted.executor
    check(name)
    module, fault = attempt(importlib.import_module, f"hamtui.recorder.on_{name}")
    if module is None:
        raise UsageError(
            f"--executor {name} can't be used: {fault}; "
            f"try {shlex.join([sys.executable, '-m', 'pip', 'install', '-U', *extras.EXTRAS[f'--executor {name}'].packages])}"
        )
    return module.executor(wanted.address, tasks, wanted.max_tasks)
