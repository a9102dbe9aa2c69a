"""Programs with an AsyncDriver: its nodes' times are those of what is awaited."""

from pathlib import Path

import pytest

from tests.recorder.programs import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


ASYNC = """
    import asyncio, logging, hamtui
    from hamilton import async_driver, base
    import aflow

    async def main():
        {make}
        async def one(pace):
            return await dr.execute(["total"], inputs={{"pace": pace}})
        print([found["total"] for found in await asyncio.gather(one(0.4), one(0.1), one(0.2))])
        task = asyncio.create_task(one(60.0))
        await asyncio.sleep(0.2)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print("cancelled")
        try:
            await dr.execute(["total"], inputs={{"pace": -1.0}})
        except ValueError as error:
            print(error)

    asyncio.run(main())
"""
AFLOW = """
import asyncio, logging

async def first(pace: float) -> float:
    logging.getLogger("aflow").warning("first %s", pace)
    await asyncio.sleep(pace)
    logging.getLogger("aflow").warning("first again %s", pace)
    if pace < 0:
        raise ValueError("no time")
    return pace

async def second(pace: float) -> float:
    await asyncio.sleep(pace / 2)
    return pace

def total(first: float, second: float) -> float:
    return first + second
"""
ASYNC_WAYS = {
    "instrument": "dr = await hamtui.instrument(async_driver.Builder().with_modules(aflow)).build()",
    "Recorder": "dr = await async_driver.Builder().with_modules(aflow).with_adapters(hamtui.Recorder()).build()",
    "record": "hamtui.record(); dr = await async_driver.Builder().with_modules(aflow).build()",
    "record, a class of the program's own": (
        "hamtui.record(); Mine = type('Mine', (async_driver.AsyncDriver,), {})\n"
        "        dr = await Mine({}, aflow, result_builder=base.DictResult()).ainit()"
    ),
    "record, directly": (
        "hamtui.record(); dr = await async_driver.AsyncDriver({}, aflow, result_builder=base.DictResult()).ainit()"
    ),
}


@pytest.mark.parametrize("way", ASYNC_WAYS)
def test_concurrent_executes_of_an_async_driver_keep_their_own_times(folder: Folder, way: str) -> None:
    (folder.path / "aflow.py").write_text(AFLOW)
    ran = folder.run(ASYNC.format(make=ASYNC_WAYS[way]))
    assert ran.done.stdout == "[0.8, 0.2, 0.4]\ncancelled\nno time\n", ran.done.stderr
    assert "hamtui:" not in ran.done.stderr
    starts = {(event["run_id"], event["node"]): event for event in ran.events("node_start")}
    took = {}
    for event in ran.events("node_end"):
        start = starts[event["run_id"], event["node"]]
        if event["node"] == "first" and event["success"]:
            took[event["run_id"]] = event["elapsed_s"], event["mono"] - start["mono"]
    for elapsed, between in took.values():
        assert abs(elapsed - between) < 1e-6
    # What is awaited is inside: they sleep 0.1, 0.2 and 0.4 s, at once.
    slept = sorted(elapsed for elapsed, _ in took.values())
    assert [elapsed >= least for elapsed, least in zip(slept, (0.1, 0.2, 0.4), strict=True)] == [True] * 3
    failed = [event for event in ran.events("node_end") if not event["success"]]
    assert sorted({event["error_type"] for event in failed}) == ["CancelledError", "ValueError"]
    ends = ran.events("graph_end")
    assert len(ends) == 5 and sum(event["success"] for event in ends) == 3
    logged = [line for line in ran.lines("app.log.jsonl") if line["logger"] == "aflow"]
    assert {line["node"] for line in logged} == {"first"}
    pairs = {line["message"].split()[-1]: line["run_id"] for line in logged}
    assert all(pairs[line["message"].split()[-1]] == line["run_id"] for line in logged)
    assert len(set(pairs.values())) == len(pairs) == 5


SIBLINGS = """
import asyncio

async def bad() -> int:
    await asyncio.sleep(0.1)
    raise ValueError("mine")

async def slow_good() -> int:
    await asyncio.sleep(0.4)
    return 1

async def slow_bad() -> int:
    await asyncio.sleep(0.3)
    raise LookupError("my own")

async def endless() -> int:
    await asyncio.sleep(60)
    return 1

async def refused() -> int:
    return 1

def total(bad: int, slow_good: int, slow_bad: int, endless: int, refused: int) -> int:
    return 0
"""


def test_an_async_node_beside_one_that_failed_ends_by_itself(folder: Folder) -> None:
    (folder.path / "siblings.py").write_text(SIBLINGS)
    ran = folder.run("""
        import asyncio, logging, hamtui, siblings
        from hamilton import async_driver
        from hamilton.lifecycle import base
        logging.disable(logging.CRITICAL)

        class Refuses(base.BasePreNodeExecuteAsync):
            async def pre_node_execute(self, *, node_, **said):
                if node_.name == "refused":
                    await asyncio.sleep(0.05)
                    raise PermissionError("not this one")

        async def main(names, *adapters):
            builder = async_driver.Builder().with_modules(siblings).with_adapters(*adapters)
            dr = await hamtui.instrument(builder).build()
            try:
                await dr.execute(names)
            except Exception as error:
                print(type(error).__name__)
            await asyncio.sleep(0.5)

        asyncio.run(main(["bad", "slow_good", "slow_bad", "endless"]))
        asyncio.run(main(["refused"], Refuses()))
    """)
    assert ran.done.stdout == "ValueError\nPermissionError\n", ran.done.stderr
    starts = {event["node"]: event["mono"] for event in ran.events("node_start")}
    ends = {event["node"]: event for event in ran.events("node_end")}
    assert {node: end.get("error_type") for node, end in ends.items()} == {
        "bad": "ValueError",
        "slow_good": None,
        "slow_bad": "LookupError",
        "endless": "CancelledError",  # asyncio.run does so with what is left
        "refused": "PermissionError",
    }
    order = [
        event["node"]
        for event in ran.lines()
        if event["event"] in {"node_end", "graph_end"} and event.get("node")
    ]
    assert order == ["bad", "slow_bad", "slow_good", "endless", "refused"]
    for node, end in ends.items():
        assert abs(end["elapsed_s"] - (end["mono"] - starts[node])) < 1e-6
    failed, _ = ran.events("graph_end")
    assert failed["error_type"] == "ValueError" and failed["mono"] < ends["slow_bad"]["mono"]


def test_an_async_node_whose_loop_is_given_up_makes_no_noise(folder: Folder) -> None:
    (folder.path / "siblings.py").write_text(SIBLINGS)
    ran = folder.run("""
        import asyncio, hamtui, siblings
        from hamilton import async_driver
        hamtui.record()
        loop = asyncio.new_event_loop()
        dr = loop.run_until_complete(async_driver.Builder().with_modules(siblings).build())
        loop.create_task(dr.execute(["endless"]))
        loop.run_until_complete(asyncio.sleep(0.2))
        loop.close()
        del dr, loop
    """)
    assert ran.done.returncode == 0
    assert "coroutine ignored" not in ran.done.stderr and "post-node-execute" not in ran.done.stderr
