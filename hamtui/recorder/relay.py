"""A cut-off worker's spool on its way to the supervisor: what stands in its files there is sent, byte for byte.

The hooks write the spool as they would write the launch folder, and know of nothing else. This is called by the
sampler's thread, never waits for the other end, and begins again wherever the supervisor says that it is: so
nothing is lost while that is away, nothing comes twice, and the order is the file's own.
"""

import contextlib
import errno
import os
import socket
import time
from typing import Any

from hamtui.contract import files, layout, relay
from hamtui.contract.relay import BadFrameError, Door, Line
from hamtui.recorder import outbox
from hamtui.recorder.here import HERE

#: Between turns while there is something to send, and while there is not, seconds.
BUSY_S, IDLE_S = 0.02, 0.25
#: Between tries to reach the supervisor, seconds: the first, and what it grows to.
AGAIN_S, MOST_AGAIN_S = 0.25, 5.0
#: How long the other end may be silent while a greeting or an answer is due, seconds.
SILENT_S = 20.0
_CHUNK = 256 * 1024
_MOST_OUT = 512 * 1024
#: What a document may be called that comes from the supervisor.
_DOCUMENTS = (layout.PAST,)

_monotonic, _sleep = time.monotonic, time.sleep


class Relay:
    """The connection of one process. ``folder`` is its spool."""

    def __init__(self, door: Door, folder: str) -> None:
        self._door = door
        self._folder = folder
        self._spool = outbox.Outbox(folder, HERE.host, HERE.pid)
        self._sock: socket.socket | None = None
        self._line: Line | None = None
        self._greeting = b""
        self._out = bytearray()
        self._try_at = self._heard_at = 0.0
        self._again = AGAIN_S
        self._welcome = False
        self._asked: set[str] = set()
        self._sent: dict[str, int] = {}
        #: The launch is over, as the supervisor said.
        self.over = False

    def turn(self, now: float) -> float:
        """Send and take what can be without waiting; the seconds until there may be more. Raises no OSError.

        The spool's bound holds too while there is nobody to send to.
        """
        self._spool.tidy(now)
        if self._sock is None:
            if now < self._try_at:
                return self._try_at - now
            self._heard_at = now
        try:
            if self._sock is None:
                self._connect()
            self._take(now)
            if self._welcome:
                self._give()
            self._flush()
            if now - self._heard_at > SILENT_S and (not self._welcome or not self.is_done()):
                raise TimeoutError(errno.ETIMEDOUT, "no answer")
        except (OSError, BadFrameError):
            self._drop(now)
            return max(self._try_at - now, BUSY_S)
        return IDLE_S if self._welcome and self.is_done() else BUSY_S

    def is_done(self) -> bool:
        """Whether the supervisor has all that stands in the spool."""
        return not self._out and self._spool.is_done()

    def drain(self, seconds: float) -> bool:
        """At the process' end: send what is left, within this time, and take leave; whether all of it went."""
        deadline = _monotonic() + seconds
        while (now := _monotonic()) < deadline:
            wait = self.turn(now)
            if self._welcome and self.is_done():
                self._take_leave(deadline)
                return True
            _sleep(min(wait, BUSY_S))
        return False

    def _take_leave(self, deadline: float) -> None:
        with contextlib.suppress(OSError):
            if self._line is not None:
                self._out += self._line.pack({relay.BYE: 1})
            while self._out and _monotonic() < deadline:
                self._flush()
        self.close()
        self._spool.remove()

    def close(self) -> None:
        """Let go of the connection, in a forked child or at the end; the spool stays."""
        if self._sock is not None:
            self._sock.close()
        self._sock = self._line = None

    def _connect(self) -> None:
        family, kind, protocol, _, address = socket.getaddrinfo(
            self._door.host, self._door.port, type=socket.SOCK_STREAM
        )[0]
        self._sock = socket.socket(family, kind, protocol)
        self._sock.setblocking(False)
        failed = self._sock.connect_ex(address)
        if failed not in {0, errno.EINPROGRESS}:
            raise OSError(failed, os.strerror(failed))

    def _drop(self, now: float) -> None:
        self.close()
        self._greeting, self._welcome = b"", False
        self._out.clear()
        self._asked.clear()
        self._sent.clear()
        self._try_at = now + self._again
        self._again = min(self._again * 2, MOST_AGAIN_S)

    def _take(self, now: float) -> None:
        """Everything that came."""
        while self._sock is not None:
            try:
                data = self._sock.recv(_CHUNK)
            except BlockingIOError:
                return
            except OSError as fault:
                if fault.errno == errno.ENOTCONN:
                    return  # not yet
                raise
            if not data:
                raise ConnectionResetError(errno.ECONNRESET, "closed by the other end")
            self._heard_at = now
            if self._line is None:
                data = self._greet(data)
            if self._line is not None:
                for head, body in self._line.feed(data):
                    self._hear(head, body)

    def _greet(self, data: bytes) -> bytes:
        """The supervisor's random bytes: answer by our own and who we are. What came behind them."""
        self._greeting += data
        if len(self._greeting) < relay.NONCE:
            return b""
        theirs, rest = self._greeting[: relay.NONCE], self._greeting[relay.NONCE :]
        ours = os.urandom(relay.NONCE)
        self._line = Line(self._door.secret, theirs, ours, is_worker=True)
        stream = f"{os.path.basename(self._folder)}.{HERE.pid}"
        self._out += ours + self._line.pack(
            {relay.HOST: HERE.host, relay.PID: HERE.pid, relay.STREAM: stream}
        )
        return rest

    def _hear(self, head: dict[str, Any], body: bytes) -> None:
        if relay.WELCOME in head:
            # Only now is it known to be the supervisor: nothing is told to anybody else.
            self._welcome, self._again = True, AGAIN_S
        elif relay.HAVE in head:
            name, at = str(head[relay.HAVE]), int(head[relay.AT])
            self._spool.has(name, at)
            if name not in self._sent or head.get("gap"):
                self._sent[name] = at
        elif relay.REQUEST in head:
            with open(files.open_to_append(os.path.join(self._folder, layout.REQUESTS)), "ab") as requests:
                requests.write(body)
        elif relay.DOCUMENT in head and head[relay.DOCUMENT] in _DOCUMENTS:
            files.put(os.path.join(self._folder, str(head[relay.DOCUMENT])), body)
        elif relay.OVER in head:
            self.over = True

    def _give(self) -> None:
        """What the supervisor has not, as much as the line takes."""
        if self._line is None:
            return
        for name in self._spool.names():
            at = self._sent.get(name)
            if at is None:
                if name not in self._asked:
                    self._asked.add(name)
                    self._out += self._line.pack({relay.FILE: name, relay.AT: 0})
                continue
            while len(self._out) < _MOST_OUT:
                data = self._spool.read(name, at, _CHUNK)
                if not data:
                    break
                self._out += self._line.pack({relay.FILE: name, relay.AT: at}, data)
                at += len(data)
                self._sent[name] = at
                self._flush()

    def _flush(self) -> None:
        while self._out and self._sock is not None:
            try:
                sent = self._sock.send(self._out)
            except BlockingIOError:
                return
            except OSError as fault:
                if fault.errno == errno.ENOTCONN:
                    return
                raise
            del self._out[:sent]
