"""What a launch is asked to do: handed from the command to the supervisor to the run, never left on disk.

It travels as a pickle of plain values (dates from TOML included) through a pipe or an unlinked file that
only these processes hold, because inputs and config may be secrets.
"""

import pickle
from dataclasses import asdict, dataclass, field
from typing import Any

from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.relay import Door


@dataclass(frozen=True)
class Check:
    """What the results of a launch are held against, in its own process, by the module ``by`` of hamtui.

    ``registry`` is the text of a registry of public outputs. ``fixture`` gives inputs and overrides: a Python file, a dotted
    module or a JSON file. ``strict``: a schema that can't be found is a fault.
    """

    by: str
    registry: str
    fixture: str
    strict: bool = False


@dataclass(frozen=True)
class RunSpec:
    """One launch. Paths are absolute; ``modules`` as the user wrote them: files or dotted names.

    ``python`` is the interpreter of the user's project. ``context`` is a file for Hamilton's own context
    loader, read by the run's process. ``program``: a script or ``-m`` and a module,
    with its arguments, in the place of modules and targets. ``saved``: node ->
    data version of its stored result, which overrides it. ``settings``: the knobs that are not by default, each with its source. ``on_suspect`` is a shell command for the supervisor alone. ``door`` is where
    it listens for workers that can't write the folder, if it does. ``strict``: of a compilation alone.
    """

    launch_dir: str
    modules: list[str]
    targets: list[str]
    argv: list[str]
    cwd: str
    python: str
    config: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    context: str | None = None
    allow_module_overrides: bool = False
    program: list[str] = field(default_factory=list)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    saved: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    started_at: float = 0.0
    supervisor_pid: int | None = None
    supervisor_start: float | None = None
    on_suspect: str | None = None
    door: Door | None = None
    check: Check | None = None
    strict: bool = False


def pack(spec: RunSpec) -> bytes:
    """The spec as bytes for a pipe."""
    return pickle.dumps(asdict(spec), protocol=4)


def unpack(data: bytes) -> RunSpec:
    """The spec from ``pack``'s bytes. Only ever called on what our own parent process wrote."""
    told = pickle.loads(data)
    door = told["door"] and Door(**told["door"])
    check = told["check"] and Check(**told["check"])
    wanted = Diagnostics(**told["diagnostics"])
    return RunSpec(**{**told, "diagnostics": wanted, "door": door, "check": check})
