"""What makes a circle of waiting certain: two looks that agree, and nobody in it that moved meanwhile."""

from hamtui.contract.vitals import ThreadLook
from hamtui.model.cycles import Stuck
from hamtui.model.evidence import Seen, is_sampled
from hamtui.model.history import gap
from hamtui.model.scene import looks_of, stuck_of

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
    quietest = seen.scene.quietest
    if (key := (seen.key, found.signature)) not in quietest:
        quietest[key] = _quietest(seen, looks_of(probe), found)
    quiet = quietest[key]
    return quiet is not None and quiet >= needed


def _quietest(seen: Seen, looks: dict[int, ThreadLook], found: Stuck) -> float | None:
    """The least time for which those that this rests on were quiet; None where it is not known of all."""
    least = None
    for thread in found.threads:
        look = looks.get(thread)
        native_id = look.native_id if look is not None else None
        quiet = seen.scene.quiet_s(seen.pid, native_id) if native_id is not None else None
        if quiet is None:
            return None
        least = quiet if least is None else min(least, quiet)
    return least


def _seen_before(seen: Seen, found: Stuck) -> bool:
    """Whether the probe before the last found the same."""
    before = [probe for probe in seen.scene.probes(seen.key, 60.0) if probe is not seen.probe][:1]
    for probe in before:
        other = stuck_of(probe).get(found.threads[0])
        if other is not None and other.signature == found.signature:
            return True
    return False
