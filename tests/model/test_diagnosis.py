"""Each verdict by the evidence that its row of the table names, and what comes near it."""

from typing import Any

import pytest

from hamtui.contract.flight import NODE_START, FlightEvent
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import LogRecord
from hamtui.contract.stacks import ThreadStack
from hamtui.contract.vitals import AsyncTask, End, Party, Tick, Wait
from hamtui.model.state import ProcessFact
from tests.model.stage import (
    MAIN_PID,
    MAIN_TID,
    PEER,
    Life,
    Stage,
    here,
    library,
    lock,
    look,
    quiet,
)
from tests.model.streams import MAIN, T0

SUSPECTED, CONFIRMED = "suspected", "confirmed"
GONE = ProcessFact(alive=False, supervisor_alive=False)


@pytest.mark.parametrize(
    ("each", "keys", "expected"),
    [
        ({"cpu": 0.99}, {"gil": "wants", "call": "running"}, ("running.python", True)),
        ({"cpu": 0.99}, {"gil": "free", "call": "running"}, ("running.native", True)),
        ({"cpu": 0.15, "wakes": 20}, {"gil": "wants"}, ("running.python", True)),
        ({"cpu": 0.01, "wakes": 190, "call": "futex"}, {"gil": "wants"}, ("polling", None)),
        ({"cpu": 0.1, "queued": 0.8, "state": "R"}, {"call": "running"}, ("cpu-starved", True)),
        ({"call": "clock_nanosleep"}, {"call": "clock_nanosleep"}, ("sleeping", False)),
        ({"call": "clock_nanosleep", "wakes": 1}, {"call": "clock_nanosleep"}, ("polling", None)),
        ({"call": "pselect6"}, {"call": "pselect6", "wait": Wait("sleep")}, ("sleeping", False)),
        ({"call": "recvfrom", "ends": [PEER]}, {"call": "recvfrom", "fds": [5]}, ("blocked.socket", False)),
        ({"call": "recvfrom", "ends": [PEER], "wakes": 2}, {"call": "recvfrom"}, ("running.io", True)),
        ({"call": "poll", "ends": [PEER], "wakes": 1}, {"call": "poll", "timed": True}, ("polling", None)),
        ({"call": "read", "ends": [End(0, "pipe")]}, {"call": "read", "fds": [0]}, ("blocked.stdin", False)),
        ({"call": "read", "ends": [End(3, "tty")]}, {"call": "read", "fds": [3]}, ("blocked.stdin", False)),
        ({"call": "read", "ends": [End(4, "pipe")]}, {"call": "read", "fds": [4]}, ("blocked.pipe", False)),
        ({"call": "read", "ends": [End(4, "pipe")], "wakes": 3}, {"call": "read"}, ("running.io", True)),
        (
            {"call": "flock", "ends": [End(4, "file", path="/x/l")]},
            {"call": "flock"},
            ("blocked.file-lock", False),
        ),
        ({"state": "D"}, {"call": "read"}, ("blocked.disk", False)),
        ({"state": "D", "wakes": 40, "call": "fsync"}, {"call": "fsync"}, ("running.io", True)),
        ({"call": "wait4"}, {"call": "wait4", "wait": Wait("child")}, ("waiting.child", None)),
        (
            {"call": "epoll_wait"},
            {"call": "epoll_wait", "wait": Wait("event-loop")},
            ("event-loop-idle", False),
        ),
        ({}, {"wait": Wait("queue", "results", 1, True, detail="empty")}, ("blocked.condition", False)),
        ({"wakes": 1}, {"wait": Wait("queue", "results", 1, True)}, ("blocked.condition", True)),
        ({"wakes": 1}, {"wait": Wait("queue", "results", 1), "timed": True}, ("polling", None)),
        ({}, {"wait": Wait("queue", "results", 1), "timed": True}, ("blocked.condition", False)),
        ({}, {"wait": lock(holder=None)}, ("blocked.lock", False)),
        ({"wakes": 30}, {"wait": lock(holder=None)}, ("blocked.lock", True)),
    ],
)
def test_each_row_by_its_evidence(
    each: dict[str, Any], keys: dict[str, Any], expected: tuple[str, Any]
) -> None:
    if expected == ("polling", None) and keys.get("gil"):
        expected = ("unknown", None)  # nobody burns CPU beside it, and the heart beats: that is not the GIL
    assert quiet(look(**keys), **each).told(8.2) == (*expected, SUSPECTED)


def test_a_silent_heart_and_a_burning_thread_is_the_gil_held() -> None:
    stage, life = Stage(), Life()
    stage.probe(1.5, look(call="running", gil="wants"))
    stage.seconds(1, 8, life, cpu=0.99)
    assert stage.told(8.2) == ("gil-held", True, SUSPECTED)
    assert stage.why(8.2) == (
        "holds the GIL at risk.py:88 in native code, 99 % of a core for 7.0s, no heartbeat for 6.5s"
    )


