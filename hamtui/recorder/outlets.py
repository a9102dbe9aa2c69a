"""The adapters that tell others of a run: Hamilton's tracker and tracers. None can harm it."""

from typing import Any

from hamtui.contract.diagnostics import Diagnostics


def outlets(
    recorder: Any, wanted: Diagnostics, *, is_async: bool = False, product: str = "hamilton"
) -> list[Any]:
    """Those that ``wanted`` asks for; ``is_async``: those of an AsyncDriver.

    ``product`` names the spans' service. Raises UsageError where what they need is missing.
    """
    found: list[Any] = []
    if wanted.track is not None:
        from hamtui.recorder import tracker  # noqa: PLC0415

        tracker.check(wanted)
        kind = tracker.AsyncTracker if is_async else tracker.Tracker
        found.append(kind(recorder, wanted))
    names = [name for name in wanted.trace if name != "otlp"]
    if names and is_async:
        from hamtui.recorder import async_tracers  # noqa: PLC0415

        found += async_tracers.traced(recorder, wanted, product)
    elif names:
        from hamtui.recorder import tracers  # noqa: PLC0415

        found += [tracers.Tracing(name, wanted, product) for name in names]
    return found
