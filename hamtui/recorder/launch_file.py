"""launch.json: who runs what, on disk before any of the user's modules is imported."""

import contextlib
import os
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from hamtui import __version__
from hamtui.contract import encode, files, identity, layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.spec import RunSpec

#: Tasks at once where ``--max-tasks`` is not given.
FEWEST_TASKS, MOST_TASKS = 4, 32


def hamilton_version() -> str | None:
    """The installed Hamilton's version, without importing it; None where there is none."""
    for name in ("apache-hamilton", "sf-hamilton"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return None


def describe(spec: RunSpec) -> LaunchInfo:
    """What is known of a launch before anything of the user's is imported.

    ``cache_dir`` is still None where the modules decide it, and a context file's targets are not read yet.
    """
    return LaunchInfo(
        pid=os.getpid(),
        process_start=identity.process_start(os.getpid()),
        boot_time=identity.boot_time(),
        supervisor_pid=spec.supervisor_pid,
        supervisor_start=spec.supervisor_start,
        schema=layout.SCHEMA,
        id=Path(spec.launch_dir).name,
        started_at=spec.started_at,
        host=identity.host(),
        boot_id=identity.boot_id(),
        argv=spec.argv,
        cwd=spec.cwd,
        python=sys.executable or spec.python,
        python_version=".".join(map(str, sys.version_info[:3])),
        hamilton_version=hamilton_version(),
        hamtui_version=__version__,
        modules=spec.modules,
        targets=spec.targets,
        profile=spec.diagnostics.profile,
        settings=spec.settings,
        executor=spec.diagnostics.executor,
        max_tasks=max_tasks(spec.diagnostics),
        hang_after=spec.diagnostics.hang_after,
        dump_every=spec.diagnostics.dump_every,
        cache_dir=cache_dir(spec) if spec.diagnostics.cache else None,
    )


def max_tasks(wanted: Diagnostics) -> int | None:
    """How many tasks may run at once; None where they run one by one.

    Without ``--max-tasks``: one a core, but enough to overlap waiting, and not a process for each core of a big
    shared machine.
    """
    if wanted.executor == "sync":
        return None
    return wanted.max_tasks or min(max(os.cpu_count() or 1, FEWEST_TASKS), MOST_TASKS)


def cache_dir(spec: RunSpec) -> str:
    """Where the launch's cache stands if it has one: as asked, or Hamilton's own default in the working folder."""
    return os.path.join(spec.cwd, spec.diagnostics.cache_dir or layout.DEFAULT_CACHE_DIR)


def write(info: LaunchInfo, launch_dir: str) -> None:
    """Put launch.json in place by rename, for the owner alone. Raises OSError where the folder can't be written."""
    files.put(os.path.join(launch_dir, layout.LAUNCH), encode.document(info))


def settle(info: LaunchInfo, launch_dir: str, targets: list[str], cache: str | None) -> LaunchInfo:
    """Say what only the user's modules could tell: all targets, and the cache folder that is in use."""
    settled = replace(info, targets=targets, cache_dir=cache)
    if settled != info:
        write(settled, launch_dir)
    return settled
