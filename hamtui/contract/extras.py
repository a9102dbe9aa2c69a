"""What ``--executor``, ``--trace`` and ``--track`` need in the run's interpreter beyond Hamilton, and how it is got."""

import importlib.util
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from hamtui.contract.diagnostics import Diagnostics


@dataclass(frozen=True)
class Extra:
    """``modules`` must be importable. ``name``: of hamtui's extra; None where ``packages`` are hamtui's own needs."""

    modules: tuple[str, ...]
    name: str | None
    packages: tuple[str, ...]


EXTRAS: dict[str, Extra] = {
    "--executor ray": Extra(("ray",), "ray", ("ray",)),
    "--executor dask": Extra(("dask", "distributed", "pandas"), "dask", ("dask[dataframe,distributed]",)),
    "--trace datadog": Extra(("ddtrace",), "datadog", ("ddtrace>=2.10,<3",)),
    "--trace otel": Extra(
        ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
        "otel",
        ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"),
    ),
    "--track": Extra(("hamilton_sdk",), None, ("sf-hamilton[sdk]",)),
}


def asked(wanted: Diagnostics) -> list[str]:
    """The keys of EXTRAS that the knobs ask for."""
    words = [f"--executor {wanted.executor}", *(f"--trace {name}" for name in wanted.trace)]
    if wanted.track is not None:
        words.append("--track")
    return [word for word in words if word in EXTRAS]


def is_there(module: str) -> bool:
    """Whether this interpreter has the module. Imports none but the packages that it stands in."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # no such package around it; or something half made by that name
        return False


def missing(word: str, has: Callable[[str], bool] = is_there) -> str | None:
    """The first module that is not there, of those that ``word`` needs."""
    return next((module for module in EXTRAS[word].modules if not has(module)), None)


def sentence(word: str, module: str, python: str, *, is_hamtuis: bool) -> str:
    """What is missing, and the command that brings it. ``is_hamtuis``: the interpreter has hamtui installed."""
    extra = EXTRAS[word]
    packages = (f"hamtui[{extra.name}]",) if is_hamtuis and extra.name is not None else extra.packages
    command = shlex.join([python, "-m", "pip", "install", *packages])
    return f"{word} needs {module}, which {python} does not have; install it: {command}"
