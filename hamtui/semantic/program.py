"""The compiler as a process of the user's interpreter: what ``hamtui registry`` starts, by ``recorder/boot.py``."""

import json
import os
import traceback
from dataclasses import asdict
from types import TracebackType
from typing import Any

from hamtui.contract.spec import RunSpec, unpack
from hamtui.recorder import problems, sketch
from hamtui.recorder.guard import attempt
from hamtui.recorder.problems import UsageError

_MOST_MESSAGE = 2_000
#: Where a frame says nothing to who wrote the module.
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class CantCompileError(UsageError):
    """The modules can't be imported, or make no graph."""

    exit_code = 1
    stage = "import"


def main(packed: bytes) -> int:
    """Import, build, compile; the exit code is 1 where the modules fail, 2 for what can't be done as asked.

    Stdout gets one JSON object: ``registry`` (the file's text, null where there are errors), ``problems``, ``places``.
    """
    return sketch.answer(_answer, unpack(packed))


def _answer(spec: RunSpec) -> str:
    found, error = attempt(_compiled, spec)
    if isinstance(error, UsageError):
        raise error
    if error is not None:
        raise CantCompileError(_told(error, spec.cwd))
    return json.dumps(found)


def _compiled(spec: RunSpec) -> dict[str, Any]:
    imported = sketch.imported(spec)
    from hamtui.recorder import context  # noqa: PLC0415 - only now is Hamilton known to be there
    from hamtui.semantic import compiler  # noqa: PLC0415

    driver = sketch.built(imported, context.work(spec).config, spec.allow_module_overrides)
    done = compiler.compiled(driver, strict=spec.strict, dag_name=spec.diagnostics.dag_name)
    return {
        "registry": None if done.registry is None else done.registry.text(),
        "problems": [asdict(problem) for problem in done.problems],
        "places": done.places,
    }


def _told(error: Exception, cwd: str) -> str:
    """What the modules raised, in one sentence, with the user's line that it came from."""
    message = " ".join(str(error).split())[:_MOST_MESSAGE] if attempt(str, error)[1] is None else ""
    told = f"{type(error).__name__}: {message}" if message else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return told if error.filename in told else f"{error.filename}:{error.lineno}: {told}"
    place = _place(problems.trimmed(error.__traceback__), cwd)
    return f"{place}: {told}" if place else f"the modules can't be made into a dataflow: {told}"


def _place(trace: TracebackType | None, cwd: str) -> str | None:
    """The innermost line that is neither ours nor of an installed package."""
    for frame in reversed(traceback.extract_tb(trace)):
        file = frame.filename
        if file.startswith(("<", _OURS)) or "site-packages" in file or not os.path.exists(file):
            continue
        if file.startswith(os.path.dirname(os.__file__) + os.sep):
            continue
        near = os.path.relpath(file, cwd)
        return f"{file if near.startswith(os.pardir) else near}:{frame.lineno}"
    return None
