"""graph.<hash>.json: what cannot change within a run, said once."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PlannedNode:
    """A Hamilton node as planned. ``file`` is absolute, ``line`` 1-based, ``source`` the function's text.

    ``version`` is Hamilton's hash of the node's code. ``role`` is ``expand``, ``collect``, ``input`` or
    ``node``. ``module`` is the user's module as Hamilton names it in ``tags["module"]``.
    """

    name: str
    dependencies: list[str] = field(default_factory=list)
    module: str | None = None
    file: str | None = None
    line: int | None = None
    type: str | None = None
    tags: dict[str, Any] = field(default_factory=dict)
    doc: str | None = None
    source: str | None = None
    version: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Graph:
    """``nodes``: the plan in topological order, without inputs, config values and overridden nodes.

    ``others``: the rest of the graph, so that upstream and downstream can be followed through it.
    """

    nodes: list[PlannedNode] = field(default_factory=list)
    others: list[PlannedNode] = field(default_factory=list)
    schema: int | None = None
