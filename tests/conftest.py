"""What every test stands on: no telemetry, and no process of ours left behind."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is.
settings.register_profile("hamtui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hamtui")

_MARK = "HAMTUI_TEST_SESSION"


def _marked(value: str) -> list[psutil.Process]:
    """Every process that inherited this session's mark, this one left out."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(_MARK) == value:
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture(scope="session", autouse=True)
def no_process_left() -> Iterator[None]:
    """Kills what the session's tests started and left running, and fails for it.

    Children inherit the environment, so that only this session's own processes bear its mark, in whatever
    session or group they are by then.
    """
    value = uuid.uuid4().hex
    os.environ[_MARK] = value
    os.environ["HAMILTON_TELEMETRY_ENABLED"] = "false"
    # Hamilton loads an extension for each library that is installed, and for tests many are: nothing here is about them.
    os.environ["HAMILTON_AUTOLOAD_EXTENSIONS"] = "0"
    # A job in the background is started with these ignored, and so would be what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # A worker of pytest-xdist inherits the size of the terminal that it has not, and programs believe it.
    for name in ("LINES", "COLUMNS"):
        os.environ.pop(name, None)
    yield
    deadline = time.monotonic() + 10
    while (left := _marked(value)) and time.monotonic() < deadline:
        time.sleep(0.1)
    names = []
    for process in left:
        try:
            names.append(f"{process.pid} {' '.join(process.cmdline())[:200]}")
            process.kill()
        except psutil.Error:
            continue
    if names:
        pytest.fail("left running: " + "; ".join(names), pytrace=False)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter whose venv holds Hamilton and what that needs, linked from here, and nothing else."""
    venv = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    wanted, seen = ["sf-hamilton"], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        _link(found, site)
        wanted += [_name(need) for need in found.requires or [] if "extra ==" not in need]
    return str(venv / "bin" / "python")


def _name(requirement: str) -> str:
    end = next((i for i, letter in enumerate(requirement) if letter in " <>=!~;[("), len(requirement))
    return requirement[:end]


def _link(found: metadata.Distribution, site: Path) -> None:
    root = Path(str(found.locate_file("")))
    for top in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
        if not (site / top).exists():
            (site / top).symlink_to(root / top)
