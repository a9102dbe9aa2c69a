"""What a worker that can't write the launch folder and the supervisor say to each other over TCP.

The supervisor sends 32 random bytes, the worker 32 of its own, and then both send frames. From these and the launch's
secret, which never crosses the line, each side makes the keys of that connection; a frame bears a code made with
its key and its number, so that nobody else's is ever taken. Nothing is encrypted.
"""

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass, field
from typing import Any

NONCE = 32
#: Bytes of one frame, all told.
MOST_FRAME = 1 << 20
#: The first frame of somebody who is not known yet.
MOST_FIRST = 4096
_MAC = 16
_LENGTH = struct.Struct(">I")
_NUMBER = struct.Struct(">Q")

# The keys of a frame's head. From the worker:
HOST, PID, STREAM = "host", "pid", "stream"  # who it is; the stream is one process' one spool
FILE, AT = (
    "file",
    "at",
)  # bytes of this file, from this place of the stream on; without bytes it asks how far it is
BYE = "bye"  # all is sent
# From the supervisor:
WELCOME = "welcome"
HAVE = "have"  # this file is written up to ``at``
REQUEST = "request"  # a line of requests.jsonl
DOCUMENT = "document"  # a whole file of the launch folder
OVER = "over"  # the launch is over


@dataclass(frozen=True)
class Door:
    """Where a launch's supervisor listens, and the secret of that launch."""

    host: str
    port: int
    secret: bytes = field(repr=False)


class BadFrameError(ValueError):
    """What came is no frame of this connection."""


class Line:
    """One end's frames: ``pack`` what is to be sent, ``feed`` what came."""

    def __init__(self, secret: bytes, supervisors: bytes, workers: bytes, *, is_worker: bool) -> None:
        up, down = (
            hmac.digest(secret, word + supervisors + workers, hashlib.sha256) for word in (b"up", b"down")
        )
        self._out, self._in = (up, down) if is_worker else (down, up)
        self._sent = self._got = 0
        self._held = bytearray()
        #: Whether anything authentic has come.
        self.is_known = False

    def pack(self, head: dict[str, Any], body: bytes = b"") -> bytes:
        """A frame."""
        payload = json.dumps(head).encode("ascii") + b"\n" + body
        code = _code(self._out, self._sent, payload)
        self._sent += 1
        return _LENGTH.pack(_MAC + len(payload)) + code + payload

    def feed(self, data: bytes) -> list[tuple[dict[str, Any], bytes]]:
        """The frames that are whole by now: head and body.

        Raises:
            BadFrameError: it is not by who has the secret, or it is too long.
        """
        self._held += data
        found = []
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if not _MAC < length <= (MOST_FRAME if self.is_known else MOST_FIRST):
                raise BadFrameError("no frame has this length")
            if len(self._held) < _LENGTH.size + length:
                break
            frame = bytes(self._held[_LENGTH.size : _LENGTH.size + length])
            del self._held[: _LENGTH.size + length]
            found.append(self._open(frame))
        return found

    def _open(self, frame: bytes) -> tuple[dict[str, Any], bytes]:
        payload = frame[_MAC:]
        if not hmac.compare_digest(frame[:_MAC], _code(self._in, self._got, payload)):
            raise BadFrameError("not by who has the secret")
        self._got += 1
        self.is_known = True
        head, _, body = payload.partition(b"\n")
        try:
            told = json.loads(head)
        except ValueError:
            raise BadFrameError("its head is no JSON") from None
        if not isinstance(told, dict):
            raise BadFrameError("its head is no object")
        return told, body


def _code(key: bytes, number: int, payload: bytes) -> bytes:
    return hmac.digest(key, _NUMBER.pack(number) + payload, hashlib.sha256)[:_MAC]
