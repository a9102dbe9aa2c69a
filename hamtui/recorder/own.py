"""The launch of a program that builds its Drivers itself, and the recorder in each of them.

One launch a process, made when the first Driver is to be recorded; ``hamtui exec`` and ``hamtui run`` have made it
already. Nothing here raises for a folder that can't be written: the program goes on unrecorded, and its log says so.
"""

import _thread
import atexit
import logging
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from hamilton import driver
from hamilton.caching.adapter import HamiltonCacheAdapter
from hamilton.lifecycle import base

from hamtui.contract import encode, files, flight, folder, layout, settings
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.launch import ExitInfo
from hamtui.contract.spec import RunSpec
from hamtui.recorder import (
    applog,
    build,
    builders,
    composed_async,
    events,
    instruments,
    launch_file,
    launches,
    offspring,
    outlets,
    programs,
    ready,
    senders,
    worker,
)
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.asynchronous import AsyncRecorder, take_seat
from hamtui.recorder.flight import journal
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.here import HERE
from hamtui.recorder.launches import Launch
from hamtui.recorder.overheard import overhear
from hamtui.recorder.runs import caches_of

logger = logging.getLogger("hamtui")

#: How Hamilton's refusal of adapters that exclude each other begins.
_TWO_OF_A_KIND = "Multiple adapters cannot"

#: Where launches go where neither the caller nor this variable says so: ``./_hamilton_diag``.
DIAG_DIR = "HAMTUI_DIAG_DIR"


_mutex = [_thread.RLock()]


def _anew() -> None:
    """In a forked child the lock may be held by a thread that is not there."""
    _mutex[0] = _thread.RLock()


os.register_at_fork(after_in_child=_anew)


def begin(diagnostics: Diagnostics | None = None, diag_dir: str | os.PathLike[str] | None = None) -> Launch:
    """This process' launch, made if there is none. A child that multiprocessing started is part of its parent's.

    Raises:
        SettingError: a variable or pyproject.toml says what can't be.
    """
    with _mutex[0]:
        parentage = offspring.inherited() if launches.current() is None else None
        if parentage is not None:
            parentage.adopt()
        known = launches.current()
        if known is None:
            wanted = diagnostics if diagnostics is not None else settings.here().diagnostics
            named = diag_dir or os.environ.get(DIAG_DIR)
            known = _make(wanted, Path(named or layout.DEFAULT_DIAG_DIR), trust=named is not None)
        return known


def _make(wanted: Diagnostics, diag: Path, *, trust: bool) -> Launch:
    """``trust``: who names a folder means it, whoever owns it."""
    made, error = attempt(folder.make_launch, diag, trust=trust)
    if error is not None or made is None:
        logger.warning("hamtui does not record: %s", error)
        made = Path(os.sep, diag, "nowhere")
    cwd, _ = attempt(os.getcwd)  # it may be gone
    spec = RunSpec(
        launch_dir=str(made),
        modules=[programs.name()],
        targets=[],
        argv=[sys.argv[0] if sys.argv else ""],
        cwd=cwd or os.sep,
        python=sys.executable,
        diagnostics=wanted,
        started_at=time.time(),
    )
    info = launch_file.describe(spec)
    for step in (lambda: launch_file.write(info, spec.launch_dir), lambda: ready.get_ready(spec)):
        _, fault = attempt(step)
        if fault is not None:
            FAULTS.note("launch", fault)
    if wanted.logs:
        applog.install(journal(spec.launch_dir, layout.APP_LOG, HERE.pid, HERE.host))
    recorder = Recorder(
        spec.launch_dir, main_pid=HERE.pid, main_host=HERE.host, wanted=wanted, on_worker=(worker.begin,)
    )
    _Ending(spec.launch_dir).watch()
    _, fault = attempt(senders.begin, spec)
    if fault is not None:
        FAULTS.note("senders", fault)
    return launches.adopt(info, recorder)


