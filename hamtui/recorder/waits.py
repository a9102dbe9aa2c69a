"""What a thread waits for in Python: by its innermost frames, the expressions on its lines, and the kernel's futex."""

import ast
import sys
from _thread import LockType
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from hamtui.contract import vitals
from hamtui.recorder import pools
from hamtui.recorder.kernel import Call, Kernel, gil_range
from hamtui.recorder.known import CONDITION_WAIT, Known, is_stdlib
from hamtui.recorder.locals import MISSING
from hamtui.recorder.locks import is_raw, process_word, raw, word
from hamtui.recorder.places import span
from hamtui.recorder.resolve import Resolver, attribute, values
from hamtui.recorder.sites import WAITERS, Functions, Path, path_of

#: So many of the innermost frames are looked at for what the thread waits in.
DEPTH = 16
_WAITING_DEPTH = 8
_MAX_NAME = 80
#: Methods whose object is what is waited for, though it is no plain name.
_TELLING = frozenset({*WAITERS, "map", "starmap", "apply", "imap", "imap_unordered", "next", "submit"})
_POLLS = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6"})
_SIMPLE_IS_PARKED = sys.version_info >= (3, 13)  # its queue has no lock of its own there

_OVER = {
    "threading:Event.wait": vitals.EVENT,
    "threading:Condition.wait_for": vitals.CONDITION,
    "threading:Semaphore.acquire": vitals.SEMAPHORE,
    "threading:Barrier.wait": vitals.BARRIER,
    "threading:Barrier._wait": vitals.BARRIER,
    "threading:Barrier._enter": vitals.BARRIER,
    "queue:Queue.get": vitals.QUEUE,
    "queue:Queue.put": vitals.QUEUE,
    "queue:Queue.join": vitals.QUEUE,
    "concurrent.futures._base:Future.result": vitals.FUTURE,
    "concurrent.futures._base:Future.exception": vitals.FUTURE,
    "concurrent.futures._base:wait": vitals.FUTURE,
    "concurrent.futures._base:as_completed": vitals.FUTURE,
    "multiprocessing.pool:ApplyResult.wait": vitals.POOL,
    "multiprocessing.pool:ApplyResult.get": vitals.POOL,
    "multiprocessing.pool:IMapIterator.next": vitals.POOL,
}
#: The same of multiprocessing, which is made of locks that processes share.
_OF_PROCESSES = {
    "multiprocessing.synchronize:Condition.wait": vitals.CONDITION,
    "multiprocessing.synchronize:Event.wait": vitals.EVENT,
    "multiprocessing.queues:Queue.get": vitals.QUEUE,
    "multiprocessing.queues:Queue.put": vitals.QUEUE,
    "threading:Barrier.wait": vitals.BARRIER,
}
_QUEUE_SAYS = {"queue:Queue.get": "empty", "queue:Queue.put": "full", "queue:Queue.join": "not all done"}
_SEMAPHORES = frozenset({"Semaphore", "BoundedSemaphore"})
_JOINS = ("threading:Thread._wait_for_tstate_lock", "threading:Thread.join")


@dataclass
class Found:
    """What a thread was found to wait for; ``contract.vitals.Wait`` is made of it once all threads are known.

    ``lock`` is the lock that has to be let go, ``away`` one that the thread itself let go to wait here.
    """

    kind: str
    id: int = 0
    name: str | None = None
    sure: bool = False
    lock: Any = MISSING
    away: Any = MISSING
    detail: str | None = None
    threads: list[int] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)
    lost: bool = False
    own_pool: bool = False
    timed: bool | None = None


