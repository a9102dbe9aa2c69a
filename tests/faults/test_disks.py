"""A disk that is full, a launch folder that is deleted or read-only midway: the run ends as it would have."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.driving import HAMTUI, Json, Launched, hamtui, newest

#: The nodes do to the disk what the test is about, at the tenth block, and undo it at the thirtieth.
FLOW = """
import os, subprocess, sys, time
from hamilton.htypes import Collect, Parallelizable
from pathlib import Path

def ids() -> Parallelizable[int]:
    yield from range(40)

def piece(ids: int, do: str, undo: str, place: str) -> int:
    for at, what in ((10, do), (30, undo)):
        if ids == at:
            exec(what)
    print("said by", ids)
    sys.stderr.write(f"error line {ids}\\n")
    with open(Path(__file__).with_name("oracle"), "a") as file:
        file.write(f"{ids} ")
    return ids

def total(piece: Collect[int]) -> int:
    print("total said", flush=True)
    return sum(piece)
"""
FILL = """
with open(place + "/ballast", "wb", buffering=0) as ballast:
    for size in (4096, 256, 1):
        try:
            while True: ballast.write(bytes(size))
        except OSError: pass
"""
FREE = 'os.unlink(place + "/ballast")\n'
#: Who writes in the folder may make a file in it while it is being emptied: as with any folder, once more then.
DELETE = """
import shutil
while os.path.exists(place + "/diag"):
    shutil.rmtree(place + "/diag", ignore_errors=True)
"""
SYNC = 'subprocess.run(["btrfs", "filesystem", "sync", place], check=True)'
WARNING = "the disk had no room"


#: A quota of 1 MB on a disk that has room: the kernel says EDQUOT. What is deleted counts until btrfs has it on disk.
QUOTA = """
truncate -s 128M image && mkfs.btrfs -q -m single image && mount -o loop image disk && btrfs quota enable disk &&
btrfs subvolume create disk/mine && btrfs qgroup limit 1m disk/mine
"""


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Path]:
    """A folder in which one may keep 1 MB."""
    (tmp_path / "disk").mkdir()
    if shutil.which("mkfs.btrfs") is None:
        pytest.skip("needs btrfs-progs")
    if subprocess.run(QUOTA, shell=True, cwd=tmp_path, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount")
    yield tmp_path / "disk" / "mine"
    subprocess.run(["umount", "-l", str(tmp_path / "disk")], check=True)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 1 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False
        )
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("only root may mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def run(tmp_path: Path, place: Path, do: str, undo: str) -> tuple[Launched, subprocess.CompletedProcess[str]]:
    """What every one of these runs must be: as without the fault."""
    (tmp_path / "flow.py").write_text(FLOW)
    given = {"do": do, "undo": undo, "place": str(place)}
    (tmp_path / "given.json").write_text(json.dumps(given))
    words: list[str | Path] = [
        "--target",
        "total",
        "--input",
        "@given.json",
        "--diag-dir",
        place / "diag",
        "--plain",
    ]
    done = hamtui("run", "flow.py", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "oracle").read_text().split() == [str(number) for number in range(40)]
    assert "Traceback" not in done.stdout + done.stderr
    left = (
        [path for path in (place / "diag").glob("2*") if path.is_dir()] if (place / "diag").is_dir() else []
    )
    return Launched(left[0] if left else place / "diag" / "nothing"), done


def pieces(launched: Launched) -> set[int]:
    """The blocks whose node's end is on record."""
    ended = [line for line in whole(launched) if line.get("event") == "node_end" and line["node"] == "piece"]
    return {int(line["task_id"].split(".")[1]) for line in ended}


def whole(launched: Launched) -> list[Json]:
    found = []
    for line in (launched.dir / "hamilton_flight.jsonl").read_bytes().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:  # the ones that the disk cut in two
            continue
    return found