class _Ending:
    """Writes exit.json when the process ends by itself. A code that ``sys.exit`` gives can't be known here: it is null."""

    def __init__(self, launch_dir: str) -> None:
        self._path = os.path.join(launch_dir, layout.EXIT)
        self._pid = os.getpid()
        self._code: int | None = None

    def watch(self) -> None:
        """From here on; the hook for uncaught exceptions that stands now is called as before."""
        before = sys.excepthook

        def seen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            self._code = 130 if issubclass(kind, KeyboardInterrupt) else 1
            before(kind, error, trace)

        sys.excepthook = seen
        atexit.register(self.write)

    def write(self) -> None:
        """A forked child leaves: its end is not the launch's."""
        if os.getpid() == self._pid:
            if self._code is None and _ended_by_an_exception():
                self._code = 1
            info = ExitInfo(exit_code=self._code, ended_at=time.time(), schema=layout.SCHEMA)
            attempt(files.put, self._path, encode.document(info))


def _ended_by_an_exception() -> bool:
    """Whether the main module raised: Python remembers what it is about to print, whoever replaced ``sys.excepthook``.

    At a prompt, a notebook's too, the same names are of the last line that failed, and the process went on.
    """
    trace: Any = getattr(sys, "last_traceback", None)
    main: Any = sys.modules.get("__main__")
    if trace is None or hasattr(sys, "ps1") or "IPython" in sys.modules:
        return False
    frame = trace.tb_frame
    return bool(frame.f_code.co_name == "<module>" and frame.f_globals is getattr(main, "__dict__", None))


# ---- what people call


def recorder(
    diagnostics: Diagnostics | None = None, *, diag_dir: str | os.PathLike[str] | None = None
) -> Recorder:
    """The recorder of this process' launch, for ``Builder().with_adapters(hamtui.Recorder(), …)``: put it first.

    The first call makes the launch folder in ``diag_dir`` (``./_hamilton_diag``), and what it is given holds for
    the whole process. For a Builder of ``async_driver`` too.

    Raises:
        SettingError: a variable or pyproject.toml says what can't be.
    """
    return begin(diagnostics, diag_dir).recorder


def instrument(
    builder: Any, diagnostics: Diagnostics | None = None, *, diag_dir: str | os.PathLike[str] | None = None
) -> Any:
    """Record the Drivers that ``builder`` builds, with the instruments asked for; the same builder.

    The recorder goes first whatever else is there. Builders of ``async_driver`` too. A second call does no harm.

    Raises:
        SettingError: a variable or pyproject.toml says what can't be.
    """
    launch = begin(diagnostics, diag_dir)
    if diagnostics is not None:
        builder.hamtui_wanted = diagnostics  # for its ``build``, which comes here again under ``record``
    wanted = getattr(builder, "hamtui_wanted", launch.recorder.wanted)
    beside = getattr(builder, "legacy_graph_adapter", None)  # with_adapter's: ``build`` adds it to the others
    given = list(builder.adapters or ())
    builder.adapters = placed(given, launch, wanted, is_async=_is_async(builder), beside=beside)
    return builder


def _is_async(builder: Any) -> bool:
    found = sys.modules.get("hamilton.async_driver")
    return found is not None and isinstance(builder, found.Builder)


def placed(
    given: list[Any], launch: Launch, wanted: Diagnostics, *, is_async: bool, beside: Any = None
) -> list[Any]:
    """The adapters in the order in which their hooks are to run, the user's behind ours.

    What is there of ours is made anew. ``beside``: one more of the user's, that the Driver will have and the list does not.
    """
    kept = [one for one in given if not (isinstance(one, (Recorder, AsyncRecorder)) or _is_ours(one))]
    if is_async:
        has_cache = any(isinstance(one, HamiltonCacheAdapter) for one in kept)
        _say_what_async_lacks(launch, wanted, has_cache=has_cache)
        ours = outlets.outlets(launch.recorder, wanted, is_async=True)
        steps = composed_async.steps(launch.recorder, wanted)
        if wanted.keep_going:
            builders.shield(kept)
        return [AsyncRecorder(launch.recorder, steps), *ours, *kept]
    return [launch.recorder, *_instruments([*kept, beside], launch, wanted), *kept]


def _say_what_async_lacks(launch: Launch, wanted: Diagnostics, *, has_cache: bool) -> None:
    """Of what is asked for that Hamilton's AsyncDriver has no place for: once, in the log and on the screen."""
    asked = {
        "cache": wanted.cache or has_cache,
        "pdb": wanted.pdb,
        "println": wanted.println,
        "progress": wanted.progress,
    }
    lacks = [name for name, is_asked in asked.items() if is_asked]
    if lacks:
        _say(launch, f"Hamilton's AsyncDriver can't have {', '.join(lacks)}: its nodes run without")


