"""Each verdict by the evidence that its row of the table names, and what comes near it."""

from dataclasses import replace
from typing import Any

import pytest

from hamtui.contract.flight import GRAPH_END, NODE_START, FlightEvent
from hamtui.contract.launch import ExitInfo
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import LogRecord, Request
from hamtui.contract.stacks import ThreadStack
from hamtui.contract.vitals import AsyncTask, End, Holder, Party, ProcessVital, ThreadLook, Tick, Wait
from hamtui.model.diagnosis import last_doing
from hamtui.model.ending import settle
from hamtui.model.state import Now, ProcessFact
from hamtui.model.verdict import launch_state
from tests.model.stage import (
    ALIVE,
    KEY,
    MAIN_PID,
    MAIN_TID,
    PEER,
    VITALS,
    Life,
    Stage,
    here,
    library,
    lock,
    look,
)
from tests.model.streams import MAIN, T0, fold

SUSPECTED, CONFIRMED = "suspected", "confirmed"
GONE = ProcessFact(alive=False, supervisor_alive=False)


def quiet(*looks: ThreadLook, until: int = 8, others: Any = (), **each: Any) -> Stage:
    """Samples and a probe of threads that do nothing."""
    stage = Stage()
    threads = [Life(one.native_id or 0) for one in looks]
    for at in range(1, until + 1):
        stage.sample(at, *(one.on(**each) for one in threads), others=others)
    stage.probe(1.5, *looks, until=until)
    return stage


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


def two_locks(**more: Any) -> tuple[ThreadLook, ThreadLook]:
    main = look(wait=lock("ledger_lock", 8, **more))
    return main, look(8, 200, "Thread-2", 71, wait=lock("book_lock", MAIN_TID))


def test_a_cycle_is_proven_and_told_to_the_letter() -> None:
    stage = quiet(*two_locks())
    assert stage.told(8.2) == ("deadlocked", False, CONFIRMED)
    assert stage.why(8.2) == (
        "waits at risk.py:88 for ledger_lock, held by Thread-2, which waits for book_lock, held by MainThread"
    )
    mark = stage.mark(8.2)
    assert mark is not None
    assert [(link.who, link.waits_for, link.relation) for link in mark.chain] == [
        ("MainThread", "ledger_lock", "held by Thread-2"),
        ("Thread-2", "book_lock", "held by MainThread"),
    ]
    assert [link.frame and link.frame.line for link in mark.chain] == [88, 71]


@pytest.mark.parametrize("native", [MAIN_PID, 200])
def test_a_thread_of_the_circle_that_woke_takes_the_proof_away(native: int) -> None:
    stage, lives = Stage(), {MAIN_PID: Life(), 200: Life(200)}
    stage.probe(1.5, *two_locks(), until=8)
    for at in range(1, 9):
        stage.sample(at, *(life.on(wakes=int(at == 8 and one == native)) for one, life in lives.items()))
    assert stage.told(8.2)[2] == SUSPECTED


def test_a_circle_of_which_one_wait_is_not_sure_proves_nothing() -> None:
    assert quiet(*two_locks(sure=False)).told(8.2) == ("blocked.lock", False, SUSPECTED)
    main, other = two_locks()
    limited = look(8, 200, "Thread-2", 71, wait=other.wait, timed=True)
    assert quiet(main, limited).told(8.2) == ("blocked.lock", False, SUSPECTED)


def test_one_look_alone_proves_nothing() -> None:
    stage, lives = Stage(), (Life(), Life(200))
    for at in range(1, 9):
        stage.sample(at, *(life.on() for life in lives))
    stage.probe(7.9, *two_locks())
    assert stage.told(8.2)[2] == SUSPECTED


def test_a_lock_that_it_holds_itself() -> None:
    stage = quiet(look(wait=lock("lock", MAIN_TID)))
    assert stage.told(8.2) == ("deadlocked", False, CONFIRMED)
    assert stage.why(8.2) == "waits at risk.py:88 for lock, held by MainThread itself"


