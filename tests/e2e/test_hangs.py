"""Every kind of stuck: marked in time, the stuck line on top, and the same said by every command."""

import json
import re
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.driving import (
    SAMPLES,
    Json,
    Launched,
    detach,
    first_frame_in,
    hamtui,
    marked_lines,
    newest,
    nodes,
    until,
)

HANGS = SAMPLES / "hangs.py"
STUCK = marked_lines(HANGS)
THRESHOLD = 2.0
#: The last column of the table in the sample's own docstring.
VERDICTS = dict(re.findall(r"^\| `(\w+)` .*\| `([\w.-]+)` +\|$", HANGS.read_text("utf-8"), re.MULTILINE))
#: What else is right where tests have the machine's CPUs.
BUSY = {"busy_loop", "regex_holds_gil"}
PROVEN = {"deadlocked"}
#: A proof from inside, and a look from outside; the corpus' sample judges every target in the default tests too.
AT_ONCE = {"two_locks", "regex_holds_gil"}


def row_of(launched: Launched, target: str) -> Json | None:
    said = launched.status()
    return nodes(said).get(target) if said["runs"] else None


def marked(launched: Launched, target: str) -> Json | None:
    row = row_of(launched, target)
    return row if row and row["suspect"] else None


def judged(launched: Launched, target: str) -> Json | None:
    """The row once its verdict is the expected one, proven where it can be, with a stack."""
    row = marked(launched, target)
    if row is None or not row["suspect"]["stack"]:
        return None
    mark = row["suspect"]
    right = mark["verdict"] == VERDICTS[target] or (target in BUSY and mark["verdict"] == "cpu-starved")
    return row if right and (mark["verdict"] not in PROVEN or mark["level"] == "confirmed") else None


def test_every_stuck_target_has_its_line_and_its_verdict() -> None:
    assert len(STUCK) == 11
    assert STUCK.keys() == VERDICTS.keys()


@pytest.mark.parametrize(
    "target",
    [
        target if target in AT_ONCE else pytest.param(target, marks=pytest.mark.slow)
        for target in sorted(STUCK)
    ],
)
def test_a_stuck_node_is_marked_and_shows_its_line(target: str, tmp_path: Path) -> None:
    launched = detach(HANGS, "--target", target, "--hang-after", str(THRESHOLD), cwd=tmp_path)
    row = until(f"a mark on {target}", lambda: marked(launched, target))
    # Marked within 3 s of its threshold, and the looks themselves took some of the time.
    assert THRESHOLD <= row["elapsed_s"] <= THRESHOLD + 3 + 4, row
    assert row["threshold_s"] == THRESHOLD
    row = until(f"the verdict on {target}", lambda: judged(launched, target))
    suspect = row["suspect"]
    if target != "empty_queue":  # proven only where Arrow, which Hamilton loads, has no thread of its own
        assert (suspect["level"] == "confirmed") == (suspect["verdict"] in PROVEN), suspect
    assert suspect["progress"] is (target in BUSY) or target == "child_never_ends"
    assert "hangs.py:" in suspect["why"]
    frame = first_frame_in(suspect["stack"], HANGS)
    assert frame, suspect
    assert frame["function"] == target
    assert frame["line"] in STUCK[target], (frame, STUCK[target])

    dumped = hamtui("dump", launched.dir, cwd=tmp_path)
    assert dumped.returncode == 0, dumped.stdout + dumped.stderr
    assert target in dumped.stdout
    assert any(f"hangs.py:{line}" in dumped.stdout for line in STUCK[target]), dumped.stdout

    if target != "empty_queue":
        code = hamtui("status", launched.dir, "--exit-code", cwd=tmp_path).returncode
        assert code == (4 if suspect["level"] == "confirmed" else 3)

    begun = time.monotonic()
    stopped = hamtui("stop", launched.dir, cwd=tmp_path)
    took = time.monotonic() - begun
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert "INT" in stopped.stdout
    assert took < 25
    assert launched.over()
    until("the run's group to go", launched.group_is_gone, 5)
    assert launched.exit["asked_by"]
    said = launched.status()
    assert said["launch"]["state"] == "killed"
    row = nodes(said)[target]
    assert row["status"] == "aborted"
    assert row["suspect"], "an aborted node keeps its last mark"


@pytest.mark.parametrize(
    ("target", "number", "state"),
    [("killed", signal.SIGKILL, "killed"), ("crashed", signal.SIGSEGV, "crashed")],
)
def test_a_run_that_dies_names_the_node_in_flight(
    target: str, number: int, state: str, tmp_path: Path
) -> None:
    done = hamtui("run", HANGS, "--target", target, "--hang-after", "2", cwd=tmp_path)
    assert done.returncode == 128 + number, done.stdout + done.stderr
    assert state in done.stdout
    launched = newest(tmp_path)
    said = launched.status()
    assert said["launch"]["state"] == state
    assert said["launch"]["signal"] == number
    assert said["launch"]["exit_code"] is None
    assert said["runs"][-1]["state"] == "aborted"
    rows = nodes(said)
    assert rows["prepared"]["status"] == "succeeded"
    assert rows[target]["status"] == "aborted"
    frame = first_frame_in(rows[target]["suspect"]["stack"], HANGS)
    assert frame
    assert hamtui("status", launched.dir, "--exit-code", cwd=tmp_path).returncode == 5
    if target == "crashed":
        assert frame["line"] in marked_lines(HANGS, "crashes here")["crashed"]
        assert "Fatal Python error" in (launched.dir / "faulthandler_stacks.log").read_text("utf-8")
    else:
        assert frame["function"] in (target, "_work")
    dumped = hamtui("dump", launched.dir, cwd=tmp_path)
    assert "hangs.py" in dumped.stdout
    assert state in dumped.stdout + dumped.stderr or "dead" in dumped.stdout + dumped.stderr


def test_a_node_that_ends_before_its_threshold_is_never_marked(tmp_path: Path) -> None:
    done = hamtui(
        "run", SAMPLES / "failing.py", "--target", "shelf_labels", "--hang-after", "30", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = newest(tmp_path).status()
    assert said["runs"][0]["counts"]["suspected"] == 0
    assert "suspect" not in json.dumps([row for row in said["runs"][0]["nodes"] if row["suspect"]])
