"""Results that are none: what stands for a node's where the run goes on past its failure (``--keep-going``)."""

import sys
from typing import Any

_MOST_RUNS = 1_000

_past: dict[str, Exception] = {}


class NodeFailedError(Exception):
    """A node that failed, or was skipped for one that did, while the run went on."""


def failure(said: dict[str, Any]) -> NodeFailedError | None:
    """Why the node that ended, of which a hook is told ``said``, has no result; None where it has one.

    Hamilton tells such a node as a success.
    """
    failures = sys.modules.get("hamtui.recorder.failures")  # loaded where the run goes on, and only there
    found = failures.told(said) if failures is not None else None
    if found is None:
        return None
    causes = "; ".join(
        f"{cause.node}: {cause.error}"
        if cause.task_id is None
        else f"{cause.node} [{cause.task_id}]: {cause.error}"
        for cause in found.causes
    )
    return NodeFailedError(causes if found.own else f"skipped, for what failed before it: {causes}")


def went_past(run_id: str, error: Exception) -> None:
    """A run ends that went on past failures: for the instruments behind the recorder, which Hamilton tells of a success."""
    while len(_past) >= _MOST_RUNS:
        _past.pop(next(iter(_past)), None)
    _past[run_id] = error


def past(run_id: str) -> Exception | None:
    """What failed in a run that has just ended, and went on past it."""
    return _past.get(run_id)
