"""``python -m hamtui.supervise.otlp``: sends a launch's spans to a collector, when they start and when they end.

A process of its own beside the supervisor, which reads what everybody reads: the run knows nothing of it. On its
stdin, as JSON: the launch folder and the endpoint. Keys for the collector are in its environment alone.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from hamtui import __version__
from hamtui.contract import flight, tracing
from hamtui.contract.diagnostics import Diagnostics
from hamtui.follow import process
from hamtui.follow.follower import Follower
from hamtui.follow.launches import LaunchRef
from hamtui.follow.past import read_past
from hamtui.model import keeping, traces, verdict
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from hamtui.model.traces import Told
from hamtui.supervise import beside, web
from hamtui.supervise.notices import Notices
from hamtui.supervise.web import PATIENCE, Patience, WebError

EVERY_S = 0.5
#: So long after the launch's end a collector that does not answer is tried again, seconds.
AFTER_S = 30.0
_MOST_PAUSE_S = 10.0
_BATCH = 500
#: Marks of one span that are told; a verdict may change often.
_MOST_MARKS = 16
#: So many spans that were told of are remembered whatever becomes of their runs.
_FEW = 10_000


def start(folder: str, wanted: Diagnostics) -> None:
    """Start the process, where spans are wanted. Raises OSError."""
    if "otlp" in wanted.trace and tracing.trouble(wanted, os.environ) is None:
        told = {"folder": folder, "endpoint": tracing.endpoint(wanted, os.environ)}
        beside.start("hamtui.supervise.otlp", told)


class Exporter:
    """The spans of one launch: each is told when it begins, when it is marked, and when it ends."""

    def __init__(self, ref: LaunchRef, endpoint: str, patience: Patience = PATIENCE) -> None:
        self.launch = Launch(ref.id)
        keeping.watch(self.launch)
        self._ref, self._endpoint, self._patience = ref, endpoint, patience
        self._headers = tracing.headers(os.environ)
        self._past = read_past(ref)
        self._told: dict[SpanKey, Told] = {}
        self._most = _FEW
        self._suspicions: dict[SpanKey, list[tuple[float, Suspect]]] = {}
        self._notices = Notices(ref.dir, "otlp")
        self._warned = False

    def look(self, fact: ProcessFact, now: Now) -> None:
        """Tell what is new. Raises WebError: what was not heard is told at the next look."""
        settle(self.launch, fact, now, self._past)
        marks: dict[SpanKey, Suspect] = {}
        for run in self.launch.runs.values():
            marks.update(verdict.marks(self.launch, run, fact, now, self._past))
        self._remember(marks, now)
        news = iter(traces.news(self.launch, marks, self._told).items())
        while batch := dict(islice(news, _BATCH)):
            made = traces.spans(self.launch, batch, self._suspicions, now)
            self._post(traces.request(self._resource(), __version__, made))
            self._told.update(batch)
        if len(self._told) > self._most:
            self._forget()

    def _forget(self) -> None:
        """What the launch keeps nothing of any more: a service has runs without end."""
        self._told = {key: told for key, told in self._told.items() if traces.is_kept(self.launch, key)}
        self._suspicions = {
            key: marks for key, marks in self._suspicions.items() if traces.is_kept(self.launch, key)
        }
        self._most = max(_FEW, 2 * len(self._told))

    def _remember(self, marks: dict[SpanKey, Suspect], now: Now) -> None:
        for key, mark in marks.items():
            known = self._suspicions.setdefault(key, [])
            last = known[-1][1] if known else None
            if last is None or (last.level, last.verdict) != (mark.level, mark.verdict):
                known.append((now.unix, mark))
                del known[:-_MOST_MARKS]

    def _post(self, body: dict[str, Any]) -> None:
        web.ask("POST", self._endpoint, body, self._headers, self._patience, self.warn)

    def warn(self, error: WebError) -> None:
        """Say once that nobody hears."""
        if not self._warned:
            self._warned = True
            self._notices.say(
                f"otlp: {self._endpoint} {error}; the run goes on without its spans", flight.WARNING
            )

    def _resource(self) -> dict[str, Any]:
        info = self.launch.info
        modules = [PurePath(str(name)).stem for name in (info.modules or [])] if info is not None else []
        return {
            "service.name": os.environ.get("OTEL_SERVICE_NAME") or "+".join(sorted(modules)) or "hamtui",
            "host.name": info.host if info is not None else None,
            "process.pid": info.pid if info is not None else None,
            "hamtui.launch": self.launch.id,
        }


def follow(folder: Path, endpoint: str) -> None:
    """Follow the launch to its end, and a collector that does not answer for a while longer."""
    ref = LaunchRef(folder.name, folder, flat=False, written_at=time.time())
    exporter = Exporter(ref, endpoint)
    follower = Follower(ref)
    try:
        for tries in _looks(folder):
            batch = follower.read_once()
            for source, record in batch.records:
                exporter.launch.apply(source, record)
            if not batch.caught_up:
                continue
            info = exporter.launch.info
            fact, now = process.look(info), process.now(info)
            over = verdict.is_over(exporter.launch, fact)
            try:
                exporter.look(fact, now)
            except WebError as error:
                exporter.warn(error)
                tries.failed(over)
            else:
                tries.well(over)
    finally:
        follower.close()


class _Tries:
    """When the next look is due, and when it was the last."""

    def __init__(self) -> None:
        self.pause_s = 0.0
        self.last = False
        self._failed = 0
        self._over_at: float | None = None

    def failed(self, over: bool) -> None:
        self._failed += 1
        self.pause_s = min(_MOST_PAUSE_S, EVERY_S * 2 ** min(self._failed, 10))
        if over:
            self._over_at = self._over_at or time.monotonic()
            self.last = time.monotonic() - self._over_at > AFTER_S

    def well(self, over: bool) -> None:
        self._failed, self.pause_s, self.last = 0, EVERY_S, over


def _looks(folder: Path) -> Iterator[_Tries]:
    tries = _Tries()
    while folder.is_dir() and not tries.last:
        tries.pause_s = 0.0
        yield tries
        until = time.monotonic() + tries.pause_s
        while time.monotonic() < until and folder.is_dir():
            time.sleep(min(EVERY_S, max(0.0, until - time.monotonic())))


def main() -> int:
    """Do what the supervisor asked for on stdin."""
    told = json.loads(sys.stdin.buffer.read())
    follow(Path(told["folder"]), told["endpoint"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
