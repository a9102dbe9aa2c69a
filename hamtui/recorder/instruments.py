"""The adapters of an instrumented Driver, in the order in which their hooks are to run: the recorder first."""

from typing import Any

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.cache import make_cache
from hamtui.recorder.outlets import outlets


def adapters(recorder: Recorder, wanted: Diagnostics, cache_dir: str | None) -> list[Any]:
    """What ``wanted`` asks for; ``cache_dir`` is None where the cache is off."""
    found: list[Any] = [recorder]
    if cache_dir is not None:
        found.append(make_cache(cache_dir, recorder, wanted.recompute))
    found += outlets(recorder, wanted, product=wanted.dag_name or "hamilton")
    return found
