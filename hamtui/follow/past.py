"""Earlier launches of the same diag folder, read for their durations and cache keys.

Only what ended before this launch began is its past: the same look an hour later, or after its death, tells the
same thresholds, and a launch that runs beside it adds nothing meanwhile.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

import msgspec

from hamtui.contract import layout
from hamtui.contract.flight import DEBUG_WAIT
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.layout import Kind, Source
from hamtui.follow.checks import last_check
from hamtui.follow.decode import DECODE_ERRORS, decode
from hamtui.follow.launches import LaunchRef
from hamtui.model.baseline import CacheKey, NodeVersion, Past
from hamtui.model.cache import decode_key

#: Bytes read of one launch's files and of all together: the past must never keep the present waiting.
LAUNCH_BYTES = 8 * 1024 * 1024
ALL_BYTES = 192 * 1024 * 1024
#: Characters of old sources that are kept, to be compared with today's.
MOST_SOURCE = 8 * 1024 * 1024
#: Durations kept for a node, the newest: those of many launches, or of the tasks of a few.
MOST_DURATIONS = 2_000

#: The file that grows is newer than each part of it that was set aside.
_NEWEST = 1 << 31

_NULL = b"null"
#: (run_id, task_id, node)
_Spot = tuple[str, str | None, str]


class _Event(msgspec.Struct, gc=False):
    """What a flight event says that is wanted here; the rest of its line is passed over unread."""

    event: str
    run_id: str | None = None
    node: str | None = None
    task_id: str | None = None
    ts: float | None = None
    success: bool | None = None
    elapsed_s: float | None = None
    error: msgspec.Raw = msgspec.Raw(_NULL)
    graph: str | None = None


class _CacheLine(msgspec.Struct, gc=False):
    event_type: str
    run_id: str | None = None
    node_name: str | None = None
    task_id: str | None = None
    timestamp: float | None = None
    value: msgspec.Raw = msgspec.Raw(_NULL)


class _Node(msgspec.Struct, gc=False):
    name: str
    version: str | None = None
    source: str | None = None


class _Graph(msgspec.Struct, gc=False):
    nodes: list[_Node]


_event = msgspec.json.Decoder(_Event).decode
_cache_line = msgspec.json.Decoder(_CacheLine).decode
_graph = msgspec.json.Decoder(_Graph).decode
_text = msgspec.json.Decoder(str).decode

_FLIGHT_MARKS = (b'"node_end"', b'"graph_start"', b'"debug_wait"')
_CACHE_MARKS = (b'"get_result"', b'"execute_node"', b'"set_cache_key"')


def read_past(ref: LaunchRef, limit: int = 50) -> Past:
    """The past of ``ref``'s nodes from the last ``limit`` earlier launches beside it. Bounded in bytes; never raises.

    Cache keys are taken from launches alone that used the same cache folder.
    """
    checks = last_check(ref)
    if ref.flat:
        return Past(checks=checks)
    info = _info(ref.dir)
    began = _began(ref, info)
    if began is None:
        return Past(checks=checks)
    gathered = _Gathered(began, info.cache_dir if info is not None else None)
    for folder in _before(ref.dir, _ident(ref.id, info))[:limit]:
        gathered.add(folder)
        if gathered.left <= 0:
            break
    return replace(gathered.past(), checks=checks)


def _ident(name: str, info: LaunchInfo | None) -> str:
    """The launch's own name, also where its folder was given another."""
    if layout.LAUNCH_ID.match(name) or info is None or info.id is None:
        return name
    return info.id


def _order(name: str) -> tuple[str, int]:
    """Launches by their start, those of one second by their pid."""
    start, _, pid = name.rpartition("-")
    return start, int(pid)


