"""The past is what earlier launches tell, in bounded time."""

import json
import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from hamtui.follow import past as pasts
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import LaunchRef, find
from hamtui.follow.mounts import filesystem, is_remote
from hamtui.follow.past import read_past
from hamtui.model.baseline import Past, durations
from hamtui.model.misses import saved_s
from tests.data.generate import generate


def test_durations_and_keys_of_the_launches_before(tmp_path: Path) -> None:
    ref = find(generate("cached", tmp_path).dir)
    past = read_past(ref)
    launch = read_launch(ref)
    run = next(iter(launch.runs.values()))
    node = run.nodes["joined"]
    assert durations("joined", node.version, past) == (2.0,)
    assert durations("joined", "other", past) == ()
    assert past.keys["joined", None].dependencies == {
        "clean_orders": "v-clean_orders",
        "raw_customers": "v-raw_customers",
    }
    span = next(span for key, span in run.spans.items() if key.node == "joined")
    assert saved_s(launch, span, past) == pytest.approx(2.0 - 0.004)


def test_hits_are_no_durations_and_later_launches_no_past(tmp_path: Path) -> None:
    scene = generate("cached", tmp_path)
    first = find(scene.dir, "20261122T203511Z-2999")
    assert read_past(first) == Past()
    later = scene.dir / "20261123T000000Z-1"
    shutil.copytree(find(scene.dir).dir, later)
    assert durations(
        "joined", read_launch(first).runs.popitem()[1].nodes["joined"].version, read_past(find(later))
    ) == (2.0,)


def test_a_check_on_a_fixture_is_no_past(tmp_path: Path) -> None:
    scene = generate("cached", tmp_path)
    ref = find(scene.dir, "20261122T213511Z-4119")
    version = next(iter(read_launch(ref).runs.values())).nodes["joined"].version
    assert len(durations("joined", version, read_past(ref))) == 1
    (scene.dir / "20261122T203511Z-2999" / "semantic_check.json").write_text("{}")
    assert durations("joined", version, read_past(ref)) == ()


def test_what_waited_in_the_debugger_is_no_duration(tmp_path: Path) -> None:
    scene = generate("cached", tmp_path)
    ref = find(scene.dir, "20261122T213511Z-4119")
    version = next(iter(read_launch(ref).runs.values())).nodes["joined"].version
    first = scene.dir / "20261122T203511Z-2999" / "hamilton_flight.jsonl"
    assert len(durations("joined", version, read_past(ref))) == 1
    ends = [json.loads(line) for line in first.read_text("utf-8").splitlines() if '"node_end"' in line]
    (end,) = [line for line in ends if line["node"] == "joined"]
    halt = {**{key: end[key] for key in ("run_id", "node", "task_id", "ts")}, "event": "debug_wait"}
    with first.open("a", encoding="utf-8") as file:
        file.write(json.dumps(halt) + "\n")
    assert durations("joined", version, read_past(ref)) == ()


def test_newest_first_within_the_limit(tmp_path: Path) -> None:
    scene = generate("cached", tmp_path)
    first = scene.dir / "20261122T203511Z-2999"
    for number in range(5):
        shutil.copytree(first, scene.dir / f"20261122T20351{number}Z-7")
    ref = find(scene.dir, "20261122T213511Z-4119")
    version = next(iter(read_launch(ref).runs.values())).nodes["joined"].version
    assert len(durations("joined", version, read_past(ref))) == 6
    assert len(durations("joined", version, read_past(ref, limit=2))) == 2


def test_another_cache_folder_has_other_keys(tmp_path: Path) -> None:
    scene = generate("cached", tmp_path)
    info = scene.dir / "20261122T203511Z-2999" / "launch.json"
    info.write_text(info.read_text().replace(".hamilton_cache", ".other_cache"))
    past = read_past(find(scene.dir, "20261122T213511Z-4119"))
    assert past.durations
    assert not past.keys


def test_it_reads_no_more_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = generate("cached", tmp_path)
    monkeypatch.setattr(pasts, "ALL_BYTES", 5000)
    assert read_past(find(scene.dir)) == Past()


