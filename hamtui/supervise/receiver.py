"""The supervisor's end of workers that can't write the launch folder: a thread that sleeps until one of them says something."""

import contextlib
import errno
import os
import selectors
import socket
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from hamtui.contract import layout, relay
from hamtui.contract.relay import BadFrameError, Door, Line
from hamtui.supervise.streams import Streams
from hamtui.supervise.tail import Tail

#: What somebody gets to prove that he has the secret, seconds.
PROVE_S = 10.0
#: Strangers that may stand at the door at once, and workers in all.
MOST_STRANGERS, MOST_WORKERS = 64, 4096
#: A worker that broke off and did not come again for so long is taken to be gone, seconds.
GONE_S = 6.0
_CHUNK = 256 * 1024
#: Of one worker that does not take what is sent to it.
_MOST_OUT = 8 * 1024 * 1024


class Worker:
    """One connection; a stranger until its first frame is authentic."""

    def __init__(self, sock: socket.socket, now: float) -> None:
        self.sock = sock
        self.since = now
        self.nonce = os.urandom(relay.NONCE)
        self.begun = b""
        self.line: Line | None = None
        self.out = bytearray(self.nonce)
        self.host = ""
        self.pid = 0
        self.stream = ""
        self.said_bye = False

    @property
    def is_known(self) -> bool:
        """Whether it has the launch's secret."""
        return bool(self.stream)

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """As soon as it takes it."""
        if self.line is not None:
            self.out += self.line.pack(head, body)


