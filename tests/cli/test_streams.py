"""Commands whose standard streams are closed, as cron jobs and daemons start them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import FLOW


def _with_closed(closed: str, *words: str, cwd: Path) -> "subprocess.CompletedProcess[bytes]":
    command = f'exec "$0" -m hamtui "$@" {closed}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, *words], cwd=cwd, capture_output=True, check=False, timeout=60
    )


def test_a_run_with_every_stream_closed_says_its_code(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(FLOW, "utf-8")
    words = ("run", "flow.py", "--target", "three", "--plain")
    assert _with_closed("<&- >&- 2>&-", *words, cwd=tmp_path).returncode == 0
    words = ("run", "flow.py", "--target", "leaves", "--plain")
    done = _with_closed("<&- >&-", *words, cwd=tmp_path)
    assert (done.returncode, b"/cli/main.py" in done.stderr) == (7, False), done.stderr
    assert len(os.listdir(tmp_path / "_hamilton_diag")) == 3


def test_what_is_refused_is_refused_without_streams(tmp_path: Path) -> None:
    assert _with_closed(">&- 2>&-", "status", cwd=tmp_path).returncode == 2
    done = _with_closed("<&- >&-", "status", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith(b"hamtui: ")


def test_output_that_can_t_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(FLOW, "utf-8")
    assert _with_closed("", "run", "flow.py", "--target", "three", "--plain", cwd=tmp_path).returncode == 0
    for words in (("status",), ("status", "--json"), ("profiles",)):
        done = _with_closed(">/dev/full", *words, cwd=tmp_path)
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1), done.stderr
        assert b"No space left on device" in done.stderr
    done = _with_closed(">/dev/full", "run", "flow.py", "--target", "leaves", "--plain", cwd=tmp_path)
    assert done.returncode == 7 and b"/cli/" not in done.stderr
