"""Asking a live launch for something: one line in its requests.jsonl."""

from hamtui.contract.logs import Request
from hamtui.follow.launches import LaunchRef


def ask(ref: LaunchRef, what: str, by: str | None = None) -> Request:
    """Append a request (``contract.logs.DUMP`` or ``STOP``) and return it, with its id. Raises OSError."""
    raise NotImplementedError
