"""One run of a launch read again from its files: the fold keeps only a line of those that ended long ago."""

import os
from collections.abc import Iterator

from hamtui.contract import layout
from hamtui.contract.layout import Kind, Source
from hamtui.follow.decode import decode
from hamtui.follow.launches import LaunchRef
from hamtui.model.fold import Launch

#: What tells of a run, in the order in which it is folded.
_TELL = (Kind.LAUNCH, Kind.GRAPH, Kind.FLIGHT, Kind.CACHE_LOG)
#: A longer line is passed over.
_LINE_CAP = 16 * 1024 * 1024


def read_run(ref: LaunchRef, run_id: str) -> Launch | None:
    """A launch that holds this run alone, whole; None where its files no longer tell of it. Reads all of them once."""
    launch = Launch(ref.id)
    for source in _sources(ref):
        path = os.path.join(ref.dir, source.name)
        for line in _whole(path) if source.kind in _TELL[:2] else _lines(path, run_id.encode()):
            record = decode(source.kind, line)
            if record is not None and getattr(record, "run_id", run_id) == run_id:
                launch.apply(source, record)
    run = launch.runs.get(run_id)
    return launch if run is not None and run.spans else None


def _sources(ref: LaunchRef) -> list[Source]:
    try:
        names = os.listdir(ref.dir)
    except OSError:
        return []
    found = [source for name in names if (source := layout.classify(name)) is not None]
    wanted = [source for source in found if source.kind in _TELL]
    return sorted(wanted, key=lambda one: (_TELL.index(one.kind), layout.split_part(one.name)[0], _part(one)))


def _part(source: Source) -> float:
    return float("inf") if source.part is None else source.part


def _whole(path: str) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            yield file.read()
    except OSError:
        return


def _lines(path: str, wanted: bytes) -> Iterator[bytes]:
    """The lines that hold the run's id; most do not, and are told by a look at the bytes."""
    try:
        with open(path, "rb") as file:
            yield from (line for line in file if wanted in line and len(line) < _LINE_CAP)
    except OSError:
        return
