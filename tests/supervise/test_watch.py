"""What is seen from outside: samples, silent hearts, stopped processes, requests that nobody answers."""

import os
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import outside
from hamtui.supervise.watch import Watch
from tests.supervise.conftest import Launch
from tests.supervise.running import Running, wait_until

REGEX = (
    "import re\nprint('ready', flush=True)\ndef seize():\n    re.match(r'(a+)+$', 'a' * 40 + 'b')\nseize()"
)
SLEEP = "import time\nprint('ready', flush=True)\ndef wait_long():\n    time.sleep(600)\nwait_long()"


def functions(dump: dict[str, Any]) -> set[str]:
    return {frame["function"] for thread in dump["threads"] for frame in thread["frames"]}


def test_a_sample_tells_of_processes_and_threads(launch: Launch) -> None:
    run = launch(
        "import threading, time, subprocess, sys\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "def spin():\n    while True: pass\n"
        "threading.Thread(target=spin, daemon=True).start()\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('ready', flush=True)\ntime.sleep(600)"
    )
    run.said("ready")
    sample = wait_until(
        lambda: [s for s in run.samples() if len(s["processes"]) == 2 and s["processes"][0]["cpu_s"] > 0.3]
    )[-1]
    main, child = sample["processes"]
    assert (main["pid"], child["ppid"]) == (run.started.pid, run.started.pid)
    assert main["rss"] > 1_000_000 and main["read_bytes"] is not None
    assert len(main["threads"]) == 3
    busiest = max(main["threads"], key=lambda thread: thread["cpu_s"])
    assert busiest["native_id"] != run.started.pid and busiest["cpu_s"] > 0.2
    assert all(thread["switches"] is not None for thread in main["threads"])
    assert [s["seq"] for s in run.samples()] == list(range(1, len(run.samples()) + 1))


def test_a_sample_is_bounded(launch: Launch) -> None:
    run = launch(
        "import threading, time, subprocess\n"
        "for _ in range(80): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "children = [subprocess.Popen(['sleep', '600']) for _ in range(30)]\n"
        "print('ready', flush=True)\ntime.sleep(600)"
    )
    run.said("ready")
    sample = wait_until(
        lambda: [
            s for s in run.samples() if len(s["processes"]) > 1 and len(s["processes"][0]["threads"]) > 50
        ]
    )[-1]
    assert len(sample["processes"]) == procs.MAX_CHILDREN + 1
    assert len(sample["processes"][0]["threads"]) == procs.MAX_THREADS


PROBE = """
import json, os, threading, time
def probe(late, **look):
    look = {'thread_id': threading.get_ident(), 'native_id': threading.get_native_id(), **look}
    line = json.dumps({'kind': 'probe', 'ts': time.time(), 'pid': os.getpid(), 'seq': 1, 'late': late, 'looks': [look]})
    with open(folder + '/vitals.jsonl', 'a') as file: file.write(line + chr(10))
"""


def looked_at(run: Running) -> list[Any]:
    return [
        (sample, thread)
        for sample in run.samples()
        for thread in sample["processes"][0]["threads"]
        if thread.get("call")
    ]


def test_what_a_probe_says_is_late_is_looked_at_closely(launch: Launch) -> None:
    run = launch(
        PROBE + "r, w = os.pipe()\nprint('ready', flush=True)\ntime.sleep(1.5)\nprobe(1)\nos.read(r, 1)",
        beat=False,
    )
    run.said("ready")
    wait_until(lambda: run.samples())
    assert looked_at(run) == []
    sample, thread = wait_until(lambda: [found for found in looked_at(run) if found[1]["call"] == "read"])[-1]
    assert thread["native_id"] == run.started.pid
    [end] = thread["ends"]
    assert end["kind"] == "pipe" and [party["pid"] for party in end["parties"]] == [run.started.pid]
    assert (
        "ends" not in sample["processes"][0]["threads"][-1] or thread is sample["processes"][0]["threads"][-1]
    )
    assert "ticks" not in sample and "looks" not in sample


