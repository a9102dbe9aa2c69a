"""vitals.jsonl: heartbeats from inside the run, samples of its processes from outside."""

from dataclasses import dataclass, field

BEAT = "beat"
SAMPLE = "sample"


@dataclass(frozen=True)
class ThreadVital:
    """One thread as the kernel sees it: ``state`` is the letter of /proc (R S D T Z), ``cpu_s`` seconds so far."""

    native_id: int
    state: str | None = None
    cpu_s: float | None = None
    switches: int | None = None


@dataclass(frozen=True)
class ProcessVital:
    """One process of the tree: CPU seconds so far, resident bytes, bytes read and written so far."""

    pid: int
    ppid: int | None = None
    name: str | None = None
    state: str | None = None
    cpu_s: float | None = None
    rss: int | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    threads: list[ThreadVital] = field(default_factory=list)


@dataclass(frozen=True)
class Vital:
    """A line of vitals.jsonl. A ``beat`` (from inside) has pid alone; a ``sample`` has the processes, the run's first."""

    kind: str
    ts: float | None = None
    mono: float | None = None
    pid: int | None = None
    seq: int | None = None
    processes: list[ProcessVital] = field(default_factory=list)
