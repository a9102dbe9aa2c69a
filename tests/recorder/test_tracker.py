"""Hamilton's own trackers without a network: what is spooled of a run, and that none of it reaches the run."""

import asyncio
import json
import os
import pickle
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hamilton import async_driver, driver
from hamilton.execution import executors

from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.summary import REDACTED
from hamtui.recorder import tracker
from hamtui.recorder.guard import FAULTS
from hamtui.recorder.outlets import outlets
from hamtui.recorder.problems import UsageError
from hamtui.recorder.spans import SPANS
from hamtui.recorder.tracker import AsyncTracker, Tracker
from tests.recorder.conftest import Launcher
from tests.recorder.inside import Launch, module

BLOCKS = """
    import time
    from hamilton.htypes import Collect, Parallelizable

    def seconds() -> Parallelizable[float]:
        yield from (0.7, 0.3, 0.0)

    def slept(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    def total(slept: Collect[float]) -> float:
        return sum(slept)
"""

#: Values that no file of the launch may hold, made so that the modules' source does not hold them either.
VALUES = """
    from collections.abc import Iterator

    import pandas as pd

    def frame(told: str) -> pd.DataFrame:
        return pd.DataFrame({"name": [told] * 3, "n": [1, 2, 3]})

    def stream(frame: pd.DataFrame) -> Iterator[int]:
        return iter([1, 2, 3])

    def settings(told: str) -> dict:
        return {"api_key": "hid" + "den", "named": told, "nested": [{"password": "hid" + "den", "n": 1}]}

    def long() -> list:
        return list(range(10))

    def huge() -> str:
        return "x" * 100_000

    def size(frame: pd.DataFrame, stream: Iterator[int], settings: dict, long: list, huge: str) -> int:
        return len(frame) + sum(stream) + len(settings)
"""


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launch]:
    from hamilton_sdk.tracking import constants

    for name in ("CAPTURE_DATA_STATISTICS", "MAX_LIST_LENGTH_CAPTURE", "MAX_DICT_LENGTH_CAPTURE"):
        monkeypatch.setattr(constants, name, getattr(constants, name))
        monkeypatch.delenv(f"HAMILTON_{name}", raising=False)
    monkeypatch.setenv("HAMILTON_CONFIG_URI", str(tmp_path / "none.conf"))
    FAULTS.counts.clear()
    yield Launch(tmp_path)
    assert SPANS.all() == [] and FAULTS.counts == {}


def wanted(**knobs: Any) -> Diagnostics:
    return Diagnostics(**{"track": "3", "username": "me@x.y", **knobs})


def run(
    launch: Launch, source: str, target: str, inputs: Any = None, config: Any = None, **knobs: Any
) -> Any:
    recorder = launch.recorder()
    built = launch.driver(source, *outlets(recorder, wanted(**knobs)), recorder=recorder, **(config or {}))
    return built.execute([target], inputs=inputs)


def spooled(launch: Launch, kind: str) -> list[dict[str, Any]]:
    return [call for call in launch.lines("tracker.jsonl") if call["kind"] == kind]


def last(launch: Launch) -> dict[str, dict[str, Any]]:
    """The last update of each node."""
    updates = (update for call in spooled(launch, "tasks") for update in call["task_updates"])
    return {update["node_name"]: update for update in updates}


def took(update: dict[str, Any]) -> float:
    began, ended = (datetime.fromisoformat(update[key]) for key in ("start_time", "end_time"))
    return (ended - began).total_seconds()


def results(launch: Launch) -> dict[str, Any]:
    attributes = (one for call in spooled(launch, "tasks") for one in call["attributes"])
    return {one["node_name"]: one for one in attributes if one["name"] == "result_summary"}


def test_blocks_side_by_side_keep_their_own_times(launch: Launch) -> None:
    recorder = launch.recorder()
    builder = driver.Builder().with_modules(module(launch.folder, BLOCKS)).with_adapters(recorder)
    built = (
        builder.with_adapters(*outlets(recorder, wanted()))
        .enable_dynamic_execution(allow_experimental_mode=True)
        .with_remote_executor(executors.MultiThreadingExecutor(max_tasks=2))
        .build()
    )
    assert built.execute(["total"]) == {"total": pytest.approx(1.0)}
    found = last(launch)
    assert set(found) == {
        "expand-seconds-seconds",
        *(f"expand-seconds.{block}.block-seconds-slept" for block in range(3)),
        "collect-seconds-total",
    }
    # The third begins when the second is done: by its name alone it would take the first one's start.
    long, short, none = (found[f"expand-seconds.{block}.block-seconds-slept"] for block in range(3))
    assert took(long) >= 0.7 and took(short) >= 0.3  # a sleep is never shorter
    assert short["end_time"] < none["end_time"] < long["end_time"]
    assert {update["status"] for update in found.values()} == {"SUCCESS"}


