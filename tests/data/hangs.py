"""Recorded launches in which something hangs, with the evidence that a verdict rests on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.data.scribe import HAMILTON_FRAMES, LIBRARY, MAIN_THREAD, RUN, Scribe, frame, node
from tests.data.shop import ALIVE, GONE, ORDERS, Scene, ingest, orders, scene

PEER = "10.0.4.7:5432"
_SECOND = MAIN_THREAD + 2
MINE = [
    frame("risk.py", 88, "risk_score", "with ledger_lock:"),
    frame("risk.py", 61, "score_all", "rows = [risk_score(r) for r in batch]"),
    *HAMILTON_FRAMES,
]
THEIRS = [
    frame("risk.py", 71, "refresh", "with book_lock:"),
    frame(f"{LIBRARY}/threading.py", 982, "run", "self._target(*self._args, **self._kwargs)"),
]


def _lock(name: str, number: int, holder: int) -> dict[str, Any]:
    return {
        "kind": "lock", "name": name, "id": number, "sure": True,
        "holders": [{"thread_id": holder, "how": "with", "sure": True}],
    }  # fmt: skip


def _looks(scribe: Scribe) -> list[dict[str, Any]]:
    """The two threads, each at the lock that the other holds."""
    waits = {"call": "futex", "timed": False}
    return [
        scribe.thread(*MINE) | waits | {"wait": _lock("ledger_lock", 1, _SECOND)},
        scribe.thread(*THEIRS, name="Thread-2", number=2)
        | waits
        | {"wait": _lock("book_lock", 2, MAIN_THREAD)},
    ]


def _still(scribe: Scribe, since: float, until: float, threads: list[dict[str, Any]], **keys: Any) -> None:
    """A sample a second in which nothing moves."""
    for second in range(int(until - since) + 1):
        scribe.sample(since + second, threads=threads, **keys)


def _quiet(native_id: int, call: str = "futex", **more: Any) -> dict[str, Any]:
    return {
        "native_id": native_id,
        "state": "S",
        "cpu_s": 4.2,
        "switches": 1811,
        "queued_s": 0.1,
        "call": call,
        **more,
    }


def _stuck(scribe: Scribe, at: float, until: float) -> None:
    """risk_score and a thread of its own hold a lock each and wait for the other's."""
    scribe.node_start("risk_score", at)
    second = scribe.thread(*THEIRS, name="Thread-2", number=2)
    for after, why in (
        (1.0, "first-look"),
        (30.0, "late"),
        (60.0, "still-late"),
        (90.0, "still-late"),
        (120.0, "still-late"),
    ):
        if at + after < until:
            scribe.dump(at + after, why, scribe.thread(*MINE), second)
    seq = scribe.probe(at + 28.5, *_looks(scribe), late=1)
    scribe.beats(until - 20.0, until - 0.4, still=seq)
    _still(scribe, until - 20.4, until - 0.4, [_quiet(scribe.pid), _quiet(scribe.pid + 2)])


def earlier(diag: Path, number: int, seconds: float = 0.4, scale: float = 1.0) -> None:
    """A launch before this one, that ended well: each node took ``seconds`` more than the one before."""
    scribe = Scribe(
        diag,
        start=-3600.0 * (number + 1),
        pid=3000 + number,
        ident=f"20261122T{20 - number:02d}3511Z-{2990 + number}",
    )
    scribe.launch("daily_report")
    scribe.graph(ORDERS)
    run = f"{number:08x}-0000-4000-8000-000000000000"
    scribe.begin(0.5, "daily_report", run_id=run)
    at = 0.6
    for place, planned in enumerate(ORDERS):
        at = scribe.span(planned.name, at, (seconds + place * seconds) * scale, run_id=run)
    scribe.finish(at, run_id=run)
    scribe.exit(at + 0.1)
    scribe.dated(at)


def deadlocked(diag: Path, *, until: float = 172.0) -> Scene:
    """Two threads, each with the lock that the other one waits for; the past says that it usually takes seconds."""
    for number in range(6):
        earlier(diag, number, scale=1.0 + number / 5)
    scribe = orders(diag, hang_after=30.0)
    at = ingest(scribe)
    scribe.say("scoring\n")
    _stuck(scribe, at + 0.5, until)
    scribe.node_start("basket", 160.0, thread_id=MAIN_THREAD + 1, native_id=scribe.pid + 1)
    return scene(scribe, until, ALIVE)


def child_socket(diag: Path, *, until: float = 90.0) -> Scene:
    """A node that waits for a child that waits for a database that says nothing."""
    scribe = orders(diag, hang_after=30.0)
    at = ingest(scribe)
    scribe.node_start("by_region", at + 0.5)
    mine = [
        frame(f"{LIBRARY}/subprocess.py", 2053, "_try_wait", "(pid, sts) = os.waitpid(self.pid, wait_flags)"),
        frame("report.py", 12, "by_region", 'done = subprocess.run(["psql", "-f", "regions.sql"])'),
        *HAMILTON_FRAMES,
    ]
    for after, why in ((1.0, "first-look"), (30.0, "late"), (60.0, "still-late")):
        scribe.dump(at + 0.5 + after, why, scribe.thread(*mine))
    child = scribe.pid + 60
    wait = {"kind": "child", "name": "psql", "pids": [child], "sure": True}
    seq = scribe.probe(
        at + 29.0, scribe.thread(*mine) | {"call": "wait4", "timed": False, "wait": wait}, late=1
    )
    scribe.beats(until - 20.0, until - 0.4, still=seq)
    end = {"fd": 4, "kind": "tcp", "local": "10.0.1.9:41234", "peer": PEER, "state": "ESTABLISHED"}
    thread = {
        "native_id": child,
        "state": "S",
        "cpu_s": 0.1,
        "switches": 12,
        "call": "recvfrom",
        "ends": [end],
    }
    other = {"pid": child, "ppid": scribe.pid, "name": "psql", "state": "S", "cpu_s": 0.1, "rss": 9_000_000}
    other.update(read_bytes=900, write_bytes=80, command="psql -f regions.sql", threads=[thread])
    _still(scribe, until - 20.4, until - 0.4, [_quiet(scribe.pid, "wait4")], others=[other])
    return scene(scribe, until, ALIVE)