def test_one_behind_a_circle_is_stuck_as_well() -> None:
    stage = quiet(
        look(wait=lock("rates_lock", 8)),
        look(8, 200, "refresh", 71, wait=lock("book_lock", 9)),
        look(9, 300, "keeper", 60, wait=lock("ledger_lock", 8)),
    )
    assert stage.told(8.2) == ("blocked.lock", False, CONFIRMED)
    assert "rates_lock, held by refresh, which waits for book_lock, held by keeper" in stage.why(8.2)


def test_a_join_closes_a_circle() -> None:
    stage = quiet(
        look(wait=Wait("join", "refresher", 5, True, threads=[8])),
        look(8, 200, "Thread-2", 71, wait=lock("book_lock", MAIN_TID)),
    )
    assert stage.told(8.2) == ("deadlocked", False, CONFIRMED)


@pytest.mark.parametrize("key", ["own_pool", "lost"])
def test_a_pool_that_never_gets_to_it(key: str) -> None:
    wait = Wait("pool", "pool", 5, sure=True, own_pool=key == "own_pool", lost=key == "lost")
    assert quiet(look(wait=wait)).told(8.2) == ("deadlocked", False, CONFIRMED)


def test_nobody_is_there_to_set_it() -> None:
    wait = Wait("event", "ready", 5, True, alone=True)
    assert quiet(look(wait=wait)).told(8.2) == ("blocked.condition", False, CONFIRMED)
    unsure = Wait("event", "ready", 5, False, alone=True)
    assert quiet(look(wait=unsure)).told(8.2) == ("blocked.condition", False, SUSPECTED)


def test_the_holder_that_works_is_told_with_what_it_does() -> None:
    stage, own, holder = Stage(), Life(), Life(200)
    stage.probe(
        1.5, look(wait=lock("book_lock", 8)), look(8, 200, "keeper", 60, call="clock_nanosleep"), until=8
    )
    for at in range(1, 9):
        stage.sample(at, own.on(), holder.on(call="clock_nanosleep"))
    assert stage.told(8.2) == ("blocked.lock", False, SUSPECTED)
    assert stage.why(8.2).startswith(
        "waits at risk.py:88 for book_lock, held by keeper, which sleeps at risk.py:60"
    )


def test_a_holder_that_let_go_ends_the_wait() -> None:
    stage, own = Stage(), Life()
    stage.probe(1.5, *two_locks(), until=4)
    stage.seconds(1, 4, own)
    stage.probe(4.5, look(call="running", gil="wants"))
    stage.seconds(5, 8, own, cpu=0.9)
    stage.probe(8.0, look(call="running", gil="wants"))
    assert stage.told(8.2) == ("running.python", True, SUSPECTED)


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


def _child(
    at: int, cpu: float = 0.0, state: str = "S", call: str | None = "clock_nanosleep", **more: Any
) -> ProcessVital:
    from hamtui.contract.vitals import ThreadVital

    thread = ThreadVital(500, state, cpu * at, more.pop("switches", 3), 0.0, call=call)
    keys = {
        "ppid": MAIN_PID,
        "name": "sleep",
        "command": "sleep 3600",
        "read_bytes": 5,
        "write_bytes": 5,
        **more,
    }
    return ProcessVital(500, state=state, cpu_s=cpu * at, threads=[thread], **keys)


@pytest.mark.parametrize(
    ("child", "expected", "said"),
    [
        ({}, (False, SUSPECTED), "process 500 (sleep 3600), which sleeps"),
        ({"cpu": 0.9}, (True, SUSPECTED), "which runs native code, 90 % of a core"),
        ({"state": "T"}, (False, CONFIRMED), "which is stopped"),
    ],
)
def test_a_node_is_as_stuck_as_its_child(child: dict[str, Any], expected: tuple[Any, str], said: str) -> None:
    stage, life = Stage(), Life()
    stage.probe(1.5, look(call="wait4", wait=Wait("child", pids=[500])), until=8)
    for at in range(1, 9):
        stage.sample(at, life.on(call="wait4"), others=[_child(at, **child)])
    assert stage.told(8.2) == ("waiting.child", *expected)
    assert said in stage.why(8.2)
    mark = stage.mark(8.2)
    assert mark is not None
    assert mark.chain[1].who == "process 500 (sleep 3600)"


