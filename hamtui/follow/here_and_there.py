"""Looks into a long file, of which nothing is mapped or kept: what a map has shown counts as the process's memory."""

import os

_PIECE = 1024 * 1024
_LINE = 64 * 1024
#: A longer line is no event of anybody's.
_LONGEST = 16 * 1024 * 1024


def rfind(fd: int, text: bytes, before: int) -> int:
    """Where the text stands last, all of it before this offset; -1 where it does not. Raises OSError."""
    stop = before
    while stop > 0:
        start = max(0, stop - _PIECE)
        # What begins here may end in the piece behind.
        piece = os.pread(fd, min(stop + len(text) - 1, before) - start, start)
        at = piece.rfind(text)
        if at >= 0:
            return start + at
        stop = start
    return -1


def line(fd: int, offset: int) -> bytes:
    """The line that begins there, without its end. Raises OSError."""
    found = b""
    while b"\n" not in found and len(found) < _LONGEST:
        piece = os.pread(fd, _LINE, offset + len(found))
        if not piece:
            break
        found += piece
    return found.partition(b"\n")[0]
