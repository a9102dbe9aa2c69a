"""A look at the machine: do the launch's processes live, and what time is it for them?"""

from hamtui.contract.launch import LaunchInfo
from hamtui.model.state import Now, ProcessFact


def look(info: LaunchInfo | None) -> ProcessFact:
    """Whether the run and its supervisor live, and whether the run is stopped; None what can't be told here."""
    raise NotImplementedError


def now(info: LaunchInfo | None) -> Now:
    """This instant; ``mono`` only on the run's own machine and boot."""
    raise NotImplementedError
