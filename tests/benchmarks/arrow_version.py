"""How fast Arrow data gets its version, against a bare hash of as many bytes, in the same run.

``python -m tests.benchmarks.arrow_version`` prints a table and one line of JSON. CPU time of this thread, the fastest
of the rounds: what else the machine does is left out.
"""

import hashlib
import json
from time import thread_time

import numpy as np
import pyarrow as pa

from hamtui.recorder.arrow import version

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


def main() -> None:
    bare = bytes(64_000_000)
    best: dict[str, float] = {}
    made = tables()
    for _ in range(ROUNDS):
        for name, table in made.items():
            began = thread_time()
            version(table)
            best[name] = max(best.get(name, 0.0), table.nbytes / (thread_time() - began) / 1e9)
        for algorithm in ("sha256", "blake2b"):
            began = thread_time()
            hashlib.new(algorithm, bare).digest()
            name = f"bare {algorithm}"
            best[name] = max(best.get(name, 0.0), len(bare) / (thread_time() - began) / 1e9)
    for name, speed in best.items():
        print(f"{name:13} {speed:5.2f} GB/s   {speed / best['bare sha256']:4.2f} of bare sha256")
    print(
        json.dumps(
            {"measure": "arrow_version", "gb_s": {name: round(speed, 2) for name, speed in best.items()}}
        )
    )


if __name__ == "__main__":
    main()
