"""What a pane is about: the selection, and all that is known around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hamtui.contract.graph import PlannedNode
    from hamtui.follow.launches import LaunchRef
    from hamtui.model.baseline import Past
    from hamtui.model.fold import Launch
    from hamtui.model.state import Now, ProcessFact, Run, Span, SpanKey, Suspect
    from hamtui.tui.glance import Glance


@dataclass(frozen=True)
class Subject:
    """A selection in a launch at an instant.

    ``span`` is None where a group, or nothing, is selected; ``node`` is its plan, None for a node that no
    graph tells of; ``run`` is None until one started. ``fact`` is what the machine last said of the processes.
    ``marks`` are those of the run's spans in flight. ``group``: every span under the selected row, where that is a
    group.
    """

    launch: Launch
    run: Run | None
    span: Span | None
    node: PlannedNode | None
    fact: ProcessFact
    now: Now
    past: Past
    ref: LaunchRef
    marks: Mapping[SpanKey, Suspect] = field(default_factory=dict)
    group: tuple[SpanKey, ...] = ()

    def mark(self, span: Span) -> Suspect | None:
        """A span's mark; of one that its process' end aborted, the last that it had."""
        return span.kept_suspect if span.status == "aborted" else self.marks.get(span.key)


def subject_of(glance: Glance, key: SpanKey | None, group: tuple[SpanKey, ...]) -> Subject:
    """What the panes are about while this span, and this group, are selected."""
    run = glance.run if key is not None else None
    return Subject(
        glance.launch,
        glance.run,
        run.spans.get(key) if run is not None and key is not None else None,
        (run.nodes.get(key.node) or run.others.get(key.node))
        if run is not None and key is not None
        else None,
        glance.fact,
        glance.now,
        glance.past,
        glance.ref,
        glance.marks,
        group,
    )
