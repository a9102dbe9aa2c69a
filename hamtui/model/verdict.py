"""States and suspects: is it moving, and if not, where is it stuck?"""

from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.fold import Launch
from hamtui.model.state import LaunchState, Now, ProcessFact, Run, RunState, Span, SpanKey, Suspect


def launch_state(launch: Launch, fact: ProcessFact, now: Now) -> LaunchState:
    """The launch's state from its exit record, what a look at its processes said, and its runs."""
    raise NotImplementedError


def run_state(launch: Launch, run: Run, fact: ProcessFact, now: Now) -> RunState:
    """The run's state; an open run of a process that is gone is ``aborted``."""
    raise NotImplementedError


def threshold(launch: Launch, span: Span, past: Past = NO_PAST) -> float:
    """Seconds after which the span is suspected: its tag, over the option, over its own past, over 120."""
    raise NotImplementedError


def suspect(launch: Launch, span: Span, fact: ProcessFact, now: Now, past: Past = NO_PAST) -> Suspect | None:
    """The mark of a span that is past its threshold; of an aborted span the last mark that it had."""
    raise NotImplementedError


def marks(
    launch: Launch, run: Run, fact: ProcessFact, now: Now, past: Past = NO_PAST
) -> dict[SpanKey, Suspect]:
    """The suspects of a run by span."""
    raise NotImplementedError
