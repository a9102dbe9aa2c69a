"""STUB, final signature: logging records to app.log.jsonl."""

from hamtui.recorder.flight import Journal
from hamtui.recorder.spans import SPANS, OpenSpans


def install(app_log: Journal, spans: OpenSpans = SPANS) -> None:
    """Called by the runner before user modules are imported; again in a worker it does nothing new."""
