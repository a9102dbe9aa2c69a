"""The debugger's end of a person's terminal: a unix domain socket of this user alone, as a text file for pdb.

Whoever comes gets what was said since the last line was read; whoever leaves, by choice or because his line is
lost, leaves pdb waiting at its prompt for the next one.
"""

import itertools
import os
import shutil
import socket
import struct
import tempfile
from collections.abc import Callable

from hamtui.contract import layout
from hamtui.recorder.guard import is_the_users

#: Between two looks whether there is anything to wait for, seconds.
_PACE_S = 1.0
#: A terminal that takes nothing for so long is taken to be gone, seconds.
_SEND_WITHIN_S = 10.0
#: What a newcomer is shown of what was said before, characters, and the longest line that is taken, bytes.
_MOST_SHOWN, _MOST_LINE = 65_536, 1 << 20
#: Linux takes 107 bytes for a socket's name, macOS 103.
_LONGEST_NAME = 103

_numbers = itertools.count(1)


class Wire:
    """Made where a node is about to be debugged: it listens from then on until it is closed. Raises OSError.

    ``changed(attached)`` is told when somebody came to the prompt or left it. ``look`` is called now and then while
    nobody types; what it raises ends the wait.
    """

    encoding = "utf-8"

    def __init__(
        self, folder: str, changed: Callable[[bool], object], look: Callable[[], object] = lambda: None
    ) -> None:
        self._changed = changed
        self._look = look
        self._pid = os.getpid()
        self._private: str | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._client: socket.socket | None = None
        self._half = b""
        self._said = ""
        try:
            self.path = self._bind(folder)
        except OSError:
            self._listener.close()
            raise

    def _bind(self, folder: str) -> str:
        """Listen in the launch's folder; in a private one where its name is too long, or it takes no sockets."""
        name = f"debug.{self._pid}.{next(_numbers)}.sock"
        path = os.path.join(folder, name)
        if len(os.fsencode(path)) <= _LONGEST_NAME and self._listen(path):
            return path
        long = len(os.fsencode(tempfile.gettempdir())) > _LONGEST_NAME - len(name) - 24
        self._private = tempfile.mkdtemp(prefix="hamtui-", dir="/tmp" if long else None)  # noqa: S108 - made anew, 0700
        path = os.path.join(self._private, name)
        self._listener.bind(path)
        return self._opened(path)

    def _listen(self, path: str) -> bool:
        try:
            self._listener.bind(path)
        except OSError as error:
            if is_the_users(error):
                raise
            return False
        self._opened(path)
        return True

    def _opened(self, path: str) -> str:
        os.chmod(path, layout.FILE_MODE)
        self._listener.listen(1)
        self._listener.settimeout(_PACE_S)
        return path

    @property
    def attached(self) -> bool:
        """Whether somebody is there, as far as is known."""
        return self._client is not None

    # ---- what pdb uses

    def readline(self) -> str:
        """The next line that somebody types, with its newline; waits until somebody does."""
        while os.getpid() == self._pid:
            line = self._line() if self._client is not None else None
            if line is not None:
                self._said = ""
                return line
            self._look()
            if self._client is None:
                self._client = self._accept()
                if self._client is not None:
                    self._changed(True)
                    self._send(self._said)
        return "quit\n"  # a forked child: the terminal is its parent's

    def write(self, text: str) -> int:
        """Say it, to whoever is there or comes next."""
        self._said = (self._said + text)[-_MOST_SHOWN:]
        self._send(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    # ---- the terminal's coming and going

    def _accept(self) -> socket.socket | None:
        try:
            client, _ = self._listener.accept()
        except OSError as error:
            if is_the_users(error):
                raise
            return None  # nobody yet
        client.settimeout(_PACE_S)
        if _is_our_users(client):
            return client
        client.close()
        return None

    def _line(self) -> str | None:
        """The next whole line, None where there is none yet or the terminal is gone."""
        client = self._client
        if client is None:
            return None
        line, newline, rest = self._half.partition(b"\n")
        if newline:
            self._half = rest
            return line.decode("utf-8", "replace") + "\n"
        try:
            data = client.recv(65_536)
        except TimeoutError as error:
            if is_the_users(error):
                raise
            return None
        except OSError as error:
            if is_the_users(error):
                raise
            data = b""
        self._half = (self._half + data)[-_MOST_LINE:]
        if not data:
            self.hang_up()
            self._changed(False)
        return None

    def _send(self, text: str) -> None:
        client = self._client
        if client is None or not text or os.getpid() != self._pid:
            return
        try:
            client.settimeout(_SEND_WITHIN_S)
            client.sendall(text.encode("utf-8", "replace"))
            client.settimeout(_PACE_S)
        except OSError as error:
            if is_the_users(error):
                raise
            self.hang_up()

    def hang_up(self) -> None:
        """Give the terminal back."""
        client, self._client, self._half = self._client, None, b""
        if client is not None:
            client.close()

    def close(self) -> None:
        """Listen no more."""
        self.hang_up()
        self._listener.close()
        if os.getpid() != self._pid:
            return
        try:
            os.unlink(self.path)
        except OSError as error:
            if is_the_users(error):
                raise
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)


def _is_our_users(client: socket.socket) -> bool:
    """Whether the other end runs as this user; where the system does not tell, the socket's mode has to do."""
    asks = getattr(socket, "SO_PEERCRED", None)
    if asks is None:
        return True
    told = client.getsockopt(socket.SOL_SOCKET, asks, struct.calcsize("iII"))
    return bool(struct.unpack("iII", told)[1] == os.geteuid())
