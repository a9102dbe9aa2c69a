"""A soak: start it, sample it, look at it now and then, and tell at the end what was not as it should be."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tests.e2e.driving import Launched, until
from tests.soak import judging, oracle
from tests.soak.watched import Dashboard, memory, serve

Say = Callable[[str], None]
#: The dashboards' terminals: rows and columns.
SIZES = {"dashboard 1": (24, 80), "dashboard 2": (50, 160)}
#: Looks at ``status`` and the flight file on the way.
LOOKS = 3
#: Between two keys at a dashboard: seconds.
KEY_S = 5.0


@dataclass
class Soaked:
    """What a soak found: no ``faults``, and every ``growth`` flat, is what is wanted."""

    seconds: float
    runs: int
    failed: int
    spans: int
    events: int
    looks: int
    growths: list[judging.Growth]
    faults: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.faults and all(row.flat for row in self.growths)

    def lines(self) -> list[str]:
        """The table, and what is wrong."""
        told = (
            f"{self.seconds / 60:.1f} minutes, {self.runs:,} runs ({self.failed:,} failed), {self.spans:,} spans, "
            f"{self.events:,} flight events, {self.looks} looks at status"
        )
        more = len(self.faults) - oracle.TOLD
        return [
            told,
            *judging.table(self.growths),
            *(f"WRONG: {fault}" for fault in self.faults[: oracle.TOLD]),
            *([f"and {more} more"] if more > 0 else []),
            "good: no event lost, no row wrong, memory flat" if self.good else "NOT GOOD",
        ]


class Soak:
    """One soak in a folder of its own."""

    def __init__(self, folder: Path, seconds: float, per_second: float, say: Say = print) -> None:
        self.folder, self.seconds, self.say = folder, seconds, say
        self.launched = serve(folder, seconds, per_second)
        self.dashboards = {name: Dashboard(self.launched, *size) for name, size in SIZES.items()}
        info = self.launched.info
        self.pids = {"run": info["pid"], "supervisor": info["supervisor_pid"]} | {
            name: dashboard.process.pid for name, dashboard in self.dashboards.items()
        }
        self.samples: list[judging.Sample] = []
        self.faults: list[str] = []
        self.looks = 0
        self._began = time.monotonic()
        self._over, self._offset = 0, 0

    def run(self) -> Soaked:
        """To its end; the dashboards are left, whatever happens."""
        try:
            self._watch()
            self._finish()
            return self._soaked()
        finally:
            for dashboard in self.dashboards.values():
                dashboard.leave()

    def _watch(self) -> None:
        every = min(5.0, self.seconds / 40)
        looks = [self.seconds * (n + 1) / (LOOKS + 1) for n in range(LOOKS)]
        next_key = KEY_S
        while not self.launched.over():
            time.sleep(every)
            at = time.monotonic() - self._began
            self._sample(at)
            if at >= next_key:
                next_key = at + min(KEY_S, self.seconds / 10)
                for dashboard in self.dashboards.values():
                    dashboard.use()
            if looks and at >= looks[0]:
                looks.pop(0)
                self._compare()
                self._say_so_far(at)
            if at > self.seconds * 1.5 + 120:
                raise AssertionError("the service does not end")

    def _sample(self, at: float) -> None:
        held = {name: mib for name, pid in self.pids.items() if (mib := memory(pid)) is not None}
        with (self.folder / "oracle.tsv").open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        self._offset += len(new)
        self._over += new.count(b"\tover\t")
        self.samples.append((at, self._over, held))
        for name in SIZES:
            if name not in held and f"{name} is gone" not in self.faults:
                self.faults.append(f"{name} is gone")

    def _say_so_far(self, at: float) -> None:
        self.say(f"after {at / 60:.1f} minutes, {self._over:,} runs, {len(self.faults)} faults:")
        for line in judging.table([judging.growth(name, self.samples) for name in self.pids]):
            self.say("  " + line)

    def _turns(self) -> dict[str, oracle.Turn]:
        with (self.folder / "oracle.tsv").open() as file:
            return oracle.read(file)

    def _compare(self) -> None:
        """The runs that are over by now, in the flight file and in ``status``."""
        self.looks += 1
        over = {run_id: turn for run_id, turn in self._turns().items() if turn.outcome is not None}
        picture = self.launched.status()
        self._add(oracle.wrong(over, picture))
        # Threads write out of order, so that the file's end may lack a number as yet: gaps are for when it is over.
        runs, _ = oracle.flown(events(self.launched))
        self._add(oracle.lost(over, {run_id: run for run_id, run in runs.items() if run_id in over}))

    def _finish(self) -> None:
        """When the service is over: everything, and what the dashboards show."""
        left = self.launched.exit
        if left["exit_code"] != 0:
            self.faults.append(f"the service ended with {left}")
        self.looks += 1
        turns = self._turns()
        picture = self.launched.status()
        self._add(f"turn {turn.run_id} is not over" for turn in turns.values() if turn.outcome is None)
        self._add(oracle.wrong(turns, picture, last=list(turns)[-1]))
        if picture["launch"]["state"] != "succeeded" or any(picture["launch"]["unread"].values()):
            self.faults.append(f"the launch: {picture['launch']}")
        runs, gaps = oracle.flown(events(self.launched))
        self._add(gaps)
        self._add(oracle.lost(turns, runs))
        for name, dashboard in self.dashboards.items():
            self._add(self._shown(name, dashboard, turns))

    def _shown(self, name: str, dashboard: Dashboard, turns: dict[str, oracle.Turn]) -> Iterator[str]:
        """What a dashboard says of it all: the list of runs has their number and that of the failed ones."""
        failed = sum(turn.failed() for turn in turns.values())
        wanted = f"{len(turns):,} runs, {failed:,} failed"
        dashboard.escape()
        dashboard.look()
        dashboard.press("r")
        try:
            until(wanted, lambda: wanted in dashboard.text(), timeout=20, every=0.2)
        except AssertionError:
            yield f"{name} does not say {wanted!r} but:\n{dashboard.text()}"
        if dashboard.process.poll() is not None:
            yield f"{name} ended by itself with {dashboard.process.returncode}"
        elif code := dashboard.leave():
            yield f"{name}, left, ended with {code}"

    def _add(self, found: Any) -> None:
        self.faults.extend(islice(found, 1000))

    def _soaked(self) -> Soaked:
        turns = self._turns().values()
        return Soaked(
            self.samples[-1][0],
            len(turns),
            sum(turn.failed() for turn in turns),
            sum(turn.nodes.total() for turn in turns),
            sum(1 for _ in events(self.launched)),
            self.looks,
            [judging.growth(name, self.samples) for name in self.pids],
            self.faults,
        )


def events(launched: Launched) -> Iterator[dict[str, Any]]:
    """The flight file's events one after the other, as many as are whole; of a million no list is made."""
    paths = launched.flight_files()
    assert len(paths) == 1, f"one process writes, but there are {[os.path.basename(path) for path in paths]}"
    with paths[0].open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)
