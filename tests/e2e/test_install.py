"""`pip install .` in a fresh venv brings what it names, and the program starts."""

import subprocess
import venv
from pathlib import Path

import pytest

from tests.e2e.driving import SAMPLES

ROOT = Path(__file__).parents[2]
PACKAGES = "textual click watchfiles msgspec psutil py-spy pyarrow sf-hamilton sf-hamilton-sdk apache-hamilton pandas".split()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_pip_install_in_a_fresh_venv(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(ROOT)], check=True, capture_output=True)
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], check=True, capture_output=True, text=True
    ).stdout
    installed = {line.partition("==")[0].lower() for line in listed.splitlines()}
    assert set(PACKAGES) <= installed
    assert not installed & {"pytest", "ruff", "mypy"}
    hamtui = tmp_path / "venv/bin/hamtui"
    assert "run" in subprocess.run([hamtui, "--help"], check=True, capture_output=True, text=True).stdout
    done = subprocess.run(
        [hamtui, "run", SAMPLES / "failing.py", "--target", "shelf_labels", "--input", "pace=0"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Everything the dashboard needs is in the wheel, its style sheet too.
    imports = subprocess.run(
        [
            python,
            "-c",
            "from pathlib import Path; import hamtui.tui.app as a; print(Path(a.__file__).parent)",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert list(Path(imports.stdout.strip()).glob("*.tcss"))
