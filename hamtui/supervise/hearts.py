"""Whether the run's processes still beat, and what they say is late, by what their sampling threads write."""

import json
import os
import time
from pathlib import Path
from typing import Any

from hamtui.contract import identity, layout
from hamtui.contract.layout import Kind
from hamtui.contract.vitals import BEAT, PROBE, Holder, ThreadLook, Vital, Wait
from hamtui.probe.interest import Interests
from hamtui.supervise.tail import Tail

_BEAT, _PROBE = f'"{BEAT}"'.encode(), f'"{PROBE}"'.encode()


class Hearts:
    """When each process of the run was last heard, by this process' monotonic clock.

    A process that never wrote has not begun (or has no recorder), so nothing is known of it.
    """

    def __init__(self, folder: Path, main_pid: int) -> None:
        self._folder = folder
        self._main_pid = main_pid
        self._host = identity.host()
        self._tails: dict[str, tuple[int, Tail]] = {layout.VITALS: (main_pid, Tail(folder / layout.VITALS))}
        self._heard: dict[int, float] = {}
        self.interests = Interests()

    def look_for_workers(self, now: float) -> None:
        """Take up the files of workers that began since.

        One that told of a task counts as heard then: its first node may keep the GIL before its heart ever beat.
        """
        try:
            names = os.listdir(self._folder)
        except OSError:
            return
        for name in names:
            if name in self._tails:
                continue
            source = layout.classify(name)
            if source is None or source.pid is None or source.part is not None:
                continue
            if source.host != self._host:
                continue  # its pid is another process here
            if source.kind is Kind.VITALS:
                self._tails[name] = (source.pid, Tail(self._folder / name))
            elif source.kind is Kind.FLIGHT:
                self._heard.setdefault(source.pid, now)

    def listen(self, now: float) -> None:
        """Read what was written since. A beat counts from when it was written, where it says so."""
        for pid, tail in self._tails.values():
            for line in tail.lines():
                if _BEAT in line or _PROBE in line:
                    self._beat(pid, line, now)

    def _beat(self, pid: int, line: bytes, now: float) -> None:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(record, dict) or record.get("kind") not in {BEAT, PROBE}:
            return
        if record.get("pid") not in (None, pid):
            return
        ts = record.get("ts")
        age = max(0.0, time.time() - ts) if isinstance(ts, (int, float)) else 0.0
        self._heard[pid] = max(self._heard.get(pid, 0.0), now - min(age, 5.0))
        self.interests.hear(pid, _vital(record))

    def excuse(self, pid: int, now: float) -> None:
        """Process ``pid`` could not beat (it is stopped), so its silence starts anew."""
        if pid in self._heard:
            self._heard[pid] = now

    def pids(self) -> list[int]:
        """The processes that were ever heard."""
        return list(self._heard)

    def silence(self, pid: int, now: float) -> float:
        """Seconds since ``pid`` was heard; 0 for one that never was."""
        return now - self._heard.get(pid, now)


def _vital(record: dict[str, Any]) -> Vital:
    """As much of a beat or a probe as says which threads are late, whatever its fields hold."""
    looks = [_look(each) for each in _list(record.get("looks")) if isinstance(each, dict)]
    return Vital(
        record["kind"], looks=looks, late=_number(record.get("late")) or 0, still=_number(record.get("still"))
    )


def _look(record: dict[str, Any]) -> ThreadLook:
    wait = record.get("wait")
    call = record.get("call")
    return ThreadLook(
        _number(record.get("thread_id")) or 0,
        _number(record.get("native_id")),
        call=call if isinstance(call, str) else None,
        fds=_numbers(record.get("fds")),
        wait=_wait(wait) if isinstance(wait, dict) else None,
    )


def _wait(record: dict[str, Any]) -> Wait:
    holders = [each.get("thread_id") for each in _list(record.get("holders")) if isinstance(each, dict)]
    return Wait(
        "", holders=[Holder(one, "") for one in _numbers(holders)], threads=_numbers(record.get("threads"))
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _numbers(value: Any) -> list[int]:
    return [each for each in _list(value) if _number(each) is not None]
