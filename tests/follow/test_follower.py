"""A running follower over real files: nothing missed, nothing read twice."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hamtui.contract import layout
from hamtui.follow import follower as following
from hamtui.follow import inotify, wakes
from hamtui.follow.follower import Follower, read_launch
from hamtui.model.state import Unread
from tests.data.generate import SCENES, generate
from tests.follow.watching import Watching, ref_of


@pytest.fixture(params=["inotify", "watchfiles", "polled"])
def poll(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Each way to know of changes."""
    if request.param == "inotify" and not inotify.HERE:
        pytest.skip("no inotify here")
    ways = {"inotify": wakes.by_inotify, "watchfiles": wakes.by_watchfiles}
    monkeypatch.setattr(wakes, "watch", ways.get(request.param))
    return bool(request.param == "polled")


def row(name: str, event: str = "node_start", **keys: object) -> bytes:
    return json.dumps({"event": event, "run_id": "r", "node": name, "ts": 1.0, **keys}).encode() + b"\n"


def append(path: Path, data: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "20261122T213511Z-1"
    made.mkdir()
    return made


WRITER = """
import os, sys, time
folder, worker = sys.argv[1], sys.argv[2]
name = "hamilton_flight.jsonl" if worker == "0" else f"hamilton_flight.box.{worker}.jsonl"
file = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for number in range(1500):
    line = b'{"event":"node_start","run_id":"r","node":"%s.%d","ts":1.0}\\n' % (worker.encode(), number)
    cut = number % len(line)
    os.write(file, line[:cut])
    os.write(file, line[cut:])
    if number % 50 == 0:
        open(os.path.join(folder, f"result.{worker}.{number}.pkl"), "w").close()
        time.sleep(0.002)
"""


def test_nothing_is_missed_nor_read_twice(folder: Path, poll: bool) -> None:
    workers = [str(number) for number in range(4)]
    with Watching(ref_of(folder), poll=poll) as seen:
        seen.until(lambda: seen.batches == 1)
        running = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(folder), worker]) for worker in workers
        ]
        seen.until(lambda: len(seen.nodes) >= 6000 or all(writer.poll() is not None for writer in running))
        seen.until(lambda: len(seen.nodes) >= 6000)
        for writer in running:
            assert writer.wait() == 0
    assert sorted(map(str, seen.nodes)) == sorted(f"{w}.{n}" for w in workers for n in range(1500))
    assert seen.unread == Unread()
    assert seen.notified is not poll


def test_truncation_replacement_rotation_and_deletion_under_a_running_follower(
    folder: Path, poll: bool
) -> None:
    file = folder / layout.FLIGHT
    with Watching(ref_of(folder), poll=poll) as seen:
        append(file, row("a") + row("b"))
        seen.until(lambda: seen.nodes == ["a", "b"])
        file.write_bytes(row("c"))
        seen.until(lambda: seen.nodes[2:] == ["c"])
        fresh = folder / "fresh"
        fresh.write_bytes(row("d") + row("e"))
        fresh.replace(file)
        seen.until(lambda: seen.nodes[3:] == ["d", "e"])
        append(file, row("f"))
        file.rename(folder / "hamilton_flight.jsonl.1")
        append(file, row("g"))
        seen.until(lambda: seen.nodes[5:] == ["f", "g"])
        file.unlink()
        append(file, row("h"))
        seen.until(lambda: seen.nodes[7:] == ["h"])
        append(file, b"junk\n" + row("i"))
        seen.until(lambda: seen.nodes[8:] == ["i"])
        assert seen.unread == Unread(1, 5)


