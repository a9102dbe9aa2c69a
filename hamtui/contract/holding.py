"""A launch is held by its supervisor while it lives: seen where its process is not, in another pid namespace.

The hold is flock(2) on output.log, which is never replaced (whoever sends to a tracker locks the folder): it ends with
the process however that ends, and every process of the machine knows of it. Where the file system has no such locks
nobody holds anything.
"""

import fcntl
import os
from contextlib import suppress

from hamtui.contract import files, layout


def hold(folder: "str | os.PathLike[str]") -> None:
    """Hold the launch until this process ends. Its children do not."""
    with suppress(OSError):
        fd = files.open_to_append(
            os.path.join(folder, layout.OUTPUT)
        )  # left open: the hold is the descriptor's
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(folder: "str | os.PathLike[str]") -> bool:
    """Whether somebody holds it. Looks of several at once are not taken for a hold."""
    try:
        fd = os.open(os.path.join(folder, layout.OUTPUT), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
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
