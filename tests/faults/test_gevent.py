"""A program under a real gevent, patched before Hamilton is there or after: the run is as without the recorder."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.driving import HAMTUI, newest

FLOW = """
import logging, subprocess, threading, time
import gevent

def fetched(number: int) -> list[int]:
    def one(each: int) -> int:
        time.sleep(0.05)
        print("fetched", number, each, flush=True)
        logging.getLogger("flow").warning("one %d", each)
        return each * each
    jobs = [gevent.spawn(one, each) for each in range(number)]
    gevent.joinall(jobs)
    return [job.value for job in jobs]

def threaded(fetched: list[int]) -> int:
    got = []
    thread = threading.Thread(target=lambda: (time.sleep(0.1), got.append(sum(fetched))))
    thread.start()
    thread.join()
    return got[0]

def child(threaded: int) -> str:
    return subprocess.run(["echo", str(threaded)], capture_output=True, text=True).stdout.strip()

def broken(child: str) -> int:
    raise ValueError(child)
"""
PATCH = "from gevent import monkey\nmonkey.patch_all()\n"
#: Two executes at once, each a greenlet of the same thread, and one that fails.
PROGRAM = """
import sys
import gevent
from hamilton import driver
import flow

made = driver.Builder().with_modules(flow).build()
both = [gevent.spawn(made.execute, ["child"], inputs={"number": number}) for number in (5, 8)]
gevent.joinall(both, raise_error=True)
print([job.value["child"] for job in both], flush=True)
try:
    made.execute(["broken"], inputs={"number": 3})
except ValueError as error:
    sys.exit(len(str(error)))
"""


@pytest.mark.parametrize("patched", ["before", "after"])
def test_executes_in_greenlets(patched: str, tmp_path: Path) -> None:
    program = (
        PATCH + PROGRAM if patched == "before" else PROGRAM.replace("import flow", "import flow\n" + PATCH)
    )
    told = []
    for name, command in (("alone", [sys.executable]), ("watched", [*HAMTUI, "exec", "--plain"])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "flow.py").write_text(FLOW)
        (folder / "program.py").write_text(program)
        with (folder / "out").open("wb") as out:
            done = subprocess.run(
                [*command, "program.py"], cwd=folder, stdout=out, stderr=out, timeout=90, check=False
            )
        log = folder / "out" if name == "alone" else newest(folder).dir / "output.log"
        lines = [line for line in log.read_text().splitlines() if line.startswith(("fetched", "["))]
        told.append((done.returncode, lines))
    assert told[0] == told[1] and told[0][1][-1] == "fetched 3 2"
    said = newest(tmp_path / "watched").status()
    states = [[row["status"] for row in run["nodes"]] for run in said["runs"]]
    assert states == [["succeeded"] * 3, ["succeeded"] * 3, ["succeeded"] * 3 + ["failed"]]
    assert not newest(tmp_path / "watched").events("recorder_fault")