def test_one_that_wants_the_gil_names_who_keeps_it() -> None:
    stage, own, other = Stage(), Life(), Life(200)
    stage.add(
        MAIN, FlightEvent(NODE_START, T0 + 1, "r", "b", mono=1.0, pid=MAIN_PID, thread_id=8, native_id=200)
    )
    stage.probe(1.5, look(), look(8, 200, "cruncher", gil="wants"))
    for at in range(1, 9):
        stage.sample(at, own.on(wakes=184, call="futex"), other.on(cpu=1.0))
    assert stage.told(8.2) == ("gil-starved", False, SUSPECTED)
    assert "which cruncher (node b) keeps" in stage.why(8.2)


def test_a_lock_that_is_passed_on_is_no_hunger_for_the_gil() -> None:
    stage, own, other = Stage(), Life(), Life(200)
    stage.probe(1.5, look(wait=lock()), until=8)
    for at in range(1, 9):
        stage.sample(at, own.on(wakes=184, call="futex"), other.on(cpu=1.0))
    assert stage.told(8.2)[:2] == ("blocked.lock", True)


def test_a_verdict_changes_when_two_windows_agree() -> None:
    stage, life = Stage(), Life()
    stage.seconds(1, 5, life, call="clock_nanosleep")
    assert stage.told(5.2)[0] == "sleeping"
    stage.sample(6, life.on(cpu=0.9))
    assert stage.told(6.2)[:2] == ("sleeping", True)
    stage.sample(7, life.on(cpu=0.9))
    assert stage.told(7.2)[0] == "running.python"


def test_nothing_is_told_before_two_windows_agreed() -> None:
    stage, life = Stage(), Life()
    stage.seconds(1, 2, life, call="clock_nanosleep")
    mark = stage.mark(3.2)
    assert mark is not None
    assert (mark.verdict, mark.progress) == ("unknown", None)
    assert "sleeps" in mark.why


def test_ticks_logs_and_output_are_progress() -> None:
    stage, life = Stage(), Life()
    stage.seconds(1, 8, life, call="clock_nanosleep", wakes=1)
    assert stage.told(8.2)[:2] == ("polling", None)
    records = list(stage.records)
    stage.beat(7.5, None, Tick("r", "a", None, 3, 10, mono=7.4))
    assert stage.told(8.2)[:2] == ("polling", True)
    assert stage.told(30.2)[2] == SUSPECTED
    stage.records = [
        *records,
        (Source("app.log.jsonl", Kind.APP_LOG), LogRecord(T0 + 7, run_id="r", node="a")),
    ]
    assert stage.told(8.2)[:2] == ("polling", True)
    printing, life = Stage(), Life()
    for at in range(1, 9):
        printing.sample(at, life.on(call="clock_nanosleep", wakes=1), output=100 * at)
    assert printing.told(8.2)[:2] == ("polling", True)


def test_somebody_elses_output_is_not_its_own_progress() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 9):
        stage.sample(at, life.on(call="clock_nanosleep"), output=100 * at)
    assert stage.told(8.2)[:2] == ("sleeping", False)


def test_the_peer_and_its_state_are_named() -> None:
    why = quiet(look(call="recvfrom", fds=[5]), call="recvfrom", ends=[PEER]).why(8.2)
    assert why == (
        "waits at risk.py:88 for socket 10.0.4.7:5432, ESTABLISHED, in recvfrom, no CPU and no wake for 7.0s"
    )


def test_the_holder_of_a_files_lock_is_named() -> None:
    end = End(4, "file", path="/x/orders.lock", parties=[Party(4711, "python other.py")])
    why = quiet(look(call="flock"), call="flock", ends=[end]).why(8.2)
    assert "for the lock on orders.lock, held by process 4711 (python other.py)" in why


def test_an_idle_loops_tasks_are_named() -> None:
    tasks = [AsyncTask("fetch", here(40, function="fetch"), "Event.wait")]
    stage = quiet(look(call="epoll_wait", wait=Wait("event-loop"), tasks=tasks), call="epoll_wait")
    assert "where task fetch awaits Event.wait at risk.py:40" in stage.why(8.2)


def test_without_anything_the_reasons_are_given() -> None:
    verdict, progress, level = Stage().told(8.2)
    assert (verdict, progress, level) == ("unknown", None, SUSPECTED)
    assert Stage().why(8.2).endswith("no stack yet")


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([library("threading.py", "wait"), library("queue.py", "get"), here(3)], "blocked.condition"),
        ([library("threading.py", "wait"), library("threading.py", "wait"), here(3)], "blocked.condition"),
        (
            [library("selectors.py", "select"), library("asyncio/base_events.py", "_run_once"), here(3)],
            "event-loop-idle",
        ),
        ([library("socket.py", "readinto"), library("http/client.py", "read"), here(3)], "blocked.socket"),
        ([library("subprocess.py", "_communicate"), here(3)], "waiting.child"),
        ([here(3, "with book_lock:")], "blocked.lock"),
        ([here(3, "time.sleep(3600)")], "sleeping"),
        ([here(3, "n = n * 31 % 7")], "unknown"),
    ],
)
def test_a_stack_alone_tells_what_it_can(frames: Any, expected: str) -> None:
    stage = Stage()
    stage.dump(3.0, ThreadStack(MAIN_TID, MAIN_PID, "MainThread", frames))
    verdict, progress, level = stage.told(8.2)
    if expected == "waiting.child":
        assert verdict in {expected, "blocked.condition"}
    else:
        assert verdict == expected
    assert (progress, level) == (None, SUSPECTED)


