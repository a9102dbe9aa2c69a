"""The processes of a soak: the service under the recorder, and dashboards on ptys that somebody now and then uses."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import psutil
import pyte

from tests.e2e.driving import HAMTUI, Launched, newest, until

ROOT = Path(__file__).parents[2]
DOWN, UP, RIGHT = "\x1b[B", "\x1b[A", "\x1b[C"
#: What somebody does at a dashboard, one a time: rows, panes, filter, order, the list of runs, follow.
KEYS = (DOWN, DOWN, UP, "\t", RIGHT, RIGHT, "\x1b", "g", "g", "g", "r", "\x1b", "f", "f", "?", "\x1b", UP)


def serve(folder: Path, seconds: float, per_second: float) -> Launched:
    """The service under ``hamtui exec``, in the background; its oracle is ``oracle.tsv`` in the folder."""
    ask = ("exec", "--detach", "-m", "tests.soak.service", folder / "oracle.tsv", seconds, per_second)
    known = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [*HAMTUI, *map(str, ask)]
    subprocess.run(command, cwd=folder, env=known, check=True, stdout=subprocess.DEVNULL, timeout=90)
    launched = newest(folder)
    until("the service", lambda: launched.events("node_end"))
    return launched


class Dashboard:
    """One dashboard on a pty of its own. What it writes is taken from it at once, and kept only while it is looked at."""

    def __init__(self, launched: Launched, rows: int, columns: int) -> None:
        self.size = rows, columns
        self._end, other = pty.openpty()
        self._resize(rows, columns)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hamtui", "attach", str(launched.dir)],
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        )
        os.close(other)
        self.written = 0
        self._pressed = 0
        self._screen: pyte.Screen | None = None
        self._stream: pyte.ByteStream | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._drain, daemon=True).start()

    def _resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _drain(self) -> None:
        while True:
            try:
                data = os.read(self._end, 65536)
            except OSError:
                return
            if not data:
                return
            self.written += len(data)
            with self._lock:
                if self._stream is not None:
                    self._stream.feed(data)

    def press(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def escape(self) -> None:
        """Out of what is open, twice for a line in a list. A key at once after it would be read as alt and that key."""
        for _ in range(2):
            self.press("\x1b")
            time.sleep(0.5)

    def use(self) -> None:
        """The next of what somebody does."""
        self.press(KEYS[self._pressed % len(KEYS)])
        self._pressed += 1

    def look(self) -> None:
        """Let it draw its screen anew and keep what it draws from now on: ``text()``."""
        rows, columns = self.size
        self._resize(rows - 1, columns)
        with self._lock:
            self._screen = pyte.Screen(columns, rows - 1)
            self._stream = pyte.ByteStream(self._screen)
        self.process.send_signal(signal.SIGWINCH)

    def text(self) -> str:
        """The screen, since ``look``."""
        with self._lock:
            return "" if self._screen is None else "\n".join(map(str.rstrip, self._screen.display))

    def leave(self) -> int:
        """Leave it by its key, out of whatever is open in it; its exit code."""
        if self.process.poll() is not None:
            return self.process.returncode
        self.escape()
        self.press("q")
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def memory(pid: int) -> float | None:
    """Resident MiB of a process, its children's not counted; None where it is gone."""
    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return None
