"""Old launches go, with sizes and reasons; what runs, what is a link and what is somebody's own stays."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hamtui.cli.prune import prune
from hamtui.contract import identity, layout
from hamtui.supervise import prune as old


def launch(diag: Path, days_ago: int, *, size: int = 1_000, pid: int = 1, **info: object) -> Path:
    began = time.strftime(layout.LAUNCH_TIME_FORMAT, time.gmtime(time.time() - days_ago * 86_400))
    folder = diag / f"{began}-{100 + days_ago}"
    folder.mkdir(parents=True)
    about = {"host": identity.host(), "boot_id": identity.boot_id(), "pid": pid, "process_start": 1.0, **info}
    (folder / layout.LAUNCH).write_text(json.dumps(about), "ascii")
    (folder / layout.FLIGHT).write_bytes(b"x" * size)
    return folder


def said(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(prune, [str(word) for word in words], standalone_mode=False)
    if done.exception is not None:
        return 2, str(done.exception.format_message())  # type: ignore[attr-defined]
    return int(done.return_value), done.output


@pytest.fixture
def diag(tmp_path: Path) -> Path:
    return tmp_path / "_hamilton_diag"


@pytest.fixture
def living() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate(b"\n")


def test_the_newest_are_kept_and_what_goes_is_told_with_its_size(diag: Path) -> None:
    folders = [launch(diag, days, size=days * 100_000) for days in (1, 2, 3, 4)]
    (diag / layout.LATEST).symlink_to(folders[0].name)
    code, text = said(diag, "--keep", 2)
    assert code == 0
    assert [folder.exists() for folder in folders] == [True, True, False, False]
    assert re.search(rf"deleted +{folders[2].name} +\S.*beyond --keep", text)
    assert text.splitlines()[-1].startswith("2 launches deleted, ")
    assert text.index(folders[3].name) < text.index(folders[2].name)
    assert (diag / layout.LATEST).exists()
    assert said(diag, "--keep", 2)[1].startswith("0 launches deleted")


def test_age_and_size(diag: Path) -> None:
    folders = [launch(diag, days, size=1_000_000) for days in (1, 2, 3, 30)]
    assert said(diag, "--older-than", "7d")[0] == 0
    assert [folder.exists() for folder in folders] == [True, True, True, False]
    assert said(diag, "--max-size", "2100K")[0] == 0
    assert [folder.exists() for folder in folders] == [True, True, False, False]


def test_a_dry_run_deletes_nothing_and_says_the_same(diag: Path) -> None:
    folders = [launch(diag, days) for days in (1, 2, 3)]
    code, text = said(diag, "--keep", 1, "--dry-run")
    assert code == 0 and all(folder.exists() for folder in folders)
    assert text.count("would go") == 2 and "2 launches would be deleted" in text


def test_what_runs_stays_and_so_does_its_supervisor_s(diag: Path, living: "subprocess.Popen[bytes]") -> None:
    start, boot = identity.process_start(living.pid), identity.boot_time()
    runs = launch(diag, 9, pid=living.pid, process_start=start, boot_time=boot)
    guarded = launch(diag, 8, supervisor_pid=living.pid, supervisor_start=start, boot_time=boot)
    gone = launch(diag, 7)
    code, text = said(diag, "--keep", 0)
    assert code == 0
    assert (runs.exists(), guarded.exists(), gone.exists()) == (True, True, False)
    assert text.count("it is running") == 2


def test_of_another_machine_s_launch_only_an_ended_one_goes(diag: Path) -> None:
    open_, ended = launch(diag, 5, host="elsewhere"), launch(diag, 4, host="elsewhere")
    (ended / layout.EXIT).write_text("{}", "ascii")
    _, text = said(diag, "--keep", 0)
    assert (open_.exists(), ended.exists()) == (True, False)
    assert "whether it runs on elsewhere can't be told from here" in text


def test_what_is_no_launch_is_not_touched(diag: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data.txt").write_text("mine", "utf-8")
    (precious / layout.LAUNCH).write_text("{}", "ascii")
    real = launch(diag, 5)
    (real / "inside").symlink_to(precious)
    link = diag / "20200101T000000Z-7"
    link.symlink_to(precious)
    bare = diag / "20200102T000000Z-8"
    bare.mkdir()
    (bare / "notes.txt").write_text("mine", "utf-8")
    named = diag / "my-results"
    named.mkdir()
    (named / layout.LAUNCH).write_text("{}", "ascii")
    (diag / layout.FLIGHT).write_text("{}\n", "ascii")
    _, text = said(diag, "--keep", 0)
    assert not real.exists()
    assert (precious / "data.txt").read_text("utf-8") == "mine"
    assert link.is_symlink() and (bare / "notes.txt").exists() and named.exists()
    assert (diag / layout.FLIGHT).exists()
    assert "it is a link" in text and "it has no launch.json that can be read" in text


def test_the_link_to_a_newest_that_is_gone_goes_too(diag: Path) -> None:
    (diag / "x").mkdir(parents=True)
    folder = launch(diag, 3)
    (diag / layout.LATEST).symlink_to(folder.name)
    said(diag, "--keep", 0)
    assert not (diag / layout.LATEST).is_symlink()


def test_what_cannot_be_deleted_is_told(diag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = launch(diag, 3)

    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "unlink", refuse)  # root may delete anything
    code, text = said(diag, "--keep", 0)
    assert code == 1 and "could not be deleted: Permission denied" in text and folder.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "say what may go"),
        (("--older-than", "soon"), "--older-than"),
        (("--max-size", "much"), "--max-size"),
    ],
)
def test_bad_input_is_told_in_a_sentence(diag: Path, words: tuple[str, ...], sentence: str) -> None:
    diag.mkdir()
    code, text = said(diag, *words)
    assert code == 2 and sentence in text


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    code, text = said(tmp_path / "none", "--keep", 1)
    assert code == 2 and "There is no folder" in text


def test_keep_at_a_launch_s_start_leaves_the_newest(diag: Path) -> None:
    folders = [launch(diag, days) for days in (0, 1, 2)]
    old.keep_newest(diag, 2)
    assert [folder.exists() for folder in folders] == [True, True, False]
    old.keep_newest(diag / "none", 2)
