"""Which value a knob has, and who says so."""

from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import diagnostics, settings
from hamtui.contract.settings import SettingError, Table

WHERE = "/p/pyproject.toml"


def table(**told: Any) -> Table:
    return Table(WHERE, told)


def test_each_layer_goes_over_the_ones_below() -> None:
    name, everything = "println", {"println": 1}
    layers: list[tuple[dict[str, Any], dict[str, str], Table, int, str]] = [
        ({}, {}, Table(), 0, "default"),
        ({}, {}, table(profile="p", profiles={"p": {"println": 2}}), 2, "profile p"),
        ({}, {}, table(println=1, profile="p", profiles={"p": {"println": 2}}), 1, f"{WHERE} [tool.hamtui]"),
        ({}, {"HAMTUI_PRINTLN": "2"}, table(**everything), 2, "HAMTUI_PRINTLN"),
        ({"println": "1"}, {"HAMTUI_PRINTLN": "2"}, table(println=0), 1, "--println"),
    ]
    for options, environ, told, value, source in layers:
        found = settings.resolve(options, environ, told)
        assert (found.diagnostics.println, found.sources[name]) == (value, source)


@pytest.mark.parametrize(
    ("options", "environ", "told", "profile"),
    [
        ({}, {}, Table(), "debug_hangs"),
        ({}, {}, table(profile="dev_fast"), "dev_fast"),
        ({}, {"HAMTUI_PROFILE": "debug_payloads"}, table(profile="dev_fast"), "debug_payloads"),
        ({"profile": "dev_fast"}, {"HAMTUI_PROFILE": "debug_payloads"}, Table(), "dev_fast"),
    ],
)
def test_the_profile_is_chosen_the_same_way(
    options: dict[str, str], environ: dict[str, str], told: Table, profile: str
) -> None:
    found = settings.resolve(options, environ, told)
    assert found.diagnostics.profile == profile
    assert found.diagnostics.stacks is (profile != "dev_fast")
    assert found.diagnostics.payloads is (profile == "debug_payloads")


def test_what_is_switched_off_by_an_option_is_off() -> None:
    found = settings.resolve(
        {"payloads": False, "cache": None}, {}, table(profile="debug_payloads", cache=True)
    )
    assert found.diagnostics.payloads is False and found.sources["payloads"] == "--payloads"
    assert found.diagnostics.cache is True


def test_a_profile_of_ones_own_may_begin_with_another() -> None:
    own = {"base": {"extends": "dev_fast", "keep_going": True}, "top": {"extends": "base", "stacks": True}}
    found = settings.resolve({"profile": "top"}, {}, table(profiles=own)).diagnostics
    assert (found.summaries, found.keep_going, found.stacks) == (False, True, True)


def test_ones_own_goes_on_top_of_hamtuis_of_the_same_name() -> None:
    found = settings.resolve({"profile": "dev_fast"}, {}, table(profiles={"dev_fast": {"stacks": True}}))
    assert found.diagnostics.stacks is True and found.diagnostics.summaries is False


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("hang_after", "30m", 1800.0),
        ("hang_after", 90, 90.0),
        ("max_size", "1.5G", 1_500_000_000),
        ("max_size", "200 MB", 200_000_000),
        ("max_size", 4096, 4096),
        ("keep_going", "Yes", True),
        ("node_filter", "a, load_*", ("a", "load_*")),
        ("node_filter", ["a,b", "tag:x=y"], ("a,b", "tag:x=y")),
        ("track", 7, "7"),
        ("max_tasks", "8", 8),
    ],
)
def test_values_as_people_write_them(name: str, written: Any, value: Any) -> None:
    assert settings.parse(name, written) == value


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"prinln": 1}, "there is no setting 'prinln'"),
        ({"println": 3}, "println 3 is unknown; there is 0, 1, 2"),
        ({"println": True}, "must be a whole number"),
        ({"keep_going": "perhaps"}, "must be true or false"),
        ({"cache": 2}, "must be true or false"),
        ({"node_filter": 5}, "must be a list"),
        ({"executor": "slow"}, "there is sync, threads"),
        ({"trace": ["otlp", "zipkin"]}, "'zipkin' is unknown"),
        ({"max_tasks": 0}, "must be 1 or more"),
        ({"max_size": "-2G"}, "must be a size"),
        ({"dump_every": "soon"}, "is no time"),
        ({"max_tasks": "--5"}, "must be a whole number"),
        ({"max_tasks": "9" * 5_000}, "must be a whole number"),
        ({"profile": "none_such"}, "profile 'none_such' is unknown; there is debug_hangs"),
        ({"profile": "a", "profiles": {"a": {"extends": "b"}, "b": {"extends": "a"}}}, "in a circle"),
        ({"profile": "a", "profiles": {"a": 5}}, "must be a table"),
        ({"profile": "a", "profiles": {"a": {"colour": 5}}}, "profiles.a]: there is no setting 'colour'"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(told: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError) as raised:
        settings.resolve({}, {}, table(**told))
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_a_variable_that_is_empty_is_not_there() -> None:
    assert settings.resolve({}, {"HAMTUI_PRINTLN": ""}, Table()).sources["println"] == "default"


def test_the_nearest_table_counts_and_its_folders_are_its_own(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.hamtui]\ncache-dir = "store"\nkeep = 3\n')
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'not-hamtui'\n")
    found = settings.resolve({}, {}, settings.read_table(below)).diagnostics
    assert (found.keep, found.cache_dir) == (3, str(tmp_path / "store"))
    (tmp_path / "pyproject.toml").write_text('[tool.hamtui.profiles.mine]\ncache_dir = "of/mine"\n')
    found = settings.resolve({"profile": "mine"}, {}, settings.read_table(below)).diagnostics
    assert found.cache_dir == str(tmp_path / "of" / "mine")


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.hamtui\n")
    with pytest.raises(SettingError, match="can't be parsed"):
        settings.read_table(tmp_path)


def test_every_knob_of_every_profile_is_one() -> None:
    for profile, values in diagnostics.PROFILES.items():
        assert settings.profile_values(profile, Table()) == values
        assert set(values) <= set(diagnostics.names())


def test_what_is_not_by_default_is_told_with_its_source() -> None:
    told = settings.resolve({"keep": "2"}, {"HAMTUI_TRACE": "otlp"}, Table()).told()
    assert told == {"keep": [2, "--keep"], "trace": [("otlp",), "HAMTUI_TRACE"]}
