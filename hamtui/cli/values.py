"""Values as people write them on a command line: ``KEY=VALUE``, ``@file``, ``30m``, an interpreter's path."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamtui.cli.refuse import Refused
from hamtui.contract import durations, redact

if TYPE_CHECKING:
    _FloatType = click.ParamType[float]
else:
    # Older clicks' is no generic.
    _FloatType = click.ParamType


class Seconds(_FloatType):
    """A positive time: ``90``, ``90s``, ``30m``, ``1h30m``."""

    name = "SECONDS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The time in seconds."""
        try:
            return durations.seconds(value)
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


def pairs(given: Iterable[str], option: str) -> dict[str, Any]:
    """Each ``KEY=VALUE`` and each ``@file`` of ``option``, in order; the later wins.

    Raises:
        Refused: one of them is neither, or its file can't be read.
    """
    found: dict[str, Any] = {}
    for text in given:
        if text.startswith("@"):
            found.update(_table(Path(text[1:]), option))
            continue
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise Refused(f"{option} {text!r} is no KEY=VALUE and no @file.json, @file.toml or @file.yaml")
        found[key.strip()] = json_or_text(value)
    return found


def json_or_text(value: str) -> Any:
    """The JSON that ``value`` is, else the text itself. NaN and Infinity are no JSON."""
    try:
        return json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return value


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _table(path: Path, option: str) -> dict[str, Any]:
    where = f"{option} @{path}"
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise Refused(f"{where} can't be read: {fault.strerror or fault}") from None
    table = _parse(data, path.suffix.lower(), where)
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise Refused(f"{where} holds no table of keys and values, but a {type(table).__name__}")
    odd = [key for key in table if not isinstance(key, str)]
    if odd:
        raise Refused(f"{where}: the key {odd[0]!r} is no text")
    return table


def _parse(data: bytes, suffix: str, where: str) -> Any:
    try:
        text = data.decode("utf-8-sig")
        if suffix == ".json":
            return json.loads(text)
        if suffix == ".toml":
            return toml(text)
        if suffix in {".yaml", ".yml"}:
            return _yaml(text)
    except UnicodeDecodeError:
        raise Refused(f"{where} is no UTF-8 text") from None
    except (ValueError, RecursionError) as fault:
        reason = " ".join(str(fault).split()) or "it is nested too deeply"
        raise Refused(f"{where} can't be parsed: {reason}") from None
    raise Refused(f"{where}: the name must end in .json, .toml or .yaml")


def toml(text: str) -> dict[str, Any]:
    """A TOML document. Raises ValueError."""
    parser = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    table: dict[str, Any] = parser.loads(text)
    return table


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise ValueError(str(fault)) from None


def interpreter(given: str | None) -> str:
    """The interpreter's absolute path, links kept: a venv's python is a link that must stay one.

    Raises:
        Refused: it isn't there, or can't be executed.
    """
    if given is None:
        return sys.executable
    path = os.path.abspath(os.path.expanduser(given)) if os.sep in given or given == "." else given
    found = shutil.which(path)
    if found is not None:
        return os.path.abspath(found)
    if os.path.isdir(path):
        raise Refused(f"--python {given} is a folder; name its interpreter, such as {given}/bin/python")
    if os.path.exists(path):
        raise Refused(f"--python {given} can't be executed")
    raise Refused(f"--python {given}: there is no such interpreter")


def shell_command(given: str | None, option: str) -> str | None:
    """A command that the shell can read; None where none was given.

    Raises:
        Refused: it is empty, or no command at all.
    """
    if given is None:
        return None
    if not given.strip():
        raise Refused(f"{option} must be a command")
    try:
        read = subprocess.run(
            ["/bin/sh", "-n", "-c", given],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as fault:
        raise Refused(f"{option}: the shell can't be asked: {fault}") from None
    if read.returncode != 0:
        said = " ".join(read.stderr.decode("utf-8", "replace").split())
        raise Refused(f"{option} {given!r} is no command that the shell can read: {said}")
    return given


def masked(argv: list[str]) -> list[str]:
    """The command line with the values of config, inputs and overrides left out: they may be secrets.

    So may what stands behind an option that is called like a secret, and so may a part of the command of ``--on-suspect`` (the address that a message is posted to), which is left out whole.
    """
    shown, after, command = [], False, False
    for word in argv:
        if command:
            shown.append("...")
        elif after:
            shown.append(_mask(word))
        elif word.startswith("--on-suspect="):
            shown.append("--on-suspect=...")
        elif word.startswith(("--config=", "--input=", "--override=")):
            option, _, pair = word.partition("=")
            shown.append(f"{option}={_mask(pair)}")
        else:
            shown.append(word)
        after = not (after or command) and word in {"--config", "--input", "--override"}
        command = not (after or command) and word == "--on-suspect"
    return redact.words(shown)


def _mask(pair: str) -> str:
    key, equals, _ = pair.partition("=")
    return f"{key}=..." if equals and not pair.startswith("@") else pair
