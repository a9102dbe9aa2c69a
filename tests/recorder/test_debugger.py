"""``--pdb``: a node under pdb at the other end of a socket, in every place in which nodes run."""

import os
import re
import signal
import stat
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hamilton.graph import FunctionGraph

from hamtui.recorder import validate
from hamtui.recorder.problems import UsageError
from tests.prompt import PROMPT, Person
from tests.recorder.conftest import Launched, Launcher

FLOW = """
import os
import time
from hamilton.function_modifiers import extract_fields
from hamilton.htypes import Collect, Parallelizable


def orders() -> list:
    return [1, 2, 3]


def total(orders: list) -> int:
    doubled = [order * 2 for order in orders]
    result = sum(doubled)
    return result


@extract_fields({"low": int, "high": int})
def bounds(total: int) -> dict:
    return {"low": total, "high": total + 1}


def report(low: int, high: int) -> int:
    print("low", low, "high", high)
    return low + high


def broken(total: int) -> float:
    zero = total - total
    return total / zero


def left(orders: list) -> int:
    return 1


def right(orders: list) -> int:
    return 2


def both(left: int, right: int) -> int:
    print("both", left + right)
    return left + right


def day() -> Parallelizable[int]:
    for number in range(2):
        yield number


def sales(day: int) -> int:
    return 10 + day


def sold(sales: Collect[int]) -> int:
    found = sum(sales)
    print("sold", found)
    return found
"""


def told(launched: Launched) -> list[dict[str, Any]]:
    """What the debugger told, in all flight files, oldest first."""
    found = [
        line
        for path in launched.dir.glob("hamilton_flight*.jsonl")
        for line in launched.lines(path.name)
        if line["event"].startswith("debug_")
    ]
    return sorted(found, key=lambda line: line["mono"])


def waits(launched: Launched, node: str, many: int = 1) -> list[dict[str, Any]]:
    """Where the node waits for somebody, once as many executions of it do."""

    def waiting() -> list[dict[str, Any]] | None:
        last: dict[Any, dict[str, Any]] = {}
        for event in told(launched):
            if event["node"] == node:
                last[event["task_id"]] = event
        found = [event for event in last.values() if event["event"] == "debug_wait"]
        return found if len(found) >= many else None

    found: list[dict[str, Any]] = launched.await_(waiting, f"{node} in the debugger")
    return found


def at_prompt(launched: Launched, node: str) -> tuple[Person, str]:
    person = Person(waits(launched, node)[0]["socket"])
    return person, person.read()


def test_it_stops_at_the_first_line_of_the_nodes_own_code(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(FLOW), "report", pdb=("total",))
    (event,) = waits(launched, "total")
    assert (event["pid"], event["stage"]) == (launched.process.pid, "start")
    assert stat.S_IMODE(os.stat(event["socket"]).st_mode) == 0o600
    person, said = at_prompt(launched, "total")
    assert "-> doubled = [order * 2 for order in orders]" in said
    assert person.type("p orders").startswith("[1, 2, 3]")
    assert "-> result = sum(doubled)" in person.type("n")
    assert "Oldest frame" in person.type("up"), "our frames are nobody's business"
    person.type("!doubled.append(100)")
    assert PROMPT not in person.type("c")
    assert launched.wait() == 0
    assert "low 112 high 113" in launched.output()
    assert not os.path.exists(event["socket"])
    assert [event["event"] for event in told(launched)] == ["debug_wait", "debug_attached", "debug_done"]


def test_a_launch_folder_too_deep_for_a_socket_has_it_elsewhere(launcher: Launcher) -> None:
    launcher.tmp_path = launcher.tmp_path / ("deep" * 20) / "er"
    launcher.tmp_path.mkdir(parents=True)
    launched = launcher.start(launcher.module(FLOW), "report", pdb=("total",))
    (event,) = waits(launched, "total")
    folder = Path(event["socket"]).parent
    assert folder != launched.dir
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    person, _ = at_prompt(launched, "total")
    person.type("c")
    assert launched.wait() == 0
    assert not folder.exists()


