"""What watching costs while nothing happens, and a run that computes: the recorder's own thread and the supervisor.

``python -m tests.benchmarks sampler``. A launch whose one node sleeps: CPU of its process, which is the thread's, and of its
supervisor, and that one's memory. Then a node of pure Python, under ``hamtui run`` and under plain Hamilton in turn: seconds
of the clock that the node takes, and CPU seconds of all its process meanwhile, which other work on the machine lengthens less.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil

from tests.benchmarks.measuring import Measured, in_turn
from tests.e2e.driving import Launched, detach, until

SLEEP_S, SETTLE_S, ROUNDS = 20.0, 3.0, 4
_CORE, _SLOWER, _MOST_MB = 1.0, 0.5, 40.0
_MODULE = """
import json, time

def asleep(seconds: float) -> int:
    time.sleep(seconds)
    return 0

def busy(turns: int, told: str) -> int:
    began, cpu = time.perf_counter(), time.process_time()
    value = 1
    for turn in range(turns):
        value = (value * 31 + turn) % 1_000_003
    took = {"clock": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    with open(told, "w") as file:
        json.dump(took, file)
    return value
"""
_PLAIN = """
import sys
from hamilton import driver
import sampled_flow
driver.Builder().with_modules(sampled_flow).build().execute(
    ["busy"], inputs={"turns": int(sys.argv[1]), "told": sys.argv[2]})
"""
#: Turns of the loop in two to four seconds.
TURNS = 50_000_000
_LEAN = {"HAMILTON_AUTOLOAD_EXTENSIONS": "0"}


def _cpu(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system + used.children_user + used.children_system


def _asleep(found: Measured, cwd: Path) -> None:
    """The launch that sleeps."""
    asked = ("sampled_flow.py", "--target", "asleep", "--input", f"seconds={SLEEP_S + SETTLE_S + 5}")
    launched = detach(*asked, cwd=cwd)
    until("its node", lambda: launched.started("asleep"))
    pids = {"run": launched.info["pid"], "supervisor": launched.info["supervisor_pid"]}
    time.sleep(SETTLE_S)
    before, began = {name: _cpu(pid) for name, pid in pids.items()}, time.monotonic()
    time.sleep(SLEEP_S)
    took = time.monotonic() - began
    share = {name: (_cpu(pid) - before[name]) / took * 100 for name, pid in pids.items()}
    told = psutil.Process(pids["supervisor"]).memory_full_info()
    launched.wait_end()
    found.add("asleep: the recorder's thread", [share["run"]], "% of a core")
    found.add("asleep: the supervisor", [share["supervisor"]], "% of a core")
    found.add("supervisor: memory that is its own share (PSS)", [told.pss / 2**20], "MB")
    found.add("supervisor: resident memory", [told.rss / 2**20], "MB")
    found.aim("asleep, both", sum(share.values()), _CORE, "% of a core")
    found.aim("supervisor's resident memory", told.rss / 2**20, _MOST_MB, "MB")


def _busy(found: Measured, cwd: Path) -> None:
    """The node that computes, watched and not."""
    cpu: dict[str, list[float]] = {"plain Hamilton": [], "hamtui run": []}

    def took(name: str) -> float:
        path = cwd / "told.json"
        path.unlink(missing_ok=True)
        if name == "hamtui run":
            asked = ("--input", f"turns={TURNS}", "--input", f"told={path}")
            Launched(detach("sampled_flow.py", "--target", "busy", *asked, cwd=cwd).dir).wait_end(120.0)
        else:
            command = [sys.executable, "-c", _PLAIN, str(TURNS), str(path)]
            subprocess.run(command, check=True, cwd=cwd)
        told = json.loads(path.read_bytes())
        cpu[name].append(told["cpu"])
        return float(told["clock"])

    clock = in_turn({name: partial(took, name) for name in cpu}, ROUNDS)
    for what, values in (("clock", clock), ("CPU", cpu)):
        plain, ours = values["plain Hamilton"], values["hamtui run"]
        found.add(f"busy, {what}: plain Hamilton", plain, "s")
        found.add(f"busy, {what}: hamtui run", ours, "s", plain)
        ratio = found.rows[-1].ratio
        assert ratio is not None
        found.aim(f"busy, slow-down by the {what}", (ratio.median - 1) * 100, _SLOWER, "%")


def measure() -> Measured:
    found = Measured("sampler", f"a node that sleeps, {SLEEP_S:.0f} s; one that computes", "plain Hamilton")
    before = {name: os.environ.get(name) for name in _LEAN}
    os.environ.update(_LEAN)
    try:
        with tempfile.TemporaryDirectory() as root:
            Path(root, "sampled_flow.py").write_text(_MODULE)
            _asleep(found, Path(root))
            _busy(found, Path(root))
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return found
