"""kill -9 in the middle: every event that a hook returned from is on disk, and at most half a line."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

FLOW = """
    import os, sys, types
    sys.path.insert(0, sys.argv[1])
    from hamilton import driver
    from hamilton.lifecycle import base
    from hamtui.recorder.adapter import Recorder

    class After(base.BasePreNodeExecute, base.BasePostNodeExecute):
        '''Behind the recorder: what it says has been recorded.'''
        def pre_node_execute(self, *, run_id, node_, kwargs, task_id=None):
            os.write(self.fd, b"s%s\\n" % node_.name.encode())
        def post_node_execute(self, *, run_id, node_, kwargs, success, error, result, task_id=None):
            os.write(self.fd, b"e%s\\n" % node_.name.encode())

    import flow
    after = After()
    after.fd = os.open(sys.argv[1] + "/said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    recorder = Recorder(sys.argv[1], main_pid=os.getpid())
    dr = driver.Builder().with_modules(flow).with_adapters(recorder, after).build()
    print("ready", flush=True)
    while True:
        dr.execute([f"n{i}" for i in range(50)])
"""


def killed(folder: Path, after_s: float) -> None:
    (folder / "flow.py").write_text("".join(f"def n{i}() -> int:\n    return {i}\n\n" for i in range(50)))
    (folder / "output.log").touch()
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(FLOW), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    with process.stdout as ready:
        assert ready.readline() == b"ready\n"
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def check(folder: Path) -> None:
    data = (folder / "hamilton_flight.jsonl").read_bytes()
    whole = [
        json.loads(line) for line in data.split(b"\n")[:-1]
    ]  # after the last newline half a line may stand
    assert [line["seq"] for line in whole] == list(range(len(whole)))
    told = [
        ("s" if line["event"] == "node_start" else "e") + line["node"] for line in whole if "node" in line
    ]
    said = (folder / "said").read_text("ascii").split("\n")[:-1]
    assert told[: len(said)] == said
    assert len(told) - len(said) <= 1


@pytest.mark.parametrize("number", range(5))
def test_nothing_finished_is_lost(tmp_path: Path, number: int) -> None:
    killed(tmp_path, random.Random(os.getpid() + number).uniform(0, 0.2))
    check(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_finished_is_lost_in_two_hundred(tmp_path: Path) -> None:
    for number in range(200):
        folder = tmp_path / str(number)
        folder.mkdir()
        killed(folder, random.uniform(0, 0.2))
        check(folder)
