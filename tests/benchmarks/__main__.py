"""``python -m tests.benchmarks [NAME…] [--json] [--list]``: a table and one line of JSON a measure."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module

from tests.benchmarks.measuring import Measured

#: Each measure's module, with what it measures.
MEASURES = {
    "open_big": "opening a flight file of a million events",
    "growth": "whether an event costs the same however many there are",
    "tick": "what the passing of time costs, in bytes and CPU",
    "recorder": "what watching costs a node, beside Hamilton's own adapters",
    "write_to_state": "from a line's write to the state that knows it",
    "profiles": "what each profile of the recorder costs a node",
    "relayed": "what a worker's hooks cost that sends over TCP",
    "compile_registry": "how long 2,000 public outputs take to compile",
    "arrow_version": "how fast Arrow data gets its version",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="measures; all without any")
    parser.add_argument("--json", action="store_true", help="the lines of JSON alone")
    parser.add_argument("--list", action="store_true", help="what there is to measure")
    told = parser.parse_args(argv)
    if told.list:
        for name, what in MEASURES.items():
            print(f"{name:14} {what}")
        return 0
    unknown = [name for name in told.names if name not in MEASURES]
    if unknown:
        parser.error(f"there is no measure {unknown[0]!r}; there are {', '.join(MEASURES)}")
    for name in told.names or MEASURES:
        measure: Callable[[], Measured] = import_module(f"tests.benchmarks.{name}").measure
        found = measure()
        if not told.json:
            print(found.table(), flush=True)
        print(found.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
