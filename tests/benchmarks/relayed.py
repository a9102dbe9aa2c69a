"""What a worker's hooks cost a node, in one run: no recorder, one that writes the folder, one that sends over TCP.

``python -m tests.benchmarks relayed``. 2,000 trivial nodes in a process
that is not the run's main one; the receiver is a process of its own, as the supervisor is. The fastest round of each counts.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from hamilton import driver

from hamtui.contract import layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.relay import Door
from hamtui.recorder import reach, worker
from hamtui.recorder.adapter import Recorder, _recorder
from tests.benchmarks.measuring import Measured
from tests.benchmarks.profiles import NODES, flow, rounds

#: A main process that is none of this machine's.
_MAIN, _ELSEWHERE = 1, "elsewhere"
_RECEIVER = """
import sys, time
from pathlib import Path
from hamtui.supervise.listen import listen
from hamtui.supervise.receiver import Receiver
sock, door = listen(None)
Receiver(Path(sys.argv[1]), sock, door).start()
print(door.port, door.secret.hex(), flush=True)
sys.stdin.read()
"""


def recorded(folder: Path, door: Door | None) -> Recorder:
    """The recorder as a worker has it."""
    return _recorder((str(folder), _MAIN, _ELSEWHERE), (Diagnostics(), (worker.begin,), door))


def measure() -> Measured:
    module = flow()

    def built(*adapters: Recorder) -> driver.Driver:
        return driver.Builder().with_modules(module).with_adapters(*adapters).build()

    with tempfile.TemporaryDirectory() as root:
        shared, far = Path(root, "shared"), Path(root, "far")
        shared.mkdir()
        far.mkdir()
        (shared / layout.LAUNCH).write_text(json.dumps({"pid": _MAIN, "host": _ELSEWHERE}))
        receiver = subprocess.Popen(
            [sys.executable, "-c", _RECEIVER, str(far)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert receiver.stdin is not None and receiver.stdout is not None
        port, secret = receiver.stdout.readline().split()
        door = Door("127.0.0.1", int(port), bytes.fromhex(secret))
        kinds = {
            "no recorder": built,
            "folder": lambda: built(recorded(shared, None)),
            "TCP": lambda: built(recorded(far, door)),
        }
        best = rounds(kinds)
        assert reach.is_cut_off(str(far)) and not reach.is_cut_off(str(shared))
        sent = sum(path.stat().st_size for path in far.glob("hamilton_flight*"))
        receiver.stdin.close()
        receiver.wait()
    base, folder = best["no recorder"], best["folder"] - best["no recorder"]
    work = f"{NODES:,} trivial nodes in a worker; more than with no recorder; {sent:,} bytes came"
    found = Measured("relayed", work, "folder")
    found.add("no recorder", [base], "µs a node")
    for name in ("folder", "TCP"):
        found.add(name, [best[name] - base], "µs a node", [folder] if name == "TCP" else None)
    return found
