"""The recorder in a Driver of this process: what each event says, and that nothing it does reaches the run."""

import json
import logging
import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamilton.lifecycle import base
from hamilton.plugins.h_threadpool import FutureAdapter

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import guard
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.guard import FAULTS
from hamtui.recorder.spans import SPANS
from tests.recorder.inside import Launch

CHAIN = """
    def a() -> int:
        return 1

    def b(a: int, by: int) -> list:
        return [a] * by

    def c(b: list) -> int:
        print("hello")
        return len(b)
"""


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    logging.disable(logging.CRITICAL)
    yield Launch(tmp_path)
    logging.disable(logging.NOTSET)
    assert SPANS.all() == []


def test_a_run_is_told_from_its_graph_to_its_end(launch: Launch) -> None:
    assert launch.driver(CHAIN).execute(["c"], inputs={"by": 3}) == {"c": 3}
    told = launch.flight()
    assert [line["event"] for line in told] == [
        "graph_constructed",
        "graph_start",
        *["node_start", "node_end"] * 3,
        "graph_end",
    ]
    assert [line["seq"] for line in told] == list(range(len(told)))
    assert {line["pid"] for line in told} == {os.getpid()}
    assert {line["thread_id"] for line in told} == {threading.get_ident()}
    constructed, start, end = told[0], told[1], told[-1]
    assert (constructed["node_count"], constructed["config_keys"]) == (4, [])
    assert start["final_vars"] == ["c"] and start["execution_path"] == ["a", "b", "c"]
    assert start["execution_path_len"] == 3 and start["inputs_keys"] == ["by"]
    assert start["inputs_summary"] == {"by": {"type": "int"}} and start["overrides_keys"] == []
    assert (launch.dir / f"graph.{start['graph']}.json").stat().st_mode & 0o777 == 0o600
    assert end["success"] is True and end["error"] is None and end["result_keys"] == ["c"]
    assert end["results_summary"] == {"c": {"type": "int"}}
    assert len({line["run_id"] for line in told[1:]}) == 1


def test_a_node_is_told_with_times_thread_and_summaries(launch: Launch) -> None:
    launch.driver(CHAIN).execute(["c"], inputs={"by": 3})
    start, end = launch.flight("node_start", "node_end")[2:4]
    assert start["node"] == end["node"] == "b" and start["task_id"] is end["task_id"] is None
    assert start["kwargs_keys"] == ["a", "by"]
    assert start["kwargs_summary"] == {"a": {"type": "int"}, "by": {"type": "int"}}
    assert start["native_id"] == threading.get_native_id()
    assert end["result_summary"] == {"type": "list", "length": 3, "items": "int"}
    assert end["success"] is True and 0 <= end["elapsed_s"] == pytest.approx(
        end["mono"] - start["mono"], abs=1e-6
    )


def test_the_output_s_length_stands_at_both_ends(launch: Launch) -> None:
    recorder = launch.recorder()
    source = "def a(out: object) -> int:\n    return out.write_bytes(b'12345')\n"
    launch.driver(source, recorder=recorder).execute(["a"], inputs={"out": launch.dir / "output.log"})
    start, end = launch.flight("node_start", "node_end")
    assert (start["output_offset"], end["output_offset"]) == (0, 5)


def test_overridden_nodes_and_what_only_they_need_are_not_planned(launch: Launch) -> None:
    launch.driver(CHAIN).execute(["c"], overrides={"b": [1, 2]})
    start = launch.flight("graph_start")[0]
    assert start["execution_path"] == ["c"] and start["overrides_keys"] == ["b"]
    assert [line["node"] for line in launch.flight("node_start")] == ["c"]


def test_a_failing_node_and_run_say_type_message_and_traceback(launch: Launch) -> None:
    source = "def bad() -> int:\n    raise ValueError('no \\x1b[31m \\ud800 \\0 \"quotes\"\\nand lines')\n"
    with pytest.raises(ValueError):
        launch.driver(source).execute(["bad"])
    for end in launch.flight("node_end", "graph_end"):
        assert end["success"] is False and end["error_type"] == "ValueError"
        assert end["error"] == 'ValueError: no \x1b[31m \\ud800 \0 "quotes"\nand lines'
        assert "in bad" in end["traceback"]


