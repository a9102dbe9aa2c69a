"""Which value a knob has, and who says so: option > HAMTUI_* > [tool.hamtui] > profile > default."""

import importlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from hamtui.contract import durations, redact
from hamtui.contract.diagnostics import DEFAULT_PROFILE, PROFILES, Diagnostics

PREFIX = "HAMTUI_"
DEFAULT = "default"
_EXTENDS = "extends"
_PROFILES = "profiles"
_KNOBS: dict[str, "Field[Any]"] = {knob.name: knob for knob in fields(Diagnostics)}
_WORDS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_SIZE = re.compile(r"\A\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*\Z", re.ASCII | re.IGNORECASE)
_SIZES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


class SettingError(ValueError):
    """A value that a knob can't have; the text is one sentence for the user."""


@dataclass(frozen=True)
class Table:
    """``[tool.hamtui]`` of a pyproject.toml: where that is, and what it says. Without one both are empty."""

    path: str = ""
    told: Mapping[str, Any] = ()  # type: ignore[assignment]

    @property
    def profiles(self) -> Mapping[str, Any]:
        """``[tool.hamtui.profiles.NAME]``, by name."""
        found = dict(self.told).get(_PROFILES)
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Resolved:
    """The knobs as they hold; ``sources`` says of each who set it: an option, a variable, a table, a profile, the default."""

    diagnostics: Diagnostics
    sources: Mapping[str, str]

    def told(self) -> dict[str, list[Any]]:
        """What is not by default, for launch.json: knob -> [value, source]."""
        wanted = self.diagnostics
        return {
            name: [_shown(getattr(wanted, name)), by] for name, by in self.sources.items() if by != DEFAULT
        }


def _shown(value: Any) -> Any:
    """A knob's value without secrets: a tag may hold one, and so may a URL."""
    if isinstance(value, tuple):
        return tuple(redact.words([str(one) for one in value]))
    return redact.words([value])[0] if isinstance(value, str) else value


def option(name: str) -> str:
    """``node_filter`` -> ``--node-filter``."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """``node_filter`` -> ``HAMTUI_NODE_FILTER``."""
    return PREFIX + name.upper()


# ---- a value from what was written


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = _WORDS.get(str(value).strip().lower())
    if found is None:
        raise SettingError(f"must be true or false, not {value!r}")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise SettingError(f"must be text, not {value!r}")
    return str(value)


def _whole(value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not _WHOLE.fullmatch(text):
        raise SettingError(f"must be a whole number, not {value!r}")
    return int(text)


def _seconds(value: Any) -> float:
    try:
        return durations.seconds(value)
    except ValueError as fault:
        raise SettingError(f"is no time: {fault}") from None


def size(value: Any) -> int:
    """Bytes from a number or a text: ``200M``, ``2G``, ``512 kB``; units are powers of 1,000.

    Raises:
        SettingError: it is neither.
    """
    found = _SIZE.match(str(value)) if not isinstance(value, bool) else None
    if found is None:
        raise SettingError(f"must be a size such as 200M or 2G, not {value!r}")
    return int(float(found[1]) * _SIZES[found[2].lower()])


def _many(value: Any) -> tuple[str, ...]:
    items = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise SettingError(f"must be a list, not {value!r}")
    return tuple(_text(item.strip() if isinstance(item, str) else item) for item in items)


_KINDS: dict[Any, Callable[[Any], Any]] = {
    bool: _truth,
    bool | None: _truth,
    str: _text,
    str | None: _text,
    int: _whole,
    int | None: _whole,
    float: _seconds,
    float | None: _seconds,
    tuple[str, ...]: _many,
    "bytes": size,
}


def parse(name: str, value: Any) -> Any:
    """The value of a knob from what an option, a variable or a TOML table holds.

    Raises:
        SettingError: the knob can't have it. The sentence goes on from the knob's name.
    """
    knob = _KNOBS[name]
    about = knob.metadata
    parsed = _KINDS[about.get("kind", knob.type)](value)
    choices = about.get("choices")
    if choices is not None:
        odd = [one for one in (parsed if isinstance(parsed, tuple) else [parsed]) if one not in choices]
        if odd:
            raise SettingError(f"{odd[0]!r} is unknown; there is {', '.join(map(str, choices))}")
    if parsed is not None and about.get("least") is not None and parsed < about["least"]:
        raise SettingError(f"must be {about['least']} or more, not {value!r}")
    return parsed


# ---- who says what


def resolve(options: Mapping[str, Any], environ: Mapping[str, str], table: Table) -> Resolved:
    """Every knob, by the order of precedence. ``options`` holds what was given, by knob; None is not given.

    Raises:
        SettingError: a value that its knob can't have, an unknown key or an unknown profile, in a whole sentence.
    """
    given = {
        name: _said(option(name), name, value) for name, value in options.items() if value not in (None, ())
    }
    told = {
        name: _said(variable(name), name, environ[variable(name)])
        for name in _KNOBS
        if environ.get(variable(name), "") != ""
    }
    where = f"{table.path} [tool.hamtui]"
    written = _keys(table, where, {key: value for key, value in dict(table.told).items() if key != _PROFILES})
    layers = [(option, given), (variable, told), (lambda _: where, written)]
    profile, by = DEFAULT_PROFILE, DEFAULT
    for source, layer in reversed(layers):
        if "profile" in layer:
            profile, by = layer["profile"], source("profile")
    layers.append((lambda _: f"profile {profile}", profile_values(profile, table)))
    values: dict[str, Any] = {"profile": profile}
    sources = {"profile": by}
    for name, knob in _KNOBS.items():
        if name == "profile":
            continue
        source, layer = next(((source, layer) for source, layer in layers if name in layer), (None, {}))
        values[name] = layer.get(name, knob.default)
        sources[name] = DEFAULT if source is None else source(name)
    return Resolved(Diagnostics(**values), sources)


def profile_values(name: str, table: Table, below: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a profile sets beyond the defaults: hamtui's own, the user's, or the user's on top of that of its name.

    ``extends = "NAME"`` in a table of the user's takes over another profile first.

    Raises:
        SettingError: there is no such profile, it extends itself, or it sets what can't be.
    """
    own = table.profiles.get(name)
    if own is None and name not in PROFILES:
        known = ", ".join(sorted({*PROFILES, *table.profiles}))
        raise SettingError(f"profile {name!r} is unknown; there is {known}")
    values = dict(PROFILES.get(name, {}))
    if own is None:
        return values
    where = f"{table.path} [tool.hamtui.{_PROFILES}.{name}]"
    if not isinstance(own, dict):
        raise SettingError(f"{where} must be a table")
    base = own.get(_EXTENDS)
    if base is not None:
        if base == name or base in below:
            raise SettingError(f"{where}: {_EXTENDS} = {base!r} goes round in a circle")
        values |= profile_values(_text(base), table, (*below, name))
    return values | _keys(table, where, {key: value for key, value in own.items() if key != _EXTENDS})


