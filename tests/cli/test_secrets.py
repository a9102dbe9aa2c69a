"""A secret that is given to a run stands nowhere in its launch folder, nor on a screen."""

import json
from pathlib import Path

import pytest

from hamtui.cli import again
from hamtui.contract import redact, tracking
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.launch import LaunchInfo
from hamtui.tui.hands import CantAgain
from tests.cli.conftest import Program

SENTINEL = "s3ntinel-Value-77"

FLOW = """
import os

def used(api_token: str, number: int, dsn: str) -> int:
    assert os.environ["DEPLOY_KEY"] == api_token
    return number

def broken(used: int, api_token: str, nested: dict) -> int:
    raise ValueError("refused: " + api_token + " " + nested["db"]["password"])
"""

PROGRAM = """
import os, sys
key = os.environ["DEPLOY_KEY"]
assert sys.argv[1:] == ["--token=" + key, "--password", key, "https://me:" + key + "@host/"]
from hamilton import driver
import flow
dr = driver.Builder().with_modules(flow).with_config({"dsn": "x:" + key}).build()
print(dr.execute(["used"], inputs={"api_token": os.environ["DEPLOY_KEY"], "number": 1}))
"""


@pytest.fixture
def folder(hamtui: Program, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPLOY_KEY", SENTINEL)
    monkeypatch.setenv("HAMILTON_API_TOKEN", SENTINEL)
    (hamtui.folder / "flow.py").write_text(FLOW)
    (hamtui.folder / "program.py").write_text(PROGRAM)
    (hamtui.folder / "more.json").write_text(json.dumps({"nested": {"db": {"password": SENTINEL}}}))
    return hamtui.folder


def holding(folder: Path) -> list[str]:
    """The files below that hold the secret; what the user's own code printed is the user's."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "output.log"]
    assert len(found) > 5
    return [path.name for path in found if SENTINEL.encode() in path.read_bytes()]


GIVEN = [
    *("--input", f"api_token={SENTINEL}", "--input=number=3", "--config", f"dsn=x:{SENTINEL}"),
    *("--input", "@more.json", "--tag", f"password={SENTINEL}", "--tag", "team=mine"),
    *("--tag", f"site=https://me:{SENTINEL}@host/", "--on-suspect", f"notify --token {SENTINEL}"),
]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("profile", ["debug_payloads", "dev_fast"])
def test_it_stands_in_no_file_of_a_run_and_on_no_screen(hamtui: Program, profile: str) -> None:
    done = hamtui("run", "flow.py", "--target", "broken", "--plain", "--profile", profile, *GIVEN)
    assert done.returncode == 1 and "refused: [redacted]" in done.stdout, done.stdout + done.stderr
    diag = hamtui.folder / "_hamilton_diag"
    assert holding(diag) == []
    told = json.loads((diag / "latest" / "launch.json").read_bytes())
    assert "api_token=..." in told["argv"] and "--tag" in told["argv"] and "team=mine" in told["argv"]
    for words in (("status",), ("status", "--json"), ("dump",)):
        shown = hamtui(*words)
        assert SENTINEL not in shown.stdout + shown.stderr, words
    assert SENTINEL not in done.stdout


@pytest.mark.usefixtures("folder")
def test_nor_of_a_program(hamtui: Program) -> None:
    words = [f"--token={SENTINEL}", "--password", SENTINEL, f"https://me:{SENTINEL}@host/"]
    done = hamtui("exec", "--plain", "program.py", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert holding(hamtui.folder / "_hamilton_diag") == []
    assert SENTINEL not in hamtui("status", "--json").stdout


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--token=abc", "x"], ["--token=...", "x"]),
        (["--password", "abc", "x"], ["--password", "...", "x"]),
        (["--password", "--abc", "x"], ["--password", "...", "x"]),
        (["API_KEY=abc", "region=eu"], ["API_KEY=...", "region=eu"]),
        (["https://me:pw@host/a"], ["https://me:...@host/a"]),
        (["token", "abc", "tokens.py"], ["token", "abc", "tokens.py"]),
        (["--target", "x", "flow.py", "--author", "me"], ["--target", "x", "flow.py", "--author", "me"]),
    ],
)
def test_words_that_are_called_like_a_secret_hide_what_follows(argv: list[str], told: list[str]) -> None:
    assert redact.words(argv) == told


def test_a_tracker_is_told_no_secret() -> None:
    wanted = Diagnostics(tag=("team=mine", "api_key=abc", "site=https://me:pw@host/"))
    assert tracking.tags(wanted) == {"team": "mine", "api_key": "...", "site": "https://me:...@host/"}


@pytest.mark.parametrize("words", [["--tag", "password=..."], ["--password", "..."], ["x://me:...@h"]])
def test_what_was_left_out_is_not_run_again_without_it(words: list[str]) -> None:
    with pytest.raises(CantAgain, match="not written down"):
        again.told(LaunchInfo(argv=["hamtui", "run", "flow.py", *words]))


def test_no_option_of_ours_is_taken_for_a_secret(hamtui: Program) -> None:
    page = "".join(hamtui(name, "--help").stdout for name in ("run", "exec", "attach"))
    options = {word.strip(",.;") for word in page.split() if word.startswith("--")}
    assert len(options) > 40
    assert [option for option in sorted(options) if redact.is_secret(option)] == []
