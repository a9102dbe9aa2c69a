import os
import re
import stat
from pathlib import Path

import pytest

from hamtui.contract.folder import LaunchFolderError, make_launch
from hamtui.contract.layout import LAUNCH_ID


def test_a_folder_of_its_own_for_the_owner_alone(tmp_path: Path) -> None:
    folder = make_launch(tmp_path / "deep" / "diag")
    assert folder.is_absolute()
    match = LAUNCH_ID.match(folder.name)
    assert match and match[2] == str(os.getpid())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_two_within_a_second_differ_and_latest_is_the_newer(tmp_path: Path) -> None:
    first, second = make_launch(tmp_path), make_launch(tmp_path)
    assert first != second
    assert os.readlink(tmp_path / "latest") == second.name
    assert [name for name in os.listdir(tmp_path) if not re.match(r"\d|latest", name)] == []


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    taken = tmp_path / "diag"
    taken.touch()
    with pytest.raises(LaunchFolderError, match="is a file"):
        make_launch(taken)
    with pytest.raises(LaunchFolderError, match="is a file"):
        make_launch(taken / "below")


def test_a_folder_that_cant_be_written() -> None:
    with pytest.raises(LaunchFolderError, match="can't be written"):
        make_launch(Path("/proc/nothing-can-be-made-here"))


def test_a_folder_called_latest_costs_the_link_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    assert make_launch(tmp_path).is_dir()
    assert (tmp_path / "latest").is_dir()
