"""A folder that belongs to another user is refused unless --trust, and nobody else's requests are heard."""

import json
import os
import time
from pathlib import Path

import pytest

from hamtui.contract import folder as contract_folder
from hamtui.contract import layout
from hamtui.contract.owner import is_owners, stranger
from hamtui.follow import ask as look_ask
from hamtui.follow import launches
from hamtui.recorder.asks import Asks
from hamtui.supervise.tail import Tail
from tests.cli.conftest import Program

STRANGER = 54_321
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")


def give_away(path: Path) -> None:
    for inside in (path, *path.rglob("*")):
        os.chown(inside, STRANGER, STRANGER, follow_symlinks=False)


@pytest.fixture
def ended(hamtui: Program) -> Path:
    """The diag folder of a launch that is over."""
    assert hamtui("run", "flow.py", "--target", "two", "--plain").returncode == 0
    return hamtui.folder / layout.DEFAULT_DIAG_DIR


WAYS = [
    "status _hamilton_diag",
    "status _hamilton_diag/latest",
    "status link",
    "attach link",
    "dump link",
    "stop link",
    "track link",
    "prune link --keep 0",
]


def test_it_is_refused_with_whose_it_is(hamtui: Program, ended: Path) -> None:
    give_away(ended)
    (hamtui.folder / "link").symlink_to(ended)
    for way in WAYS:
        done = hamtui(*way.split())
        assert done.returncode == 2, way
        assert done.stderr.startswith(f"hamtui: {way.split()[1]} belongs to uid {STRANGER}, not to you"), way
        assert "--trust" in done.stderr and len(done.stderr.splitlines()) == 1 and not done.stdout, way
    assert len(launches.launches(ended)) == 1


def test_trust_takes_it(hamtui: Program, ended: Path) -> None:
    give_away(ended)
    done = hamtui("status", "--trust", "--exit-code")
    assert done.returncode == 0 and "succeeded" in done.stdout
    assert "already over: succeeded" in hamtui("stop", "--trust").stdout
    assert hamtui("run", "flow.py", "--target", "two", "--plain", "--trust").returncode == 0
    pruned = hamtui("prune", "--keep", "0", "--trust").stdout
    assert "1 launch deleted" in pruned and "but it belongs to somebody else" in pruned


def test_nothing_is_launched_into_it(hamtui: Program, ended: Path) -> None:
    (hamtui.folder / "program.py").write_text("print('never')")
    give_away(ended)
    for words in (("run", "flow.py", "--target", "two"), ("exec", "program.py")):
        done = hamtui(*words, "--plain")
        assert done.returncode == 2 and f"belongs to uid {STRANGER}" in done.stderr, words
    assert len(launches.launches(ended)) == 1


def test_another_s_launch_in_one_s_own_folder_is_passed_over(hamtui: Program, ended: Path) -> None:
    (mine,) = launches.launches(ended)
    other = ended / "20990101T000000Z-1"
    other.mkdir()
    (other / layout.LAUNCH).write_text("{}")
    give_away(other)
    assert launches.launches(ended) == [mine] and launches.find(ended) == mine
    done = hamtui("status", "--launch", other.name)
    assert done.returncode == 2 and "There is no launch" in done.stderr
    assert [ref.id for ref in (launches.find(ended, other.name, trust=True),)] == [other.name]


def test_a_program_that_records_itself_says_so_and_runs(hamtui: Program, ended: Path) -> None:
    give_away(ended)
    (hamtui.folder / "program.py").write_text("import hamtui\nhamtui.record()\nprint('ran')")
    done = hamtui.run_python("program.py")
    assert done.returncode == 0 and done.stdout == "ran\n"
    assert f"hamtui does not record: {ended} belongs to uid {STRANGER}" in done.stderr


def test_who_names_the_folder_means_it(tmp_path: Path) -> None:
    give_away(tmp_path)
    with pytest.raises(contract_folder.LaunchFolderError, match="belongs to"):
        contract_folder.make_launch(tmp_path)
    assert contract_folder.make_launch(tmp_path, trust=True).is_dir()
    assert stranger(tmp_path) == f"uid {STRANGER}" and stranger(tmp_path / "nothing") is None


def test_of_a_stranger_s_launch_only_the_stranger_s_processes_are_signalled(hamtui: Program) -> None:
    folder = hamtui.detached("naps")
    give_away(folder.parent)
    done = hamtui("stop", "--trust")
    assert done.returncode == 2 and "is not of uid 54321, who wrote that it is the run's" in done.stderr
    assert json.loads(hamtui("status", "--trust", "--json").stdout)["launch"]["state"] == "running"
    assert not (folder / layout.EXIT).exists()
    for inside in (folder.parent, *folder.parent.rglob("*")):
        os.chown(inside, 0, 0, follow_symlinks=False)
    assert hamtui("stop").returncode == 0


def test_what_root_asks_in_another_s_folder_is_that_one_s(tmp_path: Path) -> None:
    give_away(tmp_path)
    asked = look_ask.ask(launches.LaunchRef(tmp_path.name, tmp_path, flat=False, written_at=0.0), "dump")
    assert (tmp_path / layout.REQUESTS).stat().st_uid == STRANGER
    assert Asks(str(tmp_path / layout.REQUESTS), from_start=True).new() == [asked.id]


def ask(path: Path, name: str) -> None:
    with path.open("a") as file:
        file.write(json.dumps({"ask": "dump", "id": name, "ts": time.time()}) + "\n")


def test_requests_of_another_are_not_heard(tmp_path: Path) -> None:
    requests = tmp_path / layout.REQUESTS
    inside, outside = Asks(str(requests), from_start=True), Tail(requests, owners=True)
    ask(requests, "mine")
    assert inside.new() == ["mine"] and len(outside.lines()) == 1
    os.chown(requests, STRANGER, STRANGER)
    ask(requests, "theirs")
    assert inside.new() == [] and outside.lines() == []


def test_nor_where_anybody_may_write(tmp_path: Path) -> None:
    requests = tmp_path / layout.REQUESTS
    ask(requests, "anybody's")
    requests.chmod(0o666)
    tmp_path.chmod(0o711)
    assert not is_owners(requests)
    tmp_path.chmod(0o700)
    assert is_owners(requests)
