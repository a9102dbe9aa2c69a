"""How fast Arrow data gets its version, against a bare hash of as many bytes, in the same run.

``python -m tests.benchmarks arrow_version``. CPU time of this thread, the fastest
of the rounds: what else the machine does is left out.
"""

import hashlib
from time import thread_time

import numpy as np
import pyarrow as pa

from hamtui.recorder.arrow import version
from tests.benchmarks.measuring import Measured

ROWS = 4_000_000
ROUNDS = 7


def tables() -> dict[str, pa.Table]:
    """Plain columns, the same in many chunks, with nulls, and text."""
    rng = np.random.default_rng(1)
    numbers = pa.table({"n": rng.integers(0, 2**40, ROWS), "x": rng.random(ROWS)})
    chunked = pa.concat_tables([numbers.slice(at, 10_000) for at in range(0, ROWS, 10_000)])
    some, half = (
        pa.table({"n": pa.array(rng.integers(0, 2**40, ROWS), mask=rng.random(ROWS) < share)})
        for share in (0.1, 0.5)
    )
    text = pa.table({"t": pa.array([f"customer {n}" for n in range(ROWS // 4)])})
    return {"plain": numbers, "400 chunks": chunked, "10 % nulls": some, "50 % nulls": half, "text": text}


def measure() -> Measured:
    found = Measured("arrow_version", f"tables of {ROWS:,} rows; a gigabyte's CPU time", "bare sha256")
    bare = bytes(64_000_000)
    took: dict[str, list[float]] = {}
    made = tables()
    for _ in range(ROUNDS):
        for algorithm in ("sha256", "blake2b"):
            began = thread_time()
            hashlib.new(algorithm, bare).digest()
            took.setdefault(f"bare {algorithm}", []).append((thread_time() - began) * 1e9 / len(bare))
        for name, table in made.items():
            began = thread_time()
            version(table)
            took.setdefault(name, []).append((thread_time() - began) * 1e9 / table.nbytes)
    for name, values in took.items():
        found.add(name, values, "s/GB", None if name == "bare sha256" else took["bare sha256"])
    return found