def test_an_error_that_cannot_be_printed_is_told_all_the_same(launch: Launch) -> None:
    source = """
        class Odd(Exception):
            def __str__(self):
                raise RuntimeError("no text")

        def bad() -> int:
            raise Odd()
    """
    with pytest.raises(Exception):
        launch.driver(source).execute(["bad"])
    assert launch.ends()["bad"]["error"] == "Odd: <unprintable>"


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "SystemExit", "GeneratorExit"])
def test_what_hamilton_reports_as_success_is_told_as_it_was(launch: Launch, kind: str) -> None:
    with pytest.raises(BaseException) as raised:
        launch.driver(f"def stop() -> int:\n    raise {kind}()\n").execute(["stop"])
    assert type(raised.value).__name__ == kind
    for end in launch.flight("node_end", "graph_end"):
        assert end["success"] is False and end["error_type"] == kind


def test_a_run_inside_an_except_block_is_no_failure(launch: Launch) -> None:
    dr = launch.driver(CHAIN)
    try:
        raise ValueError("before")
    except ValueError:
        dr.execute(["c"], inputs={"by": 1})
    assert [end["success"] for end in launch.flight("node_end", "graph_end")] == [True] * 4


class Raises(base.BasePreNodeExecute, base.BasePostNodeExecute):  # type: ignore[misc]
    """Another adapter, whose hooks raise on one node."""

    def __init__(self, when: str) -> None:
        self.when = when

    def pre_node_execute(self, *, run_id: str, node_: Any, kwargs: Any, task_id: Any = None) -> None:
        if self.when == "pre" and node_.name == "b":
            raise TypeError("another adapter")

    def post_node_execute(
        self,
        *,
        run_id: str,
        node_: Any,
        kwargs: Any,
        success: Any,
        error: Any,
        result: Any,
        task_id: Any = None,
    ) -> None:
        if self.when == "post" and node_.name == "b":
            raise TypeError("another adapter")


def test_a_node_that_another_adapter_kept_from_ending_is_closed_with_its_run(launch: Launch) -> None:
    with pytest.raises(TypeError):
        launch.driver(CHAIN, Raises("pre")).execute(["c"], inputs={"by": 1})
    starts, ends = launch.flight("node_start"), launch.flight("node_end")
    assert [line["node"] for line in starts] == [line["node"] for line in ends] == ["a", "b"]
    assert ends[1]["success"] is False and ends[1]["error"] == "TypeError: another adapter"
    assert launch.flight()[-1]["event"] == "graph_end"


def test_behind_a_raising_after_hook_the_recorder_has_spoken(launch: Launch) -> None:
    with pytest.raises(TypeError):
        launch.driver(CHAIN, Raises("post")).execute(["c"], inputs={"by": 1})
    assert launch.ends()["b"]["success"] is True
    assert len(launch.flight("node_end")) == 2


def test_late_ends_of_a_pool_are_its_own(launch: Launch, tmp_path: Path) -> None:
    source = """
        import threading
        GO = threading.Event()
        STARTED = threading.Event()

        def slow() -> int:
            STARTED.set()
            assert GO.wait(60)
            return 1

        def bad() -> int:
            assert STARTED.wait(60)
            raise ValueError("early")

        def both(bad: int, slow: int) -> int:
            return 1
    """
    adapter = FutureAdapter(max_workers=2)
    dr = launch.driver(source, adapter)
    with pytest.raises(ValueError):
        dr.execute(["bad", "slow"])
    assert launch.flight()[-1]["event"] == "graph_end"
    assert [span.node for span in SPANS.all()] == ["slow"]
    dr.graph_modules[0].GO.set()
    adapter.executor.shutdown()
    late = launch.flight()[-1]
    assert (late["event"], late["node"], late["success"]) == ("node_end", "slow", True)


def test_names_that_json_must_escape(launch: Launch) -> None:
    source = """
        from hamilton.function_modifiers import parameterize, value

        @parameterize(**{'qu"ote\\n\\x00\\u202e[red]': {"x": value(1)}})
        def base(x: int) -> int:
            return x
    """
    name = 'qu"ote\n\x00\u202e[red]'
    launch.driver(source).execute([name])
    assert [line["node"] for line in launch.flight("node_start", "node_end")] == [name] * 2
    assert launch.graph()["nodes"][0]["name"] == name


