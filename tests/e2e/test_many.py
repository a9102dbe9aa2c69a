"""Two launches at once, many runs in one launch, and the run in somebody else's Python."""

import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.driving import SAMPLES, hamtui, launches, newest


def test_two_launches_at_once_never_mix(tmp_path: Path) -> None:
    asks = {"summary": ("failing.py", 1), "totals": ("shards.py", 0)}

    def run(target: str) -> int:
        module = SAMPLES / asks[target][0]
        return hamtui("run", module, "--target", target, "--input", "pace=0.05", cwd=tmp_path).returncode

    with ThreadPoolExecutor(2) as pool:
        codes = dict(zip(asks, pool.map(run, asks), strict=True))
    assert codes == {"summary": 1, "totals": 0}
    both = launches(tmp_path)
    assert len(both) == 2
    said = [launched.status() for launched in both]
    assert {tuple(one["runs"][0]["targets"]) for one in said} == {("summary",), ("totals",)}
    for one in said:
        assert one["launch"]["state"] == (
            "failed" if one["runs"][0]["targets"] == ["summary"] else "succeeded"
        )
        assert one["launch"]["id"] == Path(one["launch"]["dir"]).name
    for one in said:
        asked = hamtui("status", "--json", "--launch", one["launch"]["id"], cwd=tmp_path)
        assert one["launch"]["id"] in asked.stdout


@pytest.mark.slow
def test_eight_launches_in_one_second(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def one() -> int:\n    return 1\n", "utf-8")
    with ThreadPoolExecutor(8) as pool:
        codes = list(
            pool.map(lambda _: hamtui("run", "one.py", "--target", "one", cwd=tmp_path).returncode, range(8))
        )
    assert codes == [0] * 8
    assert len(launches(tmp_path)) == 8
    assert {launched.status()["launch"]["state"] for launched in launches(tmp_path)} == {"succeeded"}


@pytest.fixture(scope="session")
def other_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A venv that has Hamilton and nothing of hamtui: by a link to Hamilton's own packages, not by pip, for speed."""
    folder = tmp_path_factory.mktemp("other")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import hamilton, pandas, numpy; print(hamilton.__path__[0]); print(pandas.__path__[0])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    library = Path(told.stdout.splitlines()[0]).parent
    ask = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    purelib = Path(
        subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    )
    wanted = (
        "hamilton apache_hamilton sf_hamilton pandas numpy dateutil python_dateutil six.py pytz tzdata "
        "typing_extensions.py typing_inspect.py typing_inspect mypy_extensions.py packaging"
    ).split()
    for path in library.iterdir():
        stem = path.name.partition("-")[0]
        if stem in wanted or stem.partition(".")[0] in ("numpy", "pandas"):
            (purelib / path.name).symlink_to(path)
    lacks = subprocess.run([python, "-c", "import hamtui"], capture_output=True, cwd=folder, check=False)
    assert lacks.returncode != 0
    return python


SEES = """
import sys

def seen() -> list[str]:
    return sorted({name.partition(".")[0] for name in sys.modules})

def path() -> list[str]:
    return list(sys.path)

def told(seen: list[str], path: list[str]) -> str:
    print("SEEN", " ".join(seen))
    print("PATH", *path, sep="\\n")
    try:
        import textual
    except ModuleNotFoundError:
        print("NO TEXTUAL")
    return sys.executable
"""


def test_another_python_that_lacks_hamtui(other_python: Path, tmp_path: Path) -> None:
    (tmp_path / "sees.py").write_text(SEES, "utf-8")
    done = hamtui("run", "sees.py", "--target", "told", "--python", other_python, cwd=tmp_path)
    launched = newest(tmp_path)
    output = (launched.dir / "output.log").read_text("utf-8")
    assert done.returncode == 0, done.stdout + done.stderr + output
    assert launched.status()["launch"]["state"] == "succeeded"
    assert str(other_python.parent) in launched.info["python"]
    assert "NO TEXTUAL" in output
    seen = next(line for line in output.splitlines() if line.startswith("SEEN")).split()
    assert not set(seen) & {"textual", "rich", "click", "msgspec", "watchfiles", "psutil", "pyarrow"}
    ours = str(Path(__file__).parents[2])
    assert ours not in output[output.index("PATH") :].splitlines()


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_another_python_runs_tasks_too(executor: str, other_python: Path, tmp_path: Path) -> None:
    ask = ("--target", "totals", "--input", "pace=0.02", "--executor", executor, "--max-tasks", "4")
    done = hamtui("run", SAMPLES / "shards.py", *ask, "--python", other_python, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = newest(tmp_path).status()["runs"][0]["counts"]
    assert counts["succeeded"] == counts["planned"] > 48


def test_a_python_without_hamilton_is_told_in_a_sentence(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    (tmp_path / "one.py").write_text("def one() -> int:\n    return 1\n", "utf-8")
    done = hamtui("run", "one.py", "--target", "one", "--python", tmp_path / "bare/bin/python", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    said = newest(tmp_path).status()
    assert said["launch"]["state"] == "failed"
    assert "amilton" in said["launch"]["error"]["message"]
    assert "Traceback" not in done.stdout + done.stderr


INNER = "def a(n: int) -> int:\n    return n\n\n\ndef b(a: int) -> int:\n    return a + 1\n"
OUTER = """
import os
from pathlib import Path

import inner
from hamilton import driver
from hamtui.recorder.adapter import Recorder


def loop(times: int) -> int:
    recorder = Recorder(str(Path("_hamilton_diag/latest").resolve()), main_pid=os.getpid())
    dr = driver.Builder().with_modules(inner).with_adapters(recorder).build()
    return sum(dr.execute(["b"], inputs={"n": n})["b"] for n in range(times))
"""


def test_two_hundred_executes_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "inner.py").write_text(INNER, "utf-8")
    (tmp_path / "outer.py").write_text(OUTER, "utf-8")
    done = hamtui("run", "outer.py", "--target", "loop", "--input", "times=200", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    launched = newest(tmp_path)
    said = launched.status()
    assert said["launch"]["state"] == "succeeded"
    assert len(said["runs"]) == 201
    assert len({run["run_id"] for run in said["runs"]}) == 201
    assert {run["state"] for run in said["runs"]} == {"succeeded"}
    outer, *inner = said["runs"]
    assert outer["targets"] == ["loop"]
    assert {tuple((row["node"], row["status"]) for row in run["nodes"]) for run in inner} == {
        (("a", "succeeded"), ("b", "succeeded"))
    }
    starts = [run["started_at"] for run in said["runs"]]
    assert starts == sorted(starts), "oldest first"
    # The plan is the same each time and stands on disk once for each of the two dataflows.
    assert len(list(launched.dir.glob("graph.*.json"))) == 2
