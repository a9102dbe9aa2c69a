"""How many nodes of a run are in which state, and the list that this counts."""

from collections.abc import Mapping

from hamtui.model.state import Run, Span, SpanKey, SpanState, Suspect


def in_order(run: Run) -> list[Span]:
    """The run's spans in the order in which they started; spans whose start is not known come last."""
    raise NotImplementedError


def waiting(run: Run) -> dict[str, SpanState]:
    """Planned nodes without any span, in plan order: ``pending``, or ``skipped`` where the run went on without."""
    raise NotImplementedError


def counts(run: Run, marks: Mapping[SpanKey, Suspect]) -> dict[str, int]:
    """``planned``, one key a span state, ``suspected``: what ``status --json`` shows, in its order."""
    raise NotImplementedError
