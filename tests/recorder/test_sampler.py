"""The sampling thread in real runs: beats, first looks, late spans, requests, worker processes."""

import json
import os
import signal
import time
from functools import partial
from typing import Any

import pytest

from hamtui.contract import layout
from tests.recorder.conftest import Launched, Launcher

STUCK = """
    import threading, time
    from hamilton.function_modifiers import tag

    def _guard(lock):
        with lock:  # the stuck line
            return 1

    def stuck() -> int:
        lock = threading.Lock()
        lock.acquire()
        threading.Thread(target=_bystander, name="bystander", daemon=True).start()
        return _guard(lock)

    def _bystander():
        time.sleep(1000)

    @tag(**{"hamtui.hang_after": "2s"})
    def tagged() -> int:
        time.sleep(1000)

    @tag(**{"hamtui.hang_after": "whenever"})
    def badly_tagged() -> int:
        time.sleep(1000)

    def quick() -> int:
        return 1

    def second() -> int:
        time.sleep(1.6)
        return 1
"""


def top_of_the_node(launched: Launched, dump: dict[str, Any]) -> dict[str, Any]:
    """The innermost frame of the user's in the thread of the span that is open."""
    (start,) = launched.flight("node_start")
    (thread,) = [thread for thread in dump["threads"] if thread["thread_id"] == start["thread_id"]]
    assert thread is dump["threads"][0]
    assert thread["native_id"] == start["native_id"]
    frame: dict[str, Any] = next(frame for frame in thread["frames"] if frame["file"].endswith("flow.py"))
    return frame


def ask(launched: Launched, identity: str) -> None:
    with open(launched.dir / layout.REQUESTS, "a") as requests:
        requests.write(json.dumps({"ask": "dump", "id": identity}) + "\n")


def test_a_stuck_span_is_looked_at_found_late_and_found_late_again(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(STUCK), "stuck", hang_after=2.0, dump_every=0.2)
    still = launched.await_dump("still-late")
    (started,) = launched.flight("node_start")
    (first,), (late,) = launched.dumps("first-look"), launched.dumps("late")
    assert first["mono"] - started["mono"] >= 1.0
    assert 2.0 <= late["mono"] - started["mono"] < 5.0
    assert still["mono"] - late["mono"] >= 0.2
    for dump in (first, late, still):
        assert top_of_the_node(launched, dump)["text"] == "with lock:  # the stuck line"
        assert {thread["name"] for thread in dump["threads"]} == {"MainThread", "bystander"}
    seqs = [dump["seq"] for dump in launched.dumps()]
    assert seqs == list(range(len(seqs)))


def test_the_tag_over_the_option(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(STUCK), "tagged", hang_after=1000.0)
    late = launched.await_dump("late")
    assert top_of_the_node(launched, late)["text"] == "time.sleep(1000)"


def test_a_tag_that_is_no_duration_is_said_and_passed_over(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(STUCK), "badly_tagged", hang_after=1.5)
    launched.await_dump("late")
    assert "whenever" in json.dumps(launched.flight("recorder_fault"))


def test_no_dumps_of_what_is_quick(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module(STUCK), "quick")
    assert launched.process.returncode == 0
    assert launched.dumps() == []
    launched = launcher.run(launcher.module(STUCK), "second", hang_after=5.0)
    assert [dump["why"] for dump in launched.dumps()] == ["first-look"]


def test_it_beats(launcher: Launcher) -> None:
    launched = launcher.run(
        launcher.module("import time\ndef a() -> int:\n    time.sleep(3)\n    return 1\n"), "a"
    )
    beats = launched.beats()
    assert {(beat["kind"], beat["pid"]) for beat in beats} == {("beat", launched.process.pid)}
    assert [beat["seq"] for beat in beats] == list(range(len(beats)))
    (start,), (end,) = launched.flight("node_start"), launched.flight("node_end")
    during = [beat for beat in beats if start["mono"] < beat["mono"] < end["mono"]]
    assert 4 <= len(during) <= 7


def test_requests_are_answered(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(STUCK), "stuck")
    launched.await_(lambda: launched.flight("node_start"), "the node to begin")
    for identity in ("one", "two"):
        ask(launched, identity)
        dump = launched.await_(
            lambda: [dump for dump in launched.dumps("asked") if dump["request"] == identity], "an answer"
        )[0]
        assert top_of_the_node(launched, dump)["text"] == "with lock:  # the stuck line"
    (launched.dir / layout.REQUESTS).write_text("")
    ask(launched, "after truncation")
    launched.await_(lambda: launched.dumps("asked")[2:], "an answer")


def test_files_taken_away_are_made_again(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(STUCK), "stuck")
    launched.await_(launched.beats, "a beat")
    os.unlink(launched.dir / layout.VITALS)
    launched.await_(launched.beats, "a beat")


def test_a_flight_file_that_is_rotated_goes_on(launcher: Launcher) -> None:
    module = launcher.module(
        """
        import os, time
        def first() -> str:
            time.sleep(0.2)
            return os.environ["WAIT_FOR"]
        def second(first: str) -> int:
            while not os.path.exists(first):
                time.sleep(0.05)
            return 1
        """
    )
    flag = launcher.tmp_path / "go"
    os.environ["WAIT_FOR"] = str(flag)
    launched = launcher.start(module, "second")
    launched.await_(lambda: len(launched.flight("node_start")) > 1, "the second node")
    (launched.dir / layout.FLIGHT).rename(launched.dir / "rotated")
    launched.await_((launched.dir / layout.FLIGHT).exists, "a new file")
    flag.touch()
    launched.await_(lambda: launched.flight("graph_end"), "the end")
    assert [end["node"] for end in launched.flight("node_end")] == ["second"]