def test_samples_come_twice_a_second_while_something_became_late(launch: Launch) -> None:
    run = launch(
        PROBE
        + "print('ready', flush=True)\ntime.sleep(2.2)\nprobe(1)\nprint('late', flush=True)\ntime.sleep(600)"
    )
    run.said("late")
    late = len(run.samples())
    wait_until(lambda: len(run.samples()) >= late + 12)
    times = [sample["mono"] for sample in run.samples()]
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert gaps[0] > 0.9
    # On a machine that is busy some come late: half of them are enough to tell.
    assert sum(gap < 0.8 for gap in gaps[late : late + 8]) >= 4
    assert gaps[-1] > 0.9


def test_a_silent_process_is_looked_at_closely(launch: Launch) -> None:
    run = launch("import time; time.sleep(0.5)\n" + REGEX, beat=True, dump_every=600.0)
    wait_until(lambda: any(thread["native_id"] == run.started.pid for _, thread in looked_at(run)))


def test_who_has_the_gil_is_told(launch: Launch) -> None:
    run = launch("import time; time.sleep(0.5)\n" + REGEX, beat=True, dump_every=600.0)
    [dump] = wait_until(lambda: run.dumps("gil-held"))
    [holder] = [thread for thread in dump["threads"] if thread["gil"]]
    assert "seize" in {frame["function"] for frame in holder["frames"]}


def test_locals_are_told_where_they_were_asked_for(launch: Launch) -> None:
    run = launch(
        "import time\ndef wait_long(secret):\n    kept = [1, 2]\n    time.sleep(600)\nprint('ready', flush=True)\nwait_long('x')",
        beat=True,
    )
    run.said("ready")
    run.ask(ask="dump", id="q1")
    run.ask(ask="dump", id="q2", locals=True)
    run.ask(ask="dump", id="q3", native=True)
    plain, wanted, native = (wait_until(partial(answer, run, name)) for name in ("q1", "q2", "q3"))
    assert all("locals" not in frame for thread in plain["threads"] for frame in thread["frames"])
    [frame] = [f for thread in wanted["threads"] for f in thread["frames"] if f["function"] == "wait_long"]
    assert "kept = [1, 2]" in frame["locals"].splitlines() and wanted["taken_by"] == "py-spy"
    [main] = [thread for thread in native["threads"] if thread["name"] == "MainThread"]
    assert "wait_long" in functions(native) and "error" not in native
    assert any("sleep" in frame["function"] or "select" in frame["function"] for frame in main["native"])


def answer(run: Running, request: str) -> Any:
    found = [dump for dump in run.lines("faulthandler_stacks.jsonl") if dump.get("request") == request]
    return found[0] if found else None


def test_junk_among_probes_is_passed_over(launch: Launch) -> None:
    run = launch(SLEEP, beat=True)
    run.said("ready")
    junk = [
        '{"kind": "probe", "late": "x", "looks": 5}',
        '{"kind": "probe", "late": 3, "looks": [1, null, {"native_id": "x", "fds": ["a", {}], "wait": 7}]}',
        '{"kind": "probe", "late": -1, "looks": [{"wait": {"holders": [1, {"thread_id": []}], "threads": {}}}]}',
        '{"kind": "probe", "late": 1, "looks": [{"thread_id": 1, "native_id": -5, "fds": [-1, 99999999999999999999]}]}',
    ]
    with open(run.folder / "vitals.jsonl", "a") as file:
        file.write("\n".join(junk) + "\n")
    seen = len(run.samples())
    wait_until(lambda: len(run.samples()) >= seen + 3)


