"""What a worker's hooks cost a node, in one run: no recorder, one that writes the folder, one that sends over TCP.

``python -m tests.benchmarks.relayed`` prints a table, the ratio, and one line of JSON. 2,000 trivial nodes in a process
that is not the run's main one; the receiver is a process of its own, as the supervisor is. The fastest round of each counts.
"""

import json
import os
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


def main() -> None:
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
    base = best["no recorder"]
    for name, took in best.items():
        print(f"{name:12} {took:6.1f} µs a node   {took - base:+6.1f} µs")
    ratio = (best["TCP"] - base) / (best["folder"] - base)
    print(f"TCP against the folder: {ratio:.2f} times; {sent:,} bytes came; load {os.getloadavg()[0]:.1f}")
    print(
        json.dumps(
            {
                "measure": "relayed",
                "nodes": NODES,
                "ratio": round(ratio, 3),
                "us_a_node": {k: round(v, 2) for k, v in best.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