class Waits:
    """Reads what one thread waits for."""

    def __init__(self, resolver: Resolver, functions: Functions, known: Known, kernel: Kernel) -> None:
        self._resolver = resolver
        self._functions = functions
        self._known = known
        self._kernel = kernel

    def of(self, call: Call | None, frames: Sequence[FrameType]) -> Found | None:
        """``frames`` innermost first; ``call`` None where the kernel could not be asked, which makes nothing sure."""
        if not frames or (call is not None and (not call.asleep or call.futex in gil_range())):
            return None
        labels = [self._known.label(frame) for frame in frames[:_WAITING_DEPTH]]
        found = self._child(call, frames, labels) or self._loop(call, frames, labels)
        if found is None and call is not None and call.sleeps:
            found = Found(vitals.SLEEP)
        if found is None and (call is None or call.futex or call.name == "restart_syscall"):
            found = self._within(call, frames, labels)
        if found is not None:
            found.timed = None if call is None else call.timed
        return found

    def _within(self, call: Call | None, frames: Sequence[FrameType], labels: list[str]) -> Found | None:
        if labels[0] == CONDITION_WAIT:
            return self._condition(call, frames, labels)
        if labels[0] in _JOINS:
            return self._join(call, frames, labels)
        return self._lock(call, frames, labels) if call is not None else None

    # -- conditions, and all that is made of them

    def _condition(self, call: Call | None, frames: Sequence[FrameType], labels: list[str]) -> Found | None:
        condition, waiter = self._variable(frames[0], "self"), self._variable(frames[0], "waiter")
        lock = raw(condition)
        proven = False
        if call is not None and call.futex:
            proven = type(waiter) is LockType and word(waiter) == call.futex
            if not proven:
                if lock is MISSING or word(lock) != call.futex:
                    return None
                # Told already, it waits to have the lock again.
                return self._of_lock(lock, call, frames, 1, {id(condition)})
        found = Found(
            vitals.CONDITION, id(condition), sure=proven and call is not None and call.timed is False
        )
        found.away = lock
        inner, selves, at = condition, {id(condition)}, 1
        while at < len(labels) and labels[at] in _OVER:
            target = self._variable(frames[at], "self")
            if labels[at] != "threading:Condition.wait_for":
                found.kind = _OVER[labels[at]]
                inner = inner if target is MISSING else target
                selves.add(id(inner))
                found.detail = _detail(labels[at], inner) or found.detail
            at += 1
        found.id = id(inner)
        found.name = self._name(frames, at, selves)
        if found.kind == vitals.POOL:
            job = pools.process_job(inner, self._kernel)
            found.pids, found.lost = job.pids, job.lost
        return found

    # -- threads, children, event loops

    def _join(self, call: Call | None, frames: Sequence[FrameType], labels: list[str]) -> Found | None:
        inside = labels[0] == _JOINS[0]
        lock = self._variable(frames[0], "lock") if inside else MISSING
        if inside and not (len(labels) > 1 and labels[1] == _JOINS[1]):
            return None
        thread = self._variable(frames[1 if inside else 0], "self")
        ident = attribute(thread, "_ident") if thread is not MISSING else MISSING
        untimed = call is not None and call.timed is False
        proven = untimed and (not inside or (is_raw(lock) and call is not None and word(lock) == call.futex))
        found = Found(vitals.JOIN, id(thread), sure=proven and type(ident) is int)
        found.threads = [ident] if type(ident) is int else []
        found.name = self._name(frames, 2 if inside else 1, {id(thread)})
        return found

    def _child(self, call: Call | None, frames: Sequence[FrameType], labels: list[str]) -> Found | None:
        for at, label in enumerate(labels):
            if label.startswith(("subprocess:", "multiprocessing.popen_")):
                process = self._variable(frames[at], "self")
                pid = attribute(process, "pid") if process is not MISSING else MISSING
                name = self._name(frames, at + 1, {id(process)})
                found = Found(vitals.CHILD, id(process), name, pids=[pid] if type(pid) is int else [])
                found.detail = _command(attribute(process, "args")) if process is not MISSING else None
                return found
        if call is not None and call.name in ("wait4", "waitid"):
            return Found(vitals.CHILD, pids=[call.child] if call.child else [])
        return None

    def _loop(self, call: Call | None, frames: Sequence[FrameType], labels: list[str]) -> Found | None:
        if call is not None and call.name not in _POLLS:
            return None
        for at, label in enumerate(labels):
            if label == "asyncio.base_events:BaseEventLoop.run_forever":
                return Found(vitals.LOOP, id(self._variable(frames[at], "self")))
        return None

    # -- locks themselves

    def _lock(self, call: Call, frames: Sequence[FrameType], labels: list[str]) -> Found | None:
        if labels[0] == "threading:Condition.__enter__":
            condition = self._variable(frames[0], "self")
            lock = raw(condition)
            if lock is not MISSING and word(lock) == call.futex:
                return self._of_lock(lock, call, frames, 1, {id(condition)})
        for at, frame in enumerate(frames[:3]):
            for path in self._paths(frame):
                target = self._resolver.follow(frame, path)
                if target is not MISSING:
                    found = self._match(target, call, frames, at, path.text)
                    if found is not None:
                        return found
        return self._in_locals(call, frames)

    def _match(
        self, target: Any, call: Call, frames: Sequence[FrameType], at: int, text: str | None
    ) -> Found | None:
        """A wait for this very object, if that is what it is."""
        lock = raw(target)
        if lock is not MISSING:
            if word(lock) != call.futex:
                return None
            return self._of_lock(lock, call, frames, at, {id(target)}, text)
        if pools.is_simple_queue(target) and (
            self._gets(frames[at], target) if _SIMPLE_IS_PARKED else word(target) == call.futex
        ):
            name = self._name(frames, at, {id(target)}) or text
            return Found(vitals.QUEUE, id(target), name, sure=call.timed is False, detail="empty")
        if process_word(target) == call.futex:
            return self._of_processes(target, frames, at, text)
        return None

    def _of_processes(self, target: Any, frames: Sequence[FrameType], at: int, text: str | None) -> Found:
        """A wait for a lock that processes share, or for what multiprocessing has made of it."""
        kind = vitals.SEMAPHORE if type(target).__name__ in _SEMAPHORES else vitals.LOCK
        found, ids = Found(kind, id(target), text, detail="of processes"), {id(target)}
        while at < len(frames) and is_stdlib(frames[at].f_code.co_filename):
            owner = self._variable(frames[at], "self")
            if owner is not MISSING:
                ids.add(id(owner))
                found.id = id(owner)
            found.kind = _OF_PROCESSES.get(self._known.label(frames[at]), found.kind)
            at += 1
        found.name = self._name(frames, at, ids) or text
        return found

    def _of_lock(
        self,
        lock: Any,
        call: Call,
        frames: Sequence[FrameType],
        at: int,
        ids: set[int],
        text: str | None = None,
    ) -> Found:
        kind = vitals.LOCK if type(lock) is LockType else vitals.RLOCK
        ids = ids | {id(lock)}
        ids |= {
            id(self._variable(frame, "self")) for frame in frames[:at] if is_stdlib(frame.f_code.co_filename)
        }
        name = text
        if at < len(frames) and is_stdlib(frames[at].f_code.co_filename):
            name = self._name(frames, at, ids) or text
        elif text is None:
            name = self._name(frames, at, ids)
        return Found(kind, id(lock), name, sure=call.timed is False, lock=lock)

    def _in_locals(self, call: Call, frames: Sequence[FrameType]) -> Found | None:
        """No expression on the lines is it: a lock in a variable, or right in ``self``."""
        for at, frame in enumerate(frames[:2]):
            for name, value in self._resolver.variables.all(frame):
                near = [(name, value)]
                if name == "self":
                    near += [(f"self.{inner}", one) for inner, one in values(value)]
                for text, one in near:
                    lock = raw(one) if is_raw(one) else MISSING
                    if lock is not MISSING and word(lock) == call.futex:
                        return self._of_lock(lock, call, frames, at, set(), text)
        return None

    # -- names

    def _paths(self, frame: FrameType) -> list[Path]:
        found = self._functions.of(frame.f_code)
        return found.on(frame.f_lineno or 0) if found is not None else []

    def _name(self, frames: Sequence[FrameType], at: int, ids: set[int]) -> str | None:
        """The expression in the innermost line of the user's from ``at`` on that stands for one of these objects."""
        for frame in frames[at:]:
            if not is_stdlib(frame.f_code.co_filename):
                for path in self._paths(frame):
                    target = self._resolver.follow(frame, path)
                    if target is not MISSING and (
                        id(target) in ids or id(raw(target)) in ids - {id(MISSING)}
                    ):
                        return path.text
                called = self._called(frame)
                is_one = called is not None and called[1] in _TELLING
                return ast.unparse(called[0])[:_MAX_NAME] if is_one and called is not None else None
        return None

    def _called(self, frame: FrameType) -> tuple[ast.expr, str] | None:
        """The method call that a frame is in, where Python knows columns."""
        found = self._functions.of(frame.f_code)
        where = span(frame.f_code, frame.f_lasti)
        return found.calls(where) if found is not None and where is not None else None

    def _gets(self, frame: FrameType, queue: Any) -> bool:
        """Whether a frame is in ``queue.get()``, and in no other call on that line."""
        called = self._called(frame)
        path = path_of(called[0]) if called is not None and called[1] == "get" else None
        return path is not None and self._resolver.follow(frame, path) is queue

    def _variable(self, frame: FrameType, name: str) -> Any:
        return self._resolver.variables.get(frame, name)


def _command(args: Any) -> str | None:
    """A child's command line."""
    words = args if type(args) in (list, tuple) else [args]
    text = " ".join(word for word in words if type(word) is str)
    return text[:_MAX_NAME] or None


def _detail(label: str, target: Any) -> str | None:
    """More in words about what is waited for."""
    if label in _QUEUE_SAYS:
        return _QUEUE_SAYS[label]
    if label.startswith("threading:Barrier"):
        count, parties = attribute(target, "_count"), attribute(target, "_parties")
        return f"{count} of {parties} arrived" if type(count) is int and type(parties) is int else None
    if label.startswith("concurrent.futures._base:Future"):
        state = attribute(target, "_state")
        return state.lower() if type(state) is str else None
    if label == "threading:Semaphore.acquire":
        value = attribute(target, "_value")
        return f"value {value}" if type(value) is int else None
    return None
