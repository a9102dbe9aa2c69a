"""Files that are cut, doubled, shuffled, replaced or of a newer version: nothing raises, what is skipped is counted."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hamtui.follow.follower import read_launch
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact, SpanKey
from hamtui.model.status import status
from tests.e2e.driving import hamtui, newest
from tests.follow.watching import ref_of

Files = dict[str, bytes]

FLOW = """
import logging

def first(seed: int) -> int:
    logging.getLogger("flow").warning("said by first")
    return seed

def second(first: int) -> int:
    return first + 1

def broken(second: int) -> int:
    raise ValueError("at last")
"""
GONE = ProcessFact(alive=False, supervisor_alive=False)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A small launch, as it was recorded: name to content."""
    cwd = tmp_path_factory.mktemp("recorded")
    (cwd / "flow.py").write_text(FLOW)
    done = hamtui("run", "flow.py", "--target", "broken", "--cache", "--input", "seed=1", cwd=cwd)
    assert done.returncode == 1, done.stdout + done.stderr
    kept = {path.name: path.read_bytes() for path in newest(cwd).dir.iterdir() if path.is_file()}
    return {name: data for name, data in kept.items() if name.endswith((".json", ".jsonl")) and data}


def laid(files: Files, to: Path) -> Path:
    folder = to / "20261122T213511Z-1"
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def told(folder: Path) -> tuple[Launch, dict[str, Any]]:
    """What the files say once every process is gone."""
    launch, now = read_launch(ref_of(folder)), Now(2e9, None)
    settle(launch, GONE, now)
    return launch, status(launch, folder.name, folder, GONE, now)


def rows(said: dict[str, Any]) -> dict[str, str]:
    return {row["node"]: row["status"] for run in said["runs"] for row in run["nodes"]}


def tries(launch: Launch) -> dict[SpanKey, int]:
    return {key: span.tries for run in launch.runs.values() for key, span in run.spans.items()}


def cuts(recorded: Files, step: int) -> Iterator[tuple[str, int]]:
    for name, data in recorded.items():
        for at in range(0, len(data), step):
            yield name, at
        for end in re.finditer(rb"\n", data):  # around the ends of lines each byte counts
            yield from ((name, at) for at in (end.start() - 1, end.start(), end.end()) if 0 <= at < len(data))


def cut_at_each(recorded: Files, step: int, tmp_path: Path) -> None:
    whole = rows(told(laid(recorded, tmp_path))[1])
    assert {"first": "succeeded", "second": "succeeded", "broken": "failed"}.items() <= whole.items()
    folder, before = laid(recorded, tmp_path), ""
    for name, at in cuts(recorded, step):
        if before and before != name:
            (folder / before).write_bytes(recorded[before])
        before = name
        (folder / name).write_bytes(recorded[name][:at])
        launch, said = told(folder)
        if name != "hamilton_flight.jsonl":
            assert {node: whole[node] for node in ("first", "second", "broken")}.items() <= rows(said).items()
        if name.endswith(".jsonl"):
            left = recorded[name][:at].rpartition(b"\n")[2]
            assert (launch.unread.bytes > 0) == bool(left) or _is_whole(left), (name, at, launch.unread)


def _is_whole(line: bytes) -> bool:
    """Whether the last line lacks its line end alone."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def test_each_file_cut_at_many_bytes(recorded: Files, tmp_path: Path) -> None:
    cut_at_each(recorded, 97, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_file_cut_at_every_byte(recorded: Files, tmp_path: Path) -> None:
    cut_at_each(recorded, 1, tmp_path)


@pytest.mark.parametrize("seed", range(20))
def test_bytes_that_are_garbled(seed: int, recorded: Files, tmp_path: Path) -> None:
    random, spoiled = Random(seed), {}
    for name, data in recorded.items():
        changed = bytearray(data)
        for _ in range(max(1, len(data) // 200)):
            changed[random.randrange(len(data))] = random.randrange(256)
        spoiled[name] = bytes(changed)
    assert told(laid(spoiled, tmp_path))[1]["launch"]["unread"]["bytes"] > 0


def test_garbled_lines_are_counted_to_the_byte(recorded: Files, tmp_path: Path) -> None:
    spoiled, lines, size = dict(recorded), 0, 0
    for name in (name for name in recorded if name.endswith(".jsonl")):
        kept = recorded[name].splitlines(keepends=True)
        for at in range(0, len(kept), 2):
            kept[at] = b"#" + kept[at][1:]
            lines, size = lines + 1, size + len(kept[at])
        spoiled[name] = b"".join(kept)
    launch, _ = told(laid(spoiled, tmp_path))
    assert (launch.unread.lines, launch.unread.bytes) == (lines, size)


def test_lines_that_come_twice_change_no_row(recorded: Files, tmp_path: Path) -> None:
    once, wanted = told(laid(recorded, tmp_path))
    twice = {
        name: b"".join(line * 2 for line in data.splitlines(keepends=True))
        if name.endswith(".jsonl")
        else data
        for name, data in recorded.items()
    }
    again, said = told(laid(twice, tmp_path))
    assert said["runs"] == wanted["runs"]
    assert tries(again) == tries(once)


@pytest.mark.parametrize("seed", range(10))
def test_lines_in_any_order_raise_nothing_and_lose_no_node(
    seed: int, recorded: Files, tmp_path: Path
) -> None:
    random, mixed = Random(seed), dict(recorded)
    for name, data in recorded.items():
        if name.endswith(".jsonl"):
            lines = data.splitlines(keepends=True)
            random.shuffle(lines)
            mixed[name] = b"".join(lines)
    launch, said = told(laid(mixed, tmp_path))
    assert {"first", "second", "broken"} <= rows(said).keys()
    assert launch.unread.lines == 0


def test_files_that_took_each_other_s_place(recorded: Files, tmp_path: Path) -> None:
    names = list(recorded)
    for shift in range(1, len(names)):
        moved = {
            name: recorded[other] for name, other in zip(names, names[shift:] + names[:shift], strict=True)
        }
        _, said = told(laid(moved, tmp_path))
        assert rows(said).keys() <= {"seed", "first", "second", "broken"}, shift


def test_a_newer_schema_with_more_in_it_says_what_it_shares_with_ours(
    recorded: Files, tmp_path: Path
) -> None:
    wanted = rows(told(laid(recorded, tmp_path))[1])
    newer: Files = {}
    for name, data in recorded.items():
        lines = data.splitlines() if name.endswith(".jsonl") else [data]
        newer[name] = b"\n".join(_newer(line) for line in lines) + b"\n"
    newer["hamilton_flight.jsonl"] += (
        b'{"event": "node_teleported", "schema": 99, "run_id": "r", "ts": 1.0}\n'
    )
    launch, said = told(laid(newer, tmp_path))
    assert rows(said) == wanted
    assert launch.unread.lines == 0


def _newer(line: bytes) -> bytes:
    return json.dumps({**json.loads(line), "schema": 99, "unheard_of": {"a": [1, None]}}).encode()