def test_no_launch_beside_is_no_past(tmp_path: Path) -> None:
    assert read_past(find(generate("running", tmp_path / "one").dir)) == Past()
    assert read_past(find(generate("flat", tmp_path / "two").dir)) == Past()


def launch_in(diag: Path, ident: str, *ends: Mapping[str, object], cache_dir: str | None = None) -> LaunchRef:
    """A launch of one node by version v1; each end is one ``node_end``, its ``ts`` seconds after the launch's start."""
    folder = diag / ident
    folder.mkdir(parents=True)
    start = datetime.strptime(ident.partition("-")[0], "%Y%m%dT%H%M%S%z").timestamp()
    (folder / "launch.json").write_text(
        json.dumps({"id": ident, "started_at": start, "cache_dir": cache_dir})
    )
    (folder / "graph.g.json").write_text(json.dumps({"nodes": [{"name": "joined", "version": "v1"}]}))
    lines = [{"event": "graph_start", "run_id": "r", "graph": "g", "ts": start}]
    for number, end in enumerate(ends):
        told = {
            "event": "node_end",
            "run_id": "r",
            "node": "joined",
            "task_id": f"t{number}",
            "success": True,
        }
        lines.append({**told, **end, "ts": start + float(str(end.get("ts", 1)))})
    (folder / "hamilton_flight.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return LaunchRef(ident, folder, flat=False, written_at=start)


def test_what_is_no_duration(tmp_path: Path) -> None:
    launch_in(
        tmp_path,
        "20261122T100000Z-7",
        {"elapsed_s": 1.0},
        {"elapsed_s": 2.0, "success": False, "error": "ValueError: no"},
        {"elapsed_s": 3.0, "node": "unplanned"},
        {"elapsed_s": -4.0},
        {"elapsed_s": "soon"},
        {"elapsed_s": 6.0, "success": None, "error": "ValueError: no"},
        {"elapsed_s": 7.0, "success": None},
    )
    ref = launch_in(tmp_path, "20261122T110000Z-7")
    assert read_past(ref).durations == {("joined", "v1"): (1.0, 7.0)}
    assert read_past(ref).times == {"joined": 2}


def test_of_a_span_tried_again_the_last_end_counts(tmp_path: Path) -> None:
    again = {"task_id": "same"}
    launch_in(tmp_path, "20261122T100000Z-7", {"elapsed_s": 1.0, **again}, {"elapsed_s": 2.0, **again})
    launch_in(
        tmp_path,
        "20261122T100001Z-7",
        {"elapsed_s": 3.0, **again},
        {"success": False, "error": "E: x", **again},
    )
    assert read_past(launch_in(tmp_path, "20261122T110000Z-7")).durations == {("joined", "v1"): (2.0,)}


def test_a_launch_beside_it_is_no_past_for_what_it_does_meanwhile(tmp_path: Path) -> None:
    """The look tells the same whenever it is taken, and each launch of one second has its place."""
    launch_in(tmp_path, "20261122T100000Z-7", {"elapsed_s": 5.0}, {"elapsed_s": 90.0, "ts": 600})
    launch_in(tmp_path, "20261122T100500Z-999", {"elapsed_s": 6.0, "ts": -1})
    ref = launch_in(tmp_path, "20261122T100500Z-1000", {"elapsed_s": 8.0})
    launch_in(tmp_path, "20261122T100500Z-10001", {"elapsed_s": 9.0, "ts": -1})
    assert read_past(ref).durations == {("joined", "v1"): (5.0, 6.0)}


def test_before_its_record_is_there_the_name_tells_its_start(tmp_path: Path) -> None:
    launch_in(tmp_path, "20261122T100000Z-7", {"elapsed_s": 5.0}, {"elapsed_s": 90.0, "ts": 600})
    ref = launch_in(tmp_path, "20261122T100500Z-7")
    (ref.dir / "launch.json").unlink()
    assert read_past(ref).durations == {("joined", "v1"): (5.0,)}


def test_a_launch_folder_of_another_name_has_its_past_too(tmp_path: Path) -> None:
    launch_in(tmp_path, "20261122T100000Z-7", {"elapsed_s": 5.0})
    ref = launch_in(tmp_path, "20261122T100500Z-7")
    moved = ref.dir.rename(tmp_path / "friday")
    named = LaunchRef("friday", moved, flat=False, written_at=ref.written_at)
    assert read_past(named).durations == {("joined", "v1"): (5.0,)}


def test_damaged_files_cost_their_lines_alone(tmp_path: Path) -> None:
    good = launch_in(tmp_path, "20261122T100000Z-7", {"elapsed_s": 5.0})
    with (good.dir / "hamilton_flight.jsonl").open("ab") as flight:
        flight.write(
            b'{"event":"node_end"\n\xff\xfe"node_end"\n[]"node_end"\n' + b"[" * 5000 + b'"node_end"\n'
        )
    bad = launch_in(tmp_path, "20261122T100001Z-7", {"elapsed_s": 6.0})
    (bad.dir / "graph.g2.json").write_text("{")
    (bad.dir / "hamilton_flight.1.2.jsonl").mkdir()
    assert read_past(launch_in(tmp_path, "20261122T110000Z-7")).durations == {("joined", "v1"): (5.0, 6.0)}


def test_fifty_launches_of_two_thousand_nodes_are_read_at_once(tmp_path: Path) -> None:
    """Bounded in work: a hundred thousand spans; how long it takes is the benchmarks' to say."""
    first = launch_in(tmp_path, "20261122T100000Z-1", *({"elapsed_s": n / 1000} for n in range(2_000)))
    for number in range(2, 51):
        copy = tmp_path / f"20261122T100000Z-{number}"
        copy.mkdir()
        for name in os.listdir(first.dir):
            os.link(first.dir / name, copy / name)
    past = read_past(launch_in(tmp_path, "20261122T110000Z-7"))
    assert len(durations("joined", "v1", past)) == pasts.MOST_DURATIONS
    assert past.times == {"joined": 2_000}


MOUNTS = """\
/dev/root / ext4 rw 0 0
box:/home /mnt/my\\040home nfs4 rw 0 0
/dev/sdb /mnt/my\\040home/local xfs rw 0 0
me@box: /mnt/ssh fuse.sshfs rw 0 0
overlay /var/overlay overlay rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind", "remote"),
    [
        ("/srv/x", "ext4", False),
        ("/mnt/my home/_hamilton_diag", "nfs4", True),
        ("/mnt/my home", "nfs4", True),
        ("/mnt/my homes", "ext4", False),
        ("/mnt/my home/local/x", "xfs", False),
        ("/mnt/ssh/x", "fuse.sshfs", True),
        ("/var/overlay/x", "overlay", False),
    ],
)
def test_the_file_system_of_a_folder(path: str, kind: str, remote: bool, tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)
    assert filesystem(path, str(table)) == kind
    assert is_remote(path, str(table)) is remote
    assert not is_remote(path, str(tmp_path / "none"))


def test_sources_and_the_launch_that_had_the_key(tmp_path: Path) -> None:
    scene = generate("cached", tmp_path)
    (graph,) = (scene.dir / "20261122T203511Z-2999").glob("graph.*.json")
    whole = json.loads(graph.read_text())
    for node in whole["nodes"]:
        node["source"] = f"def {node['name']}(): ..."
    graph.write_text(json.dumps(whole))
    past = read_past(find(scene.dir, "20261122T213511Z-4119"))
    assert past.origins["joined", None] == "20261122T203511Z-2999"
    (version,) = [version for name, version in past.sources if name == "joined"]
    assert past.sources["joined", version] == "def joined(): ..."


def test_of_sources_no_more_than_may_be_kept() -> None:
    gathered = pasts._Gathered(0.0, None, _source_left=10)
    gathered._keep_sources([pasts._Node("a", "v", "12345678"), pasts._Node("b", "v", "123")])
    assert gathered.sources == {("a", "v"): "12345678"}
