"""Twenty-four shards read, parsed and counted as parallel tasks, one of them slow. About 15 s with 4 threads.

    hamtui run sample_dags/shards.py --target totals --executor threads --max-tasks 4

Watch the tasks appear under `shard`, folded into one row with counts; unfold it to see each task with a row
and a bar of its own, all at once no more than `--max-tasks`. Shard 17 takes ten times as long as the others,
and `words` cannot come before it. Try `--executor processes` too: the same picture, from other processes;
and `--executor dask` or `ray`: from a cluster, which is there for the run, or at `--address`.
"""

import os
import time

from hamilton.function_modifiers import tag
from hamilton.htypes import Collect, Parallelizable

_SLOW = 17
_WORDS = ("run", "node", "task", "span", "dump", "stack", "cache", "graph")


def manifest(shards: int = 24, pace: int | float = 1) -> list[int]:
    """The numbers of the shards that there are."""
    time.sleep(0.4 * pace)
    return list(range(shards))


def shard(manifest: list[int]) -> Parallelizable[int]:
    """One task a shard."""
    yield from manifest


@tag(stage="shard")
def shard_text(shard: int, pace: int | float = 1) -> str:
    """The shard's text, as it came over the network: slow for one of them."""
    time.sleep((8.0 if shard == _SLOW else 0.8) * pace)
    print(f"shard_text: shard {shard} in process {os.getpid()}")
    return " ".join(_WORDS[(shard * 7 + n * n) % len(_WORDS)] for n in range(2_000))


@tag(stage="shard")
def shard_counts(shard_text: str, pace: int | float = 1) -> dict[str, int]:
    """How often each word stands in the shard."""
    time.sleep(0.3 * pace)
    counts: dict[str, int] = {}
    for word in shard_text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def words(shard_counts: Collect[dict[str, int]]) -> dict[str, int]:
    """The words of all shards."""
    total: dict[str, int] = {}
    for counts in shard_counts:
        for word, count in counts.items():
            total[word] = total.get(word, 0) + count
    return total


def totals(words: dict[str, int], pace: int | float = 1) -> str:
    """The most frequent word, and how many words there are in all."""
    time.sleep(0.3 * pace)
    best = max(sorted(words), key=lambda word: words[word])
    return f"{sum(words.values())} words, most of all {best!r} ({words[best]})"
