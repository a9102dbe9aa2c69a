"""Probes: what each way to wait is told as, by whom it is held, and that nothing is said which is not so."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.recorder.conftest import pythons

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Told:
    """What a probe said, by the threads' names."""

    def __init__(self, text: str) -> None:
        whole = json.loads(text)
        self.still: bool = whole["still"]
        self.probe: dict[str, Any] = whole["probe"]
        self.looks: dict[str, dict[str, Any]] = {look["name"]: look for look in self.probe["looks"]}
        self.names = {look["thread_id"]: look["name"] for look in self.probe["looks"]}

    def wait(self, name: str) -> dict[str, Any]:
        wait: dict[str, Any] = self.looks[name]["wait"]
        return wait

    def brief(self, name: str) -> tuple[Any, ...]:
        wait = self.looks[name].get("wait", {})
        return wait.get("kind"), wait.get("name"), wait.get("sure", False), wait.get("detail")

    def holders(self, name: str) -> list[tuple[str, str, bool]]:
        held = self.wait(name).get("holders", [])
        return [(self.names[one["thread_id"]], one["how"], one.get("sure", False)) for one in held]


def told(python: str, *names: str, **env: str) -> Told:
    done = subprocess.run(
        [python, "-X", "faulthandler", "-m", "tests.recorder.standstills", *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        start_new_session=True,
        env={**os.environ, **env},
        check=False,
    )
    assert done.stdout, done.stderr
    return Told(done.stdout)


@pytest.mark.parametrize("python", pythons())
def test_locks_and_who_holds_them(python: str) -> None:
    ways = "cycle itself several_items one_line acquired let_go timed in_a_table in_a_slot private owned condition_lock"
    got = told(python, *ways.split(), "handshake", "process_lock")
    assert got.still
    assert got.probe["late"] == 14
    expected = {
        "cycle": ("lock", "book_lock", True, [("cycle.other", "with", True)]),
        "cycle.other": ("lock", "ledger_lock", True, [("cycle", "with", True)]),
        "itself": ("lock", "self._lock", True, [("itself", "with", True)]),
        "several_items": ("lock", "third", True, [("several_items.other", "with", True)]),
        "several_items.other": ("lock", "first", True, [("several_items", "with", True)]),
        "acquired": ("lock", "lock", True, [("acquired.other", "acquire", False)]),
        "let_go": ("lock", "lock", True, []),
        "timed": ("lock", "lock", False, [("timed", "with", True)]),
        "in_a_table": ("lock", "table[region]", True, [("in_a_table.other", "with", True)]),
        "in_a_slot": ("lock", "slotted.lock", True, [("in_a_slot.other", "with", True)]),
        "private": ("lock", "self.__private", True, [("private.other", "with", True)]),
        "owned": ("rlock", "reentrant", True, [("owned.other", "owner", True)]),
        "condition_lock": ("lock", "taken", True, [("condition_lock.other", "with", True)]),
        "handshake": ("lock", "done", True, [("handshake", "acquire", False)]),
        "process_lock": ("lock", "lock", False, []),
    }
    found = {}
    for name in expected:
        kind, expression, sure, _ = got.brief(name)
        found[name] = (kind, expression, sure, got.holders(name))
    assert found == expected
    assert got.brief("one_line")[:3] == ("lock", "lock", True)
    assert got.wait("cycle")["id"] != got.wait("cycle.other")["id"]
    assert (got.looks["timed"]["call"], got.looks["timed"]["timed"]) == ("futex", True)


@pytest.mark.parametrize("python", pythons())
def test_what_is_made_of_locks(python: str) -> None:
    ways = "on_condition for_condition on_event on_semaphore on_barrier empty_queue full_queue simple_queue on_promise"
    got = told(
        python, *ways.split(), "joining", "own_pool", "roomy_pool", "roomy_watched_pool", "shutting_down"
    )
    assert got.still
    expected = {
        "on_condition": ("condition", "condition", True, None),
        "for_condition": ("condition", "condition", True, None),
        "on_event": ("event", "event", True, None),
        "on_semaphore": ("semaphore", "semaphore", True, "value 0"),
        "on_barrier": ("barrier", "barrier", True, "1 of 3 arrived"),
        "empty_queue": ("queue", "inbox", True, "empty"),
        "full_queue": ("queue", "full", True, "full"),
        "simple_queue": ("queue", "simple", True, "empty"),
        "on_promise": ("future", "promise", True, "pending"),
        "joining": ("join", "thread", True, None),
        "own_pool": ("future", "futures[0]", True, "running"),
    }
    assert {name: got.brief(name) for name in expected} == expected
    assert [got.names[ident] for ident in got.wait("joining")["threads"]] == ["joining.other"]
    assert got.brief("shutting_down")[0] == "join"

    workers = {"own_pool.worker_0", "own_pool.worker_1"}
    for name in workers:
        wait = got.wait(name)
        assert wait["own_pool"], wait
        assert {got.names[ident] for ident in wait["threads"]} == workers
    assert {got.names[ident] for ident in got.wait("own_pool")["threads"]} <= workers
    assert not any("own_pool" in got.looks[name].get("wait", {}) for name in got.looks if "roomy" in name)
    assert not any("alone" in look.get("wait", {}) for look in got.looks.values())


@pytest.mark.parametrize("python", pythons())
def test_what_is_outside(python: str) -> None:
    ways = "sleeping on_socket on_pipe polling selecting file_lock event_loop"
    got = told(python, "subprocess_run", "communicating", *ways.split())
    assert got.still
    for name in ("subprocess_run", "communicating"):
        wait = got.wait(name)
        assert (wait["kind"], len(wait["pids"])) == ("child", 1), name
    forked = told(python, "joined_process", "waitpid")
    for name in ("joined_process", "waitpid"):
        wait = forked.wait(name)
        assert (wait["kind"], len(wait["pids"])) == ("child", 1), name
    assert got.wait("subprocess_run")["detail"] == "sleep 1000"
    assert got.wait("communicating")["name"] == "child"
    assert got.wait("sleeping")["kind"] == "sleep"
    calls = {"on_socket": "recvfrom", "on_pipe": "read", "polling": "poll", "file_lock": "flock"}
    for name, call in calls.items():
        look = got.looks[name]
        assert (look["call"], look["timed"], len(look["fds"])) == (call, False, 1), look
    assert len(got.looks["selecting"]["fds"]) == 1
    loop = got.looks["event_loop"]
    assert loop["wait"]["kind"] == "event-loop"
    tasks = {task["name"]: (task["frame"]["function"], task.get("awaits")) for task in loop["tasks"]}
    assert tasks == {"Task-1": ("root", "middle"), "middle": ("middle", "leaf"), "leaf": ("leaf", None)}


@pytest.mark.parametrize("python", pythons())
def test_pools_of_processes(python: str) -> None:
    got = told(python, "process_pool", "mapped", "lost")
    for name in ("process_pool", "mapped", "lost"):
        assert got.wait(name)["kind"] == "pool"
        assert got.wait(name)["pids"]
        assert got.wait(name).get("lost", False) == (name == "lost"), name


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_lost_job_of_processes_that_are_no_forks(method: str) -> None:
    assert told(sys.executable, "lost", METHOD=method, SETTLE="6").wait("lost")["lost"]


@pytest.mark.parametrize("python", pythons())
def test_nobody_else(python: str) -> None:
    assert told(python, "alone").wait("MainThread")["alone"]

    got = told(python, "crossed")
    assert got.holders("MainThread") == [("crossed.other", "acquire", True)]
    assert got.holders("crossed.other") == [("MainThread", "acquire", True)]

    got = told(python, "joined_alone")
    assert got.wait("MainThread")["alone"]
    assert got.wait("joined_alone.other")["alone"]


@pytest.mark.parametrize("python", pythons())
def test_who_runs_has_no_wait(python: str) -> None:
    got = told(python, "numbers", "hashing")
    assert "wait" not in got.looks["numbers"]
    assert "wait" not in got.looks["hashing"]
    # On a machine that is busy the looks may say nothing, but never the wrong thing.
    assert got.looks["numbers"].get("gil") in (None, "wants")
    assert got.looks["hashing"].get("gil") in (None, "free")


def busy(python: str, times: int, timeout: float) -> dict[str, Any]:
    done = subprocess.run(
        [python, "-X", "faulthandler", "-m", "tests.recorder.busy_locks", str(times)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["probes"] == times
    assert said["cycles"] == []
    assert said["own_pool"] == said["alone"] == said["stuck"] == 0
    assert said["edges"] > times / 10, "hardly anything waited: nothing is proven"
    assert {"lock", "wants", "queue"} <= said["kinds"].keys()
    assert said["cpu_ms"][1] < 50
    return said


@pytest.mark.parametrize("python", pythons())
def test_no_cycle_among_busy_threads(python: str) -> None:
    print(busy(python, 1_000, 100))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("python", pythons())
def test_no_cycle_in_ten_thousand_probes(python: str) -> None:
    print(busy(python, 10_000, 500))
