import sys
from pathlib import Path
from typing import Any

import pytest

from hamtui.cli import values
from hamtui.cli.refuse import Refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n=1", 1),
        ("n=1.5", 1.5),
        ("n=true", True),
        ("n=null", None),
        ("n=eu", "eu"),
        ('n="1"', "1"),
        ("n=[1, 2]", [1, 2]),
        ("n=a=b", "a=b"),
        ("n=", ""),
        ("n=NaN", "NaN"),
        ("n=2026-11-22", "2026-11-22"),
        ("n=" + "[" * 100_000, "[" * 100_000),
    ],
)
def test_a_value_is_json_else_text(text: str, value: Any) -> None:
    assert values.pairs([text], "--input") == {"n": value}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("in.json", '{"a": {"b": 1}}'),
        ("in.toml", "[a]\nb = 1\n"),
        ("in.yaml", "a:\n  b: 1\n"),
        ("in.YML", "a: {b: 1}"),
    ],
)
def test_a_file_of_values(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert values.pairs([f"@{tmp_path / name}", "c=2"], "--config") == {"a": {"b": 1}, "c": 2}


def test_the_later_wins(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"a": 1}')
    assert values.pairs(["a=0", f"@{tmp_path}/in.json"], "--input") == {"a": 1}
    assert values.pairs([f"@{tmp_path}/in.json", "a=0"], "--input") == {"a": 0}


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.json", b"{", "can't be parsed"),
        ("a.json", b"[1]", "no table"),
        ("a.json", b"\xff\xfe\x00", "no UTF-8"),
        ("a.json", b"[" * 200_000, "can't be parsed"),
        ("a.toml", b"a = ", "can't be parsed"),
        ("a.yaml", b"a: [", "can't be parsed"),
        ("a.yaml", b"1: x", "the key 1"),
        ("a.yaml", b"!!python/object/apply:os.system [x]", "can't be parsed"),
        ("a.txt", b"a=1", "must end in"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Refused, match=says) as refused:
        values.pairs([f"@{tmp_path / name}"], "--input")
    assert "\n" not in refused.value.message


def test_an_interpreter_keeps_its_link(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    assert values.interpreter(str(link)) == str(link)
    assert values.interpreter(None) == sys.executable
    with pytest.raises(Refused, match="is a folder"):
        values.interpreter(str(tmp_path))


def test_values_are_masked() -> None:
    argv = [
        "run",
        "m.py",
        "--input",
        "token=s3cret",
        "--config=key=s3cret",
        "--override",
        "@file.json",
        "--target",
        "a=b",
    ]
    assert values.masked(argv) == [
        "run", "m.py", "--input", "token=...", "--config=key=...", "--override", "@file.json", "--target", "a=b",
    ]  # fmt: skip
