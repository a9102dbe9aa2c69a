"""Going on past failures and checks of types in an AsyncDriver, under concurrent executes."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from hamilton import async_driver, base

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import launches, own
from hamtui.recorder.guard import FAULTS
from tests.recorder.inside import Launch, module

SOURCE = """
    import asyncio

    async def seed(pace: float) -> int:
        await asyncio.sleep(pace)
        return 3

    async def bad(seed: int, pace: float) -> int:
        await asyncio.sleep(pace)
        if pace > 0.0:
            raise ValueError(f"no good at {pace}")
        return seed

    def below(bad: int) -> int:
        return bad + 1

    async def aside(seed: int) -> int:
        return seed * 2

    def odd(seed: int) -> list:
        return "abc"
"""


async def built(launch: Launch, *adapters: Any, **knobs: Any) -> Any:
    wanted = Diagnostics(**knobs)
    recorder = launch.recorder(wanted=wanted)
    made = own.placed(list(adapters), launches.Launch(None, recorder), wanted, is_async=True)  # type: ignore[arg-type]
    builder = async_driver.Builder().with_modules(module(launch.folder, SOURCE)).with_adapters(*made)
    return await builder.build()


async def test_each_run_goes_on_past_its_own_failures(tmp_path: Path) -> None:
    FAULTS.counts.clear()
    launch = Launch(tmp_path)
    made = await built(launch, keep_going=True, track="3", username="me@x.y")
    paces = (0.02, 0.0, 0.01)
    asked = [made.execute(["below", "aside"], inputs={"pace": pace}) for pace in paces]
    assert await asyncio.gather(*asked) == [
        {"below": None, "aside": 6},
        {"below": 4, "aside": 6},
        {"below": None, "aside": 6},
    ]
    runs = [line["run_id"] for line in launch.flight("graph_start")]
    ends = {(line["run_id"], line["node"]): line for line in launch.flight("node_end")}
    for run_id, pace in zip(runs, paces, strict=True):
        bad, below = ends[run_id, "bad"], ends[run_id, "below"]
        assert ends[run_id, "aside"]["success"] is True
        if pace:
            assert bad["error"] == f"ValueError: no good at {pace}" and "skipped" not in bad
            assert below["skipped"] is True and below["caused_by"][0]["node"] == "bad"
        else:
            assert bad["success"] and below["success"]
    told = {line["run_id"]: line["success"] for line in launch.flight("graph_end")}
    assert told == {run_id: not pace for run_id, pace in zip(runs, paces, strict=True)}
    spooled = {
        line["run_id"]: line["body"]["run_status"] == "SUCCESS"
        for line in launch.lines("tracker.jsonl")
        if line["kind"] == "end"
    }
    assert spooled == told and FAULTS.counts == {}


async def test_a_result_builder_gets_none(tmp_path: Path) -> None:
    made = await built(Launch(tmp_path), base.PandasDataFrameResult(), keep_going=True)
    found = await made.execute(["below", "aside"], inputs={"pace": 0.01})
    assert found.to_dict() == {"below": {0: None}, "aside": {0: 6}}


async def test_without_it_a_failure_ends_the_run(tmp_path: Path) -> None:
    made = await built(Launch(tmp_path), type_check="warn")
    with pytest.raises(ValueError, match="no good"):
        await made.execute(["below"], inputs={"pace": 0.01})


async def test_types_are_checked(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    made = await built(launch, type_check="warn")
    assert await made.execute(["odd", "aside"], inputs={"pace": 0.0}) == {"odd": "abc", "aside": 6}
    mismatches = {
        one["node"]: one["type_mismatch"] for one in launch.flight("node_end") if "type_mismatch" in one
    }
    assert mismatches == {"odd": ["result is str, expected list"]}
    strict = await built(launch, type_check="strict")
    with pytest.raises(TypeError, match="Node odd returned a result of type <class 'str'>"):
        await strict.execute(["odd"], inputs={"pace": 0.0})


async def test_what_it_cannot_have_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    launch = Launch(tmp_path)
    with caplog.at_level(logging.WARNING, "hamtui"):
        await built(launch, cache=True, pdb=("odd",), println=1, keep_going=True)
    expected = "Hamilton's AsyncDriver can't have cache, pdb, println: its nodes run without"
    assert [line["message"] for line in launch.flight("notice")] == [expected]
    assert [record.getMessage() for record in caplog.records] == [f"hamtui: {expected}"]
