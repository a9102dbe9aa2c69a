"""Going on past failures: what is failed, what is skipped and for what, and that nothing of it is kept by the cache."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from hamtui.recorder import failures
from hamtui.recorder.composed import ComposedCache, Execution, Steps
from tests.recorder.composing import BLOCKS, SOURCE, Composed
from tests.recorder.conftest import Launcher

pytestmark = [
    # Hamilton leaves its SQLite connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

HEAD = "    from hamilton.htypes import Collect, Parallelizable\n"


def going(folder: Path, source: str, **more: Any) -> Composed:
    return Composed(folder, source, keep_going=True, **more)


def test_a_node_s_own_none_is_no_failure(tmp_path: Path) -> None:
    source = """
        def nothing() -> object:
            return None
        def told(nothing: object) -> str:
            return repr(nothing)
    """
    composed = going(tmp_path, source)
    assert composed.run("told") == {"told": "None"}
    assert composed.failed is None


def test_every_cause_is_named_once(tmp_path: Path) -> None:
    source = """
        def a() -> int:
            raise ValueError("a")
        def b() -> int:
            raise OSError("b")
        def c(a: int) -> int:
            return a
        def d(a: int, b: int, c: int) -> int:
            return a
    """
    composed = going(tmp_path, source)
    assert composed.run("d") == {"d": None}
    end = composed.ends()["d"]
    assert sorted(cause["node"] for cause in end["caused_by"]) == ["a", "b"]
    assert end["error"].endswith(", and 1 more failed")
    assert " failed: " in str(composed.failed) and "1 more node" in str(composed.failed)


def test_a_parallelizable_that_breaks_off_keeps_what_it_gave(tmp_path: Path) -> None:
    source = (
        HEAD
        + """
    def item() -> Parallelizable[int]:
        yield 1
        yield 2
        raise RuntimeError("dry")
    def made(item: int) -> int:
        return item
    def got(made: Collect[int]) -> list:
        return made
    """
    )
    composed = going(tmp_path, source, cache=True)
    for _ in range(2):
        assert composed.run("got") == {"got": [1, 2, None]}
        ends = composed.ends()
        assert ends["item"]["error"] == "RuntimeError: dry"
        assert ends["made"]["skipped"] and ends["made"]["caused_by"][0]["node"] == "item"
        assert ends["got"]["incomplete"] == 1
        assert not composed.cached("set_data_version") & {
            ("item", "set_data_version"),
            ("got", "set_data_version"),
        }


def test_where_every_block_fails_there_is_nothing_to_collect(tmp_path: Path) -> None:
    source = (
        HEAD
        + """
    def item() -> Parallelizable[int]:
        raise RuntimeError("dry")
    def made(item: int) -> int:
        return item
    def got(made: Collect[int]) -> int:
        return sum(made)
    """
    )
    composed = going(tmp_path, source)
    assert composed.run("got") == {"got": None}
    assert composed.ends()["got"]["error"] == "Skipped: because item failed: RuntimeError: dry"


def test_what_collects_and_cannot_do_without_is_skipped_too(tmp_path: Path) -> None:
    summed = "\n    def summed(more: Collect[int]) -> int:\n        return sum(more)\n"
    source = SOURCE + BLOCKS[: BLOCKS.index("    def got")] + summed
    composed = going(tmp_path, source, cache=True)
    assert composed.run("summed", fails=True) == {"summed": None}
    end = composed.ends()["summed"]
    assert end["skipped"] and end["caused_by"][0]["node"] == "made"
    assert "failed: KeyError: 'one'; without that it raised TypeError: unsupported operand" in end["error"]
    assert "return sum(more)" in end["traceback"]
    assert composed.run("summed", fails=False) == {"summed": 33}


def test_who_accepts_failures_is_executed_with_none(tmp_path: Path) -> None:
    source = """
        from hamilton.lifecycle.default import accept_error_sentinels
        def bad() -> int:
            raise ValueError("no")
        def good() -> int:
            return 1
        @accept_error_sentinels
        def told(bad: int, good: int) -> str:
            return f"{bad} {good}"
        def after(told: str) -> str:
            return told + "!"
    """
    composed = going(tmp_path, source, cache=True)
    for _ in range(2):
        assert composed.run("after") == {"after": "None 1!"}
        assert composed.cached("get_result") <= {("good", "get_result")}


def test_results_are_as_graceful_error_adapter_gives_them(tmp_path: Path) -> None:
    from hamilton import driver
    from hamilton.lifecycle.default import GracefulErrorAdapter

    composed = going(tmp_path, SOURCE)
    own = (
        driver.Builder().with_modules(composed.module).with_adapters(GracefulErrorAdapter(Exception)).build()
    )
    asked = ["seed", "bad", "below", "aside"]
    inputs = {"fails": True}
    assert composed.run(*asked, **inputs) == own.execute(asked, inputs=inputs)


def test_ctrl_c_ends_the_run(tmp_path: Path) -> None:
    source = """
        def stopped() -> int:
            raise KeyboardInterrupt
    """
    with pytest.raises(KeyboardInterrupt):
        going(tmp_path, source, cache=True).run("stopped")


def test_a_time_limit_s_exception_is_the_node_s_failure(tmp_path: Path) -> None:
    source = """
        import signal
        def limited() -> int:
            def over(number, frame):
                raise TimeoutError("too long")
            before = signal.signal(signal.SIGALRM, over)
            try:
                signal.raise_signal(signal.SIGALRM)
            finally:
                signal.signal(signal.SIGALRM, before)
            return 1
    """
    composed = going(tmp_path, source)
    assert composed.run("limited") == {"limited": None}
    assert composed.ends()["limited"]["error"] == "TimeoutError: too long"


MENDED = (
    HEAD
    + """
    import pathlib
    FLAG = pathlib.Path("{flag}")
    def item() -> Parallelizable[int]:
        yield from range(3)
    def made(item: int) -> int:
        if item == 1 and not FLAG.exists():
            raise ValueError("not yet")
        return item * 10
    def more(made: int) -> list:
        return [made]
    def got(more: Collect[list]) -> list:
        return list(more)
    def copied(got: list) -> list:
        return list(got)
    def counted(copied: list) -> int:
        return len([one for one in copied if one])
