"""The program by itself: what it makes importable, what it leaves alone, where its output goes."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

from tests.recorder.conftest import BOOT, Launcher

LOOK_AROUND = """
    import importlib.util, os, sys, threading, warnings

    SEEN = {
        "argv": sys.argv,
        "hamtui on path": [p for p in sys.path if os.path.exists(os.path.join(p, "hamtui", "recorder"))],
        "recorder on path": [p for p in sys.path if os.path.exists(os.path.join(p, "boot.py"))],
        "textual": importlib.util.find_spec("textual") is not None,
        "threads": [t.name for t in threading.enumerate()],
        "filters": [str(f) for f in warnings.filters if "hamtui" in str(f)],
        "first": sys.path[0],
        "name": __name__,
        "stdin": os.fstat(0).st_rdev == os.stat(os.devnull).st_rdev,
    }

    def seen() -> dict:
        import json
        print(json.dumps(SEEN))
        return SEEN
"""


def test_runs_in_an_interpreter_without_hamtui(launcher: Launcher, bare_python: str) -> None:
    alone = subprocess.run([bare_python, "-c", "import hamtui"], capture_output=True, cwd="/", check=False)
    assert alone.returncode != 0
    launched = launcher.run(launcher.module(LOOK_AROUND), "seen", python=bare_python)
    assert launched.process.returncode == 0, launched.output()
    seen = eval(launched.output().replace("true", "True").replace("false", "False"))
    assert seen == {
        "argv": [str(launcher.tmp_path / "flow.py")],
        "hamtui on path": [],
        "recorder on path": [],
        "textual": False,
        "threads": ["MainThread"],
        "filters": [],
        "first": str(launcher.tmp_path),
        "name": "flow",
        "stdin": True,
    }
    info = launched.info()
    assert info["python"] == bare_python
    assert info["hamilton_version"]


def test_no_hamilton_there(launcher: Launcher, tmp_path: Path) -> None:
    venv = tmp_path / "empty"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    launched = launcher.run(launcher.module(LOOK_AROUND), "seen", python=str(venv / "bin" / "python"))
    assert launched.process.returncode == 1
    assert launched.error()["stage"] == "import"
    assert "has no Hamilton" in launched.error()["error"]
    assert launched.output().count("\n") == 1


def test_an_old_python_is_told_so(tmp_path: Path) -> None:
    spec = tmp_path / "spec"
    spec.write_bytes(pickle.dumps({"launch_dir": str(tmp_path)}))
    code = (
        f"import sys, os; sys.path.insert(0, {str(BOOT.parent)!r}); import boot; boot.OLDEST = (9, 0);"
        f"sys.exit(boot.main(['x', '--spec-fd', str(os.open({str(spec)!r}, 0))]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("hamtui: Python 9.0 or newer is needed")
    assert '"launch_error"' in (tmp_path / "hamilton_flight.jsonl").read_text()


def test_a_print_is_there_at_once(launcher: Launcher) -> None:
    launched = launcher.run(
        launcher.module(
            """
            import os, signal
            def gone() -> int:
                print("last words")
                os.kill(os.getpid(), signal.SIGKILL)
                return 1
            """
        ),
        "gone",
    )
    assert launched.process.returncode == -9
    assert launched.output() == "last words\n"


def test_spawned_children_know_hamtui_too(launcher: Launcher, bare_python: str) -> None:
    module = launcher.module(
        """
        import concurrent.futures, multiprocessing, sys

        def child(_: int) -> tuple:
            import hamtui.recorder.spans
            return sys.modules["__main__"].__name__, sys.stdout.line_buffering, __name__

        def told() -> list:
            found = []
            for method in ("spawn", "forkserver", "fork"):
                context = multiprocessing.get_context(method)
                with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
                    found.append(pool.submit(child, 1).result())
            print(found)
            return found
        """
    )
    launched = launcher.run(module, "told", python=bare_python)
    assert launched.process.returncode == 0, launched.output()
    assert eval(launched.output()) == [
        ("__mp_main__", True, "flow"),
        ("__mp_main__", True, "flow"),
        ("__main__", True, "flow"),
    ]


def test_the_spec_is_closed(launcher: Launcher) -> None:
    module = launcher.module(
        """
        import os
        def held() -> list:
            names = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                     if os.path.exists(f"/proc/self/fd/{fd}") or os.path.islink(f"/proc/self/fd/{fd}")]
            print([name for name in names if "deleted" in name])
            return names
        """
    )
    launched = launcher.run(module, "held")
    assert launched.output() == "[]\n"


def test_files_are_for_the_owner_alone(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module("def a() -> int:\n    return 1\n"), "a")
    modes = {name: os.stat(launched.dir / name).st_mode & 0o777 for name in os.listdir(launched.dir)}
    assert set(modes.values()) == {0o600}, modes
    assert not [name for name in modes if name.endswith(".part")]
