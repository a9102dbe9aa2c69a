"""A program that builds Drivers itself, run as Python would run it: what ``hamtui exec`` starts."""

import importlib.util
import io
import os
import runpy
import sys
import types
from typing import TYPE_CHECKING

from hamtui.contract import layout
from hamtui.contract.spec import RunSpec
from hamtui.recorder import patches
from hamtui.recorder.flight import journal
from hamtui.recorder.here import HERE
from hamtui.recorder.problems import UsageError

if TYPE_CHECKING:
    from hamtui.recorder.run import Launch


def go(launch: "Launch") -> None:
    """Run the program: ``["script.py", args…]`` or ``["-m", "module", args…]``. What it raises goes through."""
    spec = launch.spec
    _lend_ourselves(spec)
    patches.after_driver(lambda: _adopt(launch))
    patches.record_all()
    launch.stage = "execute"
    first, *rest = spec.program
    if first == "-m":
        sys.argv = ["-m", *rest[1:]]
        sys.path.insert(0, spec.cwd)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        _run_script(first, rest)


def _adopt(launch: "Launch") -> None:
    """The program has imported Hamilton: its Drivers belong to this launch."""
    from hamtui.recorder import applog, own, worker  # noqa: PLC0415 - these import Hamilton
    from hamtui.recorder.adapter import Recorder  # noqa: PLC0415

    spec = launch.spec
    if spec.diagnostics.logs:
        applog.install(journal(spec.launch_dir, layout.APP_LOG, HERE.pid, HERE.host))
    recorder = Recorder(
        spec.launch_dir,
        main_pid=HERE.pid,
        main_host=HERE.host,
        wanted=spec.diagnostics,
        on_worker=(worker.begin,),
        door=spec.door,
    )
    own.adopt(launch.info, recorder)


def _run_script(script: str, args: list[str]) -> None:
    """As ``python script.py args…``: in a ``__main__`` of its own that stays, so that what it defines pickles."""
    try:
        with io.open_code(script) as file:
            source = file.read()
    except OSError as error:
        raise UsageError(f"{script} can't be read: {error.strerror or error}") from None
    main = types.ModuleType("__main__")
    path = os.path.abspath(script)
    main.__dict__.update(__file__=path, __builtins__=__builtins__, __cached__=None)
    sys.argv = [script, *args]
    sys.path.insert(0, os.path.dirname(os.path.realpath(script)))
    sys.modules["__main__"] = main
    exec(compile(source, path, "exec"), main.__dict__)  # noqa: S102 - it is what was asked for


def _lend_ourselves(spec: RunSpec) -> None:
    """Let worker processes that start anew import hamtui, where the program's interpreter has none.

    They get ``sys.path`` from here, so its last entry is a folder with nothing but a link to us in it.
    """
    ours = sys.modules.pop("hamtui", None)
    try:
        found = importlib.util.find_spec("hamtui")
    finally:
        if ours is not None:
            sys.modules["hamtui"] = ours
    if found is None and ours is not None and ours.__file__ is not None:
        shelf = os.path.join(spec.launch_dir, "import")
        os.makedirs(shelf, mode=layout.DIR_MODE, exist_ok=True)
        os.symlink(os.path.dirname(os.path.abspath(ours.__file__)), os.path.join(shelf, "hamtui"))
        sys.path.append(shelf)
