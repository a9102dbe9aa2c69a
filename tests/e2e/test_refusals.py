"""Bad input: one clear line on stderr, its exit code, and never a traceback of ours."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.driving import SAMPLES, hamtui, launches, newest

ORDERS = SAMPLES / "orders.py"
SIMPLE = (
    "def rows(count: int) -> int:\n    return count\n\n\ndef report(rows: int) -> int:\n    return rows + 1\n"
)


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "simple.py").write_text(SIMPLE, "utf-8")
    (tmp_path / "broken.py").write_text("def report() -> int:\n    return (\n", "utf-8")
    (tmp_path / "raises.py").write_text("raise LookupError('no such [red]table')\n", "utf-8")
    (tmp_path / "needs.py").write_text("import not_there_at_all\n", "utf-8")
    (tmp_path / "file").write_text("no folder\n", "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.yaml").write_text("a: [1,\n", "utf-8")
    (tmp_path / "list.json").write_text("[1, 2]\n", "utf-8")
    return tmp_path


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return lines[0]


REFUSED = {
    "no such module file": (["run", "nope.py", "--target", "x"], "nope.py"),
    "no module": (["run", "--target", "x"], "module"),
    "no target": (["run", "simple.py"], "--target"),
    "unknown option": (["run", "simple.py", "--targt", "x"], "--targt"),
    "unknown command": (["rum"], "rum"),
    "input without a value": (["run", "simple.py", "--target", "report", "--input", "count"], "count"),
    "input file not there": (["run", "simple.py", "--target", "report", "--input", "@no.json"], "no.json"),
    "input file broken": (["run", "simple.py", "--target", "report", "--input", "@bad.yaml"], "bad.yaml"),
    "input file no table": (
        ["run", "simple.py", "--target", "report", "--config", "@list.json"],
        "list.json",
    ),
    "no such executor": (["run", "simple.py", "--target", "report", "--executor", "threds"], "threds"),
    "max-tasks of none": (["run", "simple.py", "--target", "report", "--max-tasks", "0"], "--max-tasks"),
    "hang-after of nothing": (["run", "simple.py", "--target", "report", "--hang-after", "soon"], "soon"),
    "hang-after below nothing": (["run", "simple.py", "--target", "report", "--hang-after", "-1"], "-1"),
    "no such python": (["run", "simple.py", "--target", "report", "--python", "no/python"], "no/python"),
    "no such profile": (["run", "simple.py", "--target", "report", "--profile", "zzz"], "zzz"),
    "context not there": (["run", "simple.py", "--context", "no.json"], "no.json"),
    "diag dir is a file": (["run", "simple.py", "--target", "report", "--diag-dir", "file"], "file"),
    "diag dir below a file": (["run", "simple.py", "--target", "report", "--diag-dir", "file/x"], "file"),
    "diag dir in a read-only place": (
        ["run", "simple.py", "--target", "report", "--diag-dir", "/proc/x"],
        "/proc/x",
    ),
    "attach to nothing": (["attach", "nowhere"], "nowhere"),
    "status of nothing": (["status", "nowhere"], "nowhere"),
    "status of nothing by default": (["status"], "_hamilton_diag"),
    "status of an empty folder": (["status", "empty"], "empty"),
    "status of a file": (["status", "file"], "file"),
    "attach to a file": (["attach", "file"], "file"),
    "attach to an empty folder": (["attach", "empty"], "empty"),
    "dump of an empty folder": (["dump", "empty"], "empty"),
    "stop of an empty folder": (["stop", "empty"], "empty"),
    "stop of a file": (["stop", "file"], "file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_launched(case: str, cwd: Path) -> None:
    args, named = REFUSED[case]
    done = hamtui(*args, cwd=cwd)
    assert done.returncode == 2, done.stdout + done.stderr
    assert named in one_line(done)
    assert not launches(cwd)


def test_status_of_nothing_in_json_is_one_line_too(cwd: Path) -> None:
    done = hamtui("status", "empty", "--json", "--exit-code", cwd=cwd)
    assert done.returncode == 2
    assert "empty" in one_line(done)


def test_an_unknown_launch_is_refused(cwd: Path) -> None:
    hamtui("run", "simple.py", "--target", "report", "--input", "count=1", cwd=cwd)
    done = hamtui("status", "--launch", "20200101T000000Z-1", cwd=cwd)
    assert done.returncode == 2
    assert "20200101T000000Z-1" in one_line(done)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_diag_dir_that_may_not_be_written(cwd: Path) -> None:
    (cwd / "empty").chmod(0o500)
    done = hamtui("run", "simple.py", "--target", "report", "--diag-dir", "empty/x", cwd=cwd)
    assert done.returncode == 2
    assert "empty/x" in one_line(done)


def check_failed(cwd: Path, code: int, wanted: str, type_: str | None = None) -> None:
    said = newest(cwd).status()
    assert said["launch"]["state"] == "failed"
    assert said["launch"]["exit_code"] == code
    assert said["runs"] == []
    assert wanted in said["launch"]["error"]["message"], said["launch"]["error"]
    if type_:
        assert said["launch"]["error"]["type"] == type_
    done = hamtui("status", "--exit-code", cwd=cwd)
    assert done.returncode == 1
    assert wanted in done.stdout


def test_an_unknown_target_names_the_nearest(cwd: Path) -> None:
    done = hamtui("run", "simple.py", "--target", "reprot", "--input", "count=1", cwd=cwd)
    assert done.returncode == 2, done.stdout + done.stderr
    text = done.stdout + done.stderr
    assert "reprot" in text and "report" in text.replace("reprot", "")
    assert "Traceback" not in text
    check_failed(cwd, 2, "reprot")
    assert (newest(cwd).dir / "output.log").read_text("utf-8").count("\n") <= 2


def test_a_missing_input_is_named(cwd: Path) -> None:
    done = hamtui("run", "simple.py", "--target", "report", cwd=cwd)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "count" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    check_failed(cwd, 2, "count")


@pytest.mark.parametrize(
    ("module", "type_", "wanted"),
    [
        ("broken.py", "SyntaxError", "never closed"),
        ("raises.py", "LookupError", "no such [red]table"),
        ("needs.py", "ModuleNotFoundError", "not_there_at_all"),
        ("no.such.module", "ModuleNotFoundError", "no"),
    ],
)
def test_a_module_that_does_not_import_ends_with_1(module: str, type_: str, wanted: str, cwd: Path) -> None:
    done = hamtui("run", module, "--target", "report", cwd=cwd)
    assert done.returncode == 1, done.stdout + done.stderr
    check_failed(cwd, 1, wanted, type_)
    output = (newest(cwd).dir / "output.log").read_text("utf-8")
    assert type_ in output
    if module != "no.such.module":
        assert "Traceback" in output or "File " in output
        assert newest(cwd).status()["launch"]["error"]["traceback"]


@pytest.mark.parametrize("command", ["run", "attach", "status", "dump", "stop"])
def test_help_has_examples(command: str, cwd: Path) -> None:
    done = hamtui(command, "--help", cwd=cwd)
    assert done.returncode == 0
    assert f"hamtui {command}" in done.stdout
