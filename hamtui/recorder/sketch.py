"""The graph of a dataflow as DOT, without running anything: what ``hamtui graph`` prints."""

import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

from hamtui.contract.spec import RunSpec, unpack
from hamtui.recorder import modules, problems
from hamtui.recorder.guard import attempt
from hamtui.recorder.problems import NoHamiltonError, UsageError


def sketch(packed: bytes) -> int:
    """Import, build, write DOT to stdout; the exit code: 1 where the modules fail, 2 for what can't be drawn."""
    return answer(_dot, unpack(packed))


def answer(make: Callable[[RunSpec], str], spec: RunSpec) -> int:
    """Write what ``make`` gives to stdout; the exit code: a usage error's own, 1 for another exception, with its traceback.

    What the modules print goes to stderr, so that stdout holds the answer alone.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    found, error = attempt(make, spec)
    if isinstance(error, UsageError):
        sys.stderr.write(f"hamtui: {error}\n")
        return error.exit_code
    if error is not None:
        error.__traceback__ = problems.trimmed(error.__traceback__)
        traceback.print_exception(error)
        return 1
    with out:
        out.write(found or "")
    return 0


def imported(spec: RunSpec) -> list[ModuleType]:
    """The user's modules. Raises NoHamiltonError, UsageError, and what they raise themselves."""
    if importlib.util.find_spec("hamilton") is None:
        raise NoHamiltonError(f"{sys.executable} has no Hamilton; install sf-hamilton there")
    modules.make_importable(spec.modules, spec.cwd)
    return [modules.load(name, spec.cwd) for name in spec.modules]


def built(found: list[ModuleType], config: dict[str, Any], allow_module_overrides: bool) -> Any:
    """A Driver with no adapter on it. Raises what Hamilton raises for a graph that can't be built."""
    from hamilton import driver  # noqa: PLC0415 - only now is Hamilton known to be there

    builder = driver.Builder().with_modules(*found).with_config(config)
    if allow_module_overrides:
        builder = builder.allow_module_overrides()
    return builder.build()


def _dot(spec: RunSpec) -> str:
    found = imported(spec)
    from hamtui.recorder import context  # noqa: PLC0415 - only now is Hamilton known to be there

    return draw(found, context.work(spec), spec.allow_module_overrides)


def draw(found: list[ModuleType], work: Any, allow_module_overrides: bool) -> str:
    """The DOT of the whole graph, or of what the targets need where there are any.

    By Hamilton's own drawing where the ``graphviz`` package is importable, which it needs; else by ours.
    """
    from hamtui.recorder import picture, plan, validate  # noqa: PLC0415

    plain = built(found, work.config, allow_module_overrides)
    validate.known("target", work.targets, set(plain.graph.nodes))
    if importlib.util.find_spec("graphviz") is not None:
        if work.targets:
            drawn = plain.visualize_execution(work.targets, inputs=work.inputs, bypass_validation=True)
        else:
            drawn = plain.display_all_functions()
        if drawn is not None:
            return str(drawn.source)
    planned = plan.Planner("").plan(plain.graph, work.targets or list(plain.graph.nodes), ())
    return picture.text(planned.document, work.targets)
