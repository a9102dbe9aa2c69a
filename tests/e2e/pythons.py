"""Other Pythons with Hamilton and without hamtui, for `--python`."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


def interpreter(version: str) -> str | None:
    """A Python of this version on this machine: our own, on the PATH, or pyenv's."""
    if version == OWN:
        return sys.executable
    if (found := shutil.which(f"python{version}")) and _works(found, version):
        return found
    for path in sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python")):
        if _works(str(path), version):
            return str(path)
    return None


def _works(python: str, version: str) -> bool:
    ask = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    told = subprocess.run(ask, capture_output=True, text=True, check=False)
    return told.returncode == 0 and told.stdout.strip() == version


@functools.cache
def with_hamilton(version: str) -> str:
    """The interpreter of a venv of this version that has Hamilton; made once, by pip, and skipped where it can't be.

    It is kept beside the other temporary files between sessions, since making one takes a minute.
    """
    if version == OWN:
        return sys.executable
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    folder = Path(tempfile.gettempdir()) / f"hamtui-tests-{os.getuid()}" / f"python{version}"
    inside = folder / "bin" / "python"
    if not (folder / "ready").exists():
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True, capture_output=True)
        made = subprocess.run(
            [inside, "-m", "pip", "install", "-q", "sf-hamilton"], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip(f"no Hamilton for Python {version}: {made.stderr[-200:]!r}")
        (folder / "ready").touch()
    return str(inside)
