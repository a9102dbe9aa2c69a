"""``hamtui profiles``, and a run that is set up by variables and tables."""

import json

from tests.cli.conftest import Program

TABLE = """
[tool.hamtui]
println = 2

[tool.hamtui.profiles.nightly]
extends = "debug_payloads"
keep_going = true
"""


def test_each_value_is_shown_with_where_it_comes_from(hamtui: Program) -> None:
    (hamtui.folder / "pyproject.toml").write_text(TABLE)
    page = hamtui("profiles", "nightly").stdout
    rows = {words[0]: words[1:] for line in page.splitlines() if (words := line.split())}
    assert rows["keep_going"] == ["yes", "profile", "nightly"]
    assert rows["println"] == ["2", f"{hamtui.folder}/pyproject.toml", "[tool.hamtui]"]
    assert rows["executor"] == ["sync", "default"]
    assert "* nightly" in page and "  debug_hangs" in page


def test_the_same_as_json(hamtui: Program) -> None:
    told = json.loads(hamtui("profiles", "dev_fast", "--json").stdout)
    assert told["stacks"] == {"value": False, "source": "profile dev_fast"}
    assert told["profile"] == {"value": "dev_fast", "source": "--profile"}


def test_an_unknown_profile_or_setting_is_refused(hamtui: Program) -> None:
    done = hamtui("profiles", "nightly")
    assert done.returncode == 2 and "profile 'nightly' is unknown" in done.stderr
    (hamtui.folder / "pyproject.toml").write_text("[tool.hamtui]\nprintn = 1\n")
    for words in (("profiles",), ("run", "flow.py", "--target", "two")):
        done = hamtui(*words)
        assert done.returncode == 2 and "no setting 'printn'" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_run_says_what_it_was_set_up_for(hamtui: Program) -> None:
    (hamtui.folder / "pyproject.toml").write_text("[tool.hamtui.profiles.mine]\nextends = 'dev_fast'\n")
    done = hamtui("run", "flow.py", "--target", "three", "--plain", "--profile", "mine", "--hang-after", "5m")
    assert done.returncode == 0, done.stderr
    info = json.loads((hamtui.folder / "_hamilton_diag" / "latest" / "launch.json").read_text())
    assert info["profile"] == "mine" and info["hang_after"] == 300.0
    assert info["settings"]["hang_after"] == [300.0, "--hang-after"]
    assert info["settings"]["summaries"] == [False, "profile mine"]