def test_a_few_wakes_at_the_start_are_no_polling() -> None:
    stage, life = Stage(), Life()
    stage.sample(1, life.on())
    stage.sample(2, life.on(wakes=20, cpu=0.04, call="clock_nanosleep"))
    stage.seconds(3, 5, life, call="clock_nanosleep")
    assert stage.told(5.2)[:2] == ("sleeping", False)


def test_a_reused_thread_id_is_another_thread() -> None:
    stage, life = Stage(), Life()
    stage.seconds(1, 4, life, cpu=0.9)
    stage.seconds(5, 8, Life(), call="clock_nanosleep")
    assert stage.told(8.2)[:2] == ("sleeping", False)


def test_a_place_in_the_queue_for_a_cpu_is_counted_when_it_is_over() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 9):
        stage.sample(at, life.on(cpu=0.01, state="R", call="running", queued=1.9 if at % 2 else 0.0))
    assert stage.told(8.2)[:2] == ("cpu-starved", True)
    assert stage.told(7.2)[0] == "cpu-starved"
    stage, life = Stage(), Life()
    stage.seconds(1, 8, life, cpu=0.01, state="R", call="running", queued=0.1, wakes=5)
    assert stage.told(8.2)[0] == "unknown"


def test_who_keeps_the_gil_is_named_by_a_look_from_outside() -> None:
    stage, own, other = Stage(), Life(), Life(200)
    for at in range(1, 9):
        stage.sample(at, own.on(wakes=184, call="futex"), other.on(cpu=1.0))
    stage.beat(1.0)
    threads = [
        ThreadStack(8, 200, "cruncher", [here(60)], gil=True),
        ThreadStack(MAIN_TID, MAIN_PID, "M", [here(88)]),
    ]
    stage.dump(4.0, *threads, why="gil-held", taken_by="py-spy")
    assert stage.why(8.2).startswith(
        "wants the GIL at risk.py:88, which cruncher keeps at risk.py:60, no CPU and woke"
    )


def test_a_look_from_outside_says_who_holds_the_gil_without_using_cpu() -> None:
    stage, own, other = Stage(), Life(), Life(200)
    for at in range(1, 9):
        stage.sample(at, own.on(call="clock_nanosleep"), other.on(cpu=0.6))
    stage.beat(1.0)
    threads = [
        ThreadStack(8, 200, "b", [here(60)]),
        ThreadStack(MAIN_TID, MAIN_PID, "M", [here(88)], gil=True),
    ]
    stage.dump(4.0, *threads, taken_by="py-spy")
    assert stage.told(8.2) == ("gil-held", False, SUSPECTED)


def test_one_that_comes_to_wait_for_its_sockets_is_not_starved_of_the_gil() -> None:
    stage, own, other = Stage(), Life(), Life(200)
    frames = [library("selectors.py", "select"), library("asyncio/base_events.py", "_run_once"), here(3)]
    stage.dump(2.0, ThreadStack(MAIN_TID, MAIN_PID, "M", frames))
    for at in range(1, 9):
        call = "epoll_wait" if at % 2 else "futex"
        stage.sample(at, own.on(wakes=100, cpu=0.01, call=call), other.on(cpu=0.9))
    assert stage.told(8.2)[0] == "event-loop-idle"


def test_a_thread_that_copies_all_the_time_does_io_whatever_call_it_is_found_in() -> None:
    stage, life = Stage(), Life()
    stage.probe(1.5, look(call="running", gil="wants"), until=8)
    for at in range(1, 9):
        done = 2_000_000_000 * at
        stage.sample(at, life.on(cpu=0.95, call="running", read_bytes=done, write_bytes=done))
    assert stage.told(8.2)[:2] == ("running.io", True)


def test_what_a_sleeping_thread_writes_itself_is_its_progress() -> None:
    for much, expected in ((50_000, "running.io"), (60, "polling")):
        stage, life = Stage(), Life()
        for at in range(1, 9):
            stage.sample(at, life.on(wakes=9, call="clock_nanosleep", read_bytes=0, write_bytes=much * at))
        assert stage.told(8.2)[:2] == (expected, True)


def test_where_cpus_are_short_the_silent_heart_still_tells_of_the_gil() -> None:
    stage, own, other = Stage(), Life(), Life(200)
    stage.beat(1.0)
    for at in range(1, 9):
        starved = own.on(wakes=60, cpu=0.001, queued=0.7, state="R", call="running")
        stage.sample(at, starved, other.on(cpu=0.2, queued=0.8, state="R"))
    assert stage.told(8.2) == ("gil-starved", False, SUSPECTED)
    stage, own = Stage(), Life()
    stage.beat(1.0)
    stage.seconds(1, 8, own, cpu=0.4, queued=0.5, state="R", call="running")
    assert stage.told(8.2)[:2] == ("gil-held", True)
