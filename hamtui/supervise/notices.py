"""One sentence for whoever watches, from a process beside the run."""

import os
import socket
import time
from pathlib import Path

from hamtui.contract import flight, layout
from hamtui.contract.flight import FlightEvent
from hamtui.supervise.write import LineFile


class Notices:
    """Writes notices about ``stage`` into a flight file of this process' own."""

    def __init__(self, folder: Path, stage: str) -> None:
        self._file = LineFile(folder / layout.worker_name(layout.FLIGHT, socket.gethostname(), os.getpid()))
        self._stage = stage
        self._seq = 0

    def say(self, message: str, level: str) -> None:
        """``level``: ``flight.INFO`` or ``flight.WARNING``."""
        event = FlightEvent(
            flight.NOTICE,
            ts=time.time(),
            mono=time.monotonic(),
            pid=os.getpid(),
            seq=self._seq,
            message=message,
            stage=self._stage,
            level=level,
        )
        self._seq += 1
        self._file.append(event)
