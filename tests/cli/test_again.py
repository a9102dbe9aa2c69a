"""The command line of a launch that repeats another one."""

import json
from pathlib import Path

import pytest

from hamtui.cli.again import Again, changed, told
from hamtui.contract.launch import LaunchInfo
from hamtui.follow.launches import LaunchRef
from hamtui.tui.hands import CantAgain, Change
from tests.cli.conftest import Program

WORDS = [
    "run",
    "m.py",
    "--target",
    "a",
    "--target=b",
    "--input",
    "n=1",
    "--plain",
    "--diag-dir",
    "d",
    "--cache",
]
KEPT = ["run", "m.py", "--target", "a", "--target=b", "--input", "n=1", "--cache"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(), KEPT),
        (Change(target="c"), ["run", "m.py", "--input", "n=1", "--cache", "--target", "c"]),
        (Change(recompute="c"), [*KEPT, "--recompute", "c"]),
        (Change(saved=("c", "v1")), [*KEPT, "--saved", "c=v1"]),
    ],
)
def test_it_differs_in_one_thing(change: Change, words: list[str]) -> None:
    assert changed(WORDS, change) == words


def test_what_was_left_out_of_the_record_is_not_made_up() -> None:
    whole = LaunchInfo(argv=["hamtui", "run", "m.py", "--target", "a", "--on-suspect", "..."])
    assert told(whole) == ["run", "m.py", "--target", "a"]
    masked = LaunchInfo(argv=["hamtui", "run", "m.py", "--input", "key=...", "--config=other=..."])
    with pytest.raises(CantAgain, match="the value of key, --config was not written down"):
        told(masked)


def test_only_a_run_is_run_again() -> None:
    with pytest.raises(CantAgain, match="only what `hamtui run` started"):
        changed(["exec", "service.py"], Change())


def ref_of(folder: Path) -> LaunchRef:
    return LaunchRef(folder.name, folder.resolve(), flat=False, written_at=0.0)


def test_a_launch_is_repeated_from_its_record_alone(hamtui: Program) -> None:
    (hamtui.folder / "pyproject.toml").write_text("")
    hamtui("run", "flow.py", "--target", "three", "--plain", "--hang-after", "77")
    first = ref_of(hamtui.folder / "_hamilton_diag" / "latest")
    again = Again(lambda: first)
    second = again(Change(target="two"))
    assert second.dir != first.dir and again.started == [second.dir]
    hamtui.until((second.dir / "exit.json").exists)
    info = json.loads((second.dir / "launch.json").read_text())
    assert (info["targets"], info["hang_after"]) == (["two"], 77.0)
    with pytest.raises(CantAgain, match="working folder .* is gone"):
        (first.dir / "launch.json").write_text(
            json.dumps({"argv": ["hamtui", "run", "m.py"], "cwd": "/gone/away"})
        )
        again(Change())


def test_our_own_launch_is_repeated_with_the_values_that_were_left_out(hamtui: Program) -> None:
    words = ["run", "flow.py", "--target", "two", "--input", "number=5", "--plain"]
    hamtui(*words)
    first = ref_of(hamtui.folder / "_hamilton_diag" / "latest")
    with pytest.raises(CantAgain, match="the value of number"):
        Again(lambda: first)(Change())
    second = Again(lambda: first, first.dir, words)(Change())
    hamtui.until((second.dir / "exit.json").exists)
    assert '"exit_code": 0' in (second.dir / "exit.json").read_text()
    # What it refuses is told, and nothing is started.
    with pytest.raises(CantAgain, match="no file gone.py"):
        Again(lambda: first, first.dir, ["run", "gone.py", "--target", "two"])(Change())
