"""Names on disk, and what a file's name says about its content and its writer."""

import hashlib
import re
from dataclasses import dataclass, replace
from enum import Enum

SCHEMA = 1

LATEST = "latest"
LAUNCH = "launch.json"
EXIT = "exit.json"
FLIGHT = "hamilton_flight.jsonl"
CACHE_LOG = "cache_logs.jsonl"
STACKS = "faulthandler_stacks.jsonl"
CRASH = "faulthandler_stacks.log"
VITALS = "vitals.jsonl"
APP_LOG = "app.log.jsonl"
OUTPUT = "output.log"
REQUESTS = "requests.jsonl"
#: What a person did to a live launch from a screen or a command, one contract.logs.Audit a line.
AUDIT = "audit.jsonl"
#: What the Hamilton UI is to be told, one call a line (contract.tracking); TRACKER is how far it was told.
TRACKER_SPOOL = "tracker.jsonl"
TRACKER = "tracker.json"
#: The nodes that failed in a worker while their run went on, one a line, in a file of that worker's.
WENT_ON = "went_on.jsonl"
#: Each planned node's threshold from its own past, for the run itself (contract.past).
PAST = "past.json"
#: What `hamtui registry check --execute` found the public outputs to be (contract.semantic_check).
SEMANTIC_CHECK = "semantic_check.json"

DEFAULT_DIAG_DIR = "_hamilton_diag"
DEFAULT_CACHE_DIR = ".hamilton_cache"

#: ``20261122T213511Z-4121``: UTC start and the creator's pid.
LAUNCH_ID = re.compile(r"\A(\d{8}T\d{6}Z)-(\d+)\Z")
LAUNCH_TIME_FORMAT = "%Y%m%dT%H%M%SZ"

#: Names that may hold user data are created for the owner alone.
DIR_MODE = 0o700
FILE_MODE = 0o600


class Kind(Enum):
    """What a file of a launch folder holds."""

    LAUNCH = "launch"
    EXIT = "exit"
    GRAPH = "graph"
    FLIGHT = "flight"
    CACHE_LOG = "cache_log"
    STACKS = "stacks"
    CRASH = "crash"
    VITALS = "vitals"
    APP_LOG = "app_log"
    OUTPUT = "output"
    REQUESTS = "requests"


#: Kinds whose files grow line by line, one JSON object a line.
LINE_KINDS = frozenset({Kind.FLIGHT, Kind.CACHE_LOG, Kind.STACKS, Kind.VITALS, Kind.APP_LOG, Kind.REQUESTS})

#: Kinds whose files may be set aside in parts.
PARTED_KINDS = LINE_KINDS - {Kind.REQUESTS}

_FIXED = {
    LAUNCH: Kind.LAUNCH,
    EXIT: Kind.EXIT,
    FLIGHT: Kind.FLIGHT,
    CACHE_LOG: Kind.CACHE_LOG,
    STACKS: Kind.STACKS,
    CRASH: Kind.CRASH,
    VITALS: Kind.VITALS,
    APP_LOG: Kind.APP_LOG,
    OUTPUT: Kind.OUTPUT,
    REQUESTS: Kind.REQUESTS,
}

_GRAPH = re.compile(r"\Agraph\.([0-9A-Za-z_-]+)\.json\Z")
#: ``hamilton_flight.jsonl.3``: the third part of the file that was set aside. Numbers only grow, the oldest go.
_PART = re.compile(r"\A(.+\.jsonl)\.([1-9]\d{0,8})\Z", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A file of a launch folder: its name, what it holds, and the worker that writes it.

    ``host`` and ``pid`` are None for the files of the run's main process. ``part`` numbers one that was set
    aside because it had grown too big, from 1, the oldest; it is None for the file that still grows.
    """

    name: str
    kind: Kind
    host: str | None = None
    pid: int | None = None
    part: int | None = None


def worker_name(name: str, host: str, pid: int) -> str:
    """The name of a worker's own file: ``hamilton_flight.jsonl`` -> ``hamilton_flight.box7.4121.jsonl``."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{host}.{pid}{dot}{ending}"


def spool_prefix(launch_dir: str, main_host: str, main_pid: int) -> str:
    """How the names of a launch's spools begin, in the temporary folder of a worker that can't write the launch folder."""
    mark = hashlib.sha256(f"{launch_dir}\0{main_host}\0{main_pid}".encode("utf-8", "surrogateescape"))
    return f"hamtui-{mark.hexdigest()[:12]}-"


def graph_name(digest: str) -> str:
    """The name of the file that holds the graph with this hash."""
    return f"graph.{digest}.json"


def part_name(name: str, number: int) -> str:
    """The name of a file's part that was set aside: ``hamilton_flight.jsonl`` -> ``hamilton_flight.jsonl.1``."""
    return f"{name}.{number}"


def split_part(name: str) -> tuple[str, int | None]:
    """The name of the file that grows, and the part's number; None where the name is not a part's."""
    found = _PART.match(name)
    return (name, None) if found is None else (found[1], int(found[2]))


def classify(name: str) -> Source | None:
    """What the file of this name is, or None when it is none of ours. A part is of its file's kind."""
    base, number = split_part(name)
    if number is None:
        return _whole(name)
    source = _whole(base)
    if source is None or source.kind not in PARTED_KINDS:
        return None
    return replace(source, name=name, part=number)


def _whole(name: str) -> Source | None:
    """The same of a file that is no part.

    A host may hold dots, so a worker's name is read from its ends: the known stem, then the ending,
    then the pid before it; what is left in between is the host.
    """
    kind = _FIXED.get(name)
    if kind is not None:
        return Source(name, kind)
    if _GRAPH.match(name):
        return Source(name, Kind.GRAPH)
    for fixed, kind in _FIXED.items():
        stem, _, ending = fixed.rpartition(".")
        if kind in (Kind.LAUNCH, Kind.EXIT, Kind.OUTPUT, Kind.REQUESTS):
            continue
        if name.startswith(stem + ".") and name.endswith("." + ending):
            host, dot, pid = name[len(stem) + 1 : -len(ending) - 1].rpartition(".")
            if dot and host and pid.isdecimal() and pid.isascii():
                return Source(name, kind, host, int(pid))
    return None
