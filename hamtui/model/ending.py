"""What a launch's end means for what was still open in it."""

from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact


def settle(launch: Launch, fact: ProcessFact, now: Now, past: Past = NO_PAST) -> None:
    """Close runs and spans that can't go on (``aborted``), because their process or their run is over.

    Call it after each batch and after each look at the processes: it is idempotent, and a record that comes
    late undoes it for what it is about. Aborted spans keep the suspect that they had (``kept_suspect``).
    """
    raise NotImplementedError
