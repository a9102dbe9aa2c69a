"""The launch that this process belongs to: known to it before it imports Hamilton, and to the children that it starts."""

import functools
import json
import os
import sys
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from hamtui.contract import identity, layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.launch import LaunchInfo
from hamtui.recorder.guard import attempt
from hamtui.recorder.here import HERE

if TYPE_CHECKING:
    from hamtui.recorder.adapter import Recorder

#: Tells the children of the process that executes Hamilton of its launch. A child that multiprocessing starts anew runs
#: the program's top, and with it ``hamtui.record()``, before it gets anything else from its parent.
VARIABLE = "HAMTUI_PARENT_LAUNCH"

#: Two tellings of one process' start lie no further apart, seconds: ``ps`` counts whole ones.
_SAME_START_S = 1.5


@dataclass
class Launch:
    """This process' launch, or that of the one that started it."""

    info: LaunchInfo
    recorder: "Recorder"


_here: list[Launch] = []


def current() -> Launch | None:
    """The launch that this process is, or is part of; None before there is one."""
    return _here[0] if _here else None


def adopt(info: LaunchInfo, recorder: "Recorder") -> Launch:
    """Drivers that this process' code builds belong to this launch from here on."""
    launch = Launch(info, recorder)
    recorder.on_graph = functools.partial(_meet, launch)
    _here[:] = [launch]
    if (info.pid, info.host) == (HERE.pid, HERE.host):
        told = {"dir": recorder.launch_dir, "pid": info.pid, "wanted": asdict(recorder.wanted)}
        os.environ[VARIABLE] = json.dumps(told)
    return launch


def _meet(launch: Launch, graph: Any) -> None:
    from hamtui.recorder import own  # noqa: PLC0415 - whole by now: a Driver was built

    own.meet(launch, graph)


def of_the_parent() -> tuple[LaunchInfo, str, Diagnostics] | None:
    """The launch that a child of multiprocessing's is part of, its folder, and what it records.

    None for any other process, and where that launch is over, another machine's, or not on disk.
    """
    module: Any = sys.modules.get("multiprocessing.process")
    if module is None:
        return None
    if module.parent_process() is None and not getattr(module.current_process(), "_inheriting", False):
        return (
            None  # that mark is on a child from before it knows its parent: while it runs the program's top
        )
    found, _ = attempt(_told, os.environ.get(VARIABLE, ""))
    return found


def _told(text: str) -> tuple[LaunchInfo, str, Diagnostics] | None:
    told = json.loads(text)
    with open(os.path.join(told["dir"], layout.LAUNCH), "rb") as file:
        document = json.load(file)
    known = {field.name for field in fields(LaunchInfo)}
    info = LaunchInfo(**{name: value for name, value in document.items() if name in known})
    if (info.pid, info.host) != (told["pid"], HERE.host) or not _is_alive(info):
        return None
    lists = {name: tuple(value) for name, value in told["wanted"].items() if isinstance(value, list)}
    return info, told["dir"], Diagnostics(**{**told["wanted"], **lists})


def _is_alive(info: LaunchInfo) -> bool:
    """Whether the process of that pid is still the one that began the launch: by the machine's own clock if it has one."""
    if info.pid is None or info.process_start is None or info.boot_id != identity.boot_id():
        return False
    since = identity.start_since_boot(info.pid)
    if since is not None and info.boot_time is not None:
        return abs(info.process_start - info.boot_time - since) < _SAME_START_S
    began = identity.process_start(info.pid)
    return began is not None and abs(info.process_start - began) < _SAME_START_S
