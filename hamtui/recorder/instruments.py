"""The adapters of an instrumented Driver, in the order in which their hooks are to run: the recorder first."""

from typing import Any

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import applog
from hamtui.recorder import debugger as pdb
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.bars import bars
from hamtui.recorder.cache import make_cache
from hamtui.recorder.composed import ComposedCache, Debugger, Execution, Steps
from hamtui.recorder.outlets import outlets
from hamtui.recorder.println import PrintLn


def adapters(
    recorder: Recorder, wanted: Diagnostics, cache_dir: str | None, debugger: Debugger | None = None
) -> list[Any]:
    """What ``wanted`` asks for; ``cache_dir`` is None where the cache is off. ``debugger`` in the place of pdb."""
    applog.hear_the_cache(wanted.cache_log)
    found = [recorder, *_execution(recorder, wanted, cache_dir, debugger)]
    if wanted.println:
        found.append(PrintLn(wanted.println, wanted.node_filter))
    return [*found, *bars(wanted), *outlets(recorder, wanted, product=wanted.dag_name or "hamilton")]


def _execution(
    recorder: Recorder, wanted: Diagnostics, cache_dir: str | None, debugger: Debugger | None
) -> list[Any]:
    """The one adapter that executes nodes; none where Hamilton itself does as well."""
    if debugger is None and wanted.pdb:
        debugger = pdb.Debugger(recorder, wanted.pdb, wanted.node_filter)
    if wanted.keep_going or wanted.type_check or debugger is not None:
        steps = Steps(recorder, wanted, debugger)
        if cache_dir is None:
            return [Execution(steps)]
        return [ComposedCache(cache_dir, recorder, wanted.recompute, steps)]
    return [] if cache_dir is None else [make_cache(cache_dir, recorder, wanted.recompute)]