def _keys(table: Table, where: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs as a table of the file sets them; folders are seen from the file."""
    values = {}
    for key, value in told.items():
        name = key.replace("-", "_")
        if name not in _KNOBS:
            raise SettingError(f"{where}: there is no setting {key!r}; `hamtui profiles` lists them all")
        values[name] = _said(f"{where}: {key}", name, value)
    if "cache_dir" in values:
        values["cache_dir"] = os.path.join(os.path.dirname(table.path), values["cache_dir"])
    return values


def _said(where: str, name: str, value: Any) -> Any:
    try:
        return parse(name, value)
    except SettingError as fault:
        raise SettingError(f"{where} {fault}") from None


def read_table(folder: Path) -> Table:
    """``[tool.hamtui]`` of the nearest pyproject.toml that has one, from ``folder`` upwards.

    On Python 3.10 without tomli there is nothing that could read it, and it counts as absent.

    Raises:
        SettingError: the file can't be parsed.
    """
    for above in (folder, *folder.parents):
        path = above / "pyproject.toml"
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        parser = _toml() if "hamtui" in text else None
        if parser is None:
            continue
        try:
            tool = parser(text).get("tool", {})
        except ValueError as fault:
            raise SettingError(f"{path} can't be parsed: {fault}") from None
        table = tool.get("hamtui") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            return Table(str(path), table)
    return Table()


def _toml() -> Callable[[str], dict[str, Any]] | None:
    for name in ("tomllib", "tomli"):
        try:
            loads: Callable[[str], dict[str, Any]] = importlib.import_module(name).loads
        except ImportError:
            continue
        return loads
    return None


def here(**options: Any) -> Resolved:
    """The knobs for a program in this working folder, which may be gone, and environment; ``options`` are the caller's own.

    Raises:
        SettingError: as ``resolve`` and ``read_table``.
    """
    try:
        cwd = Path.cwd()
    except OSError:
        return resolve(options, os.environ, Table())
    return resolve(options, os.environ, read_table(cwd))
