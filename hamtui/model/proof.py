"""What makes a circle of waiting certain: two looks that agree, and nobody in it that moved meanwhile."""

from hamtui.model.cycles import Stuck
from hamtui.model.evidence import Seen, is_sampled, looks_of, stuck_of
from hamtui.model.history import gap

#: How long two looks must lie apart to be two, seconds.
_TWO_LOOKS_S = 0.3
#: The kernel's clock and ours may differ by so much, seconds.
_SLACK_S = 0.001


def stuck(seen: Seen) -> Stuck | None:
    """Why the thread can never go on by its process' last probe; None where it may."""
    look, probe = seen.look, seen.probe
    return None if look is None or probe is None else stuck_of(probe).get(look.thread_id)


def is_proven(seen: Seen, found: Stuck) -> bool:
    """Whether two looks agree, and no thread that this rests on woke or used CPU over two windows.

    A thread that did not wake stood in one and the same wait all the while, so that all these waits were there at
    once, whenever in that time each was looked at.
    """
    probe = seen.probe
    if probe is None or len(seen.windows) < 2 or not is_sampled(seen):
        return False
    before, end = seen.windows[-2], seen.windows[-1].at
    needed = before.seconds + (gap(end, before.at) or 0.0)
    needed = max(needed, gap(end, probe.until) or 0.0) - _SLACK_S
    if (gap(probe.until, probe.at) or 0.0) < _TWO_LOOKS_S and not _seen_before(seen, found):
        return False
    looks = looks_of(probe)
    for thread in found.threads:
        look = looks.get(thread)
        if look is None or look.native_id is None:
            return False
        quiet = seen.scene.quiet_s(seen.pid, look.native_id)
        if quiet is None or quiet < needed:
            return False
    return True


def _seen_before(seen: Seen, found: Stuck) -> bool:
    """Whether the probe before the last found the same."""
    before = [probe for probe in seen.scene.probes(seen.key, 60.0) if probe is not seen.probe][:1]
    for probe in before:
        other = stuck_of(probe).get(found.threads[0])
        if other is not None and other.signature == found.signature:
            return True
    return False
