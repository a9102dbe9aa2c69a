"""What can be refused before launching: exit 2, one sentence, no traceback, nothing started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program

TARGET = ("--target", "two")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nothing.py", *TARGET), "no file nothing.py"),
        (("sub/nothing.py", *TARGET), "no file sub/nothing.py"),
        ((".", *TARGET), "neither a file nor a dotted module name"),
        (("./", *TARGET), "is a folder"),
        (("in.txt", *TARGET), "no Python file"),
        (("my mod", *TARGET), "neither a file nor"),
        (("flow.py", "other/flow.py", *TARGET), "would both be the module 'flow'"),
        (TARGET, "no module"),
        (("flow.py",), "nothing to compute"),
        (("flow.py", "--target", ""), "must name a node"),
        (("flow.py", *TARGET, "--input", "five"), "no KEY=VALUE"),
        (("flow.py", *TARGET, "--config", "=5"), "no KEY=VALUE"),
        (("flow.py", *TARGET, "--override", "@gone.json"), "can't be read"),
        (("flow.py", *TARGET, "--input", "@in.txt"), "must end in .json"),
        (("flow.py", *TARGET, "--hang-after", "-1"), "--hang-after"),
        (("flow.py", *TARGET, "--hang-after", "nan"), "--hang-after"),
        (("flow.py", *TARGET, "--hang-after", "0"), "--hang-after"),
        (("flow.py", *TARGET, "--dump-every", "soon"), "--dump-every"),
        (("flow.py", *TARGET, "--max-tasks", "0"), "--max-tasks"),
        (
            ("flow.py", *TARGET, "--pdb", "two", "--executor", "ray", "--detach"),
            "does not reach into workers",
        ),
        (("flow.py", *TARGET, "--executor", "threds"), "unknown"),
        (("flow.py", *TARGET, "--profile", "dev_slow"), "debug_hangs"),
        (("flow.py", *TARGET, "--println", "3"), "--println 3 is unknown; there is 0, 1, 2"),
        (("flow.py", *TARGET, "--keep", "-1"), "--keep must be 1 or more"),
        (("flow.py", *TARGET, "--max-size", "big"), "a size such as 200M"),
        (("flow.py", *TARGET, "--track", "1"), "--track needs --username"),
        (("flow.py", *TARGET, "--track", "shop", "--username", "me"), "the project's number"),
        (
            ("flow.py", *TARGET, "--trace", "otlp", "--otlp-endpoint", "x"),
            "--otlp-endpoint x/v1/traces: write",
        ),
        (("flow.py", *TARGET, "--type-check", "some"), "strict, warn"),
        (("flow.py", *TARGET, "--python", "./in.txt"), "can't be executed"),
        (("flow.py", *TARGET, "--python", "./gone"), "no such interpreter"),
        (("flow.py", *TARGET, "--python", "no-such-python"), "no such interpreter"),
        (("flow.py", *TARGET, "--python", "./other"), "is a folder"),
        (("flow.py", *TARGET, "--cache-dir", "in.txt"), "is a file"),
        (("flow.py", "--context", "gone.json"), "no such file"),
        (("flow.py", "--context", "in.txt"), "end in .json or .py"),
        (("flow.py", *TARGET, "--diag-dir", "in.txt"), "is a file"),
        (("flow.py", *TARGET, "--diag-dir", "in.txt/below"), "is a file"),
        (("flow.py", *TARGET, "--diag-dir", "/proc/nowhere"), "can't be written"),
        (("flow.py", *TARGET, "--nonsense"), "--nonsense"),
    ],
)
def test_run_refuses(hamtui: Program, words: tuple[str, ...], says: str) -> None:
    (hamtui.folder / "in.txt").write_text("x")
    (hamtui.folder / "other").mkdir()
    (hamtui.folder / "other" / "flow.py").touch()
    done = hamtui("run", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.startswith("hamtui: ") and done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not list(hamtui.folder.rglob("output.log"))


@pytest.mark.parametrize("command", ["attach", "status", "dump", "stop"])
@pytest.mark.parametrize("where", ["gone", "empty", "file"])
def test_no_launch_there(hamtui: Program, command: str, where: str) -> None:
    (hamtui.folder / "empty").mkdir()
    (hamtui.folder / "file").touch()
    for words in ([where], [where, "--launch", "2026"]):
        done = hamtui(command, *words)
        assert done.returncode == 2
        assert done.stderr.startswith("hamtui: ") and done.stderr.count("\n") == 1
    assert os.listdir(hamtui.folder / "empty") == []


def test_escapes_in_what_was_typed_are_not_sent_to_the_terminal(hamtui: Program) -> None:
    done = hamtui("run", "\x1b[31mred.py", *TARGET)
    assert done.returncode == 2 and "\x1b" not in done.stderr


def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from hamtui.cli.main import main; main(['run', 'm', '--target', 't'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=gone, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "the working folder is gone" in done.stderr
