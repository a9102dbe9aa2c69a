"""What ``registry check --execute`` computes with: a module, or a JSON file of inputs."""

import inspect
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from hamtui.recorder import modules
from hamtui.recorder.problems import UsageError
from hamtui.recorder.validate import known

#: Names of a fixture module that hold many values at once.
INPUTS, OVERRIDES, SCHEMAS = "INPUTS", "OVERRIDES", "SCHEMAS"


@dataclass(frozen=True)
class Fixture:
    """Values by the names of the inputs and nodes that they stand for, and schemas by their ``schema_ref``."""

    inputs: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    schemas: dict[str, Any] = field(default_factory=dict)


def load(name: str, cwd: str, nodes: Mapping[str, Any]) -> Fixture:
    """The fixture in a file or dotted module ``name``, for a graph with these nodes.

    Of a module: public functions, which take no argument and are called, and public names in lower case that hold
    a value; each stands for the input or the node of its name. ``INPUTS`` and ``OVERRIDES`` are tables of more of
    them, ``SCHEMAS`` one of schemas by ``schema_ref``.

    Raises:
        UsageError: it can't be read, or names what the dataflow does not have.
    """
    if name.endswith(".json"):
        return _sorted(_json(name, cwd), nodes, name)
    sys.path += [os.path.dirname(os.path.join(cwd, name)) if modules.is_file(name) else cwd]
    module = modules.load(name, cwd)
    return _sorted(
        {**_table(module, INPUTS), **_table(module, OVERRIDES), **_own(module, name)},
        nodes,
        name,
        _table(module, SCHEMAS),
    )


def _json(name: str, cwd: str) -> dict[str, Any]:
    try:
        with open(os.path.join(cwd, name), encoding="utf-8-sig") as file:
            told = json.load(file)
    except OSError as fault:
        raise UsageError(f"the fixture {name} can't be read: {fault.strerror or fault}") from None
    except (ValueError, RecursionError) as fault:
        raise UsageError(f"the fixture {name} is no JSON: {fault}") from None
    if not isinstance(told, dict):
        raise UsageError(f"the fixture {name} holds no JSON object of inputs")
    return told


def _table(module: ModuleType, name: str) -> dict[str, Any]:
    found = getattr(module, name, {})
    if not isinstance(found, dict):
        raise UsageError(f"{name} of the fixture {module.__name__} is no dict")
    return found


def _own(module: ModuleType, name: str) -> dict[str, Any]:
    """Its own public functions' values, and its constants; what it imported is none of it."""
    found: dict[str, Any] = {}
    for own, value in vars(module).items():
        if own.startswith("_") or own != own.lower() or isinstance(value, (ModuleType, type)):
            continue
        if not inspect.isfunction(value):
            if not callable(value) and type(value).__module__ not in ("typing", "__future__"):
                found[own] = value
        elif value.__module__ == module.__name__:
            if inspect.signature(value).parameters:
                raise UsageError(f"{own} of the fixture {name} takes arguments; a function there has none")
            found[own] = value()
    return found


def _sorted(
    values: dict[str, Any], nodes: Mapping[str, Any], name: str, schemas: dict[str, Any] | None = None
) -> Fixture:
    """Each value to the inputs or the overrides."""
    known(f"input or node of the fixture {name}:", values, set(nodes))
    inputs = {own: value for own, value in values.items() if nodes[own].user_defined}
    overrides = {own: value for own, value in values.items() if own not in inputs}
    return Fixture(inputs, overrides, schemas or {})
