"""Adapters that run each node somewhere else: where it ran, and when, is as it was; what is not known is not said."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import resource_tracker
from pathlib import Path, PurePath
from textwrap import dedent
from typing import Any

import cloudpickle
import dask
import pytest
from dask.distributed import Client, LocalCluster
from hamilton import base, driver
from hamilton.plugins import h_dask
from hamilton.plugins.h_threadpool import FutureAdapter

from hamtui.contract import layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.follow.follower import read_launch
from hamtui.model.fold import Launch as Folded
from hamtui.model.state import Now, ProcessFact, Run
from hamtui.model.status import status
from hamtui.recorder import deferred, launches, own
from hamtui.recorder.spans import SPANS
from tests.follow.watching import ref_of
from tests.recorder.inside import Launch, module

DIAMOND = """
    import time

    def first() -> int:
        time.sleep(0.1)
        return 1

    def left(first: int) -> int:
        time.sleep(0.2)
        return first + 1

    def right(first: int) -> int:
        time.sleep(0.2)
        return first + 2

    def last(left: int, right: int) -> int:
        return left + right
"""
BAD = """
    def good() -> int:
        return 1

    def bad(good: int) -> int:
        raise ValueError("no")

    def never(bad: int) -> int:
        return bad
"""
#: What clusters warn of when they end is theirs.
pytestmark = pytest.mark.filterwarnings("default")

SLEPT = {"first": 0.1, "left": 0.2, "right": 0.2, "last": 0.0}


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    yield Launch(tmp_path)
    assert SPANS.all() == []


def folded(launch: Launch) -> tuple[Folded, Run]:
    read = read_launch(ref_of(launch.dir))
    (run,) = read.runs.values()
    return read, run


def rows(launch: Launch) -> dict[str, dict[str, Any]]:
    read, _ = folded(launch)
    told = status(read, "x", PurePath("/x"), ProcessFact(), Now(time.time()))
    return {row["node"]: row for row in told["runs"][0]["nodes"]}


def assert_honest(launch: Launch) -> None:
    """Each node's time is that of its own work, within its run, behind those that it needs."""
    _, run = folded(launch)
    spans = {key.node: span for key, span in run.spans.items()}
    assert run.state == "succeeded" and set(spans) == set(SLEPT)
    for name, span in spans.items():
        assert span.status == "succeeded"
        assert span.started_at is not None and span.elapsed_s is not None and run.elapsed_s is not None
        assert SLEPT[name] <= span.elapsed_s <= run.elapsed_s
        for before in run.nodes[name].dependencies:
            ended = spans[before].ended_at
            assert ended is not None and span.started_at >= ended - 0.005, (before, name)


def dask_driver(launch: Launch, source: str, **said: Any) -> driver.Driver:
    adapter = h_dask.DaskGraphAdapter(None, base.DictResult(), **said)
    flow = module(launch.folder, source)
    cloudpickle.register_pickle_by_value(flow)  # workers have no such file
    return driver.Builder().with_modules(flow).with_adapters(launch.recorder(), adapter).build()


def test_future_adapter_s_times_are_those_of_its_threads(launch: Launch) -> None:
    assert launch.driver(DIAMOND, FutureAdapter(max_workers=4)).execute(["last"]) == {"last": 5}
    assert_honest(launch)
    _, run = folded(launch)
    spans = {key.node: span for key, span in run.spans.items()}
    # The two that do not need each other overlap, on threads of their own.
    left, right = spans["left"], spans["right"]
    assert left.thread_id != right.thread_id
    assert left.started_at is not None and right.started_at is not None
    assert abs(left.started_at - right.started_at) < 0.2


def test_dask_s_threads_tell_when_the_work_was_done_not_when_it_was_submitted(launch: Launch) -> None:
    dr = dask_driver(launch, DIAMOND)
    with dask.config.set(scheduler="threads"):
        assert dr.execute(["last"]) == {"last": 5}
    submits = launch.flight("node_submit")
    assert [line["node"] for line in submits] == ["first", "left", "right", "last"]
    assert all(line["deferred"] is True for line in submits)
    starts = launch.flight("node_start")
    assert max(line["ts"] for line in submits) <= min(line["ts"] for line in starts)
    assert_honest(launch)


def test_the_same_dask_driver_again_tells_each_run_s_own(launch: Launch) -> None:
    dr = dask_driver(launch, DIAMOND)
    with dask.config.set(scheduler="threads"):
        dr.execute(["left"])
        dr.execute(["left"])
    read = read_launch(ref_of(launch.dir))
    assert len(read.runs) == 2
    for run in read.runs.values():
        assert {key.node: span.status for key, span in run.spans.items()} == {
            "first": "succeeded",
            "left": "succeeded",
        }
    assert len(launch.flight("node_submit")) == len(launch.flight("node_start")) == 4


def test_a_node_that_fails_in_dask_is_told_with_its_own_error(launch: Launch) -> None:
    dr = dask_driver(launch, BAD)
    with dask.config.set(scheduler="threads"), pytest.raises(ValueError, match="no"):
        dr.execute(["never"])
    told = rows(launch)
    assert {name: row["status"] for name, row in told.items()} == {
        "good": "succeeded",
        "bad": "failed",
        "never": "pending",
    }
    assert told["bad"]["error"]["type"] == "ValueError" and "in bad" in told["bad"]["error"]["traceback"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None) as made,  # type: ignore[no-untyped-call]
        Client(made) as client,  # type: ignore[no-untyped-call]
    ):
        yield client
    # Spawning workers starts a process of the standard library's, which would stay until this one ends.
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