"""
)


def stored(folder: Path) -> list[Any]:
    """What the cache's files hold."""
    found = []
    for path in (folder / "cache").iterdir():
        if path.suffix != ".db" and "." not in path.name:
            found.append(pickle.loads(path.read_bytes()))
    return found


@pytest.mark.parametrize("executor", ["sync", "threads"])
def test_nothing_that_lacks_something_is_kept(tmp_path: Path, executor: str) -> None:
    flag = tmp_path / "flag"
    composed = going(tmp_path, MENDED.format(flag=flag), cache=True, executor=executor)
    for _ in range(2):
        assert composed.run("counted", "copied") == {"counted": 2, "copied": [[0], None, [20]]}
        held = stored(tmp_path)
        assert held and all(type(one) is not failures.Failure for one in held)
        assert not [one for one in held if type(one) is list and None in one]
    flag.touch()
    assert composed.run("counted", "copied") == {"counted": 3, "copied": [[0], [10], [20]]}
    assert ("made", "get_result") in composed.cached("get_result")
    assert composed.run("counted", "copied") == {"counted": 3, "copied": [[0], [10], [20]]}
    assert ("counted", "get_result") in composed.cached("get_result")


def test_it_crosses_to_workers(tmp_path: Path) -> None:
    composed = going(tmp_path, SOURCE)
    recorder = composed.launch.recorder(wanted=composed.wanted)
    steps = Steps(recorder, composed.wanted)
    for adapter in (Execution(steps), ComposedCache(str(tmp_path / "c"), recorder, (), steps)):
        again = pickle.loads(pickle.dumps(adapter))
        assert again.steps.keep_going and again.steps.recorder is recorder
    failure = failures.failed("a", "t.0", ValueError("no"))
    assert pickle.loads(pickle.dumps(failure)).causes == failure.causes


def test_a_launch_goes_on_and_is_failed(launcher: Launcher) -> None:
    """In worker processes, with everything else on too, twice."""
    module = launcher.module(SOURCE + BLOCKS)
    for again in (False, True):
        launched = launcher.run(
            module,
            "below",
            "last",
            "odd",
            inputs={"fails": True, "mistyped": True},
            executor="processes",
            keep_going=True,
            cache=True,
            type_check="warn",
            println=1,
            cache_log="debug",
            node_filter=("made", "below"),
        )
        assert launched.process.returncode == 1
        assert "hamtui: bad failed: ValueError: no good, and 1 more node" in launched.output()
        (end,) = launched.flight("graph_end")
        assert end["success"] is False and end["error_type"] == "NodesFailedError"
        names = [path.name for path in launched.dir.iterdir()]
        flight = [
            line for name in names if name.startswith("hamilton_flight") for line in launched.lines(name)
        ]
        made = [line for line in flight if line["event"] == "node_end" and line["node"] == "made"]
        assert sorted(line["success"] for line in made) == [False, True, True]
        assert all(line["pid"] != launched.process.pid for line in made)
        said = [line for name in names if name.startswith("app.log") for line in launched.lines(name)]
        printed = [line for line in said if line["logger"] == "hamtui.println"]
        assert {line["node"] for line in printed} == {"made", "below"}
        assert sum(line["message"].startswith("Finished debugging node") for line in printed) == 3
        assert any(line["logger"] == "hamilton.caching" and line["level"] == "DEBUG" for line in said)
        assert not [line for line in flight if line["event"] == "recorder_fault"]
        hits = [line for line in launched.lines("cache_logs.jsonl") if line["event_type"] == "get_result"]
        assert bool(hits) is again
