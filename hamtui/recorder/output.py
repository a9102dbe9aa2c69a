"""How long output.log is: what a node printed stands between its two offsets."""

import os

from hamtui.recorder.flight import high


class Output:
    """A read-only descriptor of our own on output.log, opened when first asked; absent where there is no such file."""

    __slots__ = ("_fd", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = -1

    def open(self) -> None:
        """Look for the file, if it is not open yet."""
        if self._fd < 0:
            try:
                self._fd = high(os.open(self.path, os.O_RDONLY | os.O_CLOEXEC))
            except OSError:
                self._fd = -1

    def key(self) -> str:
        """``,"output_offset":n``, or nothing. ``lseek`` to the end costs a quarter of ``fstat``."""
        if self._fd < 0:
            return ""
        try:
            return f',"output_offset":{os.lseek(self._fd, 0, os.SEEK_END)}'
        except OSError:
            self._fd = -1
            return ""
