"""The terminal at the other end is gone: a dashboard ends by that, whether or not the kernel tells it.

The kernel sends SIGHUP where the terminal is the session's own and nobody has it ignored. Else Textual would read the
end of its input again and again, which takes a processor, for ever.
"""

import os
import select
import signal
import threading

_watched: set[int] = set()


def end_with(fd: int) -> None:
    """Die by SIGHUP once the terminal behind this descriptor is hung up. Costs a thread that waits, and nothing else."""
    if fd not in _watched and os.isatty(fd):
        _watched.add(fd)
        threading.Thread(target=_wait, args=(fd,), name="hangup", daemon=True).start()


def _wait(fd: int) -> None:
    poller = select.poll()
    poller.register(fd, 0)  # an end that is hung up is told to whoever asks for nothing
    told = poller.poll()[0][1]
    if told & select.POLLHUP:
        # As the signal would: at once, with nothing said to a terminal that is not there.
        os.kill(os.getpid(), signal.SIGHUP)
        os._exit(128 + signal.SIGHUP)
