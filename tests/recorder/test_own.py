"""Programs that build their Drivers themselves: one launch a process, whatever way it is asked for."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recorder.conftest import eventually
from tests.recorder.programs import Folder, Ran


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


WAYS = {
    "Recorder": "dr = driver.Builder().with_modules(flow).with_adapters(hamtui.Recorder()).build()",
    "instrument": "dr = hamtui.instrument(driver.Builder().with_modules(flow)).build()",
    "build_driver": "dr = hamtui.build_driver([flow])",
    "record, a Builder": "hamtui.record()\ndr = driver.Builder().with_modules(flow).build()",
    "record, a Driver": "hamtui.record()\ndr = driver.Driver({}, flow, adapter=base.DictResult())",
    "all at once": (
        "hamtui.record()\n"
        "b = driver.Builder().with_modules(flow).with_adapters(hamtui.Recorder())\n"
        "dr = hamtui.instrument(hamtui.instrument(b)).build()"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_records_each_execute_once(folder: Folder, way: str) -> None:
    ran = folder.run(
        f"import flow, hamtui\nfrom hamilton import base, driver\n{WAYS[way]}\n"
        "for start in (1, 2):\n    print(dr.execute(['two'], inputs={'start': start})['two'])\n"
    )
    assert (ran.done.returncode, ran.done.stdout) == (0, "4\n6\n"), ran.done.stderr
    assert [event["node"] for event in ran.events("node_end")] == ["one", "two", "one", "two"]
    assert [event["success"] for event in ran.events("graph_end")] == [True, True]
    info = ran.document("launch.json")
    assert info["modules"] == [str(folder.path / "program.py")]
    assert info["supervisor_pid"] is None and info["cwd"] == str(folder.path)
    assert ran.document("exit.json")["exit_code"] is None
    assert not (ran.folder / "output.log").exists()
    assert ran.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("last", "code", "told"),
    [
        ("raise SystemExit(3)", 3, None),
        ("raise ValueError('x')", 1, 1),
        ("sys.excepthook = lambda *about: print(about)\nraise ValueError('x')", 1, 1),
        ("raise KeyboardInterrupt", -2, 130),
    ],
)
def test_how_the_process_ended_as_far_as_it_can_be_seen(
    folder: Folder, last: str, code: int, told: int | None
) -> None:
    ran = folder.run(f"import sys, hamtui\nhamtui.record()\nsys.excepthook = sys.excepthook\n{last}\n")
    assert ran.done.returncode == code
    assert ran.document("exit.json")["exit_code"] == told
    assert "hamtui" not in ran.done.stderr


def test_one_that_is_killed_leaves_no_exit_record(folder: Folder) -> None:
    source = "import os, signal, hamtui\nhamtui.record()\nos.kill(os.getpid(), signal.SIGTERM)\n"
    ran = folder.run(source)
    assert ran.done.returncode == -signal.SIGTERM
    assert not (ran.folder / "exit.json").exists()


def test_settings_come_from_the_call_or_from_where_the_program_stands(folder: Folder) -> None:
    (folder.path / "pyproject.toml").write_text("[tool.hamtui]\nprofile = 'dev_fast'\n")
    ran = folder.run("import hamtui\nhamtui.record()\n", HAMTUI_HANG_AFTER="7m")
    info = ran.document("launch.json")
    assert (info["profile"], info["hang_after"]) == ("dev_fast", 420.0)
    elsewhere = folder.run(
        "import hamtui\nprint(hamtui.record(hamtui.Diagnostics(hang_after=5.0), diag_dir='other'))\n"
    )
    found = json.loads((Path(elsewhere.done.stdout.strip()) / "launch.json").read_text())
    assert found["hang_after"] == 5.0 and str(folder.path / "other") in elsewhere.done.stdout


def test_old_launches_go_as_a_new_one_begins_but_none_that_is_alive(folder: Folder) -> None:
    alive = subprocess.Popen(
        folder.command("import hamtui\nhamtui.record()\nprint('on', flush=True)\ninput()\n"),
        cwd=folder.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert alive.stdin and alive.stdout and alive.stdout.readline() == "on\n"
    try:
        (old,) = {*folder.run("import hamtui\nhamtui.record()\n").folders} - {
            *folder.diag.glob(f"*-{alive.pid}")
        }
        folder.run("import hamtui\nhamtui.record(hamtui.Diagnostics(keep=1))\n")
        eventually(lambda: not old.exists(), "the old one goes")
        assert len([*folder.diag.glob("2*")]) == 2 and [*folder.diag.glob(f"*-{alive.pid}")]
    finally:
        alive.communicate("\n")


def test_a_folder_that_cannot_be_written_costs_the_record_alone(folder: Folder) -> None:
    (folder.path / "_hamilton_diag").write_text("a file")
    done = folder.run(
        "import flow, hamtui\nfrom hamilton import driver\nhamtui.record()\n"
        "dr = driver.Builder().with_modules(flow).build()\n"
        "print(dr.execute(['two'], inputs={'start': 1})['two'])\n"
    ).done
    assert (done.returncode, done.stdout) == (0, "4\n"), done.stderr
    assert "hamtui does not record" in done.stderr and "Traceback" not in done.stderr


def test_a_working_folder_that_is_gone_costs_the_record_alone(folder: Folder) -> None:
    done = folder.run("""
        import os, hamtui
        os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
        hamtui.record()
        import flow
        from hamilton import driver
        print(driver.Builder().with_modules(flow).build().execute(["two"], inputs={"start": 1})["two"])
    """).done
    assert (done.returncode, done.stdout) == (0, "4\n"), done.stderr
    assert "hamtui does not record" in done.stderr and "Traceback" not in done.stderr


def test_a_forked_child_tells_nothing_again_of_its_parents_run(folder: Folder) -> None:
    (folder.path / "forks.py").write_text(
        "import os\ndef child() -> int:\n    return os.fork()\ndef inner(x: int) -> int:\n    return x\n"
    )
    ran = folder.run("""
        import os, hamtui
        hamtui.record(hamtui.Diagnostics(max_size=30_000))
        import forks
        from hamilton import driver
        dr = driver.Builder().with_modules(forks).build()
        child = dr.execute(["child"])["child"]
        if not child:
            for x in range(30):
                dr.execute(["inner"], inputs={"x": x})
            os._exit(0)
        os.waitpid(child, 0)
        print(os.getpid())
    """)
    parts = [path.read_text() for path in ran.folder.glob("hamilton_flight.*.jsonl*")]
    told = [json.loads(line) for part in parts for line in part.splitlines()]
    assert len(parts) > 1, ran.done.stderr
    assert not [
        line for line in told if line["event"] == "graph_start" and line["pid"] == int(ran.done.stdout)
    ]


def test_a_cache_of_the_users_own_is_overheard(folder: Folder) -> None:
    source = """
        import flow, hamtui
        from hamilton import driver
        for _ in range(2):
            dr = hamtui.instrument(driver.Builder().with_modules(flow).with_cache(path="store")).build()
            dr.execute(["two"], inputs={"start": 1})
        print(type(dr.cache).__mro__[1].__name__, len(dr.cache.logs(level="debug")))
    """
    ran = folder.run(source)
    assert ran.done.returncode == 0, ran.done.stderr
    told = [(line["node_name"], line["event_type"]) for line in ran.lines("cache_logs.jsonl")]
    assert ("two", "execute_node") in told and ("two", "get_result") in told
    assert ran.document("launch.json")["cache_dir"] == str(folder.path / "store")
    assert ran.done.stdout.startswith("HamiltonCacheAdapter")


def test_a_cache_beside_a_plain_recorder_is_found_and_another_driver_has_none(folder: Folder) -> None:
    ran = folder.run("""
        import flow, hamtui
        from hamilton import driver
        recorder = hamtui.Recorder()
        for cached in (True, True, False):
            builder = driver.Builder().with_modules(flow).with_adapters(recorder)
            dr = (builder.with_cache(path="store") if cached else builder).build()
            dr.execute(["two"], inputs={"start": 1})
    """)
    assert ran.done.returncode == 0, ran.done.stderr
    runs = [event["run_id"] for event in ran.events("graph_start")]
    told = [
        {
            line["event_type"]
            for line in ran.lines("cache_logs.jsonl")
            if line["run_id"] == run and line["node_name"] == "two"
        }
        for run in runs
    ]
    assert "execute_node" in told[0] and "get_result" in told[1] and told[2] == {"resolve_behavior"}
    off = [
        line["run_id"] for line in ran.lines("cache_logs.jsonl") if line["value"] == "CachingBehavior.DISABLE"
    ]
    assert set(off) == {runs[2]}
    assert ran.document("launch.json")["cache_dir"] == str(folder.path / "store")


def test_adapters_of_the_users_own_keep_their_place(folder: Folder) -> None:
    source = """
        import flow, hamtui
        from hamilton import driver, lifecycle
        from hamilton.lifecycle.default import GracefulErrorAdapter
        class Checks(lifecycle.NodeExecutionHook):
            def run_before_node_execution(self, **said): raise LookupError("not allowed")
            def run_after_node_execution(self, **said): pass
        wanted = hamtui.Diagnostics(cache=True)
        graceful = GracefulErrorAdapter(error_to_catch=Exception)
        dr = hamtui.instrument(driver.Builder().with_modules(flow).with_adapters(graceful), wanted).build()
        print(dr.execute(["two"], inputs={"start": 500})["two"])
        dr = hamtui.instrument(driver.Builder().with_modules(flow).with_adapters(Checks())).build()
        dr.execute(["two"], inputs={"start": 1})
    """
    ran = folder.run(source)
    assert ran.done.stdout == "None\n" and "LookupError" in ran.done.stderr, ran.done.stderr
    assert "an adapter that executes nodes" in ran.done.stderr
    assert ran.events("node_end")[-1]["success"] is False  # closed, though the other adapter ended it


def test_a_notebook_that_defines_its_flow_in_cells(folder: Folder) -> None:
    go = """
