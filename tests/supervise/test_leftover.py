"""Spools that dead workers left on this machine: whose are taken in."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from hamtui.contract import identity, layout
from hamtui.supervise import leftover

PID = 4121


def spool_of(folder: Path) -> tuple[Path, str]:
    """A worker's spool as anybody could make it, with one event, and the file's name."""
    prefix = layout.spool_prefix(str(folder), identity.host(), PID)
    spool = Path(tempfile.mkdtemp(prefix=prefix))
    name = layout.worker_name(layout.FLIGHT, "elsewhere", 77)
    (spool / name).write_text(json.dumps({"event": "node_end", "seq": 0}) + "\n")
    return spool, name


def test_ones_own_is_taken_in(tmp_path: Path) -> None:
    spool, name = spool_of(tmp_path)
    assert leftover.collect(tmp_path, PID) == 1
    assert (tmp_path / name).read_text() == '{"event": "node_end", "seq": 0}\n' and not spool.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("what", ["folder", "file"])
def test_nobody_elses_is(tmp_path: Path, what: str) -> None:
    spool, name = spool_of(tmp_path)
    os.chown(spool if what == "folder" else spool / name, 65534, 65534)
    leftover.collect(tmp_path, PID)
    assert list(tmp_path.iterdir()) == []
    if spool.exists():
        (spool / name).unlink()
        spool.rmdir()


def test_nobody_waits_for_a_pipe(tmp_path: Path) -> None:
    spool, name = spool_of(tmp_path)
    (spool / name).unlink()
    os.mkfifo(spool / name)
    assert leftover.collect(tmp_path, PID) == 1
    assert list(tmp_path.iterdir()) == []