def test_dask_s_worker_process_writes_a_file_of_its_own(launch: Launch, cluster: Client) -> None:
    assert dask_driver(launch, DIAMOND).execute(["last"]) == {"last": 5}
    assert_honest(launch)
    _, run = folded(launch)
    pids = {span.pid for span in run.spans.values()}
    assert os.getpid() not in pids and len(pids) == 1
    assert {line["event"] for line in launch.flight()} == {
        "graph_constructed",
        "graph_start",
        "node_submit",
        "graph_end",
    }


def test_what_is_only_handed_back_to_be_computed_later_stays_submitted(
    launch: Launch, cluster: Client
) -> None:
    dr = dask_driver(launch, DIAMOND, compute_at_end=False)
    lazy = dr.execute(["last"])
    assert launch.flight("graph_end")[0]["deferred"] is True
    _, run = folded(launch)
    assert run.state == "succeeded" and not run.spans
    assert {name: row["status"] for name, row in rows(launch).items()} == dict.fromkeys(SLEPT, "pending")
    assert lazy.compute() == {"last": 5}
    told = rows(launch)
    assert {row["status"] for row in told.values()} == {"succeeded"}
    assert told["left"]["elapsed_s"] >= 0.2


def test_where_workers_tell_nothing_no_time_is_said(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(recorder: Any, run_id: str, node: Any) -> Any:
        raise TypeError("cannot be pickled")

    monkeypatch.setattr(deferred, "_handed", nothing)
    with dask.config.set(scheduler="threads"):
        assert dask_driver(launch, DIAMOND).execute(["last"]) == {"last": 5}
    for row in rows(launch).values():
        assert (row["status"], row["started_at"], row["elapsed_s"]) == ("succeeded", None, None)


def test_what_travels_to_a_worker_without_hamtui_runs_there_as_if_we_were_not(
    launch: Launch, bare_python: str
) -> None:
    flow = module(launch.folder, "def one(n: int) -> int:\n    return n + 1\n")
    cloudpickle.register_pickle_by_value(flow)
    dr = driver.Builder().with_modules(flow).build()
    handed = deferred._handed(launch.recorder(), "r", dr.graph.nodes["one"]).callable
    packed = launch.folder / "packed"
    packed.write_bytes(cloudpickle.dumps(handed))
    site = Path(cloudpickle.__file__).parent
    script = f"""
        import importlib.util, pickle, sys
        spec = importlib.util.spec_from_file_location(
            "cloudpickle", {str(site / "__init__.py")!r}, submodule_search_locations=[{str(site)!r}])
        sys.modules["cloudpickle"] = made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        function = pickle.loads(open({str(packed)!r}, "rb").read())
        assert importlib.util.find_spec("hamtui") is None
        print(function(n=41))
    """
    done = subprocess.run(
        [bare_python, "-c", dedent(script)], capture_output=True, text=True, cwd=launch.folder, check=False
    )
    assert done.stdout == "42\n", done.stderr
    assert sys.executable and not launch.lines(layout.FLIGHT)


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    before = dict(os.environ)
    # No token in the home folder, and workers that do not load each plugin that is installed.
    os.environ.update(RAY_AUTH_MODE="disabled", HAMILTON_AUTOLOAD_EXTENSIONS="0")
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield ray
    ray.shutdown()
    os.environ.clear()
    os.environ.update(before)


def ray_driver(launch: Launch, source: str, **knobs: Any) -> driver.Driver:
    from hamilton.plugins.h_ray import RayGraphAdapter

    flow = module(launch.folder, source)
    cloudpickle.register_pickle_by_value(flow)
    import ray.cloudpickle

    ray.cloudpickle.register_pickle_by_value(flow)  # type: ignore[no-untyped-call]
    adapter = RayGraphAdapter(base.DictResult())
    wanted = Diagnostics(**knobs)
    made = launches.Launch(None, launch.recorder(wanted=wanted))  # type: ignore[arg-type]
    adapters = own.placed([adapter], made, wanted, is_async=False)
    return driver.Builder().with_modules(flow).with_adapters(*adapters).build()


def test_ray_s_workers_write_files_of_their_own_with_honest_times(launch: Launch, ray: Any) -> None:
    assert ray_driver(launch, DIAMOND).execute(["last"]) == {"last": 5}
    assert_honest(launch)
    _, run = folded(launch)
    assert os.getpid() not in {span.pid for span in run.spans.values()}
    assert launch.flight("node_start", "node_submit") == []
    assert {line["event"] for line in launch.workers()} == {"node_start", "node_end"}


def test_a_node_that_fails_in_ray_is_told_with_its_own_error(launch: Launch, ray: Any) -> None:
    with pytest.raises(ValueError, match="no"):
        ray_driver(launch, BAD).execute(["never"])
    told = rows(launch)
    assert {name: row["status"] for name, row in told.items()} == {
        "good": "succeeded",
        "bad": "failed",
        "never": "pending",
    }
    assert told["bad"]["error"]["type"] == "ValueError"
    _, run = folded(launch)
    assert run.state == "failed" and run.error is not None


def test_a_run_in_ray_goes_on_past_a_failure_and_is_failed(launch: Launch, ray: Any) -> None:
    made = ray_driver(launch, BAD, keep_going=True)
    assert made.execute(["never", "good"]) == {"never": None, "good": 1}
    told = {name: row["status"] for name, row in rows(launch).items()}
    assert made.execute(["good"]) == {"good": 1}
    assert told == {"good": "succeeded", "bad": "failed", "never": "skipped"}
    ends = [(line["success"], line["error"] or "") for line in launch.flight("graph_end")]
    assert [success for success, _ in ends] == [False, True]
    assert ends[0][1].startswith("NodesFailedError: bad failed: ValueError: no")
