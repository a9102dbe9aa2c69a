"""Hamtui on its way to workers of a cluster, which may have no hamtui: the text of this file travels, with the sources.

It is executed there as text, so it stands on the standard library alone.
"""

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pickle
import sys
import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

_ROOMS = ("", "contract", "recorder")


class Carried(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads modules from their sources: dotted name -> (whether it is a package, source)."""

    def __init__(self, root: str, sources: dict[str, tuple[bool, str]]) -> None:
        self._root = root
        self._sources = sources

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - the protocol's
        """The module's spec, None for a module that is none of ours."""
        known = self._sources.get(name)
        if known is None:
            return None
        file = os.path.join(self._root, *name.split(".")[1:])
        origin = os.path.join(file, "__init__.py") if known[0] else f"{file}.py"
        return importlib.machinery.ModuleSpec(name, self, origin=origin, is_package=known[0])

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's source."""
        spec = module.__spec__
        if spec is None:
            raise ImportError(module.__name__)
        module.__file__ = spec.origin
        exec(compile(self._sources[spec.name][1], str(spec.origin), "exec"), vars(module))  # noqa: S102


def arrive(root: str, packed: bytes) -> None:
    """In a worker: make ``hamtui`` importable, from ``root`` where this machine has it, else from the sources."""
    if "hamtui" in sys.modules:
        return
    start = os.path.join(root, "__init__.py")
    if not os.path.exists(start):
        sys.meta_path.insert(0, Carried(root, pickle.loads(zlib.decompress(packed))))
        return
    spec = importlib.util.spec_from_file_location("hamtui", start, submodule_search_locations=[root])
    if spec is not None and spec.loader is not None:
        package = sys.modules["hamtui"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(package)


def arrival() -> Callable[[], None]:
    """``arrive`` with all that it needs, as something that pickles to where there is no hamtui."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.abspath(__file__), encoding="utf-8") as file:
        text = f"{file.read()}\narrive(root, packed)\n"
    given = {"__name__": "hamtui.carried", "root": root, "packed": _packed(root)}
    arrives = functools.partial(exec, text, given)
    functools.update_wrapper(arrives, arrive)
    del arrives.__wrapped__  # type: ignore[attr-defined]  # that would travel by its name
    return arrives


def _packed(root: str) -> bytes:
    """The sources of what runs inside the user's process."""
    sources = {}
    for room in _ROOMS:
        folder = os.path.join(root, room)
        for name in sorted(os.listdir(folder)):
            stem, ending = os.path.splitext(name)
            if ending != ".py":
                continue
            dotted = ".".join(part for part in ("hamtui", room, stem) if part and part != "__init__")
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                sources[dotted] = (stem == "__init__", file.read())
    return zlib.compress(pickle.dumps(sources, protocol=4))
