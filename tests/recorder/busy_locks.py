"""Threads that take locks in one order all the time, probed as fast as it goes: none of them is ever stuck.

Run by itself: ``python -m tests.recorder.busy_locks PROBES``; prints one line of JSON.
"""

import json
import os
import queue
import random
import sys
import threading
import time
from _thread import get_ident
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hamtui.recorder.dumps import Stacks
from hamtui.recorder.probes import Prober

LOCKS = [threading.Lock() for _ in range(5)]
RLOCKS = [threading.RLock() for _ in range(2)]
BY_NAME = {"a": threading.Lock(), "b": threading.Lock()}
CONDITION = threading.Condition(threading.Lock())
QUEUE: "queue.Queue[int]" = queue.Queue(4)
STOP = threading.Event()


class Account:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.total = 0

    def add(self, more: int) -> None:
        with self._lock:
            self.total += more

    def move(self, other: "Account") -> None:
        first, second = (self, other) if id(self) < id(other) else (other, self)
        with first._lock, second._lock:
            self.total -= 1
            other.total += 1


ACCOUNTS = [Account() for _ in range(4)]


def _nested(chance: random.Random) -> None:
    with LOCKS[0]:
        with LOCKS[1], LOCKS[2]:
            with LOCKS[3]:
                if chance.random() < 0.01:
                    time.sleep(0.001)
        LOCKS[4].acquire()
        try:
            sum(range(50))
        finally:
            LOCKS[4].release()


def _accounts(chance: random.Random) -> None:
    chance.choice(ACCOUNTS).add(1)
    one, other = chance.sample(ACCOUNTS, 2)
    one.move(other)


def _convoy(chance: random.Random) -> None:
    lock = LOCKS[0]
    lock.acquire()
    total = sum(range(chance.randrange(500)))
    lock.release()
    with RLOCKS[0], RLOCKS[1]:
        total += 1


def _conditions(chance: random.Random) -> None:
    with CONDITION:
        if chance.random() < 0.5:
            CONDITION.notify_all()
        else:
            CONDITION.wait(0.002)
    for name in ("a", "b"):
        BY_NAME[name].acquire()
    for name in ("b", "a"):
        BY_NAME[name].release()


def _queues(chance: random.Random) -> None:
    if chance.random() < 0.5:
        try:
            QUEUE.put(1, timeout=0.002)
        except queue.Full:
            pass
    else:
        try:
            QUEUE.get(timeout=0.002)
        except queue.Empty:
            pass


def _pools(chance: random.Random) -> None:
    if chance.random() < 0.02:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(abs, range(3)))
        thread = threading.Thread(target=_accounts, args=(chance,))
        thread.start()
        thread.join()


DEEDS = (_nested, _accounts, _convoy, _conditions, _queues, _pools)


def work(seed: int) -> None:
    chance = random.Random(seed)
    while not STOP.is_set():
        chance.choice(DEEDS)(chance)


def sure_edges(probe: dict[str, Any]) -> dict[int, set[int]]:
    """Thread to the threads that it is proven to wait for."""
    found: dict[int, set[int]] = {}
    for look in probe["looks"]:
        wait = look.get("wait", {})
        if wait.get("sure"):
            held = {holder["thread_id"] for holder in wait.get("holders", ()) if holder.get("sure")}
            joined = set(wait.get("threads", ())) if wait["kind"] == "join" else set()
            found[look["thread_id"]] = held | joined
    return found


def has_cycle(edges: dict[int, set[int]]) -> bool:
    left = dict(edges)
    while left:
        ends = [ident for ident, others in left.items() if not others & left.keys()]
        if not ends:
            return True
        for ident in ends:
            del left[ident]
    return False


def probed(times: int, threads: int = 8) -> dict[str, Any]:
    """What so many probes of busy threads found."""
    workers = [threading.Thread(target=work, args=(seed,), daemon=True) for seed in range(threads)]
    for worker in workers:
        worker.start()
    said: dict[str, Any] = {"probes": 0, "cycles": [], "own_pool": 0, "alone": 0, "edges": 0, "kinds": {}}
    costs: list[float] = []
    walls: list[float] = []

    def watch() -> None:
        prober = Prober(Stacks(os.getcwd()))
        late = {worker.ident or 0: worker.native_id or 0 for worker in workers}
        for seq in range(times):
            cpu, wall = time.thread_time(), time.perf_counter()
            line = prober.take(seq, late, get_ident())
            costs.append(time.thread_time() - cpu)
            walls.append(time.perf_counter() - wall)
            probe = json.loads(line)
            edges = sure_edges(probe)
            said["edges"] += sum(map(bool, edges.values()))
            for look in probe["looks"]:
                kind = look.get("wait", {}).get("kind") or look.get("gil") or "none"
                said["kinds"][kind] = said["kinds"].get(kind, 0) + 1
                said["own_pool"] += look.get("wait", {}).get("own_pool", False)
                said["alone"] += look.get("wait", {}).get("alone", False)
            if has_cycle(edges):
                said["cycles"].append(probe)
            said["probes"] += 1

    watcher = threading.Thread(target=watch)
    watcher.start()
    watcher.join()
    STOP.set()
    for worker in workers:
        worker.join(30)
    said["stuck"] = sum(worker.is_alive() for worker in workers)
    for name, times_taken in (("cpu_ms", sorted(costs)), ("wall_ms", sorted(walls))):
        last = len(times_taken) - 1
        said[name] = [round(1000 * times_taken[int(share * last)], 2) for share in (0.5, 0.99, 1.0)]
    return said


if __name__ == "__main__":
    result = probed(int(sys.argv[1]))
    del result["cycles"][2:]
    print(json.dumps(result))
