"""A program on a real terminal: what it writes is read, counted, and waited for."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

COLUMNS, LINES = 160, 50


class OnPty:
    """A program with a pty of 160×50 as its terminal. ``bytes``: how many it wrote; ``heard``: when it last did."""

    def __init__(self, *argv: str, columns: int = COLUMNS, lines: int = LINES, **env: str) -> None:
        self.bytes = 0
        self.heard = time.monotonic()
        self.seen = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **env})
            os.environ.pop("NO_COLOR", None)
            os.execvp(argv[0], argv)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def read(self, seconds: float) -> bytes:
        """What comes within so long; returns with the first of it."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return b""
        self.bytes += len(data)
        self.heard = time.monotonic()
        self.seen = (self.seen + data)[-(1 << 18) :]
        return data

    def until(self, wanted: bytes, seconds: float = 120.0) -> float:
        """Wait until it wrote this since the last wait; the instant. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while (at := self.seen.find(wanted)) < 0:
            if time.monotonic() > end:
                raise TimeoutError(f"never wrote {wanted!r}")
            self.read(0.1)
        self.seen = self.seen[at + len(wanted) :]
        return self.heard

    def for_seconds(self, seconds: float) -> int:
        """Bytes that it writes in so long."""
        before, end = self.bytes, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)
        return self.bytes - before

    def quiet(self, seconds: float = 1.5, most: float = 120.0) -> None:
        """Wait until nothing was written for so long."""
        end = time.monotonic() + most
        while self.read(seconds) and time.monotonic() < end:
            pass

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def cpu(self) -> float:
        """CPU seconds that it took so far."""
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """The most memory that it had."""
        with open(f"/proc/{self.pid}/status") as file:
            told = next(line for line in file if line.startswith("VmHWM"))
        return int(told.split()[1]) / 1024