def _began(ref: LaunchRef, info: LaunchInfo | None) -> float | None:
    """When the launch began, Unix seconds: by its record, else by its name, which tells whole seconds."""
    if info is not None and info.started_at is not None:
        return info.started_at
    named = layout.LAUNCH_ID.match(ref.id)
    if named is None:
        return None
    try:
        start = datetime.strptime(named[1], layout.LAUNCH_TIME_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return start.timestamp() + 1


def _before(folder: Path, ident: str) -> list[Path]:
    """The launch folders beside ``folder`` that are named for an earlier start, newest first.

    Without those that checked values: they computed on a fixture, which says nothing of how long the real thing takes.
    """
    if not layout.LAUNCH_ID.match(ident):
        return []
    try:
        names = [name for name in os.listdir(folder.parent) if layout.LAUNCH_ID.match(name)]
    except OSError:
        return []
    earlier = sorted((_order(name), name) for name in names if _order(name) < _order(ident))
    found = [folder.parent / name for _, name in reversed(earlier)]
    return [one for one in found if not (one / layout.SEMANTIC_CHECK).exists()]


def _info(folder: Path) -> LaunchInfo | None:
    record = decode(Kind.LAUNCH, _bytes(folder / layout.LAUNCH, LAUNCH_BYTES))
    return record if isinstance(record, LaunchInfo) else None


def _bytes(path: Path, most: int) -> bytes:
    if most <= 0 or not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        return b""


def _lines(data: bytes, marks: tuple[bytes, ...]) -> Iterator[bytes]:
    """The lines that hold one of the marks; most of a file does not, and is told by one look at the bytes."""
    for line in data.split(b"\n"):
        for mark in marks:
            if mark in line:
                yield line
                break


@dataclass
class _Gathered:
    """What has been read so far, launches being added newest first. ``left``: the bytes that may still be read."""

    began: float
    cache_dir: str | None
    left: int = field(default_factory=lambda: ALL_BYTES)
    durations: dict[NodeVersion, list[float]] = field(default_factory=dict)
    keys: dict[tuple[str, str | None], CacheKey] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    sources: dict[NodeVersion, str] = field(default_factory=dict)
    origins: dict[tuple[str, str | None], str] = field(default_factory=dict)
    _versions: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _source_left: int = MOST_SOURCE

    def add(self, folder: Path) -> None:
        """Take in one launch, older than all before it."""
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            return
        skim = _Skim(folder, self.began, min(LAUNCH_BYTES, self.left))
        sources = [source for name in names if (source := layout.classify(name)) is not None]
        sources.sort(key=lambda source: (layout.split_part(source.name)[0], source.part or _NEWEST))
        info = _info(folder)
        for source in sources:
            if source.kind is Kind.GRAPH:
                self._plan(skim, source)
        for source in sources:
            if source.kind is Kind.FLIGHT:
                skim.flight(source)
        if info is None or info.cache_dir is not None:
            for source in sources:
                if source.kind is Kind.CACHE_LOG:
                    skim.cache_log(source)
        self.left -= skim.used
        self._take(skim)
        if self.cache_dir is not None and info is not None and info.cache_dir == self.cache_dir:
            self._take_keys(skim)

    def _plan(self, skim: "_Skim", source: Source) -> None:
        """Versions by node. A graph file bears the hash of what it holds, so one name is read once."""
        versions = self._versions.get(source.name)
        if versions is None:
            try:
                read = _graph(skim.read(source))
            except DECODE_ERRORS:
                return
            versions = self._versions[source.name] = {node.name: node.version for node in read.nodes}
            self._keep_sources(read.nodes)
        skim.plans[source.name.removeprefix("graph.").removesuffix(".json")] = versions

    def _keep_sources(self, nodes: list[_Node]) -> None:
        for node in nodes:
            if node.source and node.version is not None and (node.name, node.version) not in self.sources:
                self._source_left -= len(node.source)
                if self._source_left < 0:
                    return
                self.sources[node.name, node.version] = node.source

    def _take(self, skim: "_Skim") -> None:
        times: dict[str, int] = {}
        for spot, seconds in reversed(skim.ends.items()):
            if spot in skim.hits:
                continue
            versions = skim.plan_of(spot[0])
            if spot[2] not in versions:
                continue
            times[spot[2]] = times.get(spot[2], 0) + 1
            if spot in skim.debugged:
                continue
            version = versions[spot[2]]
            kept = self.durations.setdefault((spot[2], version), [])
            if version is not None and len(kept) < MOST_DURATIONS:  # code that can't be told may be any code
                kept.append(seconds)
        for node, count in times.items():
            self.times.setdefault(node, count)

    def _take_keys(self, skim: "_Skim") -> None:
        for (node, task_id), (_, raw) in skim.keys.items():
            if (node, task_id) in self.keys:
                continue
            with suppress(*DECODE_ERRORS):
                key = decode_key(_text(raw))
                if key is not None:
                    self.keys[node, task_id] = key
                    self.origins[node, task_id] = skim.folder.name

    def past(self) -> Past:
        """What was added, oldest duration first."""
        kept = {key: tuple(reversed(told)) for key, told in self.durations.items() if told}
        times = {node: count for node, count in self.times.items() if count > 1}
        return Past(kept, self.keys, times, self.sources, self.origins)


@dataclass
class _Skim:
    """One launch, as far as ``most`` bytes tell it: the durations of what succeeded before ``began``, and cache hits.

    ``debugged``: what waited for a person, whose time says nothing of the node's own.
    """

    folder: Path
    began: float
    most: int
    used: int = 0
    plans: dict[str, dict[str, str | None]] = field(default_factory=dict)
    graphs: dict[str, str] = field(default_factory=dict)
    ends: dict[_Spot, float] = field(default_factory=dict)
    hits: set[_Spot] = field(default_factory=set)
    debugged: set[_Spot] = field(default_factory=set)
    keys: dict[tuple[str, str | None], tuple[float, bytes]] = field(default_factory=dict)

    def read(self, source: Source) -> bytes:
        """The file's beginning, as far as bytes are left."""
        data = _bytes(self.folder / source.name, self.most - self.used)
        self.used += len(data)
        return data

    def plan_of(self, run_id: str) -> dict[str, str | None]:
        """Versions by node of the run's graph; of a launch with a single graph, that one."""
        found = self.plans.get(self.graphs.get(run_id, ""))
        if found is None and len(self.plans) == 1:
            return next(iter(self.plans.values()))
        return found or {}

    def flight(self, source: Source) -> None:
        """Take in a flight file."""
        for line in _lines(self.read(source), _FLIGHT_MARKS):
            try:
                event = _event(line)
            except DECODE_ERRORS:
                continue
            if event.event == "node_end":
                self._end(event)
            elif event.event == "graph_start" and event.graph is not None:
                self.graphs[event.run_id or ""] = event.graph
            elif event.event == DEBUG_WAIT and event.node is not None:
                self.debugged.add((event.run_id or "", event.task_id, event.node))

    def _end(self, event: _Event) -> None:
        if event.node is None:
            return
        spot = (event.run_id or "", event.task_id, event.node)
        self.ends.pop(spot, None)  # of one that was tried again, the last end counts
        fine = event.success if event.success is not None else bytes(event.error) == _NULL
        seconds = event.elapsed_s
        if fine and seconds is not None and seconds >= 0 and (event.ts is None or event.ts < self.began):
            self.ends[spot] = seconds

    def cache_log(self, source: Source) -> None:
        """Take in a cache log: what was hit last, what was executed last, under which key."""
        hit: dict[_Spot, float] = {}
        executed: dict[_Spot, float] = {}
        for line in _lines(self.read(source), _CACHE_MARKS):
            try:
                event = _cache_line(line)
            except DECODE_ERRORS:
                continue
            if event.run_id is None or event.node_name is None:
                continue
            spot, at = (event.run_id, event.task_id, event.node_name), event.timestamp or 0.0
            if event.event_type == "get_result":
                hit[spot] = max(at, hit.get(spot, 0.0))
            elif event.event_type == "execute_node":
                executed[spot] = max(at, executed.get(spot, 0.0))
            elif event.event_type == "set_cache_key":
                known = self.keys.get((event.node_name, event.task_id))
                if known is None or at >= known[0]:
                    self.keys[event.node_name, event.task_id] = (at, bytes(event.value))
        self.hits |= {spot for spot, at in hit.items() if at > executed.get(spot, -1.0)}
