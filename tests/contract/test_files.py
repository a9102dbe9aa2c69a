"""What lies in a launch folder is its owner's alone, and is never made through a link."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamtui.contract import files
from hamtui.contract.folder import make_launch


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o277])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


WAYS = {
    "append": lambda path: os.close(files.open_to_append(path)),
    "write": lambda path: os.close(files.open_to_write(path)),
    "put": lambda path: files.put(path, b"x"),
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_new_file_is_its_owner_s_whatever_the_umask(way: str, umask: int, tmp_path: Path) -> None:
    WAYS[way](tmp_path / "new")
    assert mode(tmp_path / "new") == 0o600


def test_so_are_the_folders(umask: int, tmp_path: Path) -> None:
    launch = make_launch(tmp_path / "_hamilton_diag")
    assert mode(launch) == mode(launch.parent) == 0o700


def test_what_somebody_opened_up_stays_so(tmp_path: Path) -> None:
    file = tmp_path / "shared"
    file.touch()
    file.chmod(0o644)
    os.close(files.open_to_append(file))
    assert mode(file) == 0o644


@pytest.mark.parametrize("way", ["append", "write"])
@pytest.mark.parametrize("there", [True, False])
def test_no_link_is_followed(way: str, there: bool, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    if there:
        elsewhere.write_text("mine")
    (tmp_path / "link").symlink_to(elsewhere)
    with pytest.raises(OSError):
        WAYS[way](tmp_path / "link")
    assert elsewhere.exists() == there and (not there or elsewhere.read_text() == "mine")


def test_putting_a_file_takes_a_link_s_place_and_leaves_what_it_led_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (tmp_path / "link").symlink_to(elsewhere)
    files.put(tmp_path / "link", b"ours")
    assert elsewhere.read_text() == "mine"
    assert not (tmp_path / "link").is_symlink() and (tmp_path / "link").read_bytes() == b"ours"


@pytest.mark.parametrize("way", sorted(WAYS))
def test_nor_one_in_the_folder_s_place(way: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "launch").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotADirectoryError):
        WAYS[way](tmp_path / "launch" / "new")
    assert os.listdir(tmp_path / "elsewhere") == []


def test_what_is_opened_blocks_as_any_file_does(tmp_path: Path) -> None:
    """The run's own standard output is such a descriptor."""
    for opened in (files.open_to_append, files.open_to_write):
        descriptor = opened(tmp_path / "file")
        assert os.get_blocking(descriptor) and not os.get_inheritable(descriptor)
        os.close(descriptor)


@pytest.mark.parametrize("way", ["append", "write"])
def test_nobody_waits_at_a_pipe(way: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError):
        WAYS[way](tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="not a regular file"):
        WAYS[way](tmp_path / "pipe")
    os.close(reader)


def test_appended_and_written_over(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for text in (b"one", b"two"):
        fd = files.open_to_append(file)
        os.write(fd, text)
        os.close(fd)
    assert file.read_bytes() == b"onetwo"
    fd = files.open_to_write(file, empty=False)
    os.write(fd, b"ONE")
    os.close(fd)
    assert file.read_bytes() == b"ONEtwo"
    files.put(file, b"three")
    assert file.read_bytes() == b"three" and os.listdir(tmp_path) == ["file"]


def test_what_can_t_be_put_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        files.put(tmp_path / "folder", b"x")
    assert os.listdir(tmp_path) == ["folder"]
