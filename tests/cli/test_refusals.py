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
        (
            ("flow.py", *TARGET, "--track", "1", "--username", "me", "--tag", "run_kind=weekly"),
            "it says full, incremental or ci",
        ),
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


#: What hides a package: Python imports ``sitecustomize`` before anything else.
_HIDES = """
import sys

class Hides:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hides())
"""


@pytest.mark.parametrize(
    ("words", "hidden", "command"),
    [
        (("--executor", "ray"), "ray", "install 'hamtui[ray]'"),
        (("--executor", "dask"), "distributed", "install 'hamtui[dask]'"),
        (("--trace", "datadog"), "ddtrace", "install 'hamtui[datadog]'"),
        (("--trace", "otel"), "opentelemetry", "install 'hamtui[otel]'"),
        (("--track", "1", "--username", "me"), "hamilton_sdk", "install 'sf-hamilton[sdk]'"),
    ],
)
def test_an_extra_that_is_not_installed_is_refused_with_the_command_that_brings_it(
    hamtui: Program, words: tuple[str, ...], hidden: str, command: str
) -> None:
    hides = hamtui.folder / "hides"
    hides.mkdir()
    (hides / "sitecustomize.py").write_text(_HIDES.format(hidden={hidden}))
    done = hamtui("run", "flow.py", *TARGET, *words, env={**os.environ, "PYTHONPATH": str(hides)})
    assert done.returncode == 2, done.stdout + done.stderr
    assert (
        f"{words[0]}" in done.stderr
        and command in done.stderr
        and f"{sys.executable} does not" in done.stderr
    )
    assert "Traceback" not in done.stderr and not (hamtui.folder / "_hamilton_diag").exists()


def test_another_interpreter_without_the_extra_is_told_what_it_needs_itself(
    hamtui: Program, bare_python: str
) -> None:
    done = hamtui("run", "flow.py", *TARGET, "--executor", "ray", "--python", bare_python)
    assert done.returncode == 2
    assert f"--executor ray needs ray, which {bare_python} does not have" in done.stderr
    assert f"{bare_python} -m pip install ray" in done.stderr
    assert not (hamtui.folder / "_hamilton_diag").exists()
