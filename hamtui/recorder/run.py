"""A launch from its spec to its exit code: what ``boot`` runs once hamtui can be imported."""

import importlib.util
import os
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from hamtui.contract import flight, layout, redact
from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.spec import RunSpec, unpack
from hamtui.recorder import context, launch_file, launches, modules, problems, program, ready, sampler
from hamtui.recorder.context import Work
from hamtui.recorder.flight import Journal, journal
from hamtui.recorder.guard import FAULTS, attempt, error_text, traceback_text
from hamtui.recorder.here import HERE
from hamtui.recorder.problems import NoHamiltonError, UsageError

if TYPE_CHECKING:
    from hamtui.recorder.adapter import Recorder


#: More than our own frames on the stack at the deepest place: the runner's, a hook's, logging's.
_OUR_FRAMES = 50


@dataclass
class Launch:
    """A launch under way. ``stage`` is what it is about: ``import``, ``build`` or ``execute``."""

    spec: RunSpec
    info: LaunchInfo
    flight: Journal
    stage: str = "import"

    def tell(self, stage: str, error: BaseException) -> None:
        """Write down what ends the process, if that can be: what ends it is not to be hidden by what hinders us."""
        attempt(self._tell, stage, error)

    def _tell(self, stage: str, error: BaseException) -> None:
        event = FlightEvent(
            flight.LAUNCH_ERROR,
            error=error_text(error),
            error_type=type(error).__name__,
            traceback=None if isinstance(error, UsageError) else traceback_text(error),
            stage=stage,
        )
        self.flight.append(event)


def run(packed: bytes) -> int:
    """Run the launch; its exit code. What the user's code raises leaves through here, as from a plain program.

    So SystemExit, Ctrl-C and tracebacks end the process as Python ends it. Raises OSError where the launch
    folder can't be written.
    """
    spec = unpack(packed)
    info = launch_file.describe(spec)
    launch_file.write(info, spec.launch_dir)
    launch = Launch(spec, info, journal(spec.launch_dir, layout.FLIGHT, HERE.pid, HERE.host))
    pid = os.getpid()
    ready.get_ready(spec)
    try:
        code = 0
        if spec.program:
            program.go(launch)
        else:
            code = _go(launch)
    except UsageError as usage:
        launch.tell(usage.stage, usage)
        sys.stderr.write(f"hamtui: {usage}\n")
        return usage.exit_code
    except BaseException as error:
        last = error
        if os.getpid() != pid:  # a forked child leaves: its end is not the run's
            last.__traceback__ = problems.trimmed(last.__traceback__)
            problems.keep_last_words_short(last)
            raise
    else:
        return code
    last = _interrupt_behind(last)
    last.__traceback__ = problems.trimmed(last.__traceback__)
    if not isinstance(last, SystemExit) or last.code not in (None, 0):
        launch.tell(launch.stage, last)
    problems.keep_last_words_short(last)
    raise last


def _interrupt_behind(error: BaseException) -> BaseException:
    """Ctrl-C itself, where Hamilton's cache met it and raised an assertion of its own in its stead."""
    behind = error.__context__
    return behind if isinstance(error, AssertionError) and isinstance(behind, KeyboardInterrupt) else error


def _go(launch: Launch) -> int:
    """All of it: get ready, import, build, validate, execute. The exit code."""
    spec = launch.spec
    if importlib.util.find_spec("hamilton") is None:
        raise NoHamiltonError(
            f"{sys.executable} has no Hamilton; install sf-hamilton there, or name another --python"
        )
    # Only now is Hamilton known to be there; and before the user's folder, whose hamilton.py would shadow it.
    from hamtui.recorder import applog, build, worker  # noqa: PLC0415
    from hamtui.recorder.adapter import Recorder  # noqa: PLC0415

    build.check_executor(spec.diagnostics)
    if spec.diagnostics.logs:
        applog.install(journal(spec.launch_dir, layout.APP_LOG, HERE.pid, HERE.host))
    imported, work = _import(spec)
    launch.stage = "build"
    wanted = build.settled(imported, work.config, spec.diagnostics, spec.allow_module_overrides)
    cached = bool(wanted.cache)
    recorder = Recorder(
        spec.launch_dir,
        main_pid=HERE.pid,
        main_host=HERE.host,
        wanted=wanted,
        on_worker=(worker.begin,),
        door=spec.door,
    )
    recorder.renders = True
    cache_dir = launch_file.cache_dir(spec) if cached else None
    settled, fault = attempt(launch_file.settle, launch.info, spec.launch_dir, work.targets, cache_dir)
    if fault is not None:
        FAULTS.note("launch.json", fault)  # a full disk by now, a folder that is gone: the run goes on
    launch.info = settled or launch.info
    launches.adopt(launch.info, recorder)
    code = _execute(launch, imported, work, recorder, cache_dir)
    if recorder.failed_nodes is None:
        return code
    sys.stderr.write(f"hamtui: {recorder.failed_nodes}\n")
    return 1


def _import(spec: RunSpec) -> tuple[list[ModuleType], Work]:
    """The user's modules and the work, which a context file of Python may say."""
    first = spec.modules[0] if spec.modules else ""
    sys.argv = [os.path.normpath(os.path.join(spec.cwd, first)) if modules.is_file(first) else first]
    modules.make_importable(spec.modules, spec.cwd)
    imported = [modules.load(name, spec.cwd) for name in spec.modules]
    return imported, context.work(spec)


def _execute(
    launch: Launch, imported: list[ModuleType], work: Work, recorder: "Recorder", cache_dir: str | None
) -> int:
    """Build the Driver, refuse what it can't do, and run it; the exit code.

    The results are the user's nodes' business, unless the launch is a check of them.
    """
    from hamtui.recorder import build, saved, validate  # noqa: PLC0415

    spec, wanted = launch.spec, recorder.wanted
    attempt(redact.remember_in, [work.config, work.inputs, work.overrides])
    work = saved.added(work, spec)
    driver = build.build_driver(
        imported, work.config, wanted, recorder, cache_dir, spec.allow_module_overrides
    )
    # By name: what checks results stands above the recorder.
    check = None if spec.check is None else importlib.import_module(spec.check.by).begin(spec, driver.graph)
    if check is not None:
        work = check.work(work)
    validate.check(driver.graph, work, wanted.recompute)
    if wanted.track is not None:
        validate.check_tags(driver.graph)
    validate.check_pdb(driver.graph, wanted.pdb, wanted.node_filter)
    for name, sentence in validate.bad_thresholds(driver.graph):
        launch.flight.append(FlightEvent(flight.RECORDER_FAULT, node=name, error=sentence, count=1))
    sampler.be_last_after_forks()
    launch.stage = "execute"
    # A graph as deep as plain Python allows must not meet the limit for the frames that stand below and hooks above.
    sys.setrecursionlimit(sys.getrecursionlimit() + _OUR_FRAMES)
    results = driver.execute(work.targets, inputs=work.inputs, overrides=work.overrides)
    if check is None:
        return 0
    code: int = check.judge(results, recorder.failed_nodes)
    return code