BLOCKS = [
    node("days", module="shards", type="list"),
    node("day", "days", module="shards", role="expand", type="Parallelizable"),
    node("parsed", "day", module="shards", line=31, type="dict"),
    node("joined_days", "parsed", module="shards", role="collect", type="dict"),
]


def blocks(
    diag: Path, *, ended: int = 800, flying: int = 200, stuck: tuple[int, ...] = (17, 404, 733)
) -> Scene:
    """A thousand blocks in threads: 800 are done, 197 parse, three of the first stand in a recv."""
    scribe = Scribe(diag)
    scribe.launch("joined_days", module="shards.py", executor="threads", hang_after=20.0)
    scribe.graph(BLOCKS, digest="b10c5b10")
    scribe.begin(0.5, "joined_days", "b10c5b10")
    scribe.span("days", 0.6, 0.4, task="days")
    scribe.span("day", 1.0, 0.01, task="expand-day")
    names = [f"expand-day.{number}.block-day" for number in range(ended + flying)]
    for name in names:
        scribe.event(
            "task_submit",
            1.1,
            purpose="EXECUTE_BLOCK",
            task_id=name,
            nodes=["parsed"],
            spawning_task_id="expand-day",
        )
    over, threads = set(range(ended + len(stuck))) - set(stuck), []
    for number in range(ended + flying):
        ids = {"thread_id": MAIN_THREAD + 100 + number, "native_id": scribe.pid + 100 + number}
        begin = 1.2 + (number // 200) * 2.5 if number in over or number in stuck else 58.0 + number % 7 / 5
        scribe.node_start("parsed", begin, task=names[number], **ids)
        if number in over:
            scribe.node_end("parsed", begin + 1.5 + number % 5 / 5, 1.5 + number % 5 / 5, task=names[number])
            continue
        own = [
            frame(f"{LIBRARY}/socket.py", 706, "readinto", "return self._sock.recv_into(b)"),
            frame("shards.py", 52, "fetch", "header = sock.recv(4)"),
            frame("shards.py", 33, "parsed", "rows = fetch(day)"),
        ] if number in stuck else [
            frame("shards.py", 41, "parse_row", "return json.loads(row)"),
            frame("shards.py", 35, "parsed", "return [parse_row(row) for row in rows]"),
        ]  # fmt: skip
        threads.append(scribe.thread(*own, name=f"ThreadPoolExecutor-0_{number}", number=100 + number) | ids)
    scribe.dump(52.0, "late", *[one for one in threads if "_sock" in str(one)])
    scribe.dump(60.5, "still-late", *threads)
    end = {"fd": 9, "kind": "tcp", "local": "10.0.1.9:41234", "peer": PEER, "state": "ESTABLISHED"}
    late = [_quiet(scribe.pid + 100 + number, "recvfrom", ends=[end]) for number in stuck]
    sockets = [
        one | {"call": "recvfrom", "timed": False, "fds": [9]} for one in threads if "_sock" in str(one)
    ]
    seq = scribe.probe(50.0, *sockets, late=len(sockets))
    scribe.beats(50.5, 61.0, still=seq)
    _still(scribe, 45.4, 61.0, [_quiet(scribe.pid), *late])
    return scene(scribe, 61.4, ALIVE)


def ticking(diag: Path) -> Scene:
    """Two nodes that tell how far they are, and a past that tells how long they usually take."""
    for number in range(6):
        earlier(diag, number, 4.0, scale=1.0 + number / 10)
    scribe = orders(diag)
    at = ingest(scribe)
    scribe.node_start("basket", at + 0.1)
    scribe.node_start("by_region", at + 8.0, thread_id=MAIN_THREAD + 1, native_id=scribe.pid + 1)
    until = at + 22.0
    for second in range(22):
        told = [
            {
                "run_id": RUN,
                "node": "basket",
                "done": 56 * second + 2,
                "total": 10_000,
                "mono": scribe.clock(at + second)["mono"],
            }
        ]
        if second > 8:
            told.append(
                {
                    "run_id": RUN,
                    "node": "by_region",
                    "done": 3 * second,
                    "mono": scribe.clock(at + second)["mono"],
                    "note": "north",
                }
            )
        scribe.beats(at + second, at + second, ticks=told)
    scribe.sample(until - 0.4)
    return scene(scribe, until, ALIVE)


def killed(diag: Path) -> Scene:
    """Killed by signal 9 while one node hung for good and another one worked."""
    scribe = orders(diag, hang_after=30.0)
    at = ingest(scribe)
    end = at + 95.0
    _stuck(scribe, at + 0.5, end)
    scribe.node_start("basket", end - 12.0, thread_id=MAIN_THREAD + 1, native_id=scribe.pid + 1)
    busy = frame("features.py", 58, "basket", "total += price * count")
    scribe.dump(end - 11.0, "first-look", scribe.thread(busy, *HAMILTON_FRAMES, name="worker_0", number=1))
    scribe.exit(end, None, 9)
    return scene(scribe, end + 3600.0, GONE)


SCENES: tuple[Callable[[Path], Scene], ...] = (deadlocked, child_socket, blocks, ticking, killed)
