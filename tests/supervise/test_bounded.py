"""output.log within its share of ``--max-size``, while others hold it open."""

import os
from pathlib import Path

import pytest

from hamtui.contract import layout
from hamtui.supervise import bounded

LINE = b"%07d what a service prints of each request\n"


def on_disk(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_the_newest_lines_stay_where_they_were(tmp_path: Path) -> None:
    path = tmp_path / layout.OUTPUT
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    whole = b"".join(LINE % n for n in range(100_000))
    os.write(fd, whole)
    assert bounded.trim(path, len(whole) + 10_000) and path.read_bytes() == whole  # it is not too much
    if not bounded.trim(path, 1_000_000):
        pytest.skip("this file system punches no holes")
    assert on_disk(path) < 1_000_000
    os.write(fd, b"and goes on\n")
    os.close(fd)
    found = path.read_bytes()
    kept = found.lstrip(b"\0")
    assert len(found) == len(whole) + 12 and kept.endswith(b"and goes on\n")
    assert (
        whole.endswith(kept.removesuffix(b"and goes on\n")) and LINE % int(kept[:7]) == kept[: len(LINE % 0)]
    )
    assert 400_000 < len(kept) <= 500_012


def test_a_line_without_an_end_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / layout.OUTPUT
    path.write_bytes(b"x" * 3_000_000)
    if not bounded.trim(path, 1_000_000):
        pytest.skip("this file system punches no holes")
    assert on_disk(path) < 1_000_000 and path.read_bytes().lstrip(b"\0") == b"x" * 500_000
    bounded.Bounded(tmp_path / "none", 5).look(1.0)
