"""The adapters of an instrumented Driver, in the order in which their hooks are to run: the recorder first."""

from typing import Any

from hamilton.lifecycle import base

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.cache import make_cache
from hamtui.recorder.debugger import Debugger
from hamtui.recorder.outlets import outlets


class Execution(base.BaseDoNodeExecute):
    """How a node is executed: Hamilton lets one adapter decide that."""

    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    def do_node_execute(self, *, node_: Any, kwargs: dict[str, Any], **_: Any) -> Any:
        """Call the node's function, in the debugger where that is wanted."""
        return self._debugger.call(node_, node_, kwargs)


def adapters(recorder: Recorder, wanted: Diagnostics, cache_dir: str | None) -> list[Any]:
    """What ``wanted`` asks for; ``cache_dir`` is None where the cache is off."""
    found: list[Any] = [recorder]
    if cache_dir is not None:
        found.append(make_cache(cache_dir, recorder, wanted.recompute))
    elif wanted.pdb:
        found.append(Execution(Debugger(recorder, wanted.pdb, wanted.node_filter)))
    found += outlets(recorder, wanted)
    return found
