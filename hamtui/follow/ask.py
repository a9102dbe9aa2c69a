"""Asking a live launch for something: one line in its requests.jsonl. And what was done to it: one in audit.jsonl."""

import contextlib
import os
import time
import uuid
from pathlib import Path
from typing import Any

from hamtui.contract import encode, files, layout
from hamtui.contract.logs import Audit, Request
from hamtui.follow.launches import LaunchRef


def ask(
    ref: LaunchRef,
    what: str,
    by: str | None = None,
    *,
    native: bool | None = None,
    locals: bool | None = None,  # noqa: A002
) -> Request:
    """Append a request (``contract.logs.DUMP`` or ``STOP``) and return it, with its id. Raises OSError."""
    request = Request(what, uuid.uuid4().hex, time.time(), by, native, locals)
    _append(ref.dir / layout.REQUESTS, request)
    return request


def audit(
    ref: LaunchRef,
    did: str,
    by: str | None = None,
    *,
    pid: int | None = None,
    command: str | None = None,
    outcome: str | None = None,
) -> bool:
    """Append what somebody did (``contract.logs.Audit``); False where the folder takes no line.

    What was done is done by then, so nothing is raised: to say so is what is left.
    """
    with contextlib.suppress(OSError):
        _append(ref.dir / layout.AUDIT, Audit(did, time.time(), by, pid, command, outcome))
        return True
    return False


def _append(path: Path, record: Any) -> None:
    """One write of a whole line: others may write to the folder at the same time."""
    file = files.open_to_append(path)
    try:
        _give_to_owner(file, path.parent)
        os.write(file, encode.line(record))
    finally:
        os.close(file)


def _give_to_owner(file: int, folder: Path) -> None:
    """What root leaves in another's folder is that one's, or the run could not read it, nor its owner delete it."""
    if os.geteuid() == 0:
        owner, found = os.stat(folder), os.fstat(file)
        if found.st_uid != owner.st_uid and found.st_size == 0:
            with contextlib.suppress(OSError):
                os.fchown(file, owner.st_uid, owner.st_gid)
