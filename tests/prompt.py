"""A person at pdb's prompt, from the other end of its socket."""

import socket
import time

PROMPT = "(Pdb) "
PATIENCE_S = 45.0


class Person:
    """Connects to ``path``; reads what pdb says up to its next prompt, or to where it hangs up."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(path)

    def read(self) -> str:
        said = b""
        deadline = time.monotonic() + PATIENCE_S
        while not said.endswith(PROMPT.encode()):
            assert time.monotonic() < deadline, said
            data = self._socket.recv(65_536)
            if not data:
                self.leave()
                break
            said += data
        return said.decode()

    def type(self, line: str) -> str:
        """Types a line; what pdb says to it."""
        self._socket.sendall(line.encode() + b"\n")
        return self.read()

    def leave(self) -> None:
        self._socket.close()
