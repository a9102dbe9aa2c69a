"""The way to the terminal: a thread writes, so that a slow line never holds keys up, and it is known what was taken."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TextIO

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.drivers.linux_inline_driver import LinuxInlineDriver

from hamtui.tui import hangup
from hamtui.tui.thrift import thrifty

#: Written at once: so often it is known how far a slow line is.
_CHUNK = 1024


class Wire:
    """``sent`` bytes were given to it, ``taken`` of them has the terminal's line; both only grow.

    ``taken_at``: when it last took some. ``flowing``: frames follow each other; at the end, when others write to the terminal too, no more.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.taken_at = 0.0
        self.sent = 0
        self.taken = 0
        self.flowing = True
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._encoding = "utf-8", "replace"

    @property
    def is_open(self) -> bool:
        """Whether somebody writes to a terminal."""
        return self._thread is not None

    @property
    def waiting(self) -> int:
        """Bytes that the line has not taken yet."""
        return self.sent - self.taken

    def open(self, file: TextIO | None) -> None:
        """Write to this terminal from here on; without one there is nowhere."""
        if file is None:
            return
        self._encoding = file.encoding, file.errors or "replace"
        self._thread = threading.Thread(target=self._run, args=(file.fileno(),), name="wire", daemon=True)
        self._thread.start()
        hangup.end_with(file.fileno())

    def write(self, text: str) -> None:
        """Give text on its way; never waits."""
        data = text.encode(*self._encoding)
        self.sent += len(data)
        self._queue.put(data)

    def settle(self) -> None:
        """Wait until all that was given is written."""
        while self.waiting and self._thread is not None:
            self._thread.join(0.01)

    def close(self) -> None:
        """Wait until all is written."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _run(self, fd: int) -> None:
        lost = False
        while (data := self._queue.get()) is not None:
            ended = False
            while not ended:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                ended = more is None
                data += more or b""
            while data:
                try:
                    count = len(data) if lost else os.write(fd, data[:_CHUNK])
                except OSError:
                    # The terminal is gone; the dashboard learns it by its input.
                    lost, count = True, len(data)
                self.taken_at = self.clock()
                self.taken += count
                data = data[count:]
            if ended:
                return


def driver(wire: Wire, *, inline: bool) -> type[Driver]:
    """Textual's own driver, writing by ``wire``."""
    return _inline(wire) if inline else _whole(wire)


def _whole(wire: Wire) -> type[Driver]:
    class Whole(LinuxDriver):
        """The alternate screen."""

        def write(self, data: str) -> None:
            wire.write(thrifty(data))

        def start_application_mode(self) -> None:
            wire.open(self._file)
            super().start_application_mode()  # type: ignore[no-untyped-call]

        def stop_application_mode(self) -> None:
            super().stop_application_mode()
            wire.close()

        def _sigcont_application(self, *told: Any) -> None:
            """Textual begins anew as after its own pause. Somebody's SIGSTOP was none, and would give it two readers of keys."""
            if self._auto_restart and not self._must_signal_resume:
                self.suspend_application_mode()
                self._must_signal_resume = True
            super()._sigcont_application(*told)

    return Whole


def _inline(wire: Wire) -> type[Driver]:
    class Inline(LinuxInlineDriver):
        """Below the prompt."""

        def write(self, data: str) -> None:
            wire.write(thrifty(data))

        def flush(self) -> None:
            """The wire's own thread does; at the end what was written must be there first."""
            if not wire.flowing:
                wire.settle()

        def start_application_mode(self) -> None:
            wire.open(self._file)
            super().start_application_mode()

        def stop_application_mode(self) -> None:
            super().stop_application_mode()
            wire.close()

    return Inline
