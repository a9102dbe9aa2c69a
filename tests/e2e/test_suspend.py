"""A machine that sleeps and wakes: the run, its supervisor and a dashboard all stand still for the same seconds."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from tests.e2e.driving import HAMTUI, detach, json_lines, nodes, until
from tests.e2e.terminal import Opener

FLOW = """
import time

def slow(seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)
    return 1
"""
ASLEEP_S, NODE_S = 6.0, 14.0


def tell(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)


def test_nothing_is_lost_dumped_or_wrong_when_it_wakes(tmp_path: Path, open_terminal: Opener) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    launched = detach(
        "flow.py", "--target", "slow", "--input", f"seconds={NODE_S}", "--hang-after", "60", cwd=tmp_path
    )
    until("the node", lambda: launched.started("slow"))
    screen = open_terminal([*HAMTUI, "attach", launched.dir], tmp_path)
    screen.until("the node", lambda text: "slow" in text and "running" in text)
    pids = [launched.info["pid"], launched.info["supervisor_pid"], screen.child.pid]
    tell(pids, signal.SIGSTOP)
    time.sleep(ASLEEP_S)
    tell(reversed(pids), signal.SIGCONT)
    woke = time.monotonic()
    shown = set()
    deadline = time.monotonic() + 60
    while not launched.over() and time.monotonic() < deadline:
        screen.pump(0.2)
        shown |= {
            word for word in ("lost", "aborted", "killed", "failed", "suspected") if word in screen.text()
        }
    assert not shown, screen.text()
    assert launched.exit["exit_code"] == 0
    screen.until("its end", lambda text: "succeeded" in text)
    screen.press("q")
    assert screen.leave()[0] == 0
    row = nodes(launched.status())["slow"]
    assert row["status"] == "succeeded" and row["elapsed_s"] >= NODE_S
    dumps = [
        dump["mono"] for dump in json_lines(launched.dir / "faulthandler_stacks.jsonl") if dump["threads"]
    ]
    assert sum(woke <= at < woke + 2 for at in dumps) <= 2 and len(dumps) <= 8, dumps
