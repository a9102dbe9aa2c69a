"""What ``hamtui status`` says to people beside its JSON, whose keys are fixed: what is left, how far nodes say they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hamtui.cli.look import Look
from hamtui.model.baseline import Past
from hamtui.model.estimate import left
from hamtui.model.progress import progress_text
from hamtui.model.ranges import time_left
from hamtui.model.state import SpanKey


@dataclass(frozen=True)
class Asides:
    """``left`` by run id, ``progress`` by span."""

    left: Mapping[str, str] = field(default_factory=dict)
    progress: Mapping[SpanKey, str] = field(default_factory=dict)


def asides(seen: Look, past: Past) -> Asides:
    """Of the runs that go on, at the instant of the look."""
    ends, progress = {}, {}
    for run in seen.launch.runs.values():
        told = left(seen.launch, run, seen.now, past)
        if told is not None:
            ends[run.run_id] = time_left(*told)
        for span in run.spans.values():
            if span.status == "running" and span.tick is not None:
                progress[span.key] = progress_text(span, seen.now)
    return Asides(ends, progress)
