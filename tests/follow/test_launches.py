"""Which launches there are, and which is meant."""

import os
from pathlib import Path

import pytest

from hamtui.contract import layout
from hamtui.contract.logs import DUMP, STOP
from hamtui.follow.ask import ask
from hamtui.follow.decode import decode
from hamtui.follow.launches import LaunchRef, NoLaunch, find, launches

OLD, NEW = "20261122T100000Z-11", "20261122T110000Z-12"


def write(path: Path, at: float, data: str = "{}\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data)
    os.utime(path, (at, at))


@pytest.fixture
def diag(tmp_path: Path) -> Path:
    made = tmp_path / "_hamilton_diag"
    write(made / OLD / layout.LAUNCH, 100.0)
    write(made / OLD / layout.FLIGHT, 100.0)
    write(made / NEW / layout.LAUNCH, 200.0)
    (made / "latest").symlink_to(OLD)
    (made / "notes").mkdir()
    return made


def ids(refs: list[LaunchRef]) -> list[str]:
    return [ref.id for ref in refs]


def test_the_newest_launch_is_meant_whatever_latest_says_and_whoever_writes(diag: Path) -> None:
    assert ids(launches(diag)) == [NEW, OLD]
    write(diag / OLD / layout.VITALS, 300.0)
    assert ids(launches(diag)) == [NEW, OLD]
    assert find(diag) == LaunchRef(NEW, diag / NEW, False, 200.0)
    assert find(diag, OLD) == LaunchRef(OLD, diag / OLD, False, 300.0)


def test_of_launches_of_one_second_the_later_is_meant(diag: Path) -> None:
    second = 1795350000.0  # what is in their names
    first, then, other = (f"20261122T122000Z-{pid}" for pid in (999, 101, 500))
    for number, name in enumerate((first, then)):
        write(diag / name / layout.LAUNCH, second + 0.2 + number * 0.5)
    write(diag / first / layout.VITALS, second + 60)
    assert ids(launches(diag))[:2] == [then, first]
    write(diag / "20261122T122001Z-7" / layout.LAUNCH, second)  # copied: its file is of another day
    (diag / other).mkdir()
    assert ids(launches(diag))[0] == "20261122T122001Z-7"


def test_a_name_that_is_no_instant_breaks_nothing(diag: Path) -> None:
    (diag / "20261399T999999Z-1").mkdir()
    assert set(ids(launches(diag))) == {NEW, OLD, "20261399T999999Z-1"}


def test_what_people_ask_is_no_sign_of_life(diag: Path) -> None:
    write(diag / OLD / layout.REQUESTS, 900.0)
    assert find(diag).id == NEW


def test_a_launch_folder_and_a_link_to_one_are_that_launch(diag: Path) -> None:
    assert find(diag / OLD).id == OLD
    assert find(diag / "latest") == find(diag / OLD)
    moved = (diag / OLD).rename(diag.parent / "copied")
    assert find(moved).id == "copied"


def test_a_launch_that_has_written_nothing_yet(diag: Path) -> None:
    (diag / "20261122T120000Z-13").mkdir()
    assert find(diag).id == "20261122T120000Z-13"


@pytest.mark.parametrize(
    "name", ["hamilton_flight.jsonl", "faulthandler_stacks.log", "hamilton_flight.box.7.jsonl"]
)
def test_a_flat_folder_with_one_file_alone(tmp_path: Path, name: str) -> None:
    write(tmp_path / "mine" / name, 50.0)
    assert find(tmp_path / "mine") == LaunchRef("mine", tmp_path / "mine", True, 50.0)


def test_flat_files_beside_launches_are_one_more(diag: Path) -> None:
    write(diag / layout.FLIGHT, 150.0)
    assert ids(launches(diag)) == [NEW, "_hamilton_diag", OLD]
    assert [ref.flat for ref in launches(diag)] == [False, True, False]
    write(diag / layout.FLIGHT, 500.0)
    assert find(diag).flat
    write(diag / OLD / layout.VITALS, 600.0)
    assert ids(launches(diag)) == [OLD, "_hamilton_diag", NEW]


def test_an_id_or_its_unique_beginning(diag: Path) -> None:
    assert find(diag, OLD).id == OLD
    assert find(diag, "20261122T11").id == NEW
    with pytest.raises(NoLaunch, match="beginning of 2 launches"):
        find(diag, "20261122")
    with pytest.raises(NoLaunch, match=f"nearest: {OLD}"):
        find(diag, "20261122T100000Z-19")
    with pytest.raises(NoLaunch, match="There is no launch zzz"):
        find(diag, "zzz")


def test_where_there_is_none_one_sentence_says_what_to_do(diag: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "file", 1.0)
    for name, words in (
        ("empty", "There is no launch in"),
        ("none", "There is no folder"),
        ("file", "is a file"),
    ):
        with pytest.raises(NoLaunch, match=words) as caught:
            find(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith(".")
        assert launches(tmp_path / name) == []
    with pytest.raises(NoLaunch, match=f"name {diag}"):
        find(diag.parent)


def test_a_folder_that_may_not_be_read(diag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(NoLaunch, match="may not be read by you"):
        find(diag)


def test_asking_appends_one_line(diag: Path) -> None:
    ref = find(diag)
    first, second = ask(ref, DUMP, "me"), ask(ref, STOP)
    file = diag / NEW / layout.REQUESTS
    rows = [decode(layout.Kind.REQUESTS, row) for row in file.read_bytes().splitlines()]
    assert rows == [first, second]
    assert first.id != second.id
    assert file.stat().st_mode & 0o777 == 0o600
