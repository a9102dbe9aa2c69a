"""requests.jsonl as the run reads it: who asks for a dump."""

import json
import os

from hamtui.contract.logs import DUMP
from hamtui.contract.owner import is_owners

#: A request is short; of a file that is not ours no more than this is read at once.
_MOST_BYTES = 65_536
#: Of requests that pile up (the process was stopped) only the newest are answered.
_MOST_ANSWERED = 5


class Asks:
    """The requests that were appended since the last look, by the folder's owner alone. ``from_start``: those that stood there already too."""

    def __init__(self, path: str, *, from_start: bool) -> None:
        self._path = path
        self._inode: int | None = None
        self._offset = 0
        self._half = b""
        if not from_start:
            self._skip()

    def _skip(self) -> None:
        try:
            seen = os.stat(self._path)
        except OSError:
            return
        self._inode, self._offset = seen.st_ino, seen.st_size

    def new(self) -> list[str]:
        """The ids of new requests for a dump, oldest first; one ``stat`` where there is nothing new."""
        try:
            seen = os.stat(self._path)
            if seen.st_ino != self._inode or seen.st_size < self._offset:
                self._inode, self._offset, self._half = seen.st_ino, 0, b""
            if seen.st_size == self._offset or not is_owners(self._path):
                return []
            with open(self._path, "rb") as file:
                file.seek(max(self._offset, seen.st_size - _MOST_BYTES))
                data = file.read(_MOST_BYTES)
                self._offset = file.tell()
        except OSError:
            return []
        *lines, self._half = (self._half + data).split(b"\n")
        return [ask for ask in map(_dump_id, lines) if ask is not None][-_MOST_ANSWERED:]


def _dump_id(line: bytes) -> str | None:
    """The id of a request for a dump, "" for one without; None for anything else."""
    try:
        request = json.loads(line)
    except ValueError:
        return None
    if not isinstance(request, dict) or request.get("ask") != DUMP:
        return None
    return str(request.get("id") or "")
