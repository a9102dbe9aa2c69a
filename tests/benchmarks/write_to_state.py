"""From a line's write to the state that knows it: a launch folder followed, beside watchfiles as it comes.

``python -m tests.benchmarks write_to_state``. A process of its own writes lines with the instant of their write: now and
then, one a millisecond, and the same while new files keep appearing in the folder. Milliseconds; the worst counts too.
The first once more where sizes are polled; and what of a processor it takes while nothing is written.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from watchfiles import watch

from hamtui.contract import layout
from hamtui.follow.follower import Follower
from hamtui.follow.launches import LaunchRef
from tests.benchmarks.measuring import Measured, Spread, child

#: Of each way to write: seconds between lines, lines, and whether other files appear meanwhile.
WAYS = {
    "sparse": (0.15, 30, False),
    "one a millisecond": (0.001, 4_000, False),
    "and new files appear": (0.001, 4_000, True),
}
_MEDIAN_MS, _WORST_MS, _POLLED_MS, _IDLE_PERCENT = 15.0, 50.0, 100.0, 0.6
#: Of an interpreter in which a thread follows what nobody writes to.
_IDLE = """
import sys, threading, time
from pathlib import Path
from tests.benchmarks import write_to_state
stop = threading.Event()
def follow():
    for _ in getattr(write_to_state, sys.argv[1])(Path(sys.argv[2]), stop):
        pass
thread = threading.Thread(target=follow)
thread.start()
time.sleep(1.0)
cpu, began = time.process_time(), time.monotonic()
time.sleep(5.0)
told = {"percent": (time.process_time() - cpu) / (time.monotonic() - began) * 100}
stop.set()
thread.join()
"""
_WRITER = """
import os, sys, time
folder, every, count, files = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "True"
fd = os.open(folder + "/hamilton_flight.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for number in range(count):
    os.write(fd, b'{"event":"node_start","run_id":"r","node":"n%d","ts":%de-9}\\n' % (number, time.time_ns()))
    if files and number % 5 == 0:
        open(f"{folder}/result{number}", "w").close()
    time.sleep(every)
"""
Delays = list[float]


def _ours(folder: Path, stop: threading.Event, *, poll: bool = False) -> Iterator[float]:
    for batch in Follower(LaunchRef(folder.name, folder, False, 0.0), poll).batches(stop):
        for _, record in batch.records:
            yield getattr(record, "ts", None) or 0.0


def _as_it_comes(folder: Path, stop: threading.Event) -> Iterator[float]:
    path, offset = folder / layout.FLIGHT, 0
    for _ in watch(folder, stop_event=stop):
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        offset += len(whole)
        for line in whole.splitlines():
            yield float(line.rpartition(b":")[2].rstrip(b"}"))


def delays(
    reader: Callable[[Path, threading.Event], Iterator[float]], way: tuple[float, int, bool]
) -> Delays:
    """Milliseconds from each line's write to its being known."""
    every, count, files = way
    with tempfile.TemporaryDirectory() as root:
        folder, stop, found = Path(root), threading.Event(), Delays()
        (folder / layout.FLIGHT).touch()
        begun = threading.Timer(0.5, lambda: writers.append(_start(folder, every, count, files)))
        writers: list[subprocess.Popen[bytes]] = []
        begun.start()
        giving_up = threading.Timer(every * count + 30.0, stop.set)
        giving_up.start()
        with closing(reader(folder, stop)) as known:  # type: ignore[type-var]
            for written in known:
                found.append((time.time() - written) * 1000)
                if len(found) == count:
                    break
        stop.set()
        giving_up.cancel()
        writers[0].wait()
        return found


def _start(folder: Path, every: float, count: int, files: bool) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _WRITER, str(folder), str(every), str(count), str(files)])


def measure() -> Measured:
    found = Measured("write_to_state", "lines with the instant of their write; median (least to most)")
    for name, way in WAYS.items():
        beside, ours = delays(_as_it_comes, way), delays(_ours, way)
        found.add(f"{name}: watchfiles as it comes", beside, "ms")
        found.add(f"{name}: hamtui", ours, "ms", None, f"{way[1] - len(ours)} missed")
        spread = Spread.of(ours)
        found.aim(f"{name}, median", spread.median, _MEDIAN_MS, "ms")
        found.aim(f"{name}, worst", spread.most, _WORST_MS, "ms")
    polled = delays(partial(_ours, poll=True), WAYS["sparse"])
    found.add("sparse, sizes polled: hamtui", polled, "ms", None, f"{WAYS['sparse'][1] - len(polled)} missed")
    found.aim("sparse, sizes polled, worst", max(polled), _POLLED_MS, "ms")
    for name, reader in (("watchfiles as it comes", "_as_it_comes"), ("hamtui", "_ours")):
        found.add(f"nothing is written: {name}", [_idle(reader)], "% of a core")
    found.aim("nothing is written", found.rows[-1].figure.median, _IDLE_PERCENT, "% of a core")  # type: ignore[union-attr]
    return found


def _idle(reader: str) -> float:
    with tempfile.TemporaryDirectory() as root:
        (Path(root) / layout.FLIGHT).touch()
        return child(_IDLE, reader, root)["percent"]
