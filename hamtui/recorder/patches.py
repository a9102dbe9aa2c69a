"""Every Driver that a program builds, recorded: Hamilton's own makers of Drivers are wrapped once it is imported."""

import functools
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hamtui.recorder.guard import FAULTS, attempt

if TYPE_CHECKING:
    import os

    from hamtui.contract.diagnostics import Diagnostics

_DRIVER, _ASYNC = "hamilton.driver", "hamilton.async_driver"


def record(
    diagnostics: "Diagnostics | None" = None, *, diag_dir: "str | os.PathLike[str] | None" = None
) -> str:
    """Record every Driver that this process builds from here on; the launch folder, for ``hamtui attach``.

    One line at the top of a notebook or of a program. A second call gives the same folder.

    Raises:
        SettingError: a variable or pyproject.toml says what can't be.
    """
    from hamtui.recorder import offspring, own  # noqa: PLC0415 - imports Hamilton

    launch = own.begin(diagnostics, diag_dir)
    recorder = launch.recorder
    offspring.Parentage(launch.info, recorder.launch_dir, recorder.wanted, recorder.door).record_all()
    return recorder.launch_dir


def record_all() -> None:
    """Wrap what is imported already, and the rest when it comes. A second call changes nothing."""
    for name, patch in _PATCHES.items():
        module = sys.modules.get(name)
        if module is not None:
            _apply(patch, module)
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _apply(patch: Callable[[ModuleType], None], module: ModuleType) -> None:
    _, error = attempt(patch, module)
    if error is not None:
        FAULTS.note("patch", error)  # another Hamilton than we know: its Drivers go unrecorded


class _Finder(importlib.abc.MetaPathFinder):
    """Finds Hamilton's two modules, and others asked for, as the finders behind it do, and wraps them when they have been executed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for every other module: the finders behind this one are asked then."""
        patch = _PATCHES.get(fullname)
        if patch is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            found = finder.find_spec(fullname, path, target)
            if found is not None:
                if found.loader is not None:
                    found.loader = _Loader(found.loader, patch)
                return found
        return None


class _Loader(importlib.abc.Loader):
    """The loader that was found; once it has executed the module, that is patched."""

    def __init__(self, loader: Any, patch: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._patch = patch

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the loader does."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """As the loader does, then the patch."""
        self._loader.exec_module(module)
        _apply(self._patch, module)

    def __getattr__(self, name: str) -> Any:
        if name == "_loader" or name.startswith("__"):
            raise AttributeError(name)  # asked of a copy that is still empty, or about this very object
        return getattr(self._loader, name)


def _once(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    function = getattr(owner, name)
    if not getattr(function, "hamtui_wrapped", False):
        made = functools.wraps(function)(wrap(function))
        made.__dict__["hamtui_wrapped"] = True
        setattr(owner, name, made)


def _instrumented(function: Any) -> Any:
    """``Builder.build`` and the like."""

    def build(builder: Any, *args: Any, **said: Any) -> Any:
        from hamtui.recorder import own  # noqa: PLC0415 - imports Hamilton, which is there by now

        _, error = attempt(own.instrument, builder)
        if error is not None:
            FAULTS.note("instrument", error)
        placed = list(builder.adapters or ())
        try:
            return function(builder, *args, **said)
        except ValueError as refusal:
            bare = own.bare(placed, refusal)
            if bare is None:
                raise
        builder.adapters = bare
        return function(builder, *args, **said)

    return build


def _made_directly(keyword: str, is_async: bool) -> Callable[[Any], Any]:
    """``Driver(config, module, adapter=…)`` and ``AsyncDriver(…, adapters=…)``."""

    def wrap(function: Any) -> Any:
        def init(self: Any, *args: Any, **said: Any) -> None:
            if is_async or not _is_async(self):  # that one hands its adapters on, ready-made
                placed, error = attempt(_placed, said.get(keyword), is_async)
                if error is not None:
                    FAULTS.note("instrument", error)
                else:
                    said[keyword] = placed
            try:
                function(self, *args, **said)
            except ValueError as refusal:
                bare = _bare(said.get(keyword), refusal)
                if bare is None:
                    raise
                function(self, *args, **{**said, keyword: bare})

        return init

    return wrap


def _is_async(made: Any) -> bool:
    found = sys.modules.get(_ASYNC)
    return found is not None and isinstance(made, found.AsyncDriver)


def _placed(given: Any, is_async: bool) -> Any:
    from hamtui.recorder import own  # noqa: PLC0415

    if given is not None and not isinstance(given, list) and hasattr(given, "does_hook"):
        return given  # an adapter set is whole
    # As Hamilton does: a Driver takes all but a list for one adapter, an AsyncDriver goes through what it gets.
    is_many = is_async or isinstance(given, list)
    listed = [] if given is None else list(given) if is_many else [given]
    launch = own.begin()
    if any(one is launch.recorder for one in listed):
        return given
    return own.placed(listed, launch, launch.recorder.wanted, is_async=is_async)


def _bare(placed: Any, refusal: ValueError) -> Any:
    from hamtui.recorder import own  # noqa: PLC0415

    return own.bare(placed, refusal)


_afterwards: list[Callable[[], None]] = []


def after_driver(step: Callable[[], None]) -> None:
    """Call ``step`` once ``hamilton.driver`` is imported, before any Driver is built."""
    _afterwards.append(step)


def _patch_driver(module: ModuleType) -> None:
    while _afterwards:
        _afterwards.pop()()
    _once(module.Builder, "build", _instrumented)
    _once(module.Driver, "__init__", _made_directly("adapter", is_async=False))


def _patch_async_driver(module: ModuleType) -> None:
    _once(module.Builder, "build_without_init", _instrumented)
    _once(module.AsyncDriver, "__init__", _made_directly("adapters", is_async=True))


_PATCHES: dict[str, Callable[[ModuleType], None]] = {_DRIVER: _patch_driver, _ASYNC: _patch_async_driver}


def when_imported(name: str, step: Callable[[ModuleType], None]) -> None:
    """Have ``record_all`` call ``step(module)`` too, once the module of this name is imported."""
    _PATCHES[name] = step