def test_without_statistics_no_value_is_told(launch: Launch) -> None:
    secret = "told-" * 3
    found = run(launch, VALUES, "size", {"told": secret}, {"region": secret})
    assert found["size"] == 3 + 6 + 3
    assert secret not in (launch.dir / "tracker.jsonl").read_text("ascii")
    told = results(launch)["frame"]["value"]
    assert told["type"] == "pandas.DataFrame" and told["value"]["rows"] == 3
    (begun,) = spooled(launch, "run")
    assert begun["body"]["inputs"] == {"told": {"type": "str", "length": len(secret)}}
    (template,) = spooled(launch, "template")
    assert template["body"]["config"] == {"region": {"type": "str", "length": len(secret)}}
    names = {node["name"] for node in template["body"]["nodes"]}
    assert {"frame", "stream", "size", "told"} <= names


@pytest.mark.filterwarnings("ignore:For backward compatibility")  # of the SDK's way with pandas
def test_with_statistics_values_are_told_within_limits_and_secrets_are_not(launch: Launch) -> None:
    given = {"told": "loud", "token": "hid" + "den"}
    config = {"region": "eu", "db_password": "hid" + "den"}
    assert run(launch, VALUES, "size", given, config, track_statistics=True, track_list=4)["size"] == 12
    assert "hidden" not in (launch.dir / "tracker.jsonl").read_text("ascii")
    found = results(launch)
    assert found["frame"]["type"] == "dagworks_describe"
    assert found["settings"]["value"]["value"] == {
        "api_key": REDACTED,
        "named": "loud",
        "nested": [{"password": REDACTED, "n": 1}],
    }
    assert found["long"]["value"]["value"] == [0, 1, 2, 3, "... truncated ..."]
    assert found["stream"]["type"] == "unsupported"  # and whole: the result is right
    assert (
        found["huge"]["type"] == "unsupported" and found["huge"]["value"]["unsupported_type"] == "too large"
    )
    (begun,) = spooled(launch, "run")
    assert begun["body"]["inputs"] == {"told": "loud", "token": REDACTED}
    (template,) = spooled(launch, "template")
    assert template["body"]["config"] == {"region": "eu", "db_password": REDACTED}


@pytest.mark.filterwarnings("ignore:For backward compatibility")
def test_statistics_end_with_their_time(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "STATISTICS_S", 0.0)
    assert run(launch, VALUES, "size", {"told": "loud"}, track_statistics=True)["size"] == 12
    assert {one["type"] for one in results(launch).values()} == {"dict"}
    assert results(launch)["frame"]["value"]["value"]["rows"] == 3


def test_failures_and_interrupts_are_failures(launch: Launch) -> None:
    source = """
        def a() -> int:
            return 1

        def fails(a: int) -> int:
            raise ValueError("no way")

        def interrupted(a: int) -> int:
            raise KeyboardInterrupt
    """
    recorder = launch.recorder()
    built = launch.driver(source, *outlets(recorder, wanted()), recorder=recorder)
    with pytest.raises(ValueError, match="no way"):
        built.execute(["fails"])
    with pytest.raises(KeyboardInterrupt):
        built.execute(["interrupted"])
    found = last(launch)
    assert {name: update["status"] for name, update in found.items()} == {
        "a": "SUCCESS",
        "fails": "FAILURE",
        "interrupted": "FAILURE",
    }
    assert [call["body"]["run_status"] for call in spooled(launch, "end")] == ["FAILURE", "FAILURE"]
    errors = [
        one for call in spooled(launch, "tasks") for one in call["attributes"] if one["type"] == "error"
    ]
    assert "no way" in errors[0]["value"]["stack_trace"][-1]
    assert len(spooled(launch, "template")) == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_tells_nothing(launch: Launch) -> None:
    source = """
        import os

        def forks() -> int:
            child = os.fork()
            if not child:
                return 2
            assert os.waitpid(child, 0)[1] == 0
            return 1
    """
    pid = os.getpid()
    found = None
    try:
        found = run(launch, source, "forks")
    finally:
        if os.getpid() != pid:
            os._exit(0)
    assert found == {"forks": 1}
    assert [call["kind"] for call in launch.lines("tracker.jsonl")] == [
        "template",
        "run",
        "tasks",
        "tasks",
        "end",
    ]
    assert not list(launch.dir.glob("tracker.*.jsonl"))


