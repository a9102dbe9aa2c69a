"""Dumps of a process that is as busy as it can be must not harm it: eight threads, a dump every 0.2 s."""

import pytest

from tests.recorder.conftest import Launcher, pythons

BUSY = """
    import json, re, threading, time, zlib

    def _deep(n):
        return n and _deep(n - 1)

    def _work(until, done):
        turns = 0
        while time.monotonic() < until:
            _deep(50)
            sorted(str(i) for i in range(300))
            json.loads(json.dumps({str(i): [i] * 5 for i in range(50)}))
            zlib.compress(b"x" * 10_000)
            re.sub("a+", "b", "aab" * 300)
            sum(x * x for x in (y for y in range(500)))
            try:
                raise ValueError(turns)
            except ValueError:
                turns += 1
        done.append(turns)

    def busy() -> int:
        until, done = time.monotonic() + SECONDS, []
        threads = [threading.Thread(target=_work, args=(until, done)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print("well", len(done))
        return sum(done)
"""


def be_busy(launcher: Launcher, python: str, seconds: float) -> None:
    module = launcher.module(f"SECONDS = {seconds}\n", "seconds.py")
    module = launcher.module(BUSY.replace("SECONDS", str(seconds)))
    launched = launcher.start(module, "busy", python=python, hang_after=0.5, dump_every=0.2)
    assert launched.process.wait(seconds + 60) == 0, launched.output()
    assert launched.output() == "well 8\n"
    dumps = launched.dumps("still-late")
    assert len(dumps) > seconds * 5 / 4, len(dumps)
    # Not by the last one: the threads may be through before it is taken.
    assert any(
        frame["function"] == "_work"
        for dump in dumps
        for thread in dump["threads"]
        for frame in thread["frames"]
    )
    assert launched.flight("recorder_fault") == []


@pytest.mark.parametrize("python", pythons())
def test_busy_for_a_moment(launcher: Launcher, python: str) -> None:
    be_busy(launcher, python, 4.0)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("python", pythons())
def test_busy_for_a_minute(launcher: Launcher, python: str) -> None:
    be_busy(launcher, python, 60.0)
