"""What the cache did for a span, and why, read out of Hamilton's own cache events."""

from hamtui.model.baseline import NO_PAST, CacheKey, Past
from hamtui.model.fold import Launch
from hamtui.model.state import CacheOutcome, Span


def decode_key(text: str) -> CacheKey | None:
    """Hamilton's cache key (``node-codeversion-base64(zlib(deps))``) taken apart; None when it is none."""
    raise NotImplementedError


def outcome(launch: Launch, span: Span, past: Past = NO_PAST) -> CacheOutcome | None:
    """What the cache did for the span, and why; None with the cache off, or when nothing is known."""
    raise NotImplementedError
