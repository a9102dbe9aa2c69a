"""``[tool.hamtui]`` of the nearest pyproject.toml that has one, from the working folder upwards."""

from pathlib import Path
from typing import Any

from hamtui.cli.refuse import Refused
from hamtui.cli.values import toml


def cache(cwd: Path) -> bool | None:
    """What ``cache`` in ``[tool.hamtui]`` says; None where nothing does.

    Raises:
        Refused: the table can't be read, or ``cache`` is neither true nor false.
    """
    path, table = _table(cwd)
    value = table.get("cache")
    if value is not None and not isinstance(value, bool):
        raise Refused(f"{path}: cache in [tool.hamtui] must be true or false, not {value!r}")
    return value


def _table(cwd: Path) -> tuple[Path | None, dict[str, Any]]:
    for folder in (cwd, *cwd.parents):
        path = folder / "pyproject.toml"
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if "tool.hamtui" not in text and "hamtui" not in text:
            continue
        try:
            tool = toml(text).get("tool", {})
        except ValueError as fault:
            raise Refused(f"{path} can't be parsed: {fault}") from None
        table = tool.get("hamtui") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            return path, table
    return None, {}
