"""What a node says of its progress, on its way to the beats."""

import contextvars
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from threading import get_ident
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hamtui
from hamtui.recorder import heard, ticks
from hamtui.recorder.heard import Heard
from hamtui.recorder.spans import SPANS
from tests.recorder.conftest import Launched, Launcher

tick: Any = hamtui.tick


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    SPANS.clear()
    heard._newest.clear()
    yield
    SPANS.clear()
    heard._newest.clear()
    ticks._listener = None


def begin(node: str = "n", thread: int | None = None, task: str | None = None) -> None:
    SPANS.start(("r", task, node), thread or get_ident(), 1, 1, None, None)


def told(listening: Heard) -> list[dict[str, Any]]:
    news: list[dict[str, Any]] = json.loads(f"[{listening.news()}]")
    return news


def test_the_newest_of_each_span_is_told_once() -> None:
    listening = Heard()
    begin()
    tick(1, 10)
    tick(2, 10, "second")
    (said,) = told(listening)
    assert said.pop("mono") > 0
    assert said == {"run_id": "r", "node": "n", "task_id": None, "done": 2.0, "total": 10.0, "note": "second"}
    assert told(listening) == []
    tick(2, 10, "second")
    assert len(told(listening)) == 1


def test_what_ended_is_told_and_forgotten() -> None:
    listening = Heard()
    begin()
    tick(10, 10)
    SPANS.end(("r", None, "n"))
    assert len(told(listening)) == 1
    assert told(listening) == []
    assert not heard._newest


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise ValueError(name)

    def __float__(self) -> float:
        raise ZeroDivisionError


class HostileText(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError

    def __getitem__(self, _: Any) -> str:
        raise ValueError


class Rows(float):
    pass


@pytest.mark.parametrize("done", [None, "5", b"5", [5], float("nan"), float("inf"), 10**400, 1j, tick])
def test_what_is_no_number_is_ignored(done: Any) -> None:
    listening = Heard()
    begin()
    tick(done, 10)
    assert told(listening) == []


@pytest.mark.parametrize("done", [5, 5.0, True + 4, Fraction(5), Decimal(5), Rows(5), memoryview(b"\5")[0]])
def test_whatever_counts_is_taken(done: Any) -> None:
    listening = Heard()
    begin()
    tick(done, done)
    assert [(said["done"], said["total"]) for said in told(listening)] == [(5.0, 5.0)]


def test_an_object_that_answers_nothing_is_ignored() -> None:
    listening = Heard()
    begin()
    tick(Hostile())
    assert told(listening) == []
    tick(5, Hostile(), Hostile())
    assert [(said["done"], said["total"], said["note"]) for said in told(listening)] == [(5.0, None, None)]


class Unlike:
    """Neither a number nor to be compared with anything."""

    def __float__(self) -> float:
        raise ValueError("no number")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("__eq__")

    __hash__ = None  # type: ignore[assignment]


def test_what_fails_is_compared_with_nothing() -> None:
    Heard()
    tick(Unlike(), Unlike())


def test_numpy_counts_too() -> None:
    numpy = pytest.importorskip("numpy")
    listening = Heard()
    begin()
    tick(numpy.int64(5), numpy.float32(7.5))
    assert [(said["done"], said["total"]) for said in told(listening)] == [(5.0, 7.5)]


@pytest.mark.parametrize("total", ["x", 0, -3, float("nan"), 10**400])
def test_a_total_that_is_none_costs_the_total_alone(total: Any) -> None:
    listening = Heard()
    begin()
    tick(5, total)
    assert [(said["done"], said["total"]) for said in told(listening)] == [(5.0, None)]


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("x" * 300, "x" * 200),
        (7, None),
        (HostileText("abc"), "abc"),
        ("\udc80é", "\\udc80é"),
        (b"abc", None),
    ],
)
def test_a_note_is_text_and_short(note: Any, text: str | None) -> None:
    listening = Heard()
    begin()
    tick(5, 10, note)
    assert [said["note"] for said in told(listening)] == [text]


ANYTHING = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.complex_numbers(),
    st.lists(st.integers(), max_size=2),
)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_it_never_raises_and_always_writes_strict_json(done: Any, total: Any, note: Any) -> None:
    listening = Heard()
    SPANS.clear()
    begin()
    tick(done, total, note)

    def refuse(word: str) -> None:
        raise AssertionError(word)

    for said in json.loads(f"[{listening.news()}]", parse_constant=refuse):
        assert isinstance(said["done"], float)
        assert said["total"] is None or said["total"] > 0
        assert said["note"] is None or len(said["note"]) <= 200 * 6  # half surrogates are spelled out


