"""How long output.log is: what a node printed stands between its two offsets."""

import os

from hamtui.recorder.flight import high
from hamtui.recorder.guard import is_the_users


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
            except OSError as error:
                self._fd = -1
                if is_the_users(error):
                    raise

    def key(self) -> str:
        """``,"output_offset":n``, or nothing. ``lseek`` to the end costs a quarter of ``fstat``."""
        if self._fd < 0:
            return ""
        try:
            return f',"output_offset":{os.lseek(self._fd, 0, os.SEEK_END)}'
        except OSError as error:
            if is_the_users(error):
                raise
            self._fd = -1
            return ""