def test_a_tracker_that_breaks_costs_no_result(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    from hamilton_sdk import driver as sdk

    monkeypatch.setattr(sdk, "hash_dag", lambda graph: 1 / 0)
    assert run(launch, VALUES, "size", {"told": "x"})["size"] == 12
    assert launch.lines("tracker.jsonl") == []
    assert {line["stage"] for line in launch.flight("recorder_fault")} == {"tracker"}
    assert FAULTS.counts.pop("tracker") == 2
    (said,) = [line["message"] for line in launch.flight("notice") if line["level"] == "warning"]
    assert said == "tracker: ZeroDivisionError: division by zero; the UI is not told of this"


def test_what_failed_while_the_run_went_on_is_a_failure(launcher: Launcher) -> None:
    pytest.importorskip("hamtui.recorder.failures")
    source = """
        def fails() -> int:
            raise ValueError("no way")

        def after(fails: int) -> int:
            return fails

        def beside() -> int:
            return 1
    """
    knobs: dict[str, Any] = {"track": "1", "username": "me@x.y", "keep_going": True}
    done = launcher.run(launcher.module(source), "after", "beside", **knobs)
    calls = done.lines("tracker.jsonl")
    found = {
        update["node_name"]: update["status"] for call in calls for update in call.get("task_updates", ())
    }
    assert found == {"fails": "FAILURE", "after": "FAILURE", "beside": "SUCCESS"}
    errors = {one["node_name"]: str(one["value"]) for call in calls for one in call.get("attributes", ())}
    assert "no way" in errors["fails"] and "skipped, for what failed before it: fails" in errors["after"]
    assert calls[-1]["kind"] == "end" and calls[-1]["body"]["run_status"] == "FAILURE"


def test_the_name_is_the_modules_own_and_the_same_in_each_run(launch: Launch) -> None:
    from hamilton import ad_hoc_utils

    def a() -> int:
        return 1

    made = [ad_hoc_utils.create_temporary_module(a) for _ in range(2)]
    assert made[0].__name__ != made[1].__name__
    assert tracker.product([made[0]]) == tracker.product([made[1]]) == "temporary_module"
    assert tracker.product([json, asyncio]) == tracker.product([asyncio, json]) == "asyncio+json"


def test_it_crosses_to_workers_as_its_knobs_alone(launch: Launch) -> None:
    recorder = launch.recorder()
    (one,) = outlets(recorder, wanted())
    assert isinstance(one, Tracker)
    data = pickle.dumps(one)
    assert len(data) < 4096 and pickle.loads(data) is one


async def test_an_async_driver_is_told_under_concurrent_executes(launch: Launch) -> None:
    source = """
        import asyncio

        async def waited(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return seconds

        async def twice(waited: float) -> float:
            return 2 * waited
    """
    (one,) = outlets(launch.recorder(), wanted(), is_async=True)
    assert isinstance(one, AsyncTracker)
    builder = async_driver.Builder().with_modules(module(launch.folder, source)).with_adapters(one)
    built = await builder.build()
    found = await asyncio.gather(*(built.execute(["twice"], inputs={"seconds": s}) for s in (0.4, 0.0)))
    assert [one["twice"] for one in found] == [0.8, 0.0]
    runs = [call["run_id"] for call in spooled(launch, "run")]
    ends = {
        call["run_id"]: call["task_updates"][0]
        for call in spooled(launch, "tasks")
        if call["task_updates"][0]["node_name"] == "waited" and call["task_updates"][0]["end_time"]
    }
    assert took(ends[runs[0]]) >= 0.4 and ends[runs[1]]["end_time"] < ends[runs[0]]["end_time"]
    assert [call["body"]["run_status"] for call in spooled(launch, "end")] == ["SUCCESS", "SUCCESS"]


def test_bad_knobs_are_refused_in_one_sentence(launch: Launch) -> None:
    with pytest.raises(UsageError, match="--track needs --username"):
        outlets(launch.recorder(), wanted(username=None))


def test_without_the_sdk_it_says_what_to_install(launcher: Launcher, bare_python: str) -> None:
    done = launcher.run(
        launcher.module("def a() -> int:\n    return 1\n"),
        "a",
        python=bare_python,
        track="1",
        username="m@x.y",
    )
    assert done.wait() == 2
    assert "pip install 'sf-hamilton[sdk]'" in done.error()["error"] and "traceback" not in done.error()
