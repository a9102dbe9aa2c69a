"""What tells of a folder's changes, and folders that nothing tells of."""

import os
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from hamtui.contract import layout
from hamtui.follow import inotify, wakes
from tests.follow.watching import Watching, ref_of

INOTIFY = pytest.mark.skipif(not inotify.HERE, reason="no inotify here")


@pytest.mark.parametrize("by", [pytest.param(wakes.by_inotify, marks=INOTIFY), wakes.by_watchfiles])
def test_a_folder_whose_name_is_no_utf8(tmp_path: Path, by: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakes, "watch", by)
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    flight = folder / layout.FLIGHT
    with Watching(ref_of(folder)) as seen, open(flight, "ab", buffering=0) as writer:
        for name in ("a", "b", "c"):
            writer.write(b'{"event":"node_start","run_id":"r","node":"%s","ts":1}\n' % name.encode())
            seen.until(lambda last=name: last in seen.nodes)  # type: ignore[misc]
    assert seen.nodes == ["a", "b", "c"]
    assert seen.notified == (by is wakes.by_inotify)  # the library takes no such name


@INOTIFY
def test_paths_are_told_of_at_once_and_nothing_while_nothing_changes(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (two / "old").write_text("")
    with closing(inotify.Watch([str(one), str(two)])) as watch:
        assert watch.wait(0.05) == set()
        (one / "new\nname").write_text("a")
        with (two / "old").open("a") as file:
            file.write("more")
        os.rename(two / "old", two / "older")
        assert watch.wait(5.0) == {str(one / "new\nname"), str(two / "old"), str(two / "older")}
        (two / "older").read_text()
        assert watch.wait(0.05) == set()
        os.utime(two / "older", (1.0, 1.0))
        os.chmod(two, 0o700)
        assert watch.wait(5.0) == {str(two / "older"), str(two)}


@INOTIFY
@pytest.mark.parametrize(("written", "every"), [(False, wakes.TIMEOUT_S), (True, wakes.STEP_S)])
def test_it_wakes_no_more_often_than_it_must(tmp_path: Path, written: bool, every: float) -> None:
    """Whether nothing is written or all the time."""
    stop, over = threading.Event(), threading.Timer(0.5, lambda: stop.set())
    wakings, began = 0, time.monotonic()
    with (tmp_path / "file").open("ab", buffering=0) as file:
        over.start()
        for _ in wakes.by_inotify([str(tmp_path)], stop):
            wakings += 1
            for _ in range(100 if written else 0):
                file.write(b"a")
    assert 2 <= wakings <= (time.monotonic() - began) / every + 3


@INOTIFY
def test_a_folder_that_is_gone_is_told_of(tmp_path: Path) -> None:
    for go in (os.rmdir, lambda path: os.rename(path, tmp_path / "away")):
        folder = tmp_path / "folder"
        folder.mkdir()
        with closing(inotify.Watch([str(folder)])) as watch:
            go(folder)
            with pytest.raises(inotify.FolderGone):
                watch.wait(5.0)
    with pytest.raises(FileNotFoundError):
        inotify.Watch([str(tmp_path / "never")])


@INOTIFY
def test_more_than_the_kernel_keeps_means_look_at_everything(tmp_path: Path) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 100_000:
        pytest.skip("the kernel keeps too many to try it")
    with closing(inotify.Watch([str(tmp_path)])) as watch:
        (tmp_path / "a").touch()
        for _ in range(most // 2 + 1):
            os.rename(tmp_path / "a", tmp_path / "b")
            os.rename(tmp_path / "b", tmp_path / "a")
        told = [watch.wait(5.0)]
        while told[-1] is not None:
            told.append(watch.wait(5.0))
            assert told[-1] != set()


@INOTIFY
def test_a_file_whose_times_alone_change_leaves_the_folder_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakes, "DEAF_AFTER_S", 0.15)
    monkeypatch.setattr(wakes, "SAFETY_S", 0.05)
    flight = tmp_path / layout.FLIGHT
    flight.write_bytes(b'{"event":"node_start","run_id":"r","node":"a","ts":1}\n')
    with Watching(ref_of(tmp_path)) as seen:
        seen.until(lambda: seen.nodes == ["a"])
        for number in range(4):
            os.utime(flight, (number, number))
            time.sleep(0.6)  # it would be taken for deaf each time
        assert not seen.follower.poll


@INOTIFY
def test_a_folder_beside_that_may_not_be_read_is_not_watched() -> None:
    with tempfile.TemporaryDirectory() as made:
        root, beside = os.path.join(made, "root"), os.path.join(made, "beside")
        for folder, mode in ((root, 0o755), (beside, 0o311), (made, 0o755)):
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, mode)
        was = os.geteuid()
        os.seteuid(65534 if was == 0 else was)  # root may read everything
        try:
            with closing(inotify.Watch([root, beside])) as watch:
                assert watch.wait(0.01) == set()
            with pytest.raises(PermissionError):
                inotify.Watch([beside, root])
        finally:
            os.seteuid(was)


@INOTIFY
def test_no_descriptor_is_left_where_a_watch_can_t_be(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with pytest.raises(FileNotFoundError):
            inotify.Watch([str(tmp_path), str(tmp_path / "never")])
    assert len(os.listdir("/proc/self/fd")) == before
