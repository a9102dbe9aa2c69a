"""This process: host and pid, known without a system call and right in a forked child too."""

import os

from hamtui.contract import identity


class Here:
    """Host and pid of the process that asks."""

    __slots__ = ("host", "pid")

    def __init__(self) -> None:
        self.host = identity.host()
        self.pid = os.getpid()

    def moved(self) -> None:
        """Called in a forked child."""
        self.pid = os.getpid()


HERE = Here()
os.register_at_fork(after_in_child=HERE.moved)
