"""A program that builds Drivers itself, run as Python would run it: what ``hamtui exec`` starts."""

import builtins
import importlib.machinery
import importlib.util
import io
import os
import pkgutil
import runpy
import sys
import types
from typing import TYPE_CHECKING, Any

from hamtui.contract import files
from hamtui.contract.spec import RunSpec
from hamtui.recorder.offspring import Parentage
from hamtui.recorder.problems import UsageError

if TYPE_CHECKING:
    from hamtui.recorder.run import Launch

#: What Python itself runs ``-m``, folders and zip files by: ``runpy``'s public functions take their ``__main__`` away again.
_AS_MAIN: Any = runpy._run_module_as_main  # type: ignore[attr-defined]  # noqa: SLF001
#: Whether Python was told to put no folder first in ``sys.path`` (``-P``, PYTHONSAFEPATH).
_IS_SAFE = getattr(sys.flags, "safe_path", False)


def go(launch: "Launch") -> None:
    """Run the program: ``["script.py", args…]`` or ``["-m", "module", args…]``. What it raises goes through."""
    spec = launch.spec
    _lend_ourselves(spec)
    Parentage(launch.info, spec.launch_dir, spec.diagnostics, spec.door).record_all()
    launch.stage = "execute"
    first, *rest = spec.program
    main = _main()
    sys.orig_argv = [sys.executable, *spec.program]
    if first == "-m":
        sys.argv = ["-m", *rest[1:]]
        if not _IS_SAFE:
            sys.path.insert(0, spec.cwd)
        sys.modules["__main__"] = main
        _AS_MAIN(rest[0])
    else:
        _run_file(main, first, rest)


def _main() -> types.ModuleType:
    """A ``__main__`` such as Python makes, which stays: what the program defines pickles, and its threads find it."""
    main, ours = types.ModuleType("__main__"), sys.modules["__main__"]
    made: dict[str, object] = {"__builtins__": builtins}
    if "__annotations__" in vars(ours):  # Python made it, or does no longer
        made["__annotations__"] = {}
    main.__dict__.update(made)
    return main


def _run_file(main: types.ModuleType, script: str, args: list[str]) -> None:
    """As ``python script.py args…``.

    A folder and a zip file with a ``__main__.py``, and a compiled ``.pyc``, as Python runs them.
    """
    sys.argv = [script, *args]
    importer = pkgutil.get_importer(script)
    if importer is not None:
        found = importer.find_spec("__main__")
        if found is None or not hasattr(found.loader, "get_code"):
            raise UsageError(f"{script} has no __main__.py, so it can't be run")
        sys.path.insert(0, script)
        sys.modules["__main__"] = main
        _AS_MAIN("__main__", alter_argv=False)
        return
    path = os.path.abspath(script)
    kind = (
        importlib.machinery.SourcelessFileLoader
        if script.endswith(".pyc")
        else importlib.machinery.SourceFileLoader
    )
    code: Any = _code_of(script)
    main.__dict__.update({"__file__": path, "__cached__": None, "__loader__": kind("__main__", path)})
    if not _IS_SAFE:
        sys.path.insert(0, os.path.dirname(os.path.realpath(script)))
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
        files.make_folder(shelf)
        os.symlink(os.path.dirname(os.path.abspath(ours.__file__)), os.path.join(shelf, "hamtui"))
        sys.path.append(shelf)
