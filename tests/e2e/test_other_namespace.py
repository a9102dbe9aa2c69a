"""From another pid namespace of the same machine and name, as from a container beside the run's."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.driving import HAMTUI, Launched, detach, until

APART = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "--pid", "--fork", "--mount-proc"]

pytestmark = pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run([*APART, "true"], check=False, capture_output=True).returncode != 0,
    reason="no pid namespace can be made here",
)


def from_there(*args: str | Path) -> str:
    done = subprocess.run(
        [*APART, *HAMTUI, *map(str, args)],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def launched(tmp_path: Path) -> Launched:
    (tmp_path / "flow.py").write_text(
        "import time\n\ndef slow() -> int:\n    time.sleep(600)\n    return 1\n"
    )
    launched = detach("flow.py", "--target", "slow", cwd=tmp_path)
    until("the node", lambda: launched.started("slow"))
    return launched


def test_a_run_that_lives_is_not_lost_there_nor_deleted(launched: Launched) -> None:
    try:
        told = from_there("status", launched.dir)
        assert "running" in told and "lost" not in told
        told = from_there("prune", launched.dir.parent, "--keep", "0")
        assert launched.dir.is_dir(), told
        assert "can't be told from here" in told
    finally:
        os.killpg(launched.info["pid"], signal.SIGKILL)
        launched.wait_end()
    assert "killed" in from_there("status", launched.dir)


def test_one_that_died_with_its_supervisor_is_lost_there(launched: Launched) -> None:
    for pid in (launched.info["supervisor_pid"], launched.info["pid"]):
        os.kill(pid, signal.SIGKILL)
    until("both to be gone", lambda: launched.status()["launch"]["state"] == "lost")
    assert "lost" in from_there("status", launched.dir)
