"""Slow, but working: on a CPU."""

import gc
import hashlib
import json
import random
import zlib

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from staging import burn, until_end  # type: ignore[import-not-found]


def compute() -> int:
    return int(burn())


def compute_numbers() -> int:
    """Small steps that each let the GIL go."""
    numbers, on, steps = np.random.default_rng(1).random(4_000_000), until_end(), 0
    while on():
        numbers = np.sqrt(numbers * 1.0001 + 0.1)
        steps += 1
    return steps


def sort_numbers() -> int:
    numbers, on, steps = np.random.default_rng(1).random(3_000_000), until_end(), 0
    while on():
        steps += len(np.sort(numbers))
    return steps


def group_frames() -> int:
    """Pandas, call by call."""
    frame = pd.DataFrame({"shop": np.arange(20_000) % 300, "paid": np.arange(20_000) / 7})
    on, rows = until_end(), 0
    while on():
        for _, group in frame.groupby("shop"):
            rows += int(group["paid"].mean() > 0)
    return rows


def merge_frames() -> int:
    left = pd.DataFrame({"key": np.arange(300_000) % 50_000, "a": np.arange(300_000)})
    on, rows = until_end(), 0
    while on():
        rows += len(left.merge(left.drop_duplicates("key"), on="key"))
    return rows


def hash_buffers() -> int:
    """Each big buffer is hashed without the GIL."""
    buffer, on, steps = bytes(64_000_000), until_end(), 0
    while on():
        steps += len(hashlib.sha256(buffer).digest())
    return steps


def compress() -> int:
    buffer, on, total = bytes(range(256)) * 100_000, until_end(), 0
    while on():
        total += len(zlib.compress(buffer, 9))
    return total


def sort_objects() -> int:
    """Sorting holds the GIL, here for half a second at a time."""
    numbers, on, steps = [random.random() for _ in range(400_000)], until_end(), 0
    while on():
        steps += len(sorted(numbers))
    return steps


def sort_at_once() -> int:
    """One sort of many: it holds the GIL for seconds."""
    numbers = np.random.default_rng(1).random(12_000_000).tolist()
    numbers.sort()
    return len(numbers)


def json_both_ways() -> int:
    rows = [{"shop": number, "name": f"shop {number}", "paid": number / 7} for number in range(20_000)]
    on, total = until_end(), 0
    while on():
        total += len(json.loads(json.dumps(rows)))
    return total


class _Ring:
    def __init__(self) -> None:
        self.other = self


def collect_garbage() -> int:
    """Cycles without end, most of the time spent in the collector."""
    kept = [_Ring() for _ in range(300_000)]
    on, total = until_end(), 0
    while on():
        for _ in range(1_000):
            _Ring()
        total += gc.collect()
    return total + len(kept)


def small_steps() -> int:
    """Works for a tenth, waits for a tenth."""
    import time

    on, n = until_end(), 0
    while on():
        n += burn(0.1)
        time.sleep(0.1)
    return n


def build_text() -> int:
    on, total = until_end(), 0
    while on():
        total += len(",".join(str(number) for number in range(50_000)).split(","))
    return total