def test_descendants_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    watch = Watch(tmp_path, Known(os.getpid(), procs.stat(os.getpid()).start), 30.0, str(tmp_path))  # type: ignore[union-attr]
    with subprocess.Popen(["sleep", "600"]) as child:
        watch.look(0.0)
        assert child.pid in watch.descendants
        child.kill()
    watch.look(10.0)
    assert child.pid not in watch.descendants


def test_c_code_on_the_gil_is_dumped_from_outside(launch: Launch) -> None:
    run = launch("import time; time.sleep(0.5)\n" + REGEX, beat=True, dump_every=600.0)
    [dump] = wait_until(lambda: run.dumps("gil-held"))
    assert dump["taken_by"] == "py-spy" and dump["pid"] == run.started.pid
    assert "seize" in functions(dump)
    # py-spy knows the kernel's thread id from 3.11 on.
    main = next(thread for thread in dump["threads"] if thread["name"] == "MainThread")
    assert main["thread_id"] and main["frames"][0]["text"] == "return _compile(pattern, flags).match(string)"


def test_while_it_lasts_dumps_come_at_the_pace_asked_for(launch: Launch) -> None:
    run = launch("import time; time.sleep(0.5)\n" + REGEX, beat=True, dump_every=0.5)
    wait_until(lambda: len(run.dumps("gil-held")) >= 3)
    times = [dump["mono"] for dump in run.dumps("gil-held")]
    assert all(later - earlier > 0.45 for earlier, later in zip(times, times[1:], strict=False))


def test_a_busy_run_that_beats_is_left_alone(launch: Launch) -> None:
    run = launch("while True: pass", beat=True)
    wait_until(lambda: len(run.samples()) >= 5)
    assert run.lines("faulthandler_stacks.jsonl") == []


def test_a_run_that_never_beat_is_left_alone(launch: Launch) -> None:
    run = launch(REGEX)
    wait_until(lambda: len(run.samples()) >= 5)
    assert run.lines("faulthandler_stacks.jsonl") == []


def stop_for_a_while(run: Running, dumps: int) -> None:
    os.kill(run.started.pid, signal.SIGSTOP)
    wait_until(lambda: len(run.dumps("stopped")) == dumps)
    seen = len(run.samples())
    wait_until(lambda: len(run.samples()) >= seen + 4)
    os.kill(run.started.pid, signal.SIGCONT)
    wait_until(lambda: run.samples()[-1]["processes"][0]["state"] != "T")


def test_a_stopped_run_is_dumped_once_a_stop(launch: Launch) -> None:
    run = launch(SLEEP, beat=True)
    run.said("ready")
    stop_for_a_while(run, 1)
    stop_for_a_while(run, 2)
    assert len(run.dumps("stopped")) == 2 and "wait_long" in functions(run.dumps("stopped")[0])
    assert run.dumps("gil-held") == []


@pytest.mark.parametrize("stopped", [False, True])
def test_a_request_that_the_run_leaves_unanswered(launch: Launch, stopped: bool) -> None:
    run = launch(SLEEP, beat=True)
    run.said("ready")
    if stopped:
        os.kill(run.started.pid, signal.SIGSTOP)
    run.ask(ask="dump", id="q1", by="me")
    answer = wait_until(
        lambda: [d for d in run.lines("faulthandler_stacks.jsonl") if d.get("request") == "q1"]
    )[0]
    assert answer["why"] == ("stopped" if stopped else "asked")
    assert "wait_long" in functions(answer)


def test_a_dump_that_holds_the_requests_letters_is_no_answer(launch: Launch) -> None:
    run = launch(SLEEP, beat=True)
    run.said("ready")
    run.ask(ask="dump", id="q1")
    with (run.started.folder / "faulthandler_stacks.jsonl").open("a") as file:
        file.write('{"why": "suspect", "request": null, "threads": [], "cwd": "/tmp/tmp.0Cq166m"}\n')
    assert wait_until(partial(answer, run, "q1"))["why"] == "asked"


