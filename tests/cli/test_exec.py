"""``hamtui exec``: a program as Python would run it, every Driver of it recorded."""

import json
import py_compile
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Program

SERVICE = """
import multiprocessing, pickle, sys
from hamilton import driver
import flow


class Kept:
    pass


def square(n):
    return n * n


if __name__ == "__main__":
    assert sys.argv[0].endswith("service.py"), sys.argv
    assert pickle.loads(pickle.dumps(Kept())).__class__ is Kept
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(square, [3]))
    dr = driver.Builder().with_modules(flow).build()
    for number in (1, 2):
        print(dr.execute(["three"], inputs={"number": number}))
    print(__file__, __name__, sys.stdin.read())
    sys.exit(int(sys.argv[2]))
"""


def newest(hamtui: Program) -> Path:
    return (hamtui.folder / "_hamilton_diag" / "latest").resolve()


def events(folder: Path, kind: str) -> list[dict[str, object]]:
    lines = (folder / "hamilton_flight.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_script_runs_as_it_would_alone(hamtui: Program, method: str) -> None:
    (hamtui.folder / "service.py").write_text(SERVICE)
    done = hamtui("exec", "--plain", "service.py", method, "7")
    folder = newest(hamtui)
    output = (folder / "output.log").read_text()
    assert done.returncode == 7, done.stderr + output
    said = "[9]\nsaid by three\n{'three': 3}\nsaid by three\n{'three': 5}\n"
    assert output == f"{said}{hamtui.folder / 'service.py'} __main__ \n"
    assert len(events(folder, "graph_end")) == 2
    info = json.loads((folder / "launch.json").read_text())
    assert info["argv"] == ["hamtui", "exec", "service.py"] and info["supervisor_pid"] is not None
    assert json.loads((folder / "exit.json").read_text())["exit_code"] == 7


OFFSPRING = """
import multiprocessing, sys


def work(number):
    import flow
    from hamilton import driver

    return driver.Builder().with_modules(flow).build().execute(["three"], inputs={"number": number})["three"]


if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(work, [1, 2], chunksize=1))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_drivers_of_processes_that_it_starts_are_recorded(hamtui: Program, method: str) -> None:
    (hamtui.folder / "offspring.py").write_text(OFFSPRING)
    done = hamtui("exec", "--plain", "offspring.py", method)
    assert done.returncode == 0 and "[3, 5]" in (newest(hamtui) / "output.log").read_text(), done.stderr
    told = json.loads(hamtui("status", "--json").stdout)
    assert [run["state"] for run in told["runs"]] == ["succeeded", "succeeded"]
    assert not (newest(hamtui) / "hamilton_flight.jsonl").exists()  # each process writes files of its own
    assert len(list((hamtui.folder / "_hamilton_diag").glob("2*"))) == 1


MAIN = "import sys\nprint(sys.argv, sys.path[0], __name__, __file__, (__spec__ and __spec__.name), __package__)\n"


@pytest.mark.parametrize("kind", ["folder", "app.zip", "app.pyc"])
def test_what_python_runs_besides_scripts(hamtui: Program, kind: str) -> None:
    source = hamtui.folder / "__main__.py"
    source.write_text(MAIN)
    if kind == "folder":
        (hamtui.folder / kind).mkdir()
        source.rename(hamtui.folder / kind / "__main__.py")
    elif kind == "app.zip":
        with zipfile.ZipFile(hamtui.folder / kind, "w") as archive:
            archive.write(source, "__main__.py")
    else:
        py_compile.compile(str(source), cfile=str(hamtui.folder / kind), doraise=True)
    plain = subprocess.run(
        [sys.executable, kind, "a"], cwd=hamtui.folder, capture_output=True, text=True, check=True
    )
    done = hamtui("exec", "--plain", kind, "a")
    assert done.returncode == 0, done.stderr
    # Python itself makes __file__ absolute in some versions and not in others.
    strip = str(hamtui.folder) + "/"
    assert (newest(hamtui) / "output.log").read_text().replace(strip, "") == plain.stdout.replace(strip, "")


def test_a_module_with_arguments(hamtui: Program) -> None:
    package = hamtui.folder / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "nightly.py").write_text(
        "import sys, flow\nfrom hamilton import base, driver\n"
        "driver.Driver({}, flow, adapter=base.DictResult()).execute(['two'])\nprint(sys.argv[1:], __name__)\n"
    )
    done = hamtui("exec", "--plain", "-m", "shop.nightly", "--day", "1")
    assert done.returncode == 0, done.stderr
    assert (newest(hamtui) / "output.log").read_text() == "['--day', '1'] __main__\n"
    assert len(events(newest(hamtui), "graph_end")) == 1


def test_a_program_without_any_driver(hamtui: Program) -> None:
    (hamtui.folder / "plain.py").write_text("print('done')\n")
    done = hamtui("exec", "--plain", "plain.py")
    assert "plain.py, process" in done.stdout.splitlines()[0]
    assert done.returncode == 0
    told = json.loads(hamtui("status", "--json").stdout)
    assert told["launch"]["state"] == "succeeded" and told["runs"] == []


def test_its_own_traceback_and_none_of_ours(hamtui: Program) -> None:
    (hamtui.folder / "raises.py").write_text("def f():\n    raise LookupError('no table')\n\n\nf()\n")
    done = hamtui("exec", "--plain", "raises.py")
    output = (newest(hamtui) / "output.log").read_text()
    assert done.returncode == 1 and output.endswith("LookupError: no table\n")
    assert "recorder" not in output and 'raises.py", line 2' in output
    told = json.loads(hamtui("status", "--json").stdout)
    assert told["launch"]["state"] == "failed" and told["launch"]["error"]["type"] == "LookupError"


def test_with_an_interpreter_that_has_no_hamtui(hamtui: Program, bare_python: str) -> None:
    (hamtui.folder / "service.py").write_text(SERVICE)
    done = hamtui("exec", "--plain", "--python", bare_python, "service.py", "spawn", "0")
    assert done.returncode == 0, done.stderr + (newest(hamtui) / "output.log").read_text()
    assert len(events(newest(hamtui), "graph_end")) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "no program"),
        (("gone.py",), "there is no file gone.py"),
        ((".",), "is a folder"),
        (("-m", "a-b"), "no dotted module name"),
        (("--nonsense", "flow.py"), "--nonsense"),
        (("--python", "./gone", "flow.py"), "no such interpreter"),
    ],
)
def test_what_is_refused(hamtui: Program, words: tuple[str, ...], says: str) -> None:
    done = hamtui("exec", *words)
    assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
    assert not (hamtui.folder / "_hamilton_diag").exists()


def test_the_programs_own_arguments_are_not_written_down(hamtui: Program) -> None:
    (hamtui.folder / "plain.py").write_text("print('done')\n")
    hamtui("exec", "--plain", "plain.py", "--token", "s3cret")
    written = b"".join(path.read_bytes() for path in newest(hamtui).iterdir() if path.is_file())
    assert b"s3cret" not in written and sys.executable.encode() in written


@pytest.mark.parametrize(
    "first",
    [
        "import hamtui; told = hamtui.record(diag_dir='other'); adapters = []",
        "from hamtui import Recorder; adapters = [Recorder()]; told = adapters[0].launch_dir",
    ],
)
def test_one_that_records_itself_is_recorded_once(hamtui: Program, first: str) -> None:
    (hamtui.folder / "own.py").write_text(
        f"{first}\nimport flow\nfrom hamilton import driver\n"
        "driver.Builder().with_modules(flow).with_adapters(*adapters).build().execute(['two'])\nprint(told)\n"
    )
    done = hamtui("exec", "--plain", "own.py")
    assert done.returncode == 0, done.stderr
    (launch,) = (hamtui.folder / "_hamilton_diag").glob("2*")
    assert (launch / "output.log").read_text().splitlines()[-1] == str(launch)
    assert len(events(launch, "graph_end")) == 1 and not (hamtui.folder / "other").exists()


ABOUT = """
import __main__, builtins, sys, threading
print(sorted(name for name in globals() if name.startswith("__")), __builtins__ is builtins, __main__.__dict__ is globals())
print(type(__loader__).__name__, __spec__ and __spec__.name, __package__, __doc__, __file__, sys.argv, sys.flags.safe_path)
print(sys.path[0], sys.orig_argv[1:])
def late():
    threading.main_thread().join()
    print(sys.modules["__main__"].__dict__ is globals(), flush=True)
threading.Thread(target=late).start()
"""


@pytest.mark.parametrize("words", [["about.py", "a"], ["-m", "about", "a"]])
@pytest.mark.parametrize("safe", ["", "1"])
def test_what_a_program_sees_of_itself(
    hamtui: Program, words: list[str], safe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hamtui.folder / "about.py").write_text(
        ABOUT.replace("sys.flags.safe_path", "getattr(sys.flags, 'safe_path', 0)")
    )
    monkeypatch.setenv("PYTHONSAFEPATH", safe)
    if safe and words[0] == "-m":
        monkeypatch.setenv("PYTHONPATH", str(hamtui.folder))
    plain = subprocess.run(
        [sys.executable, *words], cwd=hamtui.folder, capture_output=True, text=True, check=True
    )
    done = hamtui("exec", "--plain", *words)
    assert done.returncode == 0, done.stderr
    assert (newest(hamtui) / "output.log").read_text() == plain.stdout


CHATTY = """
import os, time
n, deadline = 0, time.monotonic() + 60
log = f"{os.environ['DIAG']}/latest/output.log"
while True:
    print(f"{n:07d} handled", *["x"] * 500, flush=True)
    n += 1
    size = os.stat(log)
    if n > 2_000 and size.st_blocks * 512 < size.st_size / 2:
        break
    assert time.monotonic() < deadline, size
    time.sleep(0.001)
print("bounded")
"""


def test_what_it_prints_is_kept_within_its_share(hamtui: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    (hamtui.folder / "chatty.py").write_text(CHATTY)
    monkeypatch.setenv("DIAG", str(hamtui.folder / "_hamilton_diag"))
    assert hamtui("exec", "--plain", "--max-size", "5M", "chatty.py").returncode == 0
    found = (newest(hamtui) / "output.log").read_bytes()
    assert found.startswith(b"\0") and found.endswith(b"\nbounded\n")
    first = found.lstrip(b"\0").splitlines()[0].decode()
    assert first.split()[1] == "handled" and int(first.split()[0]) > 0
