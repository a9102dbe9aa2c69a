"""Earlier launches of the same diag folder, read for their durations and cache keys."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hamtui.contract import layout
from hamtui.contract.layout import Kind, Source
from hamtui.follow.decode import decode
from hamtui.follow.launches import LaunchRef, launches
from hamtui.model.baseline import CacheKey, Past
from hamtui.model.cache import decode_key
from hamtui.model.fold import Launch
from hamtui.model.records import Record

#: Bytes read of one launch's files and of all together: the past must never keep the present waiting.
LAUNCH_BYTES = 4 * 1024 * 1024
ALL_BYTES = 32 * 1024 * 1024
#: Durations kept for a node: what is older tells little.
MOST_DURATIONS = 100

_TELLING = {Kind.LAUNCH: 0, Kind.GRAPH: 1, Kind.FLIGHT: 2, Kind.CACHE_LOG: 3}


def read_past(ref: LaunchRef, limit: int = 50) -> Past:
    """The past of ``ref``'s nodes from the last ``limit`` earlier launches beside it. Bounded in bytes; never raises.

    Cache keys are taken from launches alone that used the same cache folder.
    """
    if ref.flat:
        return Past()
    cache_dir = _cache_dir(ref)
    gathered, left = _Gathered(), ALL_BYTES
    for earlier in _before(ref)[:limit]:
        launch, used = _skim(earlier, min(LAUNCH_BYTES, left))
        gathered.add(launch, keys=cache_dir is not None and _uses(launch, cache_dir))
        left -= used
        if left <= 0:
            break
    return gathered.past()


def _before(ref: LaunchRef) -> list[LaunchRef]:
    """Launches beside ``ref`` that started before it, newest first."""
    others = [one for one in launches(ref.dir.parent) if not one.flat and one.id < ref.id]
    return sorted(others, key=lambda one: one.id, reverse=True)


def _cache_dir(ref: LaunchRef) -> str | None:
    launch, _ = _skim(ref, LAUNCH_BYTES, {Kind.LAUNCH})
    return launch.info.cache_dir if launch.info is not None else None


def _uses(launch: Launch, cache_dir: str) -> bool:
    return launch.info is not None and launch.info.cache_dir == cache_dir


def _skim(ref: LaunchRef, most: int, kinds: "set[Kind] | None" = None) -> tuple[Launch, int]:
    """The launch as far as ``most`` bytes tell it, and the bytes read."""
    launch, used = Launch(ref.id), 0
    wanted = _TELLING.keys() if kinds is None else kinds
    try:
        names = os.listdir(ref.dir)
    except OSError:
        return launch, 0
    sources = [source for name in names if (source := layout.classify(name)) and source.kind in wanted]
    for source in sorted(sources, key=lambda source: (_TELLING[source.kind], source.name)):
        data = _bytes(ref.dir / source.name, most - used)
        used += len(data)
        for record in _records(source, data):
            launch.apply(source, record)
    return launch, used


def _bytes(path: Path, most: int) -> bytes:
    if most <= 0 or not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        return b""


def _records(source: Source, data: bytes) -> Iterator[Record]:
    whole = source.kind in {Kind.LAUNCH, Kind.GRAPH}
    for line in [data] if whole else data.split(b"\n"):
        record = decode(source.kind, line)
        if record is not None:
            yield record


@dataclass
class _Gathered:
    durations: dict[tuple[str, str | None], list[float]] = field(default_factory=dict)
    keys: dict[tuple[str, str | None], CacheKey] = field(default_factory=dict)

    def add(self, launch: Launch, *, keys: bool) -> None:
        """One launch, older than all that were added before it."""
        for run in reversed(launch.runs.values()):
            for span in reversed(run.spans.values()):
                planned = run.nodes.get(span.key.node)
                if span.status == "succeeded" and span.elapsed_s is not None and planned is not None:
                    self.durations.setdefault((planned.name, planned.version), []).append(span.elapsed_s)
        if keys:
            newest = sorted(launch.trails.items(), key=lambda item: item[1].at, reverse=True)
            for (_, task_id, node), trail in newest:
                key = decode_key(trail.key) if trail.key is not None else None
                if key is not None:
                    self.keys.setdefault((node, task_id), key)

    def past(self) -> Past:
        """What was added, oldest duration first."""
        kept = {key: tuple(reversed(told[:MOST_DURATIONS])) for key, told in self.durations.items()}
        return Past(kept, dict(self.keys))