def test_a_folder_that_is_deleted_and_made_again(folder: Path, poll: bool) -> None:
    append(folder / layout.FLIGHT, row("a"))
    with Watching(ref_of(folder), poll=poll) as seen:
        seen.until(lambda: seen.nodes == ["a"])
        for name in ("b", "c"):
            shutil.rmtree(folder)
            folder.mkdir()
            append(folder / layout.FLIGHT, row(name))
            seen.until(lambda name=name: seen.nodes[-1] == name)  # type: ignore[misc]
        append(folder / layout.FLIGHT, row("d"))
        seen.until(lambda: seen.nodes == ["a", "b", "c", "d"])


def test_a_folder_that_is_gone_is_told_of_until_it_is_back(folder: Path, poll: bool) -> None:
    append(folder / layout.FLIGHT, row("a"))
    with Watching(ref_of(folder), poll=poll) as seen:
        seen.until(lambda: seen.nodes == ["a"])
        for name in ("b", "c"):
            shutil.rmtree(folder)
            seen.until(lambda: seen.gone)
            folder.mkdir()
            append(folder / layout.FLIGHT, row(name))
            seen.until(lambda name=name: seen.nodes[-1] == name and not seen.gone)  # type: ignore[misc]


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    with Watching(ref_of(folder)) as seen:
        seen.until(lambda: seen.batches == 1)
        assert not seen.gone
        folder.mkdir()
        append(folder / layout.FLIGHT, row("a"))
        seen.until(lambda: seen.nodes == ["a"])


def _held() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))


def test_it_ends_at_once_and_leaves_no_thread_and_no_descriptor(folder: Path) -> None:
    append(folder / layout.FLIGHT, row("a"))
    before = _held()  # what an earlier test's watch is about to let go of may be among it
    for poll in (False, True) * 4:
        with Watching(ref_of(folder), poll=poll) as seen:
            seen.until(lambda: seen.nodes == ["a"])
            seen.stop.set()
            seen.thread.join(2.0)
            assert not seen.thread.is_alive()
    deadline = time.monotonic() + 10.0  # watchfiles' own thread is told to end, and waited for by nobody
    while any(now > then for now, then in zip(_held(), before, strict=True)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_folder_that_tells_nothing_is_polled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: object, stop: threading.Event) -> object:
        while not stop.wait(0.02):
            yield set()

    monkeypatch.setattr(wakes, "watch", silent)
    monkeypatch.setattr(wakes, "DEAF_AFTER_S", 0.1)
    monkeypatch.setattr(wakes, "SAFETY_S", 0.1)
    with Watching(ref_of(folder)) as seen:
        number = 0
        while seen.notified or not number:
            number += 1
            append(folder / layout.FLIGHT, row(str(number)))
            seen.until(lambda: seen.nodes == [str(n + 1) for n in range(number)])
        assert seen.follower.poll


def test_a_system_without_watches_left_is_polled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> object:
        if folder.exists():
            raise OSError(28, "No space left on device")
        yield set()

    monkeypatch.setattr(wakes, "watch", none_left)
    with Watching(ref_of(folder)) as seen:
        seen.until(lambda: seen.batches == 1)
        append(folder / layout.FLIGHT, row("a"))
        seen.until(lambda: seen.nodes == ["a"])
        assert not seen.notified


def test_batches_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BATCH", 7)
    append(folder / layout.FLIGHT, b"".join(row(str(number)) for number in range(50)))
    append(folder / "hamilton_flight.box.2.jsonl", b"".join(row(str(number)) for number in range(50)))
    follower = Follower(ref_of(folder))
    sizes = []
    while True:
        batch = follower.read_once()
        sizes.append(len(batch.records))
        if batch.caught_up:
            break
    follower.close()
    assert sum(sizes) == 100
    assert max(sizes) == 7


def test_the_exit_record_comes_after_all_that_was_written_before_it(folder: Path) -> None:
    append(folder / layout.FLIGHT, row("a"))
    with Watching(ref_of(folder)) as seen:
        seen.until(lambda: seen.nodes == ["a"])
        append(folder / layout.FLIGHT, row("a", "node_end", success=True))
        (folder / layout.EXIT).write_text('{"exit_code": 0}')
        seen.until(lambda: seen.launch.exit is not None)
        assert len(seen.nodes) == 2


