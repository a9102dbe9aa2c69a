"""launch.json and exit.json: how a launch began and how its process ended."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LaunchInfo:
    """launch.json, written by rename before any user module is imported.

    ``started_at`` and ``process_start`` are Unix seconds; ``process_start`` minus ``boot_time`` is the
    process' start on the machine's own clock, which a step of the wall clock does not move.
    ``cache_dir`` is None when the cache is off; ``hang_after`` None when every threshold is a node's own.
    ``settings``: knob -> [value, who set it], of those that are not by default.
    ``pid`` is of the process that executes Hamilton. ``max_tasks``: how many tasks run at once, where more than one may.
    """

    pid: int | None = None
    process_start: float | None = None
    boot_time: float | None = None
    supervisor_pid: int | None = None
    supervisor_start: float | None = None
    schema: int | None = None
    id: str | None = None
    started_at: float | None = None
    host: str | None = None
    boot_id: str | None = None
    argv: Any = None
    cwd: str | None = None
    python: str | None = None
    python_version: str | None = None
    hamilton_version: str | None = None
    hamtui_version: str | None = None
    modules: Any = None
    targets: Any = None
    profile: str | None = None
    executor: str | None = None
    max_tasks: int | None = None
    hang_after: float | None = None
    dump_every: float | None = None
    cache_dir: str | None = None
    settings: Any = None


@dataclass(frozen=True)
class ExitInfo:
    """exit.json: the exit code, or the number of the signal that ended the process; the other is None.

    ``ended_at`` is Unix seconds; ``asked_by`` says who asked the run to end (``"hamtui stop (me, pid 4711)"``),
    None when it ended by itself or when nobody said.
    """

    exit_code: int | None = None
    signal: int | None = None
    ended_at: float | None = None
    asked_by: str | None = None
    schema: int | None = None