def test_who_leaves_finds_it_waiting_where_it_was(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(FLOW), "report", pdb=("total",))
    person, said = at_prompt(launched, "total")
    person.type("n")
    person.leave()
    launched.await_(lambda: [e["event"] for e in told(launched)][-1] == "debug_wait", "it waits again")
    begun = len(told(launched))
    person, said = at_prompt(launched, "total")
    assert said.endswith(PROMPT)
    assert "-> result = sum(doubled)" in said
    assert "Breakpoint 1" in person.type(f"b {FLOW.splitlines().index('    return result') + 1}")
    assert "-> return result" in person.type("c"), "a breakpoint keeps the terminal"
    events = [event["event"] for event in told(launched)[begun:]]
    assert events == ["debug_attached", "debug_done", "debug_wait", "debug_attached"]
    assert PROMPT not in person.type("q")
    assert launched.wait() == 0


def test_it_stops_at_the_exception_and_lets_it_out(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(FLOW), "broken", pdb=("broken",))
    person, _ = at_prompt(launched, "broken")
    assert PROMPT not in person.type("c")
    person, said = at_prompt(launched, "broken")
    assert "ZeroDivisionError" in said
    assert "-> return total / zero" in said
    assert person.type("p zero").startswith("0")
    person.type("c")
    assert launched.wait() == 1
    assert launched.error()["error"].startswith("ZeroDivisionError")


def test_quit_is_the_debuggers_end_and_not_the_runs(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(FLOW), "broken", pdb=("broken",))
    person, _ = at_prompt(launched, "broken")
    assert "without the debugger" in person.type("h q")
    person.type("b broken")
    assert PROMPT not in person.type("q")
    assert launched.wait() == 1
    assert launched.error()["error"].startswith("ZeroDivisionError"), (
        "not BdbQuit, and no stop at the exception"
    )


def test_a_node_without_lines_of_its_own_shows_its_result(launcher: Launcher) -> None:
    launched = launcher.start(launcher.module(FLOW), "report", pdb=("low",))
    person, said = at_prompt(launched, "low")
    assert "None of this node's own lines ran" in said
    assert person.type("p result").startswith("12")
    person.type("c")
    assert launched.wait() == 0


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_blocks_wait_each_at_a_prompt_of_its_own(executor: str, launcher: Launcher) -> None:
    launched = launcher.start(
        launcher.module(FLOW),
        "sold",
        pdb=("sales", "day"),
        executor=executor,
        max_tasks=2,
        cache=executor
        == "threads",  # with processes Hamilton pickles the graph, and extract_fields does not pickle
        keep_going=True,
        type_check="warn",
    )
    person, said = at_prompt(launched, "day")
    assert "-> for number in range(2):" in said, "the body of a generator"
    person.type("c")
    found = waits(launched, "sales", 2)
    assert len({event["socket"] for event in found}) == 2
    assert (launched.process.pid in {event["pid"] for event in found}) is (executor == "threads")
    for event in found:
        person = Person(event["socket"])
        assert "-> return 10 + day" in person.read()
        person.type("!day = 100")
        person.type("c")
    assert launched.wait() == 0
    assert "sold 220" in launched.output()


@pytest.mark.parametrize("executor", ["sync", "threads"])
def test_a_signal_ends_a_run_that_waits_there(executor: str, launcher: Launcher) -> None:
    launched = launcher.start(
        launcher.module(FLOW), "report", pdb=("total",), hang_after=0.2, dump_every=0.1, executor=executor
    )
    person, _ = at_prompt(launched, "total")
    begun = len(launched.beats())
    launched.await_(lambda: len(launched.beats()) >= begun + 4, "beats")
    assert launched.dumps() == [], "it is not late"
    os.killpg(launched.process.pid, signal.SIGINT)
    assert launched.wait() == -signal.SIGINT
    person.leave()
    assert "KeyboardInterrupt" in launched.flight("graph_end")[0]["error"]
    assert not list(launched.dir.glob("*.sock"))


@pytest.mark.parametrize(
    ("pdb", "only", "said"),
    [
        (("totals",), (), "unknown --pdb node totals; the nearest: total"),
        (("tag:layer=gold",), (), "--pdb tag:layer=gold means no node of the dataflow"),
        (("total",), ("report",), "--pdb total means no node that --node-filter means too"),
    ],
)
def test_what_means_no_node_is_refused(
    pdb: tuple[str, ...], only: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = ModuleType("flow")
    monkeypatch.setitem(sys.modules, "flow", flow)
    exec(FLOW, flow.__dict__)
    graph = FunctionGraph.from_modules(flow, config={})
    validate.check_pdb(graph, ("total", "r*"), ("*",))
    with pytest.raises(UsageError, match=re.escape(said)):
        validate.check_pdb(graph, pdb, only)