def test_a_half_line_counts_once_nobody_is_left_to_finish_it(folder: Path) -> None:
    append(folder / layout.FLIGHT, row("a") + b'{"event":"no')
    with Watching(ref_of(folder)) as seen:
        seen.until(lambda: seen.nodes == ["a"])
        assert seen.unread == Unread()
        (folder / layout.EXIT).write_text('{"signal": 9}')
        seen.until(lambda: seen.unread == Unread(1, 12))


def test_of_a_shared_cache_log_only_the_folders_own_runs_are_read(tmp_path: Path) -> None:
    scene = generate("flat", tmp_path)
    launch = read_launch(ref_of(scene.dir, flat=True))
    assert {run_id for run_id, _, _ in launch.trails} == set(launch.runs)


def test_a_cache_event_may_be_read_before_its_run_is_known(tmp_path: Path) -> None:
    diag, log = tmp_path / "_hamilton_diag", tmp_path / ".hamilton_cache" / layout.CACHE_LOG
    diag.mkdir()
    log.parent.mkdir()
    append(diag / layout.FLIGHT, b'{"event":"graph_constructed"}\n')
    with Watching(ref_of(diag, flat=True)) as seen:
        seen.until(lambda: seen.batches == 1)
        append(log, b'{"event_type":"get_result","run_id":"r","node_name":"a","msg":"hit"}\n')
        append(log, b'{"event_type":"get_result","run_id":"other","node_name":"a","msg":"hit"}\n')
        append(diag / layout.FLIGHT, row("a") + row("a", "node_end", success=True))
        seen.until(
            lambda: any(
                span.status == "cached" for run in seen.launch.runs.values() for span in run.spans.values()
            )
        )
        assert list(seen.launch.trails) == [("r", None, "a")]


@pytest.mark.parametrize("name", SCENES)
def test_live_and_at_once_are_the_same(name: str, tmp_path: Path) -> None:
    scene = generate(name, tmp_path / "whole")
    whole = next(path for path in (scene.dir / "20261122T213511Z-4119", scene.dir) if path.is_dir())
    flat = whole == scene.dir
    grown = tmp_path / "grown" / whole.name
    grown.mkdir(parents=True)
    with Watching(ref_of(grown, flat=flat)) as seen:
        for file in sorted(whole.iterdir()):
            data = file.read_bytes() if file.is_file() else b""
            if file.name in {layout.LAUNCH, layout.EXIT} or file.suffix == ".json":
                (grown / "written").write_bytes(data)
                (grown / "written").replace(grown / file.name)
            elif file.is_file():
                third = len(data) // 3
                for piece in (data[:third], data[third : 2 * third], data[2 * third :]):
                    append(grown / file.name, piece)
        expected = read_launch(ref_of(whole, flat=flat))

        def same() -> bool:
            trails_apart = not flat  # the shared cache log was left where it is
            return seen.launch.exit == expected.exit and all(
                getattr(seen.launch, part) == getattr(expected, part)
                for part in (("info", "runs", "trails", "error") if trails_apart else ("info", "error"))
            )

        seen.until(same)
        # A file that stands behind the exit record may be half read by now.
        seen.until(lambda: seen.unread == expected.unread)


def test_how_much_is_read_is_told(folder: Path) -> None:
    """A long file comes in batches; each says which share of the bytes is read by then."""
    with (folder / layout.FLIGHT).open("wb") as file:
        for number in range(15_000):
            file.write(row(f"n{number}"))
    seen = Follower(ref_of(folder))
    shares: list[float] = []
    while not shares or shares[-1] < 1.0:
        shares.append(seen.read_once().share)
    seen.close()
    assert len(shares) >= 3
    assert shares == sorted(shares)
    assert 0.2 < shares[0] < 0.7