@pytest.mark.parametrize(
    ("place", "free"), [("mounted", FREE), ("limited", FREE + SYNC)], ids=["disk", "quota"]
)
def test_a_full_disk_or_quota_costs_what_was_printed_meanwhile_alone(
    place: str, free: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    launched, done = run(tmp_path, request.getfixturevalue(place), FILL, free)
    assert pieces(launched) == set(range(40))
    told = whole(launched)
    assert sorted(line["seq"] for line in told) == list(range(len(told)))
    assert (done.stdout + done.stderr).count(WARNING) == 1
    said = launched.status()
    assert said["launch"]["state"] == said["runs"][0]["state"] == "succeeded"
    assert {row["status"] for row in said["runs"][0]["nodes"]} == {"succeeded"}
    output = (launched.dir / "output.log").read_text()
    assert "said by 9\n" in output and "error line 9\n" in output and "said by 39\n" in output
    assert output.endswith("total said\n")
    assert hamtui("status", launched.dir, cwd=tmp_path).stdout.count(WARNING) == 1


def test_and_one_that_stays_full_does_not_fail_the_run_either(mounted: Path, tmp_path: Path) -> None:
    launched, _ = run(tmp_path, mounted, FILL, "pass")
    assert set(range(10)) <= pieces(launched)
    said = launched.status()
    assert (
        said["launch"]["state"] == "succeeded" and said["launch"]["exit_code"] == 0
    )  # room was reserved for that


def test_nor_does_a_quota_that_stays_reached(limited: Path, tmp_path: Path) -> None:
    launched, done = run(tmp_path, limited, FILL, "pass")
    assert set(range(10)) <= pieces(launched)
    assert (
        "launch succeeded, exit code 0" in done.stdout
    )  # btrfs takes no write at all, into reserved room neither
    assert launched.status()["launch"]["state"] in {"succeeded", "lost"}


def test_a_folder_that_is_deleted_costs_what_was_in_it_alone(tmp_path: Path) -> None:
    _, done = run(tmp_path, tmp_path, DELETE, "pass")
    assert "launch succeeded, exit code 0" in done.stdout


@pytest.mark.parametrize("undo", ["pass", 'subprocess.run(["umount", "-l", place + "/diag"], check=True)'])
def test_a_folder_that_is_read_only_midway(undo: str, mounted: Path, tmp_path: Path) -> None:
    do = """
target = place + "/diag"
subprocess.run(["mount", "--bind", target, target], check=True)
subprocess.run(["mount", "-o", "remount,ro,bind", target], check=True)
"""
    launched, _ = run(tmp_path, mounted, do, undo)
    subprocess.run(["umount", "-l", str(mounted / "diag")], capture_output=True, check=False)
    assert set(range(40)) == pieces(launched)  # what was open stays open
    assert launched.status()["runs"][0]["state"] == "succeeded"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_print_is_as_ever_where_there_is_room(
    unbuffered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a program may ask of its streams is what Python's own would say."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    program = """
import io, sys
for stream in (sys.stdout, sys.stderr):
    raw = getattr(stream.buffer, "raw", stream.buffer)
    kind = type(stream), isinstance(stream.buffer, io.BufferedWriter), isinstance(raw, io.FileIO)
    print(kind, stream.name, stream.mode, stream.encoding, stream.errors, stream.fileno(), stream.closed, stream.newlines,
        raw.name, raw.mode, stream.isatty(), stream.writable(), stream.readable(), stream.seekable())
print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__)
sys.stdout.flush()
sys.stdout.buffer.write(b"bytes\\n")
sys.stdout.write("no end")
sys.stdout.flush()
"""
    (tmp_path / "program.py").write_text(program)
    with (tmp_path / "alone").open("ab") as alone:
        subprocess.run([sys.executable, "program.py"], cwd=tmp_path, stdout=alone, stderr=alone, check=True)
    done = subprocess.run(
        [*HAMTUI, "exec", "program.py", "--plain"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (newest(tmp_path).dir / "output.log").read_text() == (tmp_path / "alone").read_text()
    assert os.path.getsize(tmp_path / "alone") > 200
