"""Asking a live launch for something: one line in its requests.jsonl."""

import os
import time
import uuid

from hamtui.contract import encode, layout
from hamtui.contract.logs import Request
from hamtui.follow.launches import LaunchRef


def ask(ref: LaunchRef, what: str, by: str | None = None) -> Request:
    """Append a request (``contract.logs.DUMP`` or ``STOP``) and return it, with its id. Raises OSError.

    One write of a whole line, and no link is followed: others may write to the folder at the same time.
    """
    request = Request(what, uuid.uuid4().hex, time.time(), by)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    file = os.open(ref.dir / layout.REQUESTS, flags, layout.FILE_MODE)
    try:
        os.write(file, encode.line(request))
    finally:
        os.close(file)
    return request
