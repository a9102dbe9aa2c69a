"""Refusing what the run's interpreter can't do, before anything is started."""

import os
import subprocess
import sys

from hamtui.cli.refuse import Refused
from hamtui.contract import extras
from hamtui.contract.diagnostics import Diagnostics

#: How long another interpreter may take to answer, seconds. One that does not is left to the run to judge.
_ANSWER_S = 20.0
_ASKS = """
import sys
from importlib.util import find_spec
for name in sys.argv[1:]:
    try:
        found = find_spec(name) is not None
    except (ImportError, ValueError):
        found = False
    print(name if found else "")
"""


def check(wanted: Diagnostics, python: str) -> None:
    """Raises Refused where what the knobs ask for is not installed in ``python``."""
    words = extras.asked(wanted)
    if not words:
        return
    own = python == sys.executable
    names = [module for word in words for module in extras.EXTRAS[word].modules]
    known = None if own else _known(python, [*names, "hamtui"])
    if known is None and not own:
        return
    for word in words:
        module = extras.missing(word) if known is None else extras.missing(word, known.__contains__)
        if module is not None:
            is_hamtuis = known is None or "hamtui" in known
            raise Refused(extras.sentence(word, module, python, is_hamtuis=is_hamtuis))


def _known(python: str, names: list[str]) -> set[str] | None:
    """Those of the modules that another interpreter has; None where it does not say."""
    try:
        done = subprocess.run(
            [python, "-c", _ASKS, *names],
            capture_output=True,
            text=True,
            timeout=_ANSWER_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONSAFEPATH": "1"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return set(done.stdout.split()) if done.returncode == 0 else None
