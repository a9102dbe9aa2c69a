"""kill -9 at random instants over a busy run: nothing that finished is lost, and what was in flight is named."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.driving import Launched, detach, nodes, until

#: Each node says to a file of its own, with no buffer, when it begins and when it is about to return: what really
#: happened, to compare with what the recorder wrote.
BUSY = '''
"""Five hundred short nodes, one after the other."""

import os
import time

from hamilton.function_modifiers import parameterize, source, value

_SAID = os.open(os.path.join(os.path.dirname(__file__), "said"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
_COUNT = 500


def n0000() -> int:
    return 0


@parameterize(**{
    f"n{i:04d}": {"before": source(f"n{i - 1:04d}"), "number": value(i)} for i in range(1, _COUNT)
})
def link(before: int, number: int) -> int:
    os.write(_SAID, b"start n%04d\\n" % number)
    time.sleep(0.002 if number % 3 else 0.006)
    total = sum(range(2_000)) + before
    print("at", number)
    os.write(_SAID, b"end n%04d\\n" % number)
    return total % 1_000_003
'''
LAST = "n0499"


def check_one_kill(folder: Path, delay: float) -> str:
    """Launches, waits for the first node and so long, kills, and compares; says which node was in flight."""
    folder.mkdir()
    module = folder / "busy.py"
    module.write_text(BUSY, "utf-8")
    launched = detach(module, "--target", LAST, "--no-cache", cwd=folder)
    said = folder / "said"
    until("the first node", lambda: said.exists() and said.stat().st_size, every=0.005)
    time.sleep(delay)
    os.kill(launched.info["pid"], signal.SIGKILL)
    launched.wait_end()
    return compare(launched, said)


def compare(launched: Launched, said: Path) -> str:
    assert launched.exit["signal"] == signal.SIGKILL, "it was killed after its end; take fewer seconds"
    begun: set[str] = set()
    ended: set[str] = set()
    for told in said.read_text("ascii").splitlines():
        what, node = told.split()
        (begun if what == "start" else ended).add(node)
    halves = 0
    for path in launched.flight_files():
        *whole, rest = path.read_bytes().split(b"\n")
        halves += bool(rest)
        for line in whole:
            json.loads(line)
    assert halves <= 1
    looked = launched.status()
    assert looked["launch"]["state"] == "killed"
    rows = nodes(looked)
    aborted = [name for name, row in rows.items() if row["status"] == "aborted"]
    succeeded = {name for name, row in rows.items() if row["status"] == "succeeded"}
    # The kill may fall between a function's return and its after-hook, or between two nodes.
    in_flight = begun - ended
    assert len(aborted) <= 1, aborted
    assert in_flight <= set(aborted), (in_flight, aborted)
    assert len(ended - succeeded) <= 1, "a finished node was lost"
    assert ended - succeeded <= set(aborted)
    return aborted[0] if aborted else "none"


def kills(tmp_path: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    named = [check_one_kill(tmp_path / str(n), rng.uniform(0.0, 1.2)) for n in range(count)]
    assert named.count("none") <= count // 2, named


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 4, 5))])
def test_five_kills(seed: int, tmp_path: Path) -> None:
    kills(tmp_path, 5, seed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_kills(tmp_path: Path) -> None:
    kills(tmp_path, 200, 3)
