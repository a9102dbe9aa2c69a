"""Recorded launches by name: ``python -m tests.data.generate suspected /tmp/there``; ``big`` is one of any size.

Nothing in them depends on the clock or the machine. Each scene says at which instant it is to be looked at
and what a look at its processes would find.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

from hamtui.model.state import Now
from tests.data import hangs
from tests.data.big import big, options, shape_of
from tests.data.published import published
from tests.data.scribe import (
    HAMILTON_FRAMES,
    HOME,
    LIBRARY,
    MAIN_THREAD,
    RUN,
    T0,
    Scribe,
    frame,
    node,
)
from tests.data.shop import ALIVE, GONE, INPUTS, NOT_KNOWN, ORDERS, Scene, ingest, orders, scene

__all__ = ["ALIVE", "GONE", "SCENES", "generate"]


def running(diag: Path) -> Scene:
    scribe = orders(diag)
    at = ingest(scribe)
    scribe.node_start("basket", at + 0.1)
    scribe.node_start("by_region", at + 0.2, thread_id=MAIN_THREAD + 1, native_id=scribe.pid + 1)
    scribe.beats(0.0, 22.0)
    scribe.sample(22.0)
    return scene(scribe, 22.4, ALIVE)


def suspected(diag: Path, *, until: float = 172.0) -> Scene:
    scribe = orders(diag, hang_after=30.0)
    at = ingest(scribe)
    scribe.node_start("risk_score", at + 0.5)
    scribe.say("scoring\n")
    scribe.log(at + 0.6, "taking ledger_lock", name="risk_score")
    stuck = [frame("risk.py", 88, "risk_score", "with ledger_lock:"), *HAMILTON_FRAMES]
    waits = [
        frame(f"{LIBRARY}/threading.py", 320, "wait", "waiter.acquire()"),
        frame("risk.py", 71, "refresh", "with book_lock:"),
        frame(f"{LIBRARY}/threading.py", 982, "run", "self._target(*self._args, **self._kwargs)"),
    ]
    whys = [
        (1.0, "first-look"),
        (30.0, "late"),
        (60.0, "still-late"),
        (90.0, "still-late"),
        (120.0, "still-late"),
    ]
    for after, why in whys:
        second = scribe.thread(*waits, name="Thread-2", number=2)
        scribe.dump(at + 0.5 + after, why, scribe.thread(*stuck), second)
    scribe.node_start("basket", 160.0, thread_id=MAIN_THREAD + 1, native_id=scribe.pid + 1)
    scribe.beats(until - 20.0, until - 0.4)
    scribe.sample(until - 0.4)
    return scene(scribe, until, ALIVE)


def failed(diag: Path) -> Scene:
    scribe = orders(diag)
    at = ingest(scribe)
    text = "Traceback (most recent call last):\n"
    text += f'  File "{HOME}/risk.py", line 91, in risk_score\n    return exposure / limits[region]\n'
    text += "KeyError: 'north'\n"
    error = {"error": "KeyError: 'north'", "error_type": "KeyError", "traceback": text}
    scribe.span("by_region", at, 0.4)
    scribe.span("risk_score", at + 0.4, 0.7, success=False, result_summary=None, **error)
    scribe.finish(at + 1.2, success=False, **error)
    scribe.event("launch_error", at + 1.3, run_id=None, stage="execute", **error)
    scribe.say(text)
    scribe.log(at + 1.1, "no limit for region north", "ERROR", "risk_score")
    scribe.beats(0.0, at + 1.0)
    scribe.exit(at + 1.4, 1)
    return scene(scribe, at + 60.0, GONE)


def cached(diag: Path) -> Scene:
    """The second launch takes everything from the cache that the first one filled."""
    first = Scribe(diag, start=-3600.0, pid=3001, ident="20261122T203511Z-2999")
    first.launch("daily_report", cache=True)
    first.graph(ORDERS, INPUTS)
    first.begin(0.5, "daily_report")
    at = 0.6
    for number, planned in enumerate(ORDERS):
        at = first.executed(planned.name, at, 0.5 + number / 4)
    first.finish(at)
    first.exit(at + 0.1)
    first.dated(at)
    scribe = Scribe(diag)
    scribe.launch("daily_report", cache=True)
    scribe.graph(ORDERS, INPUTS)
    scribe.begin(0.5, "daily_report")
    for planned in ORDERS:
        scribe.cache(planned.name, 0.5, "resolve_behavior", value="CachingBehavior.DEFAULT")
    at = 0.6
    for planned in ORDERS:
        at = scribe.hit(planned.name, at)
    scribe.finish(at)
    scribe.exit(at + 0.1)
    return scene(scribe, 300.0, GONE)


PARALLEL = [
    node("manifest", module="shards", type="list"),
    node("shard", "manifest", module="shards", role="expand", type="Parallelizable"),
    node("measured", "shard", module="shards", line=31, type="dict"),
    node("words", "measured", module="shards", role="collect", type="dict"),
    node("totals", "words", module="shards", line=44, type="dict"),
]


def parallel(diag: Path) -> Scene:
    """100 blocks in four workers: 60 are done, four run, the rest wait."""
    scribe = Scribe(diag)
    scribe.launch("totals", module="shards.py", executor="processes")
    scribe.graph(PARALLEL, digest="feedbeef")
    scribe.begin(0.5, "totals", "feedbeef")
    tasks = ["expand-shard", "block-shard", "collect-shard", "manifest", "totals"]
    scribe.event("task_grouped", 0.5, task_ids=tasks)
    scribe.span("manifest", 0.6, 0.4, task="manifest")
    scribe.span("shard", 1.0, 0.01, task="expand-shard")
    blocks = [f"expand-shard.{number}.block-shard" for number in range(100)]
    for block in blocks:
        told = {"task_id": block, "nodes": ["measured"], "spawning_task_id": "expand-shard"}
        scribe.event("task_submit", 1.1, purpose="EXECUTE_BLOCK", **told)
    workers = [4130, 4131, 4132, 4133]
    free = dict.fromkeys(workers, 1.2)
    for number, block in enumerate(blocks[:64]):
        worker = workers[number % 4]
        seconds = 0.4 + (number * 37 % 11) / 10
        begin = free[worker]
        if number < 60:
            free[worker] = scribe.span("measured", begin, seconds, task=block, pid=worker)
        else:
            scribe.node_start("measured", begin, task=block, pid=worker)
    scribe.beats(0.0, max(free.values()) + 0.6)
    return scene(scribe, max(free.values()) + 0.7, ALIVE)


def empty(diag: Path) -> Scene:
    """Launched, and nothing heard yet."""
    scribe = Scribe(diag)
    scribe.launch("daily_report")
    return scene(scribe, 1.0, ALIVE)


def crashed(diag: Path) -> Scene:
    scribe = orders(diag, hang_after=2.0)
    at = ingest(scribe)
    scribe.node_start("risk_score", at)
    top = [
        frame(f"{LIBRARY}/ctypes/__init__.py", 517, "string_at"),
        frame("risk.py", 97, "risk_score"),
        *HAMILTON_FRAMES,
    ]
    scribe.dump(at + 1.0, "first-look", scribe.thread(*top))
    (scribe.dir / "faulthandler_stacks.log").write_text(
        f"Fatal Python error: Segmentation fault\n\nCurrent thread 0x{MAIN_THREAD:016x} (most recent call first):\n"
        + "".join(f'  File "{one["file"]}", line {one["line"]} in {one["function"]}\n' for one in top)
    )
    bare = [{**one, "text": None} for one in top]
    dead = {"thread_id": MAIN_THREAD, "native_id": None, "name": None, "frames": bare}
    scribe.dump(at + 3.1, "crash", dead, taken_by="faulthandler", mono=None)
    scribe.beats(0.0, at + 3.0)
    scribe.exit(at + 3.1, None, 11)
    return scene(scribe, at + 600.0, GONE)


def flat(diag: Path) -> Scene:
    """Somebody else's script: a flight file and a log in the diag folder, Hamilton's cache log beside it."""
    diag.mkdir(parents=True)
    rows: list[dict[str, object]] = [
        {"event": "graph_constructed", "ts": T0, "graph_type": "FunctionGraph", "node_count": 6, "config_keys": []},
        {"event": "graph_start", "ts": T0 + 0.1, "run_id": RUN, "final_vars": ["report"], "execution_path_len": 5,
         "inputs_keys": ["day"], "overrides_keys": [], "inputs_summary": {"day": "str"}},
    ]  # fmt: skip
    tags = {"module": "theirs"}
    for number, name in enumerate(("load", "clean", "model", "score")):
        begin = {"event": "node_start", "ts": T0 + 1 + number, "run_id": RUN, "node": name, "task_id": None}
        rows.append(
            {**begin, "tags": tags, "return_type": "DataFrame", "thread_id": MAIN_THREAD, "kwargs_keys": []}
        )
        if name != "score":
            end = {"event": "node_end", "ts": T0 + 1.9 + number, "run_id": RUN, "node": name, "task_id": None}
            rows.append({**end, "success": True, "elapsed_s": 0.9, "error": None, "result_type": "DataFrame"})
    _lines(diag / "hamilton_flight.jsonl", rows)
    _lines(
        diag / "app.log.jsonl",
        [{"ts": T0 + 2, "level": "INFO", "logger": "theirs", "message": "cleaned 10 rows"}],
    )
    (diag / "faulthandler_stacks.log").write_text(
        f"Timeout (0:00:30)!\nThread 0x{MAIN_THREAD:016x} (most recent call first):\n"
        '  File "/home/bo/theirs.py", line 40 in score\n  File "/home/bo/run.py", line 9 in <module>\n'
    )
    log = diag.parent / ".hamilton_cache" / "cache_logs.jsonl"
    log.parent.mkdir(exist_ok=True)
    told = {"task_id": None, "actor": "result_store", "msg": "hit", "value": None, "event_type": "get_result"}
    _lines(
        log, [{"run_id": run, "timestamp": T0 + 1.5, "node_name": "load", **told} for run in ("older", RUN)]
    )
    for path in (*diag.iterdir(), log):
        os.utime(path, (T0 + 60.0,) * 2)
    return Scene(diag, Now(T0 + 64.0), NOT_KNOWN)


def _lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


#: Markup, escape sequences, a right-to-left override, wide and combining characters, a newline.
ODD = [
    "[red]danger[/red]",
    "[@click=app.quit]x[/]",
    "esc\x1b[31mred",
    "rtl\u202etxt.exe",
    "表データ",
    "e\u0301te\u0301\nnext",
]


def markup(diag: Path) -> Scene:
    scribe = Scribe(diag)
    scribe.launch(ODD[0])
    nodes = [
        node(name, *ODD[:number][-1:], module="[bold]odd[/bold]", doc=name) for number, name in enumerate(ODD)
    ]
    scribe.graph(nodes)
    scribe.begin(0.5, ODD[-1])
    at = 0.6
    for name in ODD[:4]:
        at = scribe.span(name, at, 1.0)
    error = {"error": "ValueError: [red]no[/red] \x1b[2J \u202eoops", "error_type": "ValueError"}
    error["traceback"] = (
        "Traceback (most recent call last):\n  [b]x[/b]\x07\nValueError: [red]no[/red] \x1b[2J\n"
    )
    scribe.span(ODD[4], at, 1.0, success=False, **error)
    scribe.finish(at + 1.1, success=False, **error)
    for text in ODD:
        scribe.log(at, text, name=ODD[0])
        scribe.say(text + "\r\n")
    scribe.exit(at + 1.2, 1)
    return scene(scribe, at + 9.0, GONE)


def many_runs(diag: Path) -> Scene:
    """A service: 200 executes in one process, the 120th failed, the last one is under way."""
    scribe = Scribe(diag)
    scribe.launch("answer", module="service.py")
    plan = [node("request", module="service"), node("looked_up", "request", module="service")]
    scribe.graph([*plan, node("answer", "looked_up", module="service")], digest="5e5e5e5e")
    for number in range(200):
        run, at = f"{number:08x}-0000-4000-8000-000000000000", 1.0 + number
        scribe.begin(at, "answer", "5e5e5e5e", run)
        scribe.span("request", at + 0.01, 0.1, run_id=run)
        if number == 199:
            scribe.node_start("looked_up", at + 0.2, run_id=run)
        elif number == 119:
            error = {"error": "TimeoutError: the shop did not answer", "error_type": "TimeoutError"}
            scribe.span("looked_up", at + 0.2, 0.2, run_id=run, success=False, **error)
            scribe.finish(at + 0.5, success=False, run_id=run, since=at, **error)
        else:
            scribe.span("looked_up", at + 0.2, 0.2, run_id=run)
            scribe.span("answer", at + 0.4, 0.05, run_id=run)
            scribe.finish(at + 0.5, run_id=run, since=at)
    scribe.beats(195.0, 201.0)
    return scene(scribe, 201.4, ALIVE)


SCENES: dict[str, Callable[[Path], Scene]] = {
    made.__name__: made
    for made in (
        *hangs.SCENES,
        running,
        suspected,
        failed,
        cached,
        parallel,
        empty,
        crashed,
        flat,
        markup,
        many_runs,
        published,
    )
}


def generate(name: str, path: str | Path) -> Scene:
    """Write the launch of this name below ``path``, in ``path/_hamilton_diag``; raises KeyError for no such name."""
    return SCENES[name](Path(path) / "_hamilton_diag")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.data.generate", description=__doc__)
    parser.add_argument("name", choices=[*SCENES, "big"])
    parser.add_argument("path", type=Path)
    options(parser)
    told = parser.parse_args(argv)
    if told.name == "big":
        print(big(told.path / "_hamilton_diag", shape_of(told)))
    else:
        print(generate(told.name, told.path).dir)


if __name__ == "__main__":
    main()
