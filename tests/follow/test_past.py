"""The past is what earlier launches tell, in bounded time."""

import shutil
from pathlib import Path

import pytest

from hamtui.follow import past as pasts
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import find
from hamtui.follow.mounts import filesystem, is_remote
from hamtui.follow.past import read_past
from hamtui.model.baseline import Past, durations, saved_s
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
    assert saved_s(span, node.version, past) == pytest.approx(2.0 - 0.004)


def test_hits_are_no_durations_and_later_launches_no_past(tmp_path: Path) -> None:
    scene = generate("cached", tmp_path)
    first = find(scene.dir, "20261122T203511Z-2999")
    assert read_past(first) == Past()
    later = scene.dir / "20261123T000000Z-1"
    shutil.copytree(find(scene.dir).dir, later)
    assert durations(
        "joined", read_launch(first).runs.popitem()[1].nodes["joined"].version, read_past(find(later))
    ) == (2.0,)


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
