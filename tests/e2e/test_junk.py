"""Junk in every file of a finished launch: all good things are still said, and what is not is counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.driving import SAMPLES, Json, Launched, hamtui, newest

LINE_FILES = (
    "hamilton_flight.jsonl",
    "cache_logs.jsonl",
    "faulthandler_stacks.jsonl",
    "vitals.jsonl",
    "app.log.jsonl",
)

SPOILS: dict[str, bytes] = {
    "no JSON": b"this is no JSON\n{broken\n",
    "binary": bytes(range(256)) * 8 + b"\n",
    "not UTF-8": b'\xff\xfe{"event": \xc3\x28\n',
    "a list": b"[1, 2, 3]\n",
    "a number": b"42\n",
    "nothing": b"\n\n\n",
    "nul bytes": b"\0" * 4096 + b"\n",
    "deep": b"[" * 100_000 + b"\n",
    "half a line": b'{"event": "node_end", "node": "rep',
    "wrong types": b'{"event": 7, "ts": "soon", "node": {"a": 1}, "run_id": [], "event_type": 3, "kind": {}}\n',
    "an unknown event": b'{"event": "moon_landing", "ts": 1.0, "crew": 3}\n',
}

#: Lines that are no record of any kind, so that they must be counted.
COUNTED = ("no JSON", "binary", "not UTF-8", "a list", "a number", "nul bytes", "deep")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Launched:
    cwd = tmp_path_factory.mktemp("finished")
    done = hamtui(
        "run", SAMPLES / "failing.py", "--target", "summary", "--cache", "--input", "pace=0.01", cwd=cwd
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return newest(cwd)


def copy(finished: Launched, to: Path) -> Launched:
    folder = to / "_hamilton_diag" / finished.dir.name
    folder.mkdir(parents=True)
    for path in finished.dir.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return Launched(folder)


def good(said: Json) -> Any:
    """All that the status says, less what junk may change."""
    said = json.loads(json.dumps(said))
    for name in ("unread", "heard_s", "dir"):
        del said["launch"][name]
    return said


@pytest.mark.parametrize("spoil", SPOILS)
def test_junk_at_the_end_and_at_the_start(spoil: str, finished: Launched, tmp_path: Path) -> None:
    wanted = good(finished.status())
    spoiled = copy(finished, tmp_path)
    junk = SPOILS[spoil]
    for name in LINE_FILES:
        path = spoiled.dir / name
        before = path.read_bytes() if path.exists() else b""  # nothing to dump: no file
        front = junk if junk.endswith(b"\n") else b""
        path.write_bytes(front + before + junk)
    said = spoiled.status()
    assert good(said) == wanted
    if spoil in COUNTED:
        assert said["launch"]["unread"]["lines"] >= len(LINE_FILES), said["launch"]["unread"]
        assert said["launch"]["unread"]["bytes"] > 0


def test_a_line_of_fifty_megabytes(finished: Launched, tmp_path: Path) -> None:
    wanted = good(finished.status())
    spoiled = copy(finished, tmp_path)
    path = spoiled.dir / "hamilton_flight.jsonl"
    path.write_bytes(b'{"event": "node_start", "node": "' + b"x" * 50_000_000 + b"\n" + path.read_bytes())
    said = spoiled.status()
    assert good(said) == wanted
    assert said["launch"]["unread"]["lines"] >= 1


@pytest.mark.parametrize("name", ["launch.json", "exit.json"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b'{"pid": "x", "exit_code": "y", "signal": []}']
)
def test_a_broken_document_costs_what_it_said_and_no_more(
    name: str, content: bytes, finished: Launched, tmp_path: Path
) -> None:
    wanted = finished.status()
    spoiled = copy(finished, tmp_path)
    (spoiled.dir / name).write_bytes(content)
    said = spoiled.status()
    assert [row["node"] for row in said["runs"][0]["nodes"]] == [
        row["node"] for row in wanted["runs"][0]["nodes"]
    ]
    assert said["runs"][0]["counts"]["failed"] == 1


def test_a_broken_graph_costs_the_plan_alone(finished: Launched, tmp_path: Path) -> None:
    spoiled = copy(finished, tmp_path)
    (graph,) = spoiled.dir.glob("graph.*.json")
    graph.write_bytes(b'{"nodes": [{"name": ')
    said = spoiled.status()
    assert said["runs"][0]["counts"]["failed"] == 1


@pytest.mark.parametrize(
    "kept",
    [
        ("hamilton_flight.jsonl",),
        ("hamilton_flight.jsonl", "app.log.jsonl"),
        ("launch.json",),
        ("exit.json",),
    ],
)
def test_any_part_of_the_files_is_enough_for_a_look(
    kept: tuple[str, ...], finished: Launched, tmp_path: Path
) -> None:
    spoiled = copy(finished, tmp_path)
    for path in spoiled.dir.iterdir():
        if path.name not in kept:
            path.unlink()
    said = spoiled.status()
    assert said["schema"] == 1
    if "hamilton_flight.jsonl" in kept:
        assert said["runs"][0]["counts"]["failed"] == 1


def test_a_flat_folder_with_nothing_but_the_flight_file(finished: Launched, tmp_path: Path) -> None:
    flat = tmp_path / "_hamilton_diag"
    flat.mkdir()
    theirs = [event for event in finished.events() if event["event"] != "recorder_fault"]
    for event in theirs:
        for key in ("mono", "pid", "seq", "native_id", "graph", "execution_path", "output_offset"):
            event.pop(key, None)
    (flat / "hamilton_flight.jsonl").write_text(
        "".join(json.dumps(event) + "\n" for event in theirs), "utf-8"
    )
    said = Launched(flat).status()
    assert said["launch"]["pid"] is None
    assert said["launch"]["state"] == "failed"
    rows = {row["node"]: row["status"] for row in said["runs"][0]["nodes"]}
    assert rows["reconciled"] == "failed"
    assert rows["counted"] == "succeeded"
