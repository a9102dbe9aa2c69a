"""A real pty with a terminal emulator behind it, so that a test reads what a person would see."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pexpect
import pyte

from tests.e2e.driving import PATIENCE


class Opener(Protocol):
    """How a test opens a terminal."""

    def __call__(
        self, command: Sequence[object], cwd: Path, rows: int = 24, columns: int = 80
    ) -> "Terminal": ...


class Terminal:
    """A program in a pty of its own; ``lines()`` is its screen now."""

    def __init__(self, command: Sequence[object], cwd: Path, rows: int = 24, columns: int = 80) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        program, *rest = map(str, command)
        self.child = pexpect.spawn(
            program,
            rest,
            cwd=str(cwd),
            dimensions=(rows, columns),
            timeout=PATIENCE,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"},
        )

    def pump(self, seconds: float = 0.1) -> bool:
        """Takes in what the program writes within so long; False when it has closed its end."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                data = self.child.read_nonblocking(65536, left)
            except pexpect.TIMEOUT:
                return True
            except pexpect.EOF:
                return False
            self.raw += data
            self._stream.feed(data)
        return True

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    def text(self) -> str:
        return "\n".join(self.lines())

    def until(self, what: str, ready: Callable[[str], object], timeout: float = PATIENCE) -> str:
        """Pumps until the screen's text is as wanted, and returns it."""
        deadline = time.monotonic() + timeout
        while not ready(self.text()):
            alive = self.pump()
            if ready(self.text()):
                break
            if not alive or time.monotonic() > deadline:
                raise AssertionError(f"waited for {what}; on the screen:\n{self.text()}")
        return self.text()

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def look_into(self, key: str, word: str) -> str:
        """What a key opens over the screen, once its word is seen; closed again by Escape, and gone when this returns.

        A program that is slow may read Escape together with the next key, which is another one, or before what
        it is meant for is there: so each is waited for.
        """
        self.press(key)
        opened = self.until(f"what {key!r} opens", lambda text: word in text)
        self.press("\x1b")
        self.until(f"the end of what {key!r} opens", lambda text: word not in text)
        return opened

    def leave(self) -> tuple[int, str]:
        """Waits for the program's end: its exit code, and what it left on the screen."""
        deadline = time.monotonic() + PATIENCE
        while self.pump():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for the program's end; on the screen:\n{self.text()}")
        self.child.wait()
        self.child.close()
        code = self.child.exitstatus
        return (128 + self.child.signalstatus if code is None else code), self.text()

    def hang_up(self) -> None:
        """The line is lost: the master's end is closed, so that the kernel sends SIGHUP."""
        pty = self.child.ptyproc
        pty.fileobj.close()
        pty.closed, pty.fd = True, -1
        self.child.closed, self.child.child_fd = True, -1

    def close(self) -> None:
        """Ends the program, whatever state it is in."""
        if not self.child.closed:
            self.child.close(force=True)
        elif self.child.isalive():
            self.child.kill(9)
