"""The exit record, which must be written whatever the disk says by then."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamtui.contract.launch import ExitInfo
from hamtui.supervise import write


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("only root may mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _fill(folder: Path) -> None:
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(4096)):
                pass
        except OSError:
            return


def test_what_is_reserved_is_there_when_the_disk_is_full(small_disk: Path) -> None:
    path = small_disk / "exit.json"
    write.reserve(path)
    _fill(small_disk)
    assert write.document(path, ExitInfo(exit_code=3))
    assert json.loads(path.read_text("ascii"))["exit_code"] == 3
    assert sorted(os.listdir(small_disk)) == ["ballast", "exit.json"]


def test_a_full_disk_reserves_nothing_and_is_left_as_it_was(small_disk: Path) -> None:
    _fill(small_disk)
    with pytest.raises(OSError, match="No space"):
        write.reserve(small_disk / "exit.json")
    assert os.listdir(small_disk) == ["ballast"]


def test_a_document_is_no_longer_than_it_is(tmp_path: Path) -> None:
    path = tmp_path / "exit.json"
    write.reserve(path)
    assert write.document(path, ExitInfo(signal=9))
    assert path.read_text("ascii").endswith("}\n") and path.stat().st_mode & 0o777 == 0o600