class Receiver:
    """Takes in what workers send. ``sock`` listens already; ``door`` is what they were given."""

    def __init__(self, folder: Path, sock: socket.socket, door: Door) -> None:
        self.folder = folder
        self.door = door
        self._sock = sock
        self._streams = Streams(folder)
        self._selector = selectors.DefaultSelector()
        self._workers: set[Worker] = set()
        self._requests = Tail(folder / layout.REQUESTS, owners=True)
        self._due: deque[tuple[dict[str, Any], bytes]] = deque()
        self._past: bytes | None = None
        self._wake_read, self._wake_write = os.pipe()
        for fd in (self._wake_read, self._wake_write):
            os.set_blocking(fd, False)
        self._closing = False
        #: Workers whose connection broke off without a farewell: (host, pid) -> when, by the monotonic clock.
        self._broken: dict[tuple[str, int], float] = {}
        self._gone: set[tuple[str, int]] = set()
        self._back: deque[tuple[str, int]] = deque()
        self._thread = threading.Thread(target=self._serve, name="receiver", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def look(self) -> None:
        """Hand on what was asked of the run since the last look, and the nodes' own thresholds once they are known."""
        for line in self._requests.lines():
            self._due.append(({relay.REQUEST: 1}, line + b"\n"))
        if self._past is None:
            with contextlib.suppress(OSError):
                past = (self.folder / layout.PAST).read_bytes()
                if len(past) < relay.MOST_FRAME - relay.MOST_FIRST:
                    self._past = past
                    self._due.append(({relay.DOCUMENT: layout.PAST}, past))
        if self._due:
            self._wake()

    def news(self, now: float) -> list[tuple[tuple[str, int], bool]]:
        """Workers that broke off some time ago, each with False, and those of them that are back, with True."""
        found = []
        while self._back:
            worker = self._back.popleft()
            if worker in self._gone:
                self._gone.discard(worker)
                found.append((worker, True))
        for worker, since in list(self._broken.items()):
            if now - since >= GONE_S and self._broken.pop(worker, None) is not None:
                self._gone.add(worker)
                found.append((worker, False))
        return found

    def finish(self, seconds: float) -> bool:
        """The launch is over: let workers send what they still have. Whether all that were there took their leave."""
        self._due.append(({relay.OVER: 1}, b""))
        self._wake()
        deadline = time.monotonic() + seconds
        while any(worker.is_known for worker in list(self._workers)) and time.monotonic() < deadline:
            time.sleep(0.02)
        left = any(worker.is_known for worker in list(self._workers))
        self.close()
        return not left

    def close(self) -> None:
        """Listen no more."""
        self._closing = True
        self._wake()
        self._thread.join(5.0)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"x")

    # ---- the thread

    def _serve(self) -> None:
        self._selector.register(self._sock, selectors.EVENT_READ, None)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        while not self._closing:
            strangers = any(not worker.is_known for worker in self._workers)
            for key, _ in self._selector.select(1.0 if strangers else None):
                if key.fileobj is self._sock:
                    self._accept()
                elif key.data is None:
                    with contextlib.suppress(OSError):
                        os.read(self._wake_read, 4096)
                else:
                    self._serve_one(key.data)
            self._hand_on()
            self._turn_away()
        for worker in list(self._workers):
            self._drop(worker)
        self._selector.close()
        self._sock.close()

    def _accept(self) -> None:
        try:
            sock, _ = self._sock.accept()
        except OSError:
            return
        strangers = sum(not worker.is_known for worker in self._workers)
        if strangers >= MOST_STRANGERS or len(self._workers) >= MOST_WORKERS:
            sock.close()
            return
        sock.setblocking(False)
        worker = Worker(sock, time.monotonic())
        self._workers.add(worker)
        self._selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE, worker)

    def _serve_one(self, worker: Worker) -> None:
        try:
            self._take(worker)
            self._flush(worker)
        except (OSError, BadFrameError, KeyError, TypeError, ValueError):
            self._drop(worker)

    def _take(self, worker: Worker) -> None:
        try:
            data = worker.sock.recv(_CHUNK)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, "gone")
        if worker.line is None:
            worker.begun += data
            if len(worker.begun) < relay.NONCE:
                return
            theirs, data = worker.begun[: relay.NONCE], worker.begun[relay.NONCE :]
            worker.line = Line(self.door.secret, worker.nonce, theirs, is_worker=False)
        for head, body in worker.line.feed(data):
            self._hear(worker, head, body)

    def _hear(self, worker: Worker, head: dict[str, Any], body: bytes) -> None:
        if relay.STREAM in head:
            worker.host, worker.pid = str(head[relay.HOST]), int(head[relay.PID])
            worker.stream = str(head[relay.STREAM])
            self._broken.pop((worker.host, worker.pid), None)
            self._back.append((worker.host, worker.pid))
            worker.send({relay.WELCOME: 1})
            if self._past is not None:
                worker.send({relay.DOCUMENT: layout.PAST}, self._past)
        elif relay.FILE in head and worker.is_known:
            name, at = str(head[relay.FILE]), int(head[relay.AT])
            if not self._streams.may_write(name, worker.host, worker.pid):
                raise BadFrameError(f"{name} is not its file")
            there = self._streams.take(name, worker.stream, at, body)
            worker.send({relay.HAVE: name, relay.AT: there, "gap": there < at + len(body)})
        elif relay.BYE in head:
            worker.said_bye = True

    def _flush(self, worker: Worker) -> None:
        with contextlib.suppress(BlockingIOError):
            while worker.out:
                sent = worker.sock.send(worker.out)
                del worker.out[:sent]
        if len(worker.out) > _MOST_OUT:
            raise OSError(errno.ENOBUFS, "it does not listen")
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.out else 0)
        self._selector.modify(worker.sock, wanted, worker)

    def _hand_on(self) -> None:
        while self._due:
            head, body = self._due.popleft()
            for worker in [worker for worker in self._workers if worker.is_known]:
                worker.send(head, body)
                self._push(worker)

    def _push(self, worker: Worker) -> None:
        try:
            self._flush(worker)
        except OSError:
            self._drop(worker)

    def _turn_away(self) -> None:
        now = time.monotonic()
        for worker in [worker for worker in self._workers if not worker.is_known]:
            if now - worker.since > PROVE_S:
                self._drop(worker)

    def _drop(self, worker: Worker) -> None:
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        with contextlib.suppress(KeyError, ValueError, OSError):
            self._selector.unregister(worker.sock)
        worker.sock.close()
        others = any(other.stream == worker.stream for other in self._workers)
        if worker.is_known and not worker.said_bye and not others and not self._closing:
            self._broken[worker.host, worker.pid] = time.monotonic()
