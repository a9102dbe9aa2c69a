"""What a pane is about: the selection, and all that is known around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hamtui.contract.graph import PlannedNode
    from hamtui.follow.launches import LaunchRef
    from hamtui.model.baseline import Past
    from hamtui.model.fold import Launch
    from hamtui.model.state import Now, ProcessFact, Run, Span


@dataclass(frozen=True)
class Subject:
    """A selection in a launch at an instant.

    ``span`` is None where a group, or nothing, is selected; ``node`` is its plan, None for a node that no
    graph tells of; ``run`` is None until one started. ``fact`` is what the machine last said of the processes.
    """

    launch: Launch
    run: Run | None
    span: Span | None
    node: PlannedNode | None
    fact: ProcessFact
    now: Now
    past: Past
    ref: LaunchRef