def test_a_child_of_a_child_that_works() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 9):
        shell = _child(at, call="wait4", command="sh job.sh")
        inner = ProcessVital(600, 500, "gzip", "R", 0.9 * at, threads=[], command="gzip -9 x")
        stage.sample(at, life.on(call="wait4"), others=[shell, inner])
    assert stage.told(8.2) == ("waiting.child", True, SUSPECTED)
    assert "process 500 (sh job.sh), which waits for process 600 (gzip -9 x)" in stage.why(8.2)


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


def test_one_that_waits_in_the_debugger_has_no_mark() -> None:
    stage = Stage()
    frames = [library("cmd.py", "cmdloop"), library("pdb.py", "interaction"), here(88)]
    stage.dump(3.0, ThreadStack(MAIN_TID, MAIN_PID, "MainThread", frames))
    assert stage.mark(8.2) is None
    assert launch_state(stage.launch(), ALIVE, Now(T0 + 8.2, 8.2)) == "paused"


def test_a_stopped_process_is_paused_in_any_process() -> None:
    stage, life = Stage(pid=300), Life(300)
    for at in range(1, 9):
        state = "T" if at > 4 else "S"
        worker = ProcessVital(300, MAIN_PID, "python", state, 1.0, threads=[life.on(state=state)])
        stage.sample(at, others=[worker])
    assert stage.told(8.2) == ("paused", False, CONFIRMED)
    assert stage.told(4.2)[0] != "paused"


def _worker(gone_at: int, until: int, beats_until: float) -> Stage:
    stage, life = Stage(pid=300), Life(300)
    for at in range(1, until + 1):
        worker = ProcessVital(300, MAIN_PID, "python", "S", 1.0, threads=[life.on()])
        stage.sample(at, others=[worker] if at < gone_at else [])
    for half in range(2, int(beats_until * 2) + 1):
        stage.beat(half / 2)
    return stage


def test_a_worker_that_is_gone_is_dead_after_two_samples() -> None:
    assert _worker(6, 7, 5.0).told(7.2) == ("dead", False, CONFIRMED)
    assert _worker(6, 6, 5.0).told(6.2)[2] == SUSPECTED
    assert _worker(6, 7, 7.0).told(7.2)[2] == SUSPECTED  # it beats: the samples lost sight of it


def test_what_a_stop_does_is_not_what_it_did_before() -> None:
    stage = _worker(9, 12, 8.0)
    stage.add(Source("requests.jsonl", Kind.REQUESTS), Request("stop", "1", T0 + 8.5))
    assert stage.told(12.2)[0] != "dead"


def test_old_evidence_proves_nothing_of_a_run_that_lives() -> None:
    stage = quiet(*two_locks())
    assert stage.told(30.0) == ("deadlocked", False, SUSPECTED)
    assert stage.told(30.0, GONE) == ("deadlocked", False, CONFIRMED)


def test_without_samples_the_looks_from_inside_tell_and_prove_nothing() -> None:
    stage = Stage()
    stage.probe(1.5, *two_locks(), until=8)
    assert stage.told(8.2) == ("deadlocked", None, SUSPECTED)


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


def test_what_it_was_doing_is_told_of_one_that_is_not_late() -> None:
    stage, life = Stage(hang_after=100.0), Life()
    stage.seconds(1, 4, life, cpu=0.9)
    stage.dump(2.0, ThreadStack(MAIN_TID, MAIN_PID, "MainThread", [here(12)]))
    launch = stage.launch()
    told = last_doing(launch, launch.runs["r"].spans[KEY], Now(T0 + 4.5))
    assert told is not None
    assert told.why.startswith("runs Python at risk.py:12, 90 % of a core")
    empty = Stage().launch()
    assert last_doing(empty, empty.runs["r"].spans[KEY], Now(T0 + 4.5)) is None


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


def test_an_unsure_holder_is_still_named() -> None:
    wait = Wait("lock", "gate", 5, True, [Holder(8, "acquire")])
    stage = quiet(look(wait=wait), look(8, 200, "keeper", 60, call="clock_nanosleep"))
    assert "for gate, held by keeper" in stage.why(8.2)


