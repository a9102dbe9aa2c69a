"""The graph of a dataflow as DOT, without running anything: what ``hamtui graph`` prints."""

import importlib.util
import os
import sys
import traceback
from types import ModuleType
from typing import Any

from hamtui.contract.spec import RunSpec, unpack
from hamtui.recorder import modules, problems
from hamtui.recorder.guard import attempt
from hamtui.recorder.problems import NoHamiltonError, UsageError


def sketch(packed: bytes) -> int:
    """Import, build, write DOT to stdout; the exit code: 1 where the modules fail, 2 for what can't be drawn.

    What the modules print goes to stderr, so that stdout holds the graph alone.
    """
    spec = unpack(packed)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    found, error = attempt(_dot, spec)
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


def _dot(spec: RunSpec) -> str:
    if importlib.util.find_spec("hamilton") is None:
        raise NoHamiltonError(f"{sys.executable} has no Hamilton; install sf-hamilton there")
    modules.make_importable(spec.modules, spec.cwd)
    imported = [modules.load(name, spec.cwd) for name in spec.modules]
    from hamtui.recorder import context  # noqa: PLC0415 - only now is Hamilton known to be there

    return draw(imported, context.work(spec), spec.allow_module_overrides)


def draw(imported: list[ModuleType], work: Any, allow_module_overrides: bool) -> str:
    """The DOT of the whole graph, or of what the targets need where there are any.

    By Hamilton's own drawing where the ``graphviz`` package is importable, which it needs; else by ours.
    """
    from hamilton import driver  # noqa: PLC0415

    from hamtui.recorder import picture, plan, validate  # noqa: PLC0415

    builder = driver.Builder().with_modules(*imported).with_config(work.config)
    if allow_module_overrides:
        builder = builder.allow_module_overrides()
    built = builder.build()
    validate.known("target", work.targets, set(built.graph.nodes))
    if importlib.util.find_spec("graphviz") is not None:
        if work.targets:
            drawn = built.visualize_execution(work.targets, inputs=work.inputs, bypass_validation=True)
        else:
            drawn = built.display_all_functions()
        if drawn is not None:
            return str(drawn.source)
    planned = plan.Planner("").plan(built.graph, work.targets or list(built.graph.nodes), ())
    return picture.text(planned.document, work.targets)
