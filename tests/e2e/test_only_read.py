"""What a launch folder holds is read as records and text: never executed, imported or unpickled, and a cache is never opened."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hamtui.contract import layout
from tests.e2e.driving import Launched, detach, until
from tests.e2e.terminal import Opener

FLOW = """
import logging

def one() -> int:
    logging.getLogger("flow").warning("logged")
    return 1

def two(one: int) -> dict:
    return {"a": one}

def broken(two: dict) -> int:
    raise ValueError("no")
"""

#: Writes down what Python itself says that the program does, as it does it.
WATCHED = """
import json, os, sys
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
root = sys.argv[2]
NAMED = {"open", "compile", "exec", "import", "ctypes.dlopen", "marshal.load", "marshal.loads"}
ALWAYS = {"pickle.find_class", "sqlite3.connect", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn",
          "os.fork", "cpython.run_command", "cpython.run_file"}

def told(args):
    return [one.co_filename if hasattr(one, "co_filename") else os.fsdecode(one) if isinstance(one, bytes)
            else one if isinstance(one, (str, int)) else os.fspath(one) if isinstance(one, os.PathLike) else None
            for one in args]

def heard(event, args):
    if event in NAMED:
        words = told(args[:3] if event != "import" else args[:2])
        if any(isinstance(word, str) and word.startswith(root) for word in words):
            os.write(log, json.dumps([event, words]).encode() + b"\\n")
    elif event in ALWAYS:
        os.write(log, json.dumps([event, told(args)]).encode() + b"\\n")

sys.addaudithook(heard)
os.write(log, b'["began", []]\\n')
sys.argv = ["hamtui", *sys.argv[3:]]
from hamtui.cli.main import main
main()
"""

#: Names that hamtui, Textual or Python might import late, or look for in the working folder.
TRAPS = (
    "json hamtui hamilton textual rich click msgspec psutil watchfiles yaml flow sitecustomize usercustomize conftest "
    "hamtui.cli hamilton_flight launch graph __init__ __main__ setup pygments tomllib"
).split()


#: The key that opens a thing over the dashboard, and what is read there alone.
OVER_THE_SCREEN = (("l", "Launches:"), ("?", "What the glyphs mean"), ("\x10", "Search for commands"))


class Bomb:
    """What unpickles by telling that it was."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.canary),)


def trap(folder: Path, canary: Path) -> None:
    code = f"import os; os.mkdir({str(canary)!r})\n"
    bomb = pickle.dumps(Bomb(canary))
    for name in TRAPS:
        (folder / f"{name}.py").write_text(code)
        (folder / f"{name}.pickle").write_bytes(bomb)
    (folder / "trap.pth").write_text(code)
    (folder / ".pdbrc").write_text(code)
    (folder / "graph.1234.json.pickle").write_bytes(bomb)
    (folder / "past.json").write_bytes(bomb)
    (folder / "tracker.json").write_bytes(bomb)
    (folder / "hamilton_flight.trap.77.jsonl").write_bytes(bomb)
    (folder / "pyproject.toml").write_text('[tool.hamtui]\nplugins = ["flow"]\nprofile = "nonsense"\n')


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with traps everywhere, its diag folder and cache in it, and what there is if one was sprung."""
    root = tmp_path_factory.mktemp("trapped")
    canary = tmp_path_factory.mktemp("canary") / "sprung"
    (root / "flow.py").write_text(FLOW)
    launched: Launched = detach("flow.py", "--target", "broken", "--cache", cwd=root)
    until("the run's end", lambda: (launched.dir / layout.EXIT).exists())
    results = [path for path in (root / layout.DEFAULT_CACHE_DIR).iterdir() if path.is_file()]
    assert results
    for result in results:
        if "jsonl" not in result.name:
            result.write_bytes(pickle.dumps(Bomb(canary)))
    shutil.copytree(root / layout.DEFAULT_CACHE_DIR, launched.dir / layout.DEFAULT_CACHE_DIR)
    for folder in (root, root / layout.DEFAULT_DIAG_DIR, launched.dir):
        trap(folder, canary)
    return root, canary


def told(log: Path) -> list[tuple[str, list[object]]]:
    events = [tuple(json.loads(line)) for line in log.read_text().splitlines()]
    assert events and events.pop(0) == ("began", [])
    return events


def judge(log: Path, root: Path, canary: Path) -> int:
    """How many files of the folder were opened, all for reading, all of them records."""
    opened = 0
    for event, args in told(log):
        assert event == "open", (event, args)
        path, flags = Path(str(args[0])), args[2]
        relative = path.relative_to(root)
        assert layout.DEFAULT_CACHE_DIR not in relative.parts, relative
        assert path.suffix not in {".py", ".pyc", ".pickle", ".pth"}, relative
        assert isinstance(flags, int) and not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT), relative
        opened += path.name == layout.FLIGHT
    assert not canary.exists()
    return opened


@pytest.mark.parametrize("words", ["status", "status --json", "attach", "prune --keep 5 --dry-run", "track"])
def test_a_command_only_reads_records(words: str, trapped: tuple[Path, Path], tmp_path: Path) -> None:
    root, canary = trapped
    log, script = tmp_path / "log", tmp_path / "watched.py"
    script.write_text(WATCHED)
    done = subprocess.run(
        [sys.executable, script, log, root, *words.split()],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert "Traceback" not in done.stderr and (done.stdout or done.stderr), done.stderr
    opened = judge(log, root, canary)
    assert opened or not words.startswith("status")


def test_so_does_the_dashboard(trapped: tuple[Path, Path], tmp_path: Path, open_terminal: Opener) -> None:
    root, canary = trapped
    log, script = tmp_path / "log", tmp_path / "watched.py"
    script.write_text(WATCHED)
    terminal = open_terminal([sys.executable, script, log, root, "attach"], root, 40, 120)
    terminal.until("the tree", lambda text: "broken" in text and "two" in text)
    for key in (*"123456j6j6", "r"):
        terminal.press(key)
        terminal.pump(0.3)
    for key, word in OVER_THE_SCREEN:
        terminal.look_into(key, word)
    terminal.press("q")
    code, left = terminal.leave()
    assert code == 0, left
    assert judge(log, root, canary)
