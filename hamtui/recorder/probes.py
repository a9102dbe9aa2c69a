"""A probe: what each thread waits for, who holds it, and whether anything can still happen, as one line of JSON.

All that is said of a waiting thread is said of one that slept from the probe's first look at it to the last: its
switches, its system call and its frames are the same at both. So what the looks of several threads say together, a
cycle say, was true at one moment, busy as the others may be.
"""

import _signal  # type: ignore[import-not-found]
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from types import FrameType
from typing import Any

from hamtui.contract import vitals
from hamtui.contract.encode import plain
from hamtui.contract.vitals import Wait
from hamtui.recorder import dumps, loops
from hamtui.recorder.dumps import Row, Stacks
from hamtui.recorder.kernel import Kernel, native_of
from hamtui.recorder.known import Known
from hamtui.recorder.locals import MISSING, Locals
from hamtui.recorder.locks import Hold, Holders, holders
from hamtui.recorder.meddlers import Meddlers
from hamtui.recorder.pools import Pools
from hamtui.recorder.resolve import Resolver
from hamtui.recorder.seen import Mark, Seen, of_pool
from hamtui.recorder.sites import Functions
from hamtui.recorder.waits import DEPTH, Found, Waits

MAX_THREADS = dumps.MAX_THREADS
#: Of threads that nothing depends on so many frames are told.
_FEW_FRAMES = 4
#: Who gets so much CPU time while the GIL is held here runs without it, nanoseconds.
_RAN_NS = 25_000
#: The GIL is held for such looks no longer than this a probe, seconds, but once in any case.
_MOST_NAPPED_S = 0.002

_monotonic, _time, _json = time.monotonic, time.time, json.dumps
# ``signal.getsignal`` is Python, and asks a handler for its hash, or whether it equals a number.
_getitimer, _getsignal = signal.getitimer, _signal.getsignal
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_SIGNALS = tuple(signal.valid_signals())
_NO_HANDLERS = (int, signal.Handlers, type(None))
_DEFAULT = signal.default_int_handler


def _stack(ident: int) -> list[FrameType]:
    """A thread's frames, innermost first. To be dropped at once: they keep locals alive."""
    frame = sys._current_frames().get(ident)  # noqa: SLF001 - there is no other way to them
    found: list[FrameType] = []
    while frame is not None and len(found) < dumps.MAX_FRAMES:
        found.append(frame)
        frame = frame.f_back
    return found


def _mark(frames: list[FrameType]) -> Mark:
    return tuple([(id(frame.f_code), frame.f_lasti) for frame in frames[:DEPTH]])


def _row(frame: FrameType) -> Row:
    code = frame.f_code
    return code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_name


