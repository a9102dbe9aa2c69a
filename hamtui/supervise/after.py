"""What is written once the run's process is gone: crash stacks, the exit record, a launch record if it left none."""

import json
import os
import time
from pathlib import Path

import hamtui
from hamtui.contract import flight, identity, layout, stacks
from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Kind
from hamtui.contract.spec import RunSpec
from hamtui.contract.stacks import Dump
from hamtui.model import crash_text
from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import write
from hamtui.supervise.tail import Tail
from hamtui.supervise.write import LineFile

_MAX_CRASH_TEXT = 8 * 1024 * 1024
#: The exit code of a shell for a command that can't be started.
NOT_STARTED = 126


def write_crashes(folder: Path, main_pid: int, ended_at: float) -> int:
    """Each crash's raw text, the workers' too, as a dump; how many there were."""
    out, count = LineFile(folder / layout.STACKS), 0
    for name in sorted(os.listdir(folder)):
        source = layout.classify(name)
        if source is None or source.kind is not Kind.CRASH:
            continue
        for reason, threads in crash_text.parse(_text(folder / name)):
            pid = source.pid or main_pid
            error = reason if not threads else None
            out.append(
                Dump(
                    ended_at, time.monotonic(), pid, None, stacks.CRASH, "faulthandler", None, error, threads
                )
            )
            count += 1
    return count


def _text(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_CRASH_TEXT).decode("utf-8", "replace")
    except OSError:
        return ""


def exit_info(returncode: int, asked_by: str | None) -> ExitInfo:
    """How a child ended, from ``Popen.returncode``: minus the signal, or the exit code."""
    code, number = (None, -returncode) if returncode < 0 else (returncode, None)
    return ExitInfo(code, number, time.time(), asked_by, layout.SCHEMA)


def asked_by(folder: Path) -> str | None:
    """Who asked for the end, by the first ``stop`` among the requests."""
    for line in Tail(folder / layout.REQUESTS, owners=True).lines():
        try:
            request = json.loads(line)
        except ValueError:
            continue
        if isinstance(request, dict) and request.get("ask") == "stop":
            return str(request.get("by") or "hamtui stop")
    return None


def write_launch_if_missing(spec: RunSpec, run: Known | None, error: str) -> None:
    """launch.json in the run's stead when it died before it could write one, and why in its flight file."""
    folder = Path(spec.launch_dir)
    if (folder / layout.LAUNCH).exists():
        return
    boot = identity.boot_time()
    start = None if run is None else run.start + ((boot or 0.0) if procs.LINUX else 0.0)
    info = LaunchInfo(
        pid=None if run is None else run.pid,
        process_start=start,
        boot_time=boot,
        supervisor_pid=spec.supervisor_pid,
        supervisor_start=spec.supervisor_start,
        schema=layout.SCHEMA,
        id=folder.name,
        started_at=spec.started_at or time.time(),
        host=identity.host(),
        boot_id=identity.boot_id(),
        argv=spec.argv,
        cwd=spec.cwd,
        python=spec.python,
        hamtui_version=hamtui.__version__,
        modules=spec.modules,
        targets=spec.targets,
        profile=spec.diagnostics.profile,
        settings=spec.settings,
        executor=spec.diagnostics.executor,
        hang_after=spec.diagnostics.hang_after,
        dump_every=spec.diagnostics.dump_every,
        cache_dir=spec.diagnostics.cache_dir if spec.diagnostics.cache else None,
    )
    write.document(folder / layout.LAUNCH, info)
    if not (folder / layout.FLIGHT).exists():
        kind, _, _ = error.partition(":")
        event = FlightEvent(flight.LAUNCH_ERROR, time.time(), error=error, error_type=kind, stage="import")
        LineFile(folder / layout.FLIGHT).append(event)