def test_a_driver_inside_a_node_nests(launch: Launch) -> None:
    recorder = launch.recorder()
    inner = launch.driver(CHAIN, recorder=recorder)
    seen = []

    outer = launch.driver(
        "def out(run: object) -> int:\n    return run()\n",
        recorder=recorder,
    )

    def run() -> int:
        inner.execute(["c"], inputs={"by": 1})
        seen.append(SPANS.current(threading.get_ident()))
        return 1

    outer.execute(["out"], inputs={"run": run})
    assert seen[0] is not None and seen[0].node == "out"
    assert all(line["success"] for line in launch.flight("node_end", "graph_end"))


def test_the_hang_tag_is_on_the_open_span(launch: Launch) -> None:
    source = """
        from hamilton.function_modifiers import tag
        from hamtui.recorder.spans import SPANS

        @tag(**{"hamtui.hang_after": "30m"})
        def a() -> list:
            return [span.hang_after for span in SPANS.all()]

        @tag(**{"hamtui.hang_after": "nonsense"})
        def b() -> list:
            return [span.hang_after for span in SPANS.all()]
    """
    assert launch.driver(source).execute(["a", "b"]) == {"a": [1800.0], "b": [None]}


def test_no_hook_raises_and_faults_are_told_in_bounded_number(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(FAULTS.counts)
    monkeypatch.setattr(guard.FAULTS, "_counters", {})

    def broken(_: Any) -> str:
        raise RuntimeError("the recorder's own")

    monkeypatch.setattr("hamtui.recorder.values.summaries", broken)
    source = "".join(f"def n{i}() -> int:\n    return {i}\n\n" for i in range(40))
    assert len(launch.driver(source).execute([f"n{i}" for i in range(40)])) == 40
    faults = launch.flight("recorder_fault")
    assert [fault["count"] for fault in faults] == [1, 2, 3, 4, 5, 8, 16, 32]
    assert (
        faults[0]["error"] == "RuntimeError: the recorder's own" and faults[0]["stage"] == "pre_node_execute"
    )
    assert FAULTS.counts != before


def test_one_recorder_a_process_whatever_is_unpickled(launch: Launch) -> None:
    recorder = launch.recorder(wanted=Diagnostics(hang_after=3.0))
    again = pickle.loads(pickle.dumps(recorder))
    assert again is recorder


def test_many_runs_of_one_graph_share_its_file(launch: Launch) -> None:
    dr = launch.driver(CHAIN)
    for by in range(30):
        dr.execute(["c"], inputs={"by": by})
    assert len(launch.flight("graph_end")) == 30
    assert len(list(launch.dir.glob("graph.*.json"))) == 1


def test_with_the_cache_off_each_planned_node_says_so(launch: Launch) -> None:
    launch.driver(CHAIN).execute(["c"], inputs={"by": 1})
    told = launch.lines("cache_logs.jsonl")
    assert [line["node_name"] for line in told] == ["a", "b", "c"]
    assert {(line["event_type"], line["value"]) for line in told} == {
        ("resolve_behavior", "CachingBehavior.DISABLE")
    }


def test_a_folder_that_is_gone_costs_the_run_nothing(launch: Launch) -> None:
    recorder = Recorder(str(launch.dir / "gone"), main_pid=os.getpid())
    assert launch.driver(CHAIN, recorder=recorder).execute(["c"], inputs={"by": 1}) == {"c": 1}


def test_a_forked_child_that_runs_on_ends_nothing_of_its_parent_s(launch: Launch) -> None:
    source = """
        import os

        def fork() -> int:
            return os.fork()

        def after(fork: int) -> int:
            return fork
    """
    pid = launch.driver(source).execute(["after"])["after"]
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    own = launch.flight()
    assert {line["pid"] for line in own} == {os.getpid()}
    assert [line["event"] for line in own].count("graph_end") == 1
    assert [line["node"] for line in own if line["event"] == "node_end"] == ["fork", "after"]
    childs = launch.workers()
    assert {line["pid"] for line in childs} == {pid}
    assert [(line["event"], line["node"]) for line in childs] == [
        ("node_start", "after"),
        ("node_end", "after"),
    ]
    assert all(json.dumps(line) for line in childs)
