"""Hamilton's own CLI context file, read as ``hamilton`` reads it, and joined with the command's options."""

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamtui.contract.spec import RunSpec
from hamtui.recorder.problems import UsageError

CONFIG = "HAMILTON_CONFIG"
TARGETS = "HAMILTON_FINAL_VARS"
INPUTS = "HAMILTON_INPUTS"
OVERRIDES = "HAMILTON_OVERRIDES"


@dataclass(frozen=True)
class Work:
    """What is to be executed: the options and the context file as one."""

    targets: list[str]
    config: dict[str, Any]
    inputs: dict[str, Any]
    overrides: dict[str, Any]


def work(spec: RunSpec) -> Work:
    """The launch's work. Options win over the context file; its targets come first and theirs extend them.

    Raises UsageError where the file is none that Hamilton would read; what a ``.py`` file itself raises goes through.
    """
    told = _load(Path(spec.context)) if spec.context else {}
    targets = [_target(name) for name in _part(told, TARGETS, list)] + list(spec.targets)
    return Work(
        targets=list(dict.fromkeys(targets)),
        config={**_part(told, CONFIG, dict), **spec.config},
        inputs={**_part(told, INPUTS, dict), **spec.inputs},
        overrides={**_part(told, OVERRIDES, dict), **spec.overrides},
    )


def _load(path: Path) -> Mapping[str, Any]:
    """The file's top-level names. Hamilton knows ``.json`` and ``.py``."""
    if not path.is_file():
        raise UsageError(f"no such context file: {path}")
    if path.suffix == ".json":
        try:
            told = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise UsageError(f"context file {path} is no JSON: {error}") from None
        if not isinstance(told, dict):
            raise UsageError(f"context file {path} holds no JSON object")
        return told
    spec = importlib.util.spec_from_file_location("cli_config", path) if path.suffix == ".py" else None
    if spec is None or spec.loader is None:
        raise UsageError(f"context file {path} is neither .json nor .py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def _part(told: Mapping[str, Any], name: str, kind: type) -> Any:
    value = told.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind) and not (kind is list and isinstance(value, tuple)):
        raise UsageError(f"{name} in the context file must be a {kind.__name__}, not {type(value).__name__}")
    return value


def _target(target: object) -> str:
    """A target's name: Hamilton takes a function or a Variable for one too."""
    if isinstance(target, str):
        return target
    return str(getattr(target, "__name__", None) or getattr(target, "name", target))