def _say(launch: Launch, message: str) -> None:
    logger.warning("hamtui: %s", message)
    keys = {"message": message, "stage": "instruments", "level": flight.WARNING}
    attempt(events.write, launch.recorder.flight, flight.NOTICE, None, keys)


def _instruments(kept: list[Any], launch: Launch, wanted: Diagnostics) -> list[Any]:
    """Our instruments but for the recorder; none that would take the place of one of the user's: Hamilton refuses two."""
    taken = any(isinstance(one, base.BaseDoNodeExecute) for one in kept)
    cache_dir = None
    if wanted.cache and not taken:
        cache_dir = os.path.abspath(wanted.cache_dir or layout.DEFAULT_CACHE_DIR)
        _settle(launch, cache_dir)
    found = instruments.adapters(launch.recorder, wanted, cache_dir)[1:]
    free = [one for one in found if not (taken and isinstance(one, base.BaseDoNodeExecute))]
    if len(free) < len(found) or (wanted.cache and taken):
        left = "cache, keep_going, type_check and pdb are left to it"
        _say(launch, f"this Driver has an adapter that executes nodes, so {left}")
    if wanted.keep_going and not taken:
        builders.shield(kept)
    return free


def bare(placed: Any, refusal: BaseException) -> list[Any] | None:
    """The adapters without our instruments, where Hamilton's ``refusal`` of them all may be due to these; else None.

    The safety net for an adapter that ``placed`` could not see: a record of less is better than no Driver.
    """
    if not isinstance(placed, list) or not str(refusal).startswith(_TWO_OF_A_KIND):
        return None
    kept = [one for one in placed if not _is_ours(one)]
    if len(kept) == len(placed):
        return None
    logger.warning(
        "hamtui: this Driver has an adapter that excludes hamtui's instruments, so it has none of them"
    )
    return kept


def _is_ours(adapter: Any) -> bool:
    return bool(getattr(type(adapter), "hamtui_instrument", False))


def meet(launch: Launch, graph: Any) -> None:
    """A Driver of this launch was built, with adapters that we may not know of."""
    take_seat(graph, launch.recorder)
    for cache in caches_of(graph):
        overhear(cache, launch.recorder)
        path, _ = attempt(os.path.abspath, cache._path)  # noqa: SLF001 - it has no other name
        _settle(launch, path or layout.DEFAULT_CACHE_DIR)


def _settle(launch: Launch, cache_dir: str) -> None:
    if launch.info.cache_dir is None:
        made = launch.recorder.launch_dir
        settled, _ = attempt(
            launch_file.settle, launch.info, made, list(launch.info.targets or ()), cache_dir
        )
        launch.info = settled or replace(launch.info, cache_dir=cache_dir)


def build_driver(
    modules: ModuleType | Iterable[ModuleType],
    config: dict[str, Any] | None = None,
    diagnostics: Diagnostics | None = None,
    *,
    allow_module_overrides: bool = False,
) -> driver.Driver:
    """The instrumented Driver, as ``hamtui run`` builds it: recorder, instruments, cache and executor by ``diagnostics``.

    Without these: by HAMTUI_* variables, pyproject.toml, the profile, the defaults. It gives results as a dict.

    Raises:
        SettingError: a variable or pyproject.toml says what can't be.
        UsageError: ``diagnostics`` asks for what this interpreter does not have.
        Exception: what Hamilton raises for a graph that can't be built.
    """
    launch = begin(diagnostics)
    wanted = diagnostics if diagnostics is not None else launch.recorder.wanted
    listed = [modules] if isinstance(modules, ModuleType) else list(modules)
    wanted = build.settled(listed, config or {}, wanted, allow_module_overrides)
    cache_dir = None
    if wanted.cache:
        cache_dir = os.path.abspath(wanted.cache_dir or layout.DEFAULT_CACHE_DIR)
        _settle(launch, cache_dir)
    return build.build_driver(
        listed, config or {}, wanted, launch.recorder, cache_dir, allow_module_overrides
    )
