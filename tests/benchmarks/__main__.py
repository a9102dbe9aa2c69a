"""``python -m tests.benchmarks [NAME…] [--json] [--list]``: a table and one line of JSON a measure."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module

from tests.benchmarks.measuring import Measured

#: Each measure's module, with what it measures.
MEASURES = {
    "open_big": "opening a flight file of a million events",
    "growth": "whether an event costs the same however many there are",
    "tick": "what the passing of time costs, in bytes and CPU",
    "keys": "from a key to what it asked for on the screen",
    "start": "from Enter to the first paint and to the first node",
    "sampler": "what watching costs while a run sleeps, and one that computes",
    "verdict": "from the threshold to the verdict that is right",
    "recorder": "what watching costs a node, beside Hamilton's own adapters",
    "write_to_state": "from a line's write to the state that knows it",
    "profiles": "what each profile of the recorder costs a node",
    "relayed": "what a worker's hooks cost that sends over TCP",
    "cache_log": "what telling each event of the cache costs",
    "compile_registry": "how long 2,000 public outputs take to compile",
    "arrow_version": "how fast Arrow data gets its version",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="measures; all without any")
    parser.add_argument("--json", action="store_true", help="the lines of JSON alone")
    parser.add_argument("--list", action="store_true", help="what there is to measure")
    told = parser.parse_args(argv)
    # A user's modules are compiled; where ours are not, starts take twice as long.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if told.list:
        for name, what in MEASURES.items():
            print(f"{name:14} {what}")
        return 0
    unknown = [name for name in told.names if name not in MEASURES]
    if unknown:
        parser.error(f"there is no measure {unknown[0]!r}; there are {', '.join(MEASURES)}")
    for name in told.names or MEASURES:
        measure: Callable[[], Measured] = import_module(f"tests.benchmarks.{name}").measure
        began = time.monotonic()
        found = measure()
        found.took_s = time.monotonic() - began
        if not told.json:
            print(found.table(), flush=True)
        print(found.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
