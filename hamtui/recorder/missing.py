"""Results that are none: what stands for a node's where the run goes on past its failure (``--keep-going``)."""

import sys
from typing import Any


class NodeFailedError(Exception):
    """A node that failed, or was skipped for one that did, while the run went on."""


def failure(result: Any) -> NodeFailedError | None:
    """Why there is no result; None where there is one. Hamilton tells such a node as a success."""
    failures = sys.modules.get("hamtui.recorder.failures")  # loaded where the run goes on, and only there
    if failures is None or type(result) is not failures.Failure:
        return None
    causes = "; ".join(
        f"{cause.node}: {cause.error}"
        if cause.task_id is None
        else f"{cause.node} [{cause.task_id}]: {cause.error}"
        for cause in result.causes
    )
    return NodeFailedError(causes if result.own else f"skipped, for what failed before it: {causes}")
