"""Whether the run's processes still beat, by what their sampling threads write."""

import json
import os
import time
from pathlib import Path

from hamtui.contract import layout
from hamtui.contract.layout import Kind
from hamtui.contract.vitals import BEAT
from hamtui.supervise.tail import Tail

_BEAT = f'"{BEAT}"'.encode()


class Hearts:
    """When each process of the run was last heard, by this process' monotonic clock.

    A process that never beat has not begun (or has no recorder), so nothing is known of it.
    """

    def __init__(self, folder: Path, main_pid: int) -> None:
        self._folder = folder
        self._main_pid = main_pid
        self._tails: dict[str, tuple[int, Tail]] = {layout.VITALS: (main_pid, Tail(folder / layout.VITALS))}
        self._heard: dict[int, float] = {}

    def look_for_workers(self) -> None:
        """Take up the files of workers that began since."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return
        for name in names:
            if name.startswith("vitals.") and name not in self._tails:
                source = layout.classify(name)
                if source is not None and source.kind is Kind.VITALS and source.pid is not None:
                    self._tails[name] = (source.pid, Tail(self._folder / name))

    def listen(self, now: float) -> None:
        """Read what was written since. A beat counts from when it was written, where it says so."""
        for pid, tail in self._tails.values():
            for line in tail.lines():
                if _BEAT in line:
                    self._beat(pid, line, now)

    def _beat(self, pid: int, line: bytes, now: float) -> None:
        try:
            record = json.loads(line)
        except ValueError:
            return
        if not isinstance(record, dict) or record.get("kind") != BEAT:
            return
        if record.get("pid") not in (None, pid):
            return
        ts = record.get("ts")
        age = max(0.0, time.time() - ts) if isinstance(ts, (int, float)) else 0.0
        self._heard[pid] = max(self._heard.get(pid, 0.0), now - min(age, 5.0))

    def excuse(self, pid: int, now: float) -> None:
        """Process ``pid`` could not beat (it is stopped), so its silence starts anew."""
        if pid in self._heard:
            self._heard[pid] = now

    def pids(self) -> list[int]:
        """The processes that ever beat."""
        return list(self._heard)

    def silence(self, pid: int, now: float) -> float:
        """Seconds since ``pid`` was heard; 0 for one that never was."""
        return now - self._heard.get(pid, now)
