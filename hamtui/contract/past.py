"""past.json: thresholds from the nodes' own past, handed to a run that has begun already."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limit:
    """A node of one code version is late after so many seconds."""

    node: str
    version: str | None
    seconds: float


@dataclass(frozen=True)
class PastLimits:
    """What earlier launches of the diag folder tell. Nodes that are not here have no past."""

    limits: list[Limit] = field(default_factory=list)
