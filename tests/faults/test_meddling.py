"""User code that takes the process apart: the run is as without the recorder, which goes on, or says why not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.driving import HAMTUI, newest

PROGRAM = """
import builtins, faulthandler, gc, os, resource, signal, sys, threading, time, types

def before() -> int:
    print("before", flush=True)
    return 1

def meddled(before: int) -> int:
    meddle()
    return before + 1

def after(meddled: int) -> int:
    return meddled + 1

def last(after: int) -> int:
    if RAISES:
        raise ValueError("at last")
    return after + 1

def meddle():
    {meddle}

RAISES = {raises}

if __name__ == "__main__":
    from hamilton import ad_hoc_utils, driver
    flow = ad_hoc_utils.create_temporary_module(before, meddled, after, last, module_name="flow")
    found = driver.Builder().with_modules(flow).build().execute(["last"])
    with open({told!r}, "w") as file:
        file.write(str(found))
    {finish}
    print("found", found, flush=True)
"""
CLOSE = """
    os.closerange({first}, 4096)
    for number in range(40):
        fd = os.open(f"mine-{{number}}", os.O_WRONLY | os.O_CREAT)
        os.write(fd, b"mine")
    os.chdir(".")
"""
DAEMON = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(1)
            os.write(os.open("daemon", os.O_WRONLY | os.O_CREAT), b"lived")
            os._exit(0)
        os._exit(0)
    os.wait()
"""
PATCHED = """
    class Gone:
        def __init__(self, *a, **k): raise RuntimeError("patched away")
    for name in ("Thread", "Event", "Condition", "Semaphore", "Timer"):
        setattr(threading, name, Gone)
    def never(*a, **k): raise RuntimeError("patched away")
    threading.get_ident = threading.current_thread = threading.enumerate = never
    time.sleep = time.time = time.monotonic = never
    import _thread
    _thread.start_new_thread = never
    _thread.get_ident = lambda: 1
"""
WITHOUT_FILES = """
    def never(*a, **k): raise RuntimeError("patched away")
    globals()["keep"] = builtins.open, os.write, os.open, os.stat, os.fstat
    builtins.open = os.write = os.open = os.stat = os.fstat = never
    import json; json.dumps = json.loads = never
"""
GIVE_BACK = "builtins.open, os.write, os.open, os.stat, os.fstat = keep"
#: What is done; whether the nodes after it are on record all the same (None: there are none).
WAYS: dict[str, tuple[str, bool | None]] = {
    "redirects 1 and 2": (
        'fd = os.open("own", os.O_WRONLY | os.O_CREAT)\n    os.dup2(fd, 1)\n    os.dup2(fd, 2)\n    print("own")',
        True,
    ),
    "closes all but the first three": (CLOSE.format(first=3), True),
    "closes all there are": (CLOSE.format(first=0), True),
    "changes directory": ('os.mkdir("other")\n    os.chdir("other")', True),
    "a directory that is gone": ('os.mkdir("other")\n    os.chdir("other")\n    os.rmdir("../other")', True),
    "forks, the child leaves by os._exit": ("if os.fork() == 0: os._exit(7)\n    print(os.wait()[1])", True),
    "forks, the child leaves by sys.exit": ("if os.fork() == 0: sys.exit(7)\n    print(os.wait()[1])", True),
    "forks, the child raises": ("if os.fork() == 0: raise SystemError\n    print(os.wait()[1])", True),
    "execs": ('os.execv("/bin/sh", ["sh", "-c", "echo another; exit 5"])', None),
    "daemonizes": (DAEMON, True),
    "handles signals": (
        "for number in range(1, 32):\n        if number not in (9, 19, 17): signal.signal(number, lambda *a: None)",
        True,
    ),
    "ignores signals": (
        "for number in (1, 2, 3, 10, 12, 13, 14, 15): signal.signal(number, signal.SIG_IGN)",
        True,
    ),
    "own excepthooks": (
        "sys.excepthook = lambda *a: print('mine', a[0].__name__, flush=True)\n    sys.unraisablehook = threading.excepthook = print",
        True,
    ),
    "own faulthandler": (
        'file = open("fault", "w")\n    faulthandler.enable(file)\n    faulthandler.dump_traceback_later(60, file=file)\n    globals()["file"] = file',
        True,
    ),
    "patches threading": (PATCHED, True),
    "patches files away": (WITHOUT_FILES, True),
    "few descriptors": ("resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))", True),
    "little recursion": ("sys.setrecursionlimit(120)", True),
    "traces": (
        "sys.settrace(lambda *a: None)\n    threading.settrace(lambda *a: None)\n    sys.setprofile(lambda *a: None)",
        True,
    ),
    "no modules": (
        "[sys.modules.pop(name) for name in list(sys.modules) if name.startswith(('json', 'logging', 'hamtui'))]",
        True,
    ),
    "no garbage collection": ("gc.disable()\n    gc.freeze()", True),
    "another standard output": ("import io\n    sys.stdout = sys.__stdout__ = io.StringIO()", True),
}
AT_ONCE = {"closes all there are", "execs", "daemonizes", "patches files away", "few descriptors"}


def files(folder: Path) -> dict[str, bytes]:
    """What the user's code wrote."""
    names = [name for name in os.listdir(folder) if not name.startswith(("_hamilton", "program", "other"))]
    return {name: (folder / name).read_bytes() for name in sorted(names)}


def run(folder: Path, way: str, raises: bool, *command: str) -> tuple[int, dict[str, bytes], bytes]:
    folder.mkdir()
    finish = GIVE_BACK if way == "patches files away" else "pass"
    text = PROGRAM.replace("{meddle}", WAYS[way][0].strip()).replace(
        "{finish}", finish if not raises else "pass"
    )
    (folder / "program.py").write_text(text.replace("{raises}", str(raises)).replace("{told!r}", "'told'"))
    with (folder / "program.out").open("wb") as out:
        done = subprocess.run(
            [*command, "program.py"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            timeout=90,
            check=False,
        )
    return done.returncode, files(folder), (folder / "program.out").read_bytes()


@pytest.mark.parametrize(
    "way", [way if way in AT_ONCE else pytest.param(way, marks=pytest.mark.slow) for way in WAYS]
)
@pytest.mark.parametrize("raises", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_program_that(way: str, raises: bool, tmp_path: Path) -> None:
    code, made, printed = run(tmp_path / "alone", way, raises, sys.executable, "-u")
    watched, also_made, told = run(tmp_path / "watched", way, raises, *HAMTUI, "exec", "--plain")
    assert watched == code, told
    if way == "daemonizes":
        for _ in range(100):
            also_made = files(tmp_path / "watched")
            made = files(tmp_path / "alone")
            if "daemon" in also_made and "daemon" in made:
                break
            subprocess.run(["sleep", "0.05"], check=True)
    assert also_made == made
    launched = newest(tmp_path / "watched")
    output = (launched.dir / "output.log").read_bytes()
    if "patches" in way:  # logging prints tracebacks of its own trouble, with a frame of ours in them
        output, printed = output.partition(b"Traceback")[0], printed.partition(b"Traceback")[0]
    assert output.replace(b"/watched/", b"/alone/") == printed
    ended = [line["node"] for line in launched.events("node_end")]
    known = WAYS[way][1]
    assert ended == (["before"] if known is None else ["before", "meddled", "after", "last"])
    assert json.loads((launched.dir / "exit.json").read_bytes())["exit_code"] == code
