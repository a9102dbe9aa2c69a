"""The adapters that tell others of a run: Hamilton's tracker and tracers. None can harm it."""

from typing import Any

from hamtui.contract.diagnostics import Diagnostics


def outlets(recorder: Any, wanted: Diagnostics, *, is_async: bool = False) -> list[Any]:
    """Those that ``wanted`` asks for. Raises UsageError where what they need is missing. ``is_async``: for an AsyncDriver."""
    found: list[Any] = []
    if wanted.track is not None:
        from hamtui.recorder import tracker  # noqa: PLC0415

        tracker.check(wanted)
        kind = tracker.AsyncTracker if is_async else tracker.Tracker
        found.append(kind(recorder, wanted))
    return found
