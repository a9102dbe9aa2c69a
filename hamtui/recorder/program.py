"""A program that builds Drivers itself, run as Python would run it: what ``hamtui exec`` starts."""

import importlib.machinery
import importlib.util
import io
import os
import pkgutil
import runpy
import sys
import types
from typing import TYPE_CHECKING, Any

from hamtui.contract import layout
from hamtui.contract.spec import RunSpec
from hamtui.recorder.offspring import Parentage
from hamtui.recorder.problems import UsageError

if TYPE_CHECKING:
    from hamtui.recorder.run import Launch


def go(launch: "Launch") -> None:
    """Run the program: ``["script.py", args…]`` or ``["-m", "module", args…]``. What it raises goes through."""
    spec = launch.spec
    _lend_ourselves(spec)
    Parentage(launch.info, spec.launch_dir, spec.diagnostics, spec.door).record_all()
    launch.stage = "execute"
    first, *rest = spec.program
    if first == "-m":
        sys.argv = ["-m", *rest[1:]]
        sys.path.insert(0, spec.cwd)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        _run_file(first, rest)


def _run_file(script: str, args: list[str]) -> None:
    """As ``python script.py args…``: in a ``__main__`` of its own that stays, so that what it defines pickles.

    A folder and a zip file with a ``__main__.py``, and a compiled ``.pyc``, as Python runs them.
    """
    main = types.ModuleType("__main__")
    about: dict[str, Any] = {
        "__file__": os.path.abspath(script),
        "__builtins__": __builtins__,
        "__cached__": None,
    }
    importer = pkgutil.get_importer(script)
    if importer is not None:
        found = importer.find_spec("__main__")
        if found is None or not hasattr(found.loader, "get_code"):
            raise UsageError(f"{script} has no __main__.py, so it can't be run")
        loader: Any = found.loader
        code, first = loader.get_code("__main__"), script
        about |= {"__file__": found.origin, "__spec__": found, "__loader__": found.loader, "__package__": ""}
    else:
        code, first = _code_of(script), os.path.dirname(os.path.realpath(script))
    main.__dict__.update(about)
    sys.argv = [script, *args]
    sys.path.insert(0, first)
    sys.modules["__main__"] = main
    exec(code, main.__dict__)  # noqa: S102 - it is what was asked for


def _code_of(script: str) -> types.CodeType | None:
    try:
        if script.endswith(".pyc"):
            return importlib.machinery.SourcelessFileLoader("__main__", script).get_code("__main__")
        with io.open_code(script) as file:
            source = file.read()
    except OSError as error:
        raise UsageError(f"{script} can't be read: {error.strerror or error}") from None
    except ImportError as error:  # another Python's magic number
        raise UsageError(f"{script} can't be run by {sys.executable}: {error}") from None
    made: types.CodeType = compile(source, os.path.abspath(script), "exec")
    return made


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