def said_by_a_thread(listening: Heard) -> list[str]:
    helper = threading.Thread(target=tick, args=(1,))
    helper.start()
    helper.join()
    return [said["node"] for said in told(listening)]


def test_a_helper_thread_speaks_for_the_only_node_there_is() -> None:
    listening = Heard()
    assert said_by_a_thread(listening) == []
    begin("outer")
    begin("inner")
    assert said_by_a_thread(listening) == ["inner"]
    begin("other", thread=77)
    assert said_by_a_thread(listening) == []
    tick(2)
    assert [said["node"] for said in told(listening)] == ["inner"]
    SPANS.end(("r", None, "inner"))
    tick(3)
    assert [said["node"] for said in told(listening)] == ["outer"]


def test_a_helper_in_the_context_of_a_node_speaks_for_it_among_others() -> None:
    listening = Heard()
    begin("other", thread=77)
    begin("ours")
    context = contextvars.copy_context()
    helper = threading.Thread(target=context.run, args=(tick, 1))
    helper.start()
    helper.join()
    assert [said["node"] for said in told(listening)] == ["ours"]
    SPANS.end(("r", None, "ours"))
    begin("third", thread=78)
    helper = threading.Thread(target=context.run, args=(tick, 2))
    helper.start()
    helper.join()
    assert told(listening) == []


COST = """
import json, sys, timeit
from hamtui import tick
def nothing(done, total=None, note=None): pass
def cost(call):
    return min(timeit.repeat(call, number=20_000, repeat=15, globals=globals())) / 20_000
print(json.dumps({"tick": cost("tick(5, 10, 'note')"), "nothing": cost("nothing(5, 10, 'note')"),
    "modules": sorted(name for name in sys.modules if name.startswith("ham"))}))
"""


def test_where_nothing_listens_it_costs_as_much_as_a_call() -> None:
    done = subprocess.run([sys.executable, "-c", COST], capture_output=True, text=True, check=True)
    cost = json.loads(done.stdout)
    assert cost["modules"] == ["hamtui", "hamtui.recorder", "hamtui.recorder.ticks"]
    assert cost["tick"] < 4 * cost["nothing"]
    assert cost["tick"] < 1e-6


FLOW = """
    import threading, time
    from hamilton.htypes import Collect, Parallelizable
    from hamtui import tick

    def counted() -> int:
        for n in range(30):
            tick(n, 30, "row by row")
            time.sleep(0.05)
        return 1

    def helped() -> int:
        def work():
            tick(7)
            time.sleep(1.2)
        helper = threading.Thread(target=work)
        helper.start()
        helper.join()
        return 1

    def item() -> Parallelizable[int]:
        yield from range(2)

    def block(item: int) -> int:
        tick(item + 1, 2)
        time.sleep(1.5)
        return item

    def blocks(block: Collect[int]) -> int:
        return sum(block)
"""


def ticked(launched: Launched) -> list[dict[str, Any]]:
    assert launched.process.returncode == 0, launched.output()
    return [said for beat in launched.beats() for said in beat.get("ticks", [])]


def test_beats_say_how_far_a_node_is_though_hamtui_is_not_installed(
    launcher: Launcher, bare_python: str
) -> None:
    said = ticked(launcher.run(launcher.module(FLOW), "counted", python=bare_python))
    done = [each["done"] for each in said]
    assert len(done) >= 2
    assert done == sorted(set(done))
    assert {(each["node"], each["total"], each["note"]) for each in said} == {("counted", 30.0, "row by row")}


def test_a_helper_thread_of_a_node_and_worker_processes(launcher: Launcher) -> None:
    assert [each["node"] for each in ticked(launcher.run(launcher.module(FLOW), "helped"))] == ["helped"]
    launched = launcher.run(launcher.module(FLOW), "blocks", executor="processes", max_tasks=2)
    files = list(launched.dir.glob("vitals.*.jsonl"))
    said = [
        each
        for file in files
        for line in file.read_text().splitlines()
        for each in json.loads(line).get("ticks", [])
    ]
    assert {(each["node"], each["done"]) for each in said} == {("block", 1.0), ("block", 2.0)}
    assert len({each["task_id"] for each in said}) == 2
