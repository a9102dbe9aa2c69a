"""Runs that fork while dumps are being taken: no deadlock, no false end, no warning, little cost."""

import json
import re

import pytest

from tests.recorder.conftest import Launcher, pythons

#: One native thread, so that what Python counts are ours alone: it warns by the kernel's count.
ENV = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ENV["ARROW_DEFAULT_MEMORY_POOL"] = "system"
ENV["JE_ARROW_MALLOC_CONF"] = "background_thread:false"

FORKS = """
    import os, sys, threading, time, warnings

    def _child(leave):
        pid = os.fork()
        if not pid:
            leave()
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def forks() -> list:
        time.sleep(1.5)  # dumps are being taken by now
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            left = {_child(lambda: sys.exit(3)) for _ in range(20)}
            killed = {_child(lambda: os._exit(4)) for _ in range(20)}
        failed = {_child(lambda: 1 / 0) for _ in range(3)}
        return [left, failed, killed, [str(each.message) for each in warned]]

    def told(forks: list) -> str:
        _child(lambda: os._exit(0))
        time.sleep(1.2)
        print("parent", forks)
        return "right"

    def many() -> float:
        time.sleep(0.6)
        def round_():
            begun = time.monotonic()
            for _ in range(COUNT):
                _child(lambda: os._exit(0))
            return time.monotonic() - begun
        from hamtui.recorder import sampler
        mine, held = round_(), sampler._here.sampler
        held.pause()
        sampler._here.sampler = None
        without = round_()
        sampler._here.sampler = held
        held.resume()
        print("per fork", mine / COUNT * 1e6, without / COUNT * 1e6)
        return mine

    def side_by_side() -> int:
        time.sleep(1.2)
        ends = []
        def _work():
            for _ in range(50):
                ends.append(_child(lambda: os._exit(0)))
        threads = [threading.Thread(target=_work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print("ended", len(ends), set(ends))
        time.sleep(1.5)
        ours = [t for t in os.listdir("/proc/self/task") if open(f"/proc/self/task/{t}/status").read().count("hamtui")]
        return 1

    COUNT = 1000
"""


@pytest.mark.parametrize("python", pythons())
def test_children_that_leave_by_exit(launcher: Launcher, python: str) -> None:
    launched = launcher.run(
        launcher.module(FORKS), "told", python=python, env=ENV, hang_after=0.5, dump_every=0.05
    )
    assert launched.process.returncode == 0, launched.output()
    assert "parent [{3}, {1}, {4}, []]\n" in launched.output()
    assert [(line["node"], line["success"]) for line in launched.flight("node_end")] == [
        ("forks", True),
        ("told", True),
    ]
    begun, ended = launched.flight("node_start")[-1]["mono"], launched.flight("node_end")[-1]["mono"]
    assert [beat for beat in launched.beats() if begun + 0.2 < beat["mono"] < ended], (
        "no beat after the last fork"
    )
    (end,) = launched.flight("graph_end")
    assert end["success"]
    assert launched.flight("launch_error") == []
    assert {line["pid"] for line in launched.flight()} == {launched.process.pid}
    assert launched.dumps("still-late")


@pytest.mark.parametrize("python", pythons())
def test_a_process_of_multiprocessing_makes_no_warning(launcher: Launcher, python: str) -> None:
    module = launcher.module(
        """
        import multiprocessing, time, warnings
        def forked() -> list:
            time.sleep(1.2)
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                processes = [multiprocessing.get_context("fork").Process(target=abs, args=(1,)) for _ in range(5)]
                for process in processes:
                    process.start()
            print([process.join() or process.exitcode for process in processes], [str(w.message) for w in warned])
            return []
        """
    )
    launched = launcher.run(module, "forked", python=python, env=ENV, hang_after=0.5, dump_every=0.05)
    assert launched.output() == "[0, 0, 0, 0, 0] []\n"


def fork_often(launcher: Launcher, times: int) -> None:
    module = launcher.module(FORKS.replace("COUNT = 1000", f"COUNT = {times}"))
    launched = launcher.start(module, "many", env=ENV, hang_after=0.5, dump_every=0.2)
    assert launched.process.wait(60 + times / 5) == 0, launched.output()
    found = re.search(r"per fork ([\d.]+) ([\d.]+)", launched.output())
    assert found is not None, launched.output()
    print(f"microseconds a fork: {found[1]}, without our thread {found[2]}")
    assert launched.flight("recorder_fault") == []


def test_many_forks_in_a_row(launcher: Launcher) -> None:
    fork_often(launcher, 100)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_thousand_forks_in_a_row(launcher: Launcher) -> None:
    fork_often(launcher, 1000)


def test_threads_that_fork_at_once(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module(FORKS), "side_by_side", env=ENV, hang_after=0.5, dump_every=0.05)
    assert launched.process.returncode == 0, launched.output()
    assert "ended 200 {0}" in launched.output()
    # One thread, not several, goes on: beats are half a second apart.
    last = [beat["mono"] for beat in launched.beats()][-4:]
    assert all(later - sooner > 0.3 for sooner, later in zip(last, last[1:], strict=False)), last


def test_a_forked_worker_has_its_own_files(launcher: Launcher) -> None:
    """A child that executes nodes of its own writes what it does, and beats, under its own name."""
    module = launcher.module(
        """
        import os, time
        def inner() -> int:
            time.sleep(1.7)
            return 2
        def outer() -> int:
            pid = os.fork()
            if not pid:
                from hamilton import driver
                import flow, gc
                from hamtui.recorder.adapter import Recorder
                (recorder,) = [held for held in gc.get_objects() if isinstance(held, Recorder)]
                got = driver.Builder().with_modules(flow).with_adapters(recorder).build().execute(["inner"])
                os._exit(got["inner"])
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            return 1
        """
    )
    launched = launcher.run(module, "outer", env=ENV)
    assert launched.process.returncode == 0, launched.output()
    assert launched.output().endswith("2\n")
    names = sorted(
        path.name for path in launched.dir.iterdir() if str(launched.info()["host"]) + "." in path.name
    )
    kinds = {name.split(".")[0] for name in names}
    assert {"hamilton_flight", "vitals", "faulthandler_stacks"} <= kinds, names
    assert [line["node"] for line in launched.flight("node_start")] == ["outer"]
    assert json.dumps(launched.flight("recorder_fault")) == "[]"