MEDDLER = """
    import threading, time, _thread
    def meddled() -> int:
        def broken(*_args, **_kwargs):
            raise RuntimeError("patched")
        for module, names in (
            (time, ["time", "monotonic", "sleep", "thread_time"]),
            (threading, ["get_ident", "get_native_id", "Lock", "Thread", "_start_new_thread", "enumerate"]),
            (_thread, ["get_ident", "start_new_thread", "allocate_lock"]),
        ):
            for name in names:
                setattr(module, name, broken)
        import select
        while True:
            select.select([], [], [], 1)
"""


def test_patched_clocks_and_threads_do_not_reach_it(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(MEDDLER), "meddled", hang_after=2.5)
    launched.await_dump("late")
    ask(launched, "x")
    launched.await_dump("asked")
    faults = [fault for fault in launched.flight("recorder_fault") if "sampler" in json.dumps(fault)]
    assert faults == []


def test_no_signal_lands_on_it(launcher: Launcher) -> None:
    """One that did would leave the main thread asleep in its system call."""
    source = """
        import os, time
        def blocked_somewhere() -> int:
            time.sleep(0.5)
            masks = set()
            for task in os.listdir("/proc/self/task"):
                if int(task) != os.getpid():
                    with open(f"/proc/self/task/{task}/status") as status:
                        masks |= {int(row.split()[1], 16) for row in status if row.startswith("SigBlk")}
            assert any(mask >> (2 - 1) & 1 and mask >> (15 - 1) & 1 and not mask >> (11 - 1) & 1 for mask in masks)
            return 1
    """
    assert launcher.run(launcher.module(source), "blocked_somewhere").process.returncode == 0


def test_worker_processes_have_samplers_of_their_own(launcher: Launcher) -> None:
    module = launcher.module(
        """
        import time
        from hamilton.htypes import Collect, Parallelizable
        def item() -> Parallelizable[int]:
            yield from range(2)
        def block(item: int) -> int:
            time.sleep(1000)  # in a worker
            return item
        def all_of(block: Collect[int]) -> int:
            return 1
        """
    )
    launched = launcher.start(module, "all_of", executor="processes", max_tasks=2, hang_after=2.0)

    def workers(name: str) -> dict[int, list[dict[str, Any]]]:
        stem = name.partition(".")[0] + "."
        found = [
            layout.classify(path.name)
            for path in launched.dir.iterdir()
            if path.name.startswith(stem) and path.suffix == ".jsonl"
        ]
        return {source.pid: launched.lines(source.name) for source in found if source and source.pid}

    def late() -> bool:
        lines = [[dump["why"] for dump in dumps] for dumps in workers(layout.STACKS).values()]
        return len(lines) == 2 and all("late" in whys for whys in lines)

    launched.await_(late, "both workers' late dumps")
    for pid, dumps in workers(layout.STACKS).items():
        assert {dump["pid"] for dump in dumps} == {pid}
        frames = dumps[-1]["threads"][0]["frames"]
        assert "time.sleep(1000)  # in a worker" in [frame.get("text") for frame in frames[:1]]
    assert all({beat["pid"] for beat in beats} == {pid} for pid, beats in workers(layout.VITALS).items())
    ask(launched, "everywhere")
    launched.await_(
        lambda: (
            launched.dumps("asked")
            and all(ds[-1]["why"] == "asked" for ds in workers(layout.STACKS).values())
        ),
        "an answer of each process",
    )
    worker = next(iter(workers(layout.STACKS)))
    os.kill(worker, signal.SIGSEGV)
    crash = launched.dir / layout.worker_name(layout.CRASH, launched.info()["host"], worker)
    assert launched.wait() == 1
    assert "Segmentation fault" in crash.read_text()
    assert (launched.dir / layout.CRASH).read_text() == ""


def test_a_crash_is_written_down(launcher: Launcher) -> None:
    module = launcher.module("import ctypes\ndef crash() -> int:\n    return ctypes.string_at(0)\n")
    launched = launcher.run(module, "crash")
    assert launched.process.returncode == -signal.SIGSEGV
    text = (launched.dir / layout.CRASH).read_text()
    assert text.startswith("Fatal Python error: Segmentation fault")
    assert 'flow.py", line 3 in crash' in text


STOPPED = """
    import threading, time
    def _work():
        while True:
            sum(range(2000))
    def busy() -> int:
        for _ in range(6):
            threading.Thread(target=_work, daemon=True).start()
        deadline = time.monotonic() + {seconds}
        while time.monotonic() < deadline:
            sum(range(2000))
        print("well")
        return 1
"""


def _more_dumps(launched: Launched, than: int) -> bool:
    return len(launched.dumps()) > than


def stop_and_continue(launcher: Launcher, times: int, stopped_s: float) -> None:
    module = launcher.module(STOPPED.format(seconds=times * (stopped_s + 0.5) + 3.0))
    launched = launcher.start(module, "busy", hang_after=1.0, dump_every=0.2)
    launched.await_dump("late")
    for _ in range(times):
        os.kill(launched.process.pid, signal.SIGSTOP)
        time.sleep(stopped_s)
        dumps = len(launched.dumps())
        os.kill(launched.process.pid, signal.SIGCONT)
        launched.await_(partial(_more_dumps, launched, dumps), "a dump after it went on")
    assert launched.process.wait(times * stopped_s + 120) == 0
    assert launched.output() == "well\n"


def test_a_stop_and_a_continue(launcher: Launcher) -> None:
    stop_and_continue(launcher, 1, 2.0)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_fifty_stops_of_eight_seconds(launcher: Launcher) -> None:
    stop_and_continue(launcher, 50, 8.0)
