"""The user's modules, from files or by dotted name, imported as a plain interpreter would import them."""

import importlib
import importlib.util
import os
import sys
from types import ModuleType

from hamtui.recorder.problems import UsageError


def is_file(name: str) -> bool:
    """Whether the user wrote a file's path rather than a dotted name."""
    return name.endswith(".py") or os.sep in name


def make_importable(names: list[str], cwd: str) -> None:
    """Put the folders of file modules, and ``cwd`` for dotted ones, first in ``sys.path``, in the order given."""
    folders = [os.path.dirname(os.path.join(cwd, name)) if is_file(name) else cwd for name in names]
    sys.path[:0] = dict.fromkeys(map(os.path.normpath, folders))


def load(name: str, cwd: str) -> ModuleType:
    """Import one module. Its own exceptions go through; UsageError where its file can't be a module."""
    if not is_file(name):
        return importlib.import_module(name)
    path = os.path.normpath(os.path.join(cwd, name))
    if not os.path.isfile(path):
        raise UsageError(f"no such file: {path}")
    stem = os.path.splitext(os.path.basename(path))[0]
    taken = sys.modules.get(stem)
    if taken is not None:
        return _same(taken, stem, path)
    return _load_file(stem, path)


def _same(taken: ModuleType, stem: str, path: str) -> ModuleType:
    """The module of that name, where it was made from this file (another of the user's modules imported it)."""
    file = getattr(taken, "__file__", None)
    if file is not None and os.path.exists(file) and os.path.samefile(file, path):
        return taken
    raise UsageError(
        f"{path} can't be imported as {stem!r}: that name is taken by {file or 'a module built into Python'}; "
        "rename the file"
    )


def _load_file(stem: str, path: str) -> ModuleType:
    """By its location and not by search: a package of the same name beside the file would be found first."""
    spec = importlib.util.spec_from_file_location(stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(stem, None)
        raise
    return sys.modules.get(stem, module)