def test_a_request_that_the_run_answers_is_left_to_it(launch: Launch) -> None:
    run = launch(SLEEP, beat=True)
    run.said("ready")
    run.ask(ask="dump", id="q1")
    with open(run.folder / "faulthandler_stacks.jsonl", "a") as file:
        file.write('{"pid": 1, "why": "asked", "taken_by": "inside", "request": "q1"}\n')
    run.ask(ask="dump", id="q2")
    wait_until(lambda: [d for d in run.lines("faulthandler_stacks.jsonl") if d.get("request") == "q2"])
    assert len([d for d in run.lines("faulthandler_stacks.jsonl") if d.get("request") == "q1"]) == 1


def test_junk_among_requests_and_beats_is_passed_over(launch: Launch) -> None:
    run = launch(SLEEP, beat=True)
    run.said("ready")
    for name in ("requests.jsonl", "vitals.jsonl"):
        with open(run.folder / name, "ab") as file:
            file.write(b'\xff\xfe{"beat"\n[1]\nnull\n{"kind": "beat", "ts": "soon"}\n')
    run.ask(ask="dump", id="q1")
    wait_until(lambda: _answered(run, "q1"))


def _answered(run: Running, request: str) -> bool:
    path = run.folder / "faulthandler_stacks.jsonl"
    return path.exists() and f'"{request}"'.encode() in path.read_bytes()


def test_a_crash_is_a_dump_afterwards(launch: Launch) -> None:
    run = launch(
        "import faulthandler, os\n"
        "faulthandler.enable(open(folder + '/faulthandler_stacks.log', 'w'))\n"
        "def boom():\n    os.abort()\nboom()"
    )
    left = run.exit()
    [dump] = run.dumps("crash")
    assert dump["taken_by"] == "faulthandler" and dump["pid"] == run.started.pid
    assert dump["ts"] == left["ended_at"]
    assert dump["threads"][0]["frames"][0]["function"] == "boom"


def test_a_workers_crash_bears_its_pid(launch: Launch) -> None:
    run = launch(
        "text = 'Fatal Python error: Aborted\\n\\nCurrent thread 0x01 (most recent call first):\\n  File \"a\", line 1 in f\\n'\n"
        "open(folder + '/faulthandler_stacks.box.7.4711.log', 'w').write(text)"
    )
    run.exit()
    [dump] = run.dumps("crash")
    assert dump["pid"] == 4711


def test_a_py_spy_that_hangs_stops_no_samples(tmp_path: Path) -> None:
    stuck = tmp_path / "py-spy"
    stuck.write_text("#!/bin/sh\nexec sleep 60\n")
    stuck.chmod(0o755)
    written: list[Any] = []
    takes = outside.Takes(written.append, "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outside, "py_spy", lambda: str(stuck))
        patch.setattr(outside, "LIMIT_S", 0.5)
        for _ in range(3):
            takes.add(os.getpid(), "asked")
        assert written == [], "it is another thread's business"
        assert len(wait_until(lambda: len(written) == 3 and written)) == 3
        takes.add(os.getpid(), "asked")
        takes.close()
        wait_until(lambda: not takes._thread.is_alive())
    assert len(written) == 3


def test_without_py_spy_the_record_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "py_spy", lambda: None)
    dump = outside.take(os.getpid(), "asked", "q")
    assert dump.threads == [] and dump.error and "not installed" in dump.error


def test_a_process_that_cant_be_read_is_said_in_one_line() -> None:
    dump = outside.take(2**22 - 1, "asked", "q")
    assert dump.threads == [] and dump.error and "\n" not in dump.error


def test_a_py_spy_that_hangs_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = tmp_path / "py-spy"
    stuck.write_text("#!/bin/sh\nexec sleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(outside, "py_spy", lambda: str(stuck))
    monkeypatch.setattr(outside, "LIMIT_S", 0.2)
    error = outside.take(os.getpid(), "asked").error
    assert error and "no answer" in error