class Prober:
    """Takes probes. To be made on any thread; ``take`` and ``still`` are for one, ``own`` (its ident)."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._kernel = Kernel()
        self._known = Known()
        self._variables = Locals()
        self._functions = Functions(stacks.lines)
        resolver = Resolver(self._variables)
        self._waits = Waits(resolver, self._functions, self._known, self._kernel)
        self._holders = Holders(resolver, self._functions, self._known)
        self._meddlers = Meddlers(self._variables)
        self._native_of = native_of(self._kernel, lambda: (threading.get_ident(), threading.get_native_id()))
        self._watched: dict[int, tuple[int | None, int | None, Mark]] = {}
        self._idents: frozenset[int] = frozenset()
        self._napped = 0.0
        self.places: dict[int, tuple[Any, ...]] = {}

    # -- what comes out

    def still(self, late: Iterable[int]) -> bool:
        """Whether all that the newest probe says of these threads, and of those they wait for, still holds."""
        if not self._watched or not self._watched.keys() >= set(late):
            return False
        if self._idents != frozenset(sys._current_frames()):  # noqa: SLF001
            return False
        for ident, (native_id, switches, mark) in self._watched.items():
            if _mark(_stack(ident)) != mark:
                return False
            if native_id is None or switches is None or self._kernel.switches(native_id) != switches:
                return False
            call = self._kernel.call(native_id)
            if call is None or not call.asleep:
                return False
        return True

    def take(self, seq: int, late: dict[int, int], own: int) -> bytes:
        """A probe as a line; ``late``: the threads of spans that are late or nearly, to their kernel ids."""
        ts, mono = _time(), _monotonic()
        self._known.learn()
        self._napped = 0.0
        threads = self._see(late, own)
        self._hold_and_look(threads.values())
        self._hold_and_look(threads.values())
        pools = self._relations(threads)
        self._hold_and_look(threads.values())
        self._drop_what_moved(threads.values())
        self._conclude(threads, pools)
        order = self._order(threads, late)
        close = self._closely(threads, late)
        self._watched = {
            ident: (threads[ident].native_id, threads[ident].switches, threads[ident].mark) for ident in close
        }
        self.places = {ident: tuple((row[0], row[2]) for row in threads[ident].rows) for ident in close}
        head = {
            "kind": vitals.PROBE,
            "ts": round(ts, 6),
            "mono": round(mono, 6),
            "pid": os.getpid(),
            "seq": seq,
            "late": sum(ident in threads for ident in late),
        }
        looks = ",".join([self._look(threads[ident], ident in close) for ident in order])
        return f'{_json(head)[:-1]},"looks":[{looks}]}}\n'.encode("ascii")

    def _look(self, thread: Seen, close: bool) -> str:
        call = thread.call
        known = {
            "thread_id": thread.ident,
            "native_id": thread.native_id,
            "name": thread.name,
            "call": call.name if call is not None else None,
            "timed": call.timed if call is not None else None,
            "gil": thread.gil_word() if thread.found is None else None,
        }
        told: dict[str, Any] = {key: value for key, value in known.items() if value is not None}
        if call is not None and call.args:
            fds = self._kernel.fds(call)
            if fds:
                told["fds"] = fds
        if thread.found is not None:
            told["wait"] = _wait(thread.found, thread)
        frames = ",".join(map(self._stacks.piece, thread.rows[: DEPTH if close else _FEW_FRAMES]))
        tasks = ",".join(map(self._task, thread.tasks))
        more = f',"tasks":[{tasks}]' if tasks else ""
        return f'{_json(told)[:-1]},"frames":[{frames}]{more}}}'

    def _task(self, told: loops.Told) -> str:
        name, row, awaits = told
        frame = f',"frame":{self._stacks.piece(row)}' if row is not None else ""
        waits = f',"awaits":{_json(awaits)}' if awaits is not None else ""
        return f'{{"name":{_json(name)}{frame}{waits}}}'

    # -- what goes in

    def _see(self, late: dict[int, int], own: int) -> dict[int, Seen]:
        """Each thread by itself: the kernel's word, its frames, what it waits for."""
        present = dict.fromkeys(sys._current_frames())  # noqa: SLF001 - the ids alone: no frame is kept
        self._idents = frozenset(present)
        main = threading.main_thread().ident or 0
        order = dict.fromkeys([*(ident for ident in late if ident in present), main, *present])
        order.pop(own, None)
        found: dict[int, Seen] = {}
        for ident in list(order)[:MAX_THREADS]:
            thread = self._thread(ident, late.get(ident))
            if thread is not None:
                found[ident] = thread
        return found

    def _thread(self, ident: int, native_id: int | None) -> Seen | None:
        known, name = dumps.told(ident)
        native_id = native_id or known or self._native_of(ident)
        thread = Seen(ident, native_id, name)
        if native_id is not None:
            thread.switches = self._kernel.switches(native_id)
            thread.call = self._kernel.call(native_id)
        frames = _stack(ident)
        if not frames:
            return None
        thread.mark = _mark(frames)
        thread.rows = [_row(frame) for frame in frames[:DEPTH]]
        thread.driver = self._known.drives(frames)
        thread.found = self._waits.of(thread.call, frames)
        if thread.found is not None and thread.found.kind == vitals.LOOP:
            thread.tasks = loops.tasks_of(thread.found.id)
        return thread

    def _relations(self, threads: dict[int, Seen]) -> Pools:
        """All threads once more, for what others wait for: holders of locks, workers of pools."""
        wanted = {
            id(thread.found.lock): thread.found.lock
            for thread in threads.values()
            if thread.found is not None and thread.found.lock is not MISSING
        }
        aims = {one.found.id for one in threads.values() if one.found is not None and one.inert}
        self._meddled: set[int] = set()
        pools = Pools(self._known, self._variables)
        holds: dict[int, list[Hold]] = {}
        for ident, thread in threads.items():
            frames = _stack(ident)
            pools.see(ident, frames)
            if aims and not thread.in_line:
                self._meddled |= self._meddlers.of(aims, frames)
            if wanted:
                at = thread.found.lock if thread.found is not None else MISSING
                for identity, hold in self._holders.find(wanted, frames, ident, at):
                    holds.setdefault(identity, []).append(hold)
        self._holds = holds
        return pools

    def _hold_and_look(self, threads: Iterable[Seen]) -> None:
        """Look who runs without the GIL, and who wants it, among those that were found to wait for nothing.

        Who runs gets CPU time while we have the GIL, and who needs it comes to its futex: so both are given the CPU.
        """
        busy = [(one, one.native_id) for one in threads if one.found is None and one.native_id is not None]
        if not busy:
            return
        begun = _monotonic()
        if self._napped > _MOST_NAPPED_S:
            return
        switches = self._kernel.own_switches()
        self._kernel.nap()
        before = [self._kernel.cpu_ns(native_id) for _, native_id in busy]
        self._kernel.nap()
        after = [self._kernel.cpu_ns(native_id) for _, native_id in busy]
        calls = [self._kernel.call(native_id) for _, native_id in busy]
        self._napped += _monotonic() - begun
        if self._kernel.own_switches() != switches + 2:
            return  # others had the GIL meanwhile
        for (thread, _), start, end, call in zip(busy, before, after, calls, strict=True):
            runs = start is not None and end is not None and end - start > _RAN_NS
            thread.look_at_gil(call, runs=runs)

    def _drop_what_moved(self, threads: Iterable[Seen]) -> None:
        for thread in threads:
            if thread.found is not None and not self._slept(thread):
                thread.found, thread.tasks = None, []

    def _slept(self, thread: Seen) -> bool:
        """Whether a thread slept since it was seen, and where it was."""
        if _mark(_stack(thread.ident)) != thread.mark:
            return False
        if thread.call is None or thread.native_id is None:
            return True
        call = self._kernel.call(thread.native_id)
        return call == thread.call and self._kernel.switches(thread.native_id) == thread.switches

    # -- what follows

    def _conclude(self, threads: dict[int, Seen], pools: Pools) -> None:
        for thread in threads.values():
            if thread.found is not None and thread.found.kind == vitals.FUTURE:
                of_pool(thread.found, pools, threads)
        timer = any(map(_timer_runs, _TIMERS))
        main = threads.get(threading.main_thread().ident or 0)
        if timer and main is not None and main.found is not None:
            main.found.sure = False  # its alarm's handler may raise, out of any wait
        quiet = not timer and not any(map(_is_handled, _SIGNALS))
        all_seen = len(threads) + 1 >= len(self._idents)
        nobody_else = quiet and all_seen and all(one.inert or one.driver for one in threads.values())
        alone = (
            quiet
            and all_seen
            and all(one.inert for one in threads.values())
            and self._kernel.tasks() == len(self._idents)
        )
        meddled = set() if nobody_else else self._meddled
        for thread in threads.values():
            if thread.found is not None and thread.found.id in meddled:
                thread.found.own_pool = False
            if thread.found is not None and thread.found.lock is not MISSING:
                lock = thread.found.lock
                thread.holders = holders(
                    lock, self._holds.get(id(lock), []), nobody_else=nobody_else, meddled=id(lock) in meddled
                )
            thread.alone = alone
        self._holds = {}

    def _closely(self, threads: dict[int, Seen], late: Iterable[int]) -> dict[int, None]:
        """The late spans' threads, then those that these wait for, directly or not."""
        todo = [ident for ident in late if ident in threads]
        found = dict.fromkeys(todo)
        while todo:
            for ident in threads[todo.pop(0)].waits_for():
                if ident in threads and ident not in found:
                    found[ident] = None
                    todo.append(ident)
        return found

    def _order(self, threads: dict[int, Seen], late: Iterable[int]) -> list[int]:
        return list(dict.fromkeys([*self._closely(threads, late), *threads]))


def _wait(found: Found, thread: Seen) -> dict[str, Any]:
    wait = Wait(
        kind=found.kind,
        name=found.name,
        id=found.id,
        sure=found.sure,
        holders=thread.holders,
        threads=found.threads,
        pids=found.pids,
        detail=found.detail,
        own_pool=found.own_pool,
        lost=found.lost,
        alone=thread.alone and thread.inert,
    )
    told: dict[str, Any] = plain(wait)
    return {key: value for key, value in told.items() if value or key == "kind"}


def _timer_runs(which: Any) -> bool:
    return _getitimer(which)[0] > 0


def _is_handled(number: Any) -> bool:
    handler = _getsignal(number)
    return handler is not _DEFAULT and all(type(handler) is not kind for kind in _NO_HANDLERS)
