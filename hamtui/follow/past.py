"""Earlier launches of the same diag folder, read for their durations and cache keys."""

from hamtui.follow.launches import LaunchRef
from hamtui.model.baseline import Past


def read_past(ref: LaunchRef, limit: int = 50) -> Past:
    """The past of ``ref``'s nodes from the last ``limit`` other launches beside it. Bounded in bytes; never raises."""
    raise NotImplementedError