def go(name):
    flow = ad_hoc_utils.create_temporary_module(one, module_name=name)
    print(driver.Builder().with_modules(flow).build().execute(["one"], inputs={"start": 1})["one"])
"""
    one = "def one(start: int) -> int:\n    return start + {}\n"
    imports = "import hamtui\nfolder = hamtui.record()\nfrom hamilton import ad_hoc_utils, driver"
    cells = [imports, one.format(1), go, "go('a')", one.format(10), "go('b')"]
    done = subprocess.run(
        [sys.executable, "-c", "import code, sys; c = code.InteractiveConsole(); [c.runcode(x) for x in eval(sys.argv[1])]", repr(cells)],
        cwd=folder.path, capture_output=True, text=True, check=True, timeout=90,
    )  # fmt: skip
    ran = Ran(folder.path, done)
    assert done.stdout == "2\n11\n" and len(ran.events("graph_end")) == 2
    graphs = list(ran.folder.glob("graph.*.json"))
    assert graphs and all(json.loads(graph.read_text())["nodes"] for graph in graphs)


@pytest.mark.parametrize("place", ["top", "guarded"])
def test_children_that_start_anew_belong_to_their_parents_launch(folder: Folder, place: str) -> None:
    ran = folder.run(f"""
        import multiprocessing, os, hamtui
        if {place == "top"} or __name__ == "__main__":
            told = hamtui.record()
        def work(number):
            import flow
            from hamilton import driver
            dr = driver.Builder().with_modules(flow).build()
            return dr.execute(["two"], inputs={{"start": number}})["two"]
        if __name__ == "__main__":
            link = os.readlink("_hamilton_diag/latest")
            with multiprocessing.get_context("spawn").Pool(2) as pool:
                print(pool.map(work, [1, 2], chunksize=1))
            assert link == os.readlink("_hamilton_diag/latest") == os.path.basename(told)
    """)
    assert (ran.done.returncode, ran.done.stdout) == (0, "[4, 6]\n"), ran.done.stderr
    files = [path.read_text() for path in ran.folder.glob("hamilton_flight.*.jsonl")]
    assert sum(text.count('"event":"graph_end"') for text in files) == 2
    assert not (ran.folder / "hamilton_flight.jsonl").exists()
    alone = folder.run("import hamtui\nprint(hamtui.record())\n", HAMTUI_PARENT_LAUNCH="{}")
    assert len(alone.folders) == 2  # a process of nobody's is a launch of its own


def test_it_is_watched_while_it_runs_and_asked_for_a_dump(folder: Folder) -> None:
    source = """
        import time, hamtui
        from hamilton import ad_hoc_utils, driver
        def waits() -> int:
            input()
            return 1
        hamtui.record(hamtui.Diagnostics(hang_after=0.5))
        flow = ad_hoc_utils.create_temporary_module(waits, module_name="stands")
        driver.Builder().with_modules(flow).build().execute(["waits"])
    """
    process = subprocess.Popen(
        folder.command(source), cwd=folder.path, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    hamtui = [sys.executable, "-m", "hamtui"]
    try:

        def status() -> Any:
            done = subprocess.run(
                [*hamtui, "status", "--json"], cwd=folder.path, capture_output=True, text=True, check=False
            )
            told = json.loads(done.stdout) if done.returncode == 0 else {"runs": []}
            marked = [node for run in told["runs"] for node in run["nodes"] if node["suspect"]]
            return marked and (told, marked[0])

        told, node = eventually(status, "the mark")
        assert told["launch"]["state"] == "running" and node["node"] == "waits"
        dump = subprocess.run([*hamtui, "dump"], cwd=folder.path, capture_output=True, text=True, check=False)
        assert "input()" in dump.stdout, dump.stdout + dump.stderr
        process.communicate("\n", timeout=60)
        done = subprocess.run(
            [*hamtui, "status"], cwd=folder.path, capture_output=True, text=True, check=False
        )
        assert "succeeded" in done.stdout
    finally:
        process.kill()
        process.wait()
