"""Hamilton's progress bars for a program that builds Drivers on a terminal, unable to end its runs.

A launch's own output is a file: its bar is drawn by who watches it.
"""

import sys
from typing import Any

from hamilton.lifecycle import base

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder.guard import FAULTS, attempt

#: Where blocks run in processes of their own a bar hears of none of them.
_ELSEWHERE = frozenset({"processes", "ray", "dask"})


def bars(wanted: Diagnostics) -> list[Any]:
    """The adapter that draws what is wanted; none without a terminal, or where blocks run elsewhere."""
    if wanted.progress is None or wanted.executor in _ELSEWHERE or not sys.stdout.isatty():
        return []
    return [Bars(wanted.progress)]


def _make(name: str) -> Any:
    """Hamilton's own bar. Raises ImportError where the package that draws it is not installed."""
    if name == "tqdm":
        from hamilton.plugins.h_tqdm import ProgressBar  # noqa: PLC0415

        return ProgressBar()
    from hamilton.plugins.h_rich import RichProgressBar  # noqa: PLC0415

    return RichProgressBar()


class Bars(
    base.BasePreGraphExecute,
    base.BasePostGraphExecute,
    base.BasePreNodeExecute,
    base.BasePostNodeExecute,
    base.BasePreTaskExecute,
    base.BasePostTaskExecute,
    base.BasePostTaskGroup,
    base.BasePostTaskExpand,
):
    """A bar of Hamilton's for each run: two at once, which rich refuses, cost the second its bar and not the run."""

    #: One of ours: see ``own.placed``.
    hamtui_instrument = True

    def __init__(self, name: str) -> None:
        self.name = name
        self._by_run: dict[str, Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Bars, (self.name,)

    def _tell(self, hook: str, said: dict[str, Any]) -> None:
        bar = self._by_run.get(said["run_id"])
        if hasattr(bar, hook):
            _, error = attempt(getattr(bar, hook), **said)
            if error is not None:
                FAULTS.note("progress", error)
                self._by_run.pop(said["run_id"], None)

    def pre_graph_execute(self, **said: Any) -> None:
        """A run starts."""
        bar, error = attempt(_make, self.name)
        if error is not None:
            FAULTS.note("progress", error)
            return
        self._by_run[said["run_id"]] = bar
        self._tell("pre_graph_execute", said)

    def post_graph_execute(self, **said: Any) -> None:
        """A run ends."""
        self._tell("post_graph_execute", said)
        self._by_run.pop(said["run_id"], None)

    def pre_node_execute(self, **said: Any) -> None:
        """A node starts."""
        self._tell("pre_node_execute", said)

    def post_node_execute(self, **said: Any) -> None:
        """A node ended."""
        self._tell("post_node_execute", said)

    def pre_task_execute(self, **said: Any) -> None:
        """A task starts."""
        self._tell("pre_task_execute", said)

    def post_task_execute(self, **said: Any) -> None:
        """A task ended."""
        self._tell("post_task_execute", said)

    def post_task_group(self, **said: Any) -> None:
        """The plan was cut into tasks."""
        self._tell("post_task_group", said)

    def post_task_expand(self, **said: Any) -> None:
        """A Parallelizable gave its items."""
        self._tell("post_task_expand", said)
