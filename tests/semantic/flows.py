"""Dataflows from source text, in files of their own, so that they have places."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from hamilton import driver

from hamtui.recorder import modules

_NUMBERS = itertools.count()


def loaded(sources: Mapping[str, str], folder: Path) -> list[ModuleType]:
    """A module of each source; their names are never used twice in a process."""
    found = []
    for name, text in sources.items():
        path = folder / f"{name}_{next(_NUMBERS)}.py"
        path.write_text(text)
        found.append(modules.load(str(path), str(folder)))
    return found


def built(sources: Mapping[str, str], folder: Path, config: dict[str, Any] | None = None) -> driver.Driver:
    return driver.Builder().with_modules(*loaded(sources, folder)).with_config(dict(config or {})).build()


def tagged(name: str, tags: Mapping[str, Any], kind: str = "int") -> str:
    """A function whose node bears these tags."""
    return f"@tag(**{dict(tags)!r})\ndef {name}() -> {kind}:\n    return None\n"


def flow(*functions: str) -> dict[str, str]:
    return {"flow": "\n".join(["from hamilton.function_modifiers import tag\n", *functions])}
