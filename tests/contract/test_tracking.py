"""The tracker's knobs: what is refused, and which of the SDK's own hold, judged by the SDK itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import tracking
from hamtui.contract.diagnostics import Diagnostics

ASK_THE_SDK = """
import json
from hamilton_sdk.tracking import constants as c
print(json.dumps([c.CAPTURE_DATA_STATISTICS, c.MAX_LIST_LENGTH_CAPTURE, c.MAX_DICT_LENGTH_CAPTURE]))
"""


def wanted(**knobs: Any) -> Diagnostics:
    return Diagnostics(**{"track": "1", "username": "me@x.y", **knobs})


@pytest.mark.parametrize(
    ("knobs", "environ", "sentence"),
    [
        ({}, {}, None),
        ({"track": None, "username": None}, {}, None),
        ({"track": "shop"}, {}, "--track takes the project's number"),
        ({"username": None}, {}, "--track needs --username"),
        ({"tag": ("a=b", "c")}, {}, "--tag c: write it as KEY=VALUE"),
        ({"tag": ("=b",)}, {}, "--tag =b: write it as KEY=VALUE"),
        ({"tag": ("run_kind=weekly",)}, {}, "the tag run_kind is 'weekly'; it says full, incremental or ci"),
        ({"tag": ("run_kind=ci", "commit=abc1234", "semantic_version=1.2", "color=blue")}, {}, None),
        ({"tag": ("commit=main",)}, {}, "the tag commit is 'main'; it says the commit of the dataflow"),
        ({"tag": ("team=",)}, {}, "the tag team is ''; it says who answers for it"),
        ({"tag": ("Run-Kind=ci",)}, {}, "the tag Run-Kind is written run_kind"),
        ({"api_url": "localhost:8241"}, {}, "--api-url localhost:8241: write it as http://"),
        ({"ui_url": "http://me:secret@x"}, {}, "leave the password out"),
        ({"api_url": "http://x/?api_key=secret"}, {}, "leave out what follows the path"),
        ({"api_url": "http://x:99999"}, {}, "write it as http://"),
        ({"tracker": "dagworks"}, {}, "needs an API key in the variable DAGWORKS_API_KEY"),
        ({"tracker": "dagworks"}, {"DAGWORKS_API_KEY": "k"}, None),
    ],
)
def test_what_is_refused(knobs: dict[str, Any], environ: dict[str, str], sentence: str | None) -> None:
    found = tracking.trouble(wanted(**knobs), environ)
    assert (found is None) if sentence is None else (found is not None and sentence in found)


def test_where_it_goes() -> None:
    own = tracking.destination(wanted(tag=("a=b=c",), api_url="http://h:1/"), {"HAMILTON_UI_URL": "http://u"})
    assert (own.api_url, own.ui_url, own.tags) == ("http://h:1", "http://u", {"a": "b=c"})
    hosted = tracking.destination(wanted(tracker="dagworks"), {"HAMILTON_API_URL": "http://not-this"})
    assert hosted.api_url == "https://api.app.dagworks.io"


def test_the_key_is_in_no_record() -> None:
    environ = {"DAGWORKS_API_KEY": "s3cr3t"}
    hosted = wanted(tracker="dagworks")
    assert tracking.api_key("dagworks", environ) == "s3cr3t"
    assert "s3cr3t" not in repr(tracking.destination(hosted, environ))


@pytest.mark.parametrize(
    ("conf", "environ", "expected"),
    [
        ("", {}, [(False, "default"), (50, "default"), (100, "default")]),
        (
            "[SDK_CONSTANTS]\ncapture_data_statistics = true\nmax_list_length_capture = 7\nmax_dict_length_capture = 8\n",
            {"HAMILTON_MAX_LIST_LENGTH_CAPTURE": "9"},
            [(True, "CONF"), (9, "HAMILTON_MAX_LIST_LENGTH_CAPTURE"), (8, "CONF")],
        ),
        (
            "[SDK_CONSTANTS]\ncapture_data_statistics = true\n",
            {"HAMILTON_CAPTURE_DATA_STATISTICS": "False"},
            [(False, "HAMILTON_CAPTURE_DATA_STATISTICS"), (50, "default"), (100, "default")],
        ),
    ],
)
def test_the_sdks_own_knobs_hold_as_the_sdk_reads_them(
    conf: str, environ: dict[str, str], expected: list[tuple[Any, str]], tmp_path: Path
) -> None:
    path = tmp_path / "hamilton.conf"
    path.write_text(conf, "utf-8")
    environ = {**environ, "HAMILTON_CONFIG_URI": str(path)}
    found = tracking.captured(wanted(), environ)
    named = [(value, str(path) if source == "CONF" else source) for value, source in expected]
    assert [(one.value, one.source) for one in found] == named
    told = subprocess.run(
        [sys.executable, "-c", ASK_THE_SDK],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(told.stdout)
    # The one difference: nobody said anything of statistics, which are on there and off here.
    assert [one.value for one in found if one.source != "default"] == [
        value for value, one in zip(theirs, found, strict=True) if one.source != "default"
    ]
    assert [one.value for one in found][1:] == theirs[1:]


def test_options_go_before_everything() -> None:
    environ = {"HAMILTON_MAX_LIST_LENGTH_CAPTURE": "9", "HAMILTON_CAPTURE_DATA_STATISTICS": "false"}
    found = tracking.captured(wanted(track_statistics=True, track_list=3), environ, conf="/nowhere")
    assert [(one.value, one.source) for one in found] == [
        (True, "--track-statistics"),
        (3, "--track-list"),
        (100, "default"),
    ]
