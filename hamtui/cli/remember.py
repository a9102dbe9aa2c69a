"""What earlier launches tell, handed to a run that has begun: it knows by itself, then, which of its nodes is late."""

import threading
from pathlib import Path

from hamtui.cli import look
from hamtui.contract import layout
from hamtui.contract.past import Limit, PastLimits


def limits_of(folder: Path) -> PastLimits:
    """Each node's threshold by the launches beside ``folder`` that were there before it."""
    from hamtui.follow.past import read_past

    past = read_past(look.ref_of(folder))
    told = ((node, version, past.told(node, version)[1]) for node, version in past.durations)
    return PastLimits(
        [Limit(node, version, seconds) for node, version, seconds in told if seconds is not None]
    )


def hand_over(folder: Path) -> threading.Thread:
    """Write past.json into a launch's folder meanwhile; this process does not end before that is done."""
    thread = threading.Thread(target=_hand_over, args=(folder,), name="past")
    thread.start()
    return thread


def _hand_over(folder: Path) -> None:
    from hamtui.supervise.write import document

    limits = limits_of(folder)
    if limits.limits:
        document(folder / layout.PAST, limits)
