"""A launch's folder is held by its supervisor while it lives: seen where its process is not, in another pid namespace.

The hold is flock(2) on the folder itself: it writes nothing, ends with the process however that ends, and is known to every
process of the machine. Where the file system has no such locks nobody holds anything.
"""

import fcntl
import os
from contextlib import suppress


def hold(folder: "str | os.PathLike[str]") -> None:
    """Hold the folder until this process ends. Its children do not."""
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # left open: the hold is the descriptor's
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(folder: "str | os.PathLike[str]") -> bool:
    """Whether somebody holds it. Looks of several at once are not taken for a hold."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False
