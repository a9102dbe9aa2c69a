"""``hamtui graph``: the graph on stdout or as a picture, and nothing of it run."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")


def test_all_of_it_as_hamilton_draws_it(hamtui: Program) -> None:
    done = hamtui("graph", "flow.py")
    assert done.returncode == 0, done.stderr
    assert "two -> three" in done.stdout and "broken" in done.stdout and "_legend" in done.stdout
    assert not (hamtui.folder / "_hamilton_diag").exists()


def test_what_a_target_needs(hamtui: Program) -> None:
    done = hamtui("graph", "flow.py", "--target", "three")
    assert "two -> three" in done.stdout and "broken" not in done.stdout


def test_without_hamiltons_drawing_by_ours(hamtui: Program, tmp_path: Path) -> None:
    (tmp_path / "graphviz.py").write_text("raise ImportError\n")
    module = hamtui.folder / "hides.py"
    module.write_text(
        "import importlib.util\nprint('printed by a module')\nfound = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'graphviz' else found(name, *a)\n"
    )
    done = hamtui("graph", "flow.py", "hides.py", "--target", "three")
    assert done.returncode == 0, done.stderr
    assert '"two" -> "three"' in done.stdout and "broken" not in done.stdout
    assert "printed by a module" in done.stderr and "printed" not in done.stdout


@needs_graphviz
@pytest.mark.parametrize(("name", "begins"), [("g.dot", b"//"), ("g.svg", b"<?xml"), ("g.png", b"\x89PNG")])
def test_into_a_file(hamtui: Program, name: str, begins: bytes) -> None:
    done = hamtui("graph", "flow.py", "-o", name)
    assert (done.returncode, done.stdout) == (0, f"{name}\n"), done.stderr
    assert (hamtui.folder / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "no module"),
        (("gone.py",), 2, "no file gone.py"),
        (("flow.py", "--target", "thre"), 2, "unknown target thre; the nearest: three"),
        (("flow.py", "-o", "g.pdf"), 2, "must end in .dot, .svg or .png"),
        (("flow.py", "-o", "gone/g.dot"), 2, "can't be written"),
        (("flow.py", "--config", "x"), 2, "no KEY=VALUE"),
    ],
)
def test_what_is_refused(hamtui: Program, words: tuple[str, ...], code: int, says: str) -> None:
    done = hamtui("graph", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr and done.stderr.count("\n") == 1


def test_a_module_that_raises_says_so_as_python_does(hamtui: Program) -> None:
    (hamtui.folder / "raises.py").write_text("raise LookupError('no table')\n")
    done = hamtui("graph", "raises.py")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("Traceback") and done.stderr.endswith("LookupError: no table\n")
    assert "hamtui" not in done.stderr


def test_no_graphviz_no_picture(hamtui: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + "/nowhere")
    done = hamtui("graph", "flow.py", "-o", "g.svg")
    assert done.returncode == 2 and "graphviz is not installed" in done.stderr
