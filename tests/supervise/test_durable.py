"""What changed reaches the disk, once a second, and a disk that hangs holds nobody up."""

import os
import threading
from collections import Counter
from pathlib import Path

import pytest

from hamtui.supervise import durable
from hamtui.supervise.durable import Durable
from tests.supervise.conftest import Launch
from tests.supervise.running import wait_until


class Disk:
    """Counts what is made durable, by the name of the file behind the descriptor."""

    def __init__(self) -> None:
        self.synced: Counter[str] = Counter()

    def sync(self, fd: int) -> None:
        self.synced[os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))] += 1


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "launch"
    folder.mkdir()
    return folder


def test_only_what_changed(folder: Path, disk: Disk) -> None:
    keeper = Durable(folder, disk.sync, disk.sync)
    (folder / "a").write_text("1")
    (folder / "b").write_text("1")
    (folder / ".half").write_text("1")
    (folder / "link").symlink_to("/etc/hostname")
    keeper.keep_once()
    assert disk.synced == {"a": 1, "b": 1, "launch": 1}
    keeper.keep_once()
    assert disk.synced == {"a": 1, "b": 1, "launch": 1}
    with open(folder / "b", "a") as file:
        file.write("2")
    keeper.keep_once()
    assert disk.synced == {"a": 1, "b": 2, "launch": 1}


def test_a_name_that_is_new_or_gone_is_the_folders_change(folder: Path, disk: Disk) -> None:
    keeper = Durable(folder, disk.sync, disk.sync)
    keeper.keep_once()
    (folder / "a").write_text("1")
    keeper.keep_once()
    (folder / "half").write_text("other")
    os.replace(folder / "half", folder / "a")
    keeper.keep_once()
    assert disk.synced == {"launch": 2, "a": 2}
    (folder / "a").unlink()
    keeper.keep_once()
    assert disk.synced["launch"] == 3


def test_what_the_disk_refuses_is_tried_again(folder: Path) -> None:
    tries = []

    def refuse(fd: int) -> None:
        tries.append(fd)
        raise OSError(5, "Input/output error")

    (folder / "a").write_text("1")
    keeper = Durable(folder, refuse, refuse)
    keeper.keep_once()
    keeper.keep_once()
    assert len(tries) == 4


def test_a_folder_that_is_gone(folder: Path, disk: Disk) -> None:
    folder.rmdir()
    Durable(folder, disk.sync, disk.sync).keep_once()
    assert disk.synced == {}


def test_once_a_second_and_once_more_at_the_end(
    folder: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "EVERY_S", 0.01)
    keeper = Durable(folder, disk.sync, disk.sync)
    keeper.start()
    (folder / "a").write_text("1")
    wait_until(lambda: disk.synced["a"])
    monkeypatch.setattr(durable, "EVERY_S", 600)
    (folder / "exit.json").write_text("{}")
    assert keeper.finish()
    assert disk.synced["exit.json"] >= 1  # twice where a pass came between its being made and written
    assert disk.synced[folder.parent.name] == 1, "the launch folder's own name"


def test_a_disk_that_hangs_is_not_waited_for(folder: Path) -> None:
    hung, let_go = threading.Event(), threading.Event()

    def hang(_: int) -> None:
        hung.set()
        let_go.wait()

    keeper = Durable(folder, hang, hang)
    keeper.start()
    assert hung.wait(10)
    assert keeper.finish(0.05) is False
    let_go.set()
    assert keeper.finish(10)


def test_a_real_runs_files_are_made_durable(launch: Launch) -> None:
    """The supervisor has fdatasync called: it is counted by the kernel as a wait of that thread's own."""
    run = launch("import time\nprint('ready', flush=True)\ntime.sleep(600)")
    run.said("ready")
    threads = f"/proc/{run.started.supervisor_pid}/task"

    def durable_thread() -> str | None:
        for name in os.listdir(threads):
            if Path(f"{threads}/{name}/comm").read_text().strip() == "durable":
                return name
        return next((name for name in os.listdir(threads) if int(name) != run.started.supervisor_pid), None)

    thread = wait_until(durable_thread)
    before = switches(f"{threads}/{thread}/status")
    wait_until(lambda: switches(f"{threads}/{thread}/status") >= before + 3)


def switches(status: str) -> int:
    return int(Path(status).read_text().partition("voluntary_ctxt_switches:")[2].split()[0])