def test_what_is_read_after_the_end_still_tells_what_was_in_flight() -> None:
    stage = quiet(*two_locks())
    vitals = [pair for pair in stage.records if pair[0] == VITALS]
    launch = fold([pair for pair in stage.records if pair[0] != VITALS])
    launch.apply(Source("exit.json", Kind.EXIT), ExitInfo(signal=9, ended_at=T0 + 8.3))
    settle(launch, GONE, Now(T0 + 60))
    span = launch.runs["r"].spans[KEY]
    assert span.kept_suspect is not None
    assert span.kept_suspect.verdict == "unknown"
    settle(fold(vitals, launch), GONE, Now(T0 + 60))
    assert span.kept_suspect is not None
    assert (span.kept_suspect.verdict, span.kept_suspect.level) == ("deadlocked", CONFIRMED)


def test_a_mark_tells_the_same_live_and_after_death() -> None:
    stage = quiet(look(call="recvfrom", fds=[5]), call="recvfrom", ends=[PEER])
    live = stage.mark(8.2)
    stage.add(Source("exit.json", Kind.EXIT), ExitInfo(signal=9, ended_at=T0 + 8.2))
    launch = stage.launch()
    settle(launch, GONE, Now(T0 + 60))
    kept = launch.runs["r"].spans[KEY].kept_suspect
    assert live is not None
    assert kept is not None
    assert (kept.verdict, kept.progress, kept.why, kept.chain) == (
        live.verdict,
        live.progress,
        live.why,
        live.chain,
    )


def test_a_place_in_the_queue_for_a_cpu_is_counted_when_it_is_over() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 9):
        stage.sample(at, life.on(cpu=0.01, state="R", call="running", queued=1.9 if at % 2 else 0.0))
    assert stage.told(8.2)[:2] == ("cpu-starved", True)
    assert stage.told(7.2)[0] == "cpu-starved"
    stage, life = Stage(), Life()
    stage.seconds(1, 8, life, cpu=0.01, state="R", call="running", queued=0.1)
    assert stage.told(8.2)[0] == "unknown"


def test_a_broken_pools_nodes_are_dead_once_the_run_ended_of_it() -> None:
    stage = _worker(9, 8, 8.0)
    end = FlightEvent(
        GRAPH_END, T0 + 8.3, "r", mono=8.3, pid=MAIN_PID, success=False, error="BrokenProcessPool: x"
    )
    stage.add(MAIN, end)
    launch = stage.launch()
    settle(launch, GONE, Now(T0 + 60))
    kept = launch.runs["r"].spans[KEY].kept_suspect
    assert kept is not None
    assert kept.verdict == "dead"
    other = _worker(9, 8, 8.0)
    other.add(MAIN, replace(end, error="ValueError: x"))
    launch = other.launch()
    settle(launch, GONE, Now(T0 + 60))
    kept = launch.runs["r"].spans[KEY].kept_suspect
    assert kept is not None
    assert kept.verdict != "dead"


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


def _still(*probes: tuple[float, float]) -> Stage:
    """Two threads in a circle that never move, looked at from the first to the second instant of each pair."""
    stage, lives = Stage(), (Life(), Life(200))
    for at in range(1, 9):
        stage.sample(at, *(life.on() for life in lives))
    for at, until in probes:
        stage.probe(at, *two_locks(), until=until)
    return stage


def test_two_windows_with_one_look_prove_nothing() -> None:
    assert _still((6.5, 6.5)).told(8.2) == ("deadlocked", False, SUSPECTED)
    assert _still((6.5, 7.5)).told(8.2) == ("deadlocked", False, CONFIRMED)
    assert _still((5.5, 5.5), (6.5, 6.5)).told(8.2) == ("deadlocked", False, CONFIRMED)


def test_what_the_last_look_no_longer_says_is_not_confirmed() -> None:
    stage = _still((1.5, 7.0))
    assert stage.told(7.2)[2] == CONFIRMED
    stage.probe(7.5, look(call="running"))
    assert stage.told(8.2) == ("deadlocked", False, SUSPECTED)


def test_an_old_look_says_nothing_of_a_thread_that_woke_since() -> None:
    stage, life = Stage(), Life()
    for at in range(1, 13):
        stage.sample(at, life.on(wakes=int(at == 6)))
    stage.probe(1.5, look(wait=lock(holder=None)), until=2.0)
    assert stage.told(5.2)[0] == "blocked.lock"
    assert stage.told(12.2)[0] == "unknown"
