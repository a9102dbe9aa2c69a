"""The one thread of ours in the user's process: it beats, answers requests, and takes dumps of late spans.

It is a bare thread, started and woken with ``_thread``'s own functions as they were when this was imported: code
that replaces ``threading`` or ``time`` does not reach it, and ``threading.enumerate`` does not show it. It logs
nothing, and holds no lock while it runs anything of the user's.

Forking with a thread about makes Python 3.12 and later warn, so the thread ends before a fork and begins again
after it. A forked child has none until it executes a node.
"""

import atexit
import contextlib
import functools
import os
import signal
import sys
import threading
import time
from _thread import LockType, RLock, allocate_lock, get_ident, get_native_id, start_new_thread
from _thread import stack_size as _stack_size
from collections.abc import Callable
from dataclasses import dataclass
from signal import pthread_sigmask as _mask_signals

from hamtui.contract import layout, stacks, vitals
from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import reach, rotate
from hamtui.recorder.asks import Asks
from hamtui.recorder.children import Children
from hamtui.recorder.dumps import Stacks
from hamtui.recorder.flight import Journal, check_all, journal
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.heard import Heard
from hamtui.recorder.here import HERE
from hamtui.recorder.limits import Limits
from hamtui.recorder.looks import Looks
from hamtui.recorder.orphans import Orphan
from hamtui.recorder.relay import Relay
from hamtui.recorder.spans import SPANS

try:
    from hamtui.recorder.watch import Watch
except ImportError:  # an interpreter without ctypes
    _CAN_PROBE = False
else:
    _CAN_PROBE = True

#: Between beats, seconds.
BEAT_S = 0.5
#: The least wait between two turns of the thread, seconds.
_LEAST_WAIT_S = 0.02
#: How long a fork waits for the thread to end, then for the kernel to forget it, seconds.
_END_WAIT_S = 0.5
_GONE_WAIT_S = 0.05
#: What a process gets at its end to send what is left, seconds.
DRAIN_S = 3.0
_FORK_WARNS = sys.version_info >= (3, 12)
#: 3.13 counts threads once the hooks after a fork have run, 3.12 before.
_COUNTS_LATE = (3, 13) <= sys.version_info < (3, 14)

#: All signals but those of a fault in this very thread, which faulthandler must get.
_NOT_OURS = signal.valid_signals() - {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGABRT,
}

_time, _monotonic, _sleep, _thread_time = time.time, time.monotonic, time.sleep, time.thread_time


@dataclass(frozen=True)
class Settings:
    """What a process' sampler needs to know. ``main_pid`` and ``main_host`` are of the process that executes Hamilton.

    ``relay`` sends what this process writes, where it can't write the launch folder.
    """

    launch_dir: str
    main_pid: int
    main_host: str
    wanted: Diagnostics
    cwd: str
    relay: Relay | None = None


class Strand:
    """One life of the thread, from a start to the next fork or the end."""

    def __init__(self, sampler: "Sampler") -> None:
        self._sampler = sampler
        self._wake: LockType = allocate_lock()
        self._ended: LockType = allocate_lock()
        self._stopping = False
        self._ident = self._native_id = 0
        self._wake.acquire()
        self._ended.acquire()
        _start(self._live)

    def _live(self) -> None:
        self._ident, self._native_id = get_ident(), get_native_id()
        # A signal that the kernel hands to this thread would leave the main thread asleep in its system call.
        _mask_signals(signal.SIG_BLOCK, _NOT_OURS)
        try:
            while not self._stopping and not self._sampler.over:
                wait, fault = attempt(self._sampler.turn, self._ident)
                if fault is not None or wait is None:
                    if fault is not None:
                        FAULTS.note("sampler", fault)
                    wait = BEAT_S
                self._wake.acquire(True, wait)
        finally:
            self._ended.release()

    def stop(self) -> None:
        """End the thread, and wait until it has: bounded, because a disk may hold it."""
        if get_ident() == self._ident:
            return
        self._stopping = True
        with contextlib.suppress(RuntimeError):  # somebody else woke it already
            self._wake.release()
        if self._ended.acquire(True, _END_WAIT_S):
            self._ended.release()
            if _FORK_WARNS:
                self._wait_until_gone()

    def _wait_until_gone(self) -> None:
        """The kernel counts a thread for a moment after its last line of Python, and the warning goes by that."""
        task = f"/proc/self/task/{self._native_id}"
        deadline = _monotonic() + _GONE_WAIT_S
        while os.path.exists(task) and _monotonic() < deadline:
            _sleep(0.00005)


def _start(function: Callable[[], None]) -> None:
    """Start a thread with room for the parser and all else, however small a stack the user's threads are to have."""
    size = _stack_size()  # asked so, it is back at the system's default
    try:
        start_new_thread(function, ())
    finally:
        if size:
            _stack_size(size)


class Sampler:
    """The thread's work, and its pauses for forks. One a process; see ``begin``."""

    def __init__(self, settings: Settings) -> None:
        self.pid = os.getpid()
        self._stacks_file = self._journal(settings, layout.STACKS)
        self._vitals_file = self._journal(settings, layout.VITALS)
        self.launch_dir = settings.launch_dir
        folder = reach.folder(settings.launch_dir)
        requests = os.path.join(folder, layout.REQUESTS)
        self._asks = Asks(requests, from_start=self._vitals_file.is_main)
        self._stacks = Stacks(settings.cwd)
        wanted = settings.wanted
        self._limits = Limits(None if wanted.hang_after else folder, _monotonic())
        self._looks = Looks(wanted.hang_after, wanted.dump_every, self._limits.of)
        self._heard = Heard()
        self._children = Children()
        self._watch = _watch(self._stacks) if wanted.probes else None
        self._dumps_late = wanted.stacks
        self._next_beat = 0.0
        self._mutex = RLock()  # a signal handler that forks may come upon its own thread here
        self._pauses = 0
        self._strand: Strand | None = None
        self._exit = None if self._vitals_file.is_main else os.path.join(folder, layout.EXIT)
        self._orphan = None if self._vitals_file.is_main else Orphan(SPANS.any)
        #: Relays of launches that this process works for or worked for.
        self._relay = settings.relay
        self.relays = [] if settings.relay is None else [settings.relay]
        #: The launch has ended, and there is nothing more to say.
        self.over = False

    @staticmethod
    def _journal(settings: Settings, name: str) -> Journal:
        return journal(settings.launch_dir, name, settings.main_pid, settings.main_host)

    def turn(self, own_ident: int) -> float:
        """Do what is due now; the seconds until something is due again."""
        wait = self._sample(own_ident)
        for relay in list(self.relays):
            wait = min(wait, relay.turn(_monotonic()))
            if relay.over and relay.is_done():
                self.relays.remove(relay)
                relay.drain(BEAT_S)
                self.over = self.over or relay is self._relay
        return wait

    def _sample(self, own_ident: int) -> float:
        now, moved = _monotonic(), False
        if now >= self._next_beat:
            self._next_beat = now + BEAT_S
            moved = self._beat(own_ident)
            for request in self._asks.new():
                self._dump(stacks.ASKED, own_ident, request)
        if not self._dumps_late:
            return max(self._next_beat - _monotonic(), _LEAST_WAIT_S)
        why = self._looks.due(SPANS.at_work(), _monotonic())
        if why is None and moved and self._looks.is_free(_monotonic()):
            why = stacks.STILL_LATE
        if why is not None:
            self._dump(why, own_ident)
        now = _monotonic()
        until = min(self._next_beat, self._looks.next_at(), now + self._looks.pace(BEAT_S))
        return max(until - now, _LEAST_WAIT_S)

    def _beat(self, own_ident: int) -> bool:
        """Beat, and probe where that is due; whether a late thread has gone on to other functions."""
        check_all()
        if self._exit is not None and os.path.exists(self._exit):
            self.over = True  # a cluster's worker lives on
        if self._orphan is not None:
            self._orphan.leave_if_one()
        rotate.look()
        self._limits.look(_monotonic())
        news = self._heard.news()
        more = f',"ticks":[{news}]' if news else ""
        near, late_for = self._looks.near(SPANS.at_work(), _monotonic())
        still = None if self._watch is None else self._watch.still(near, _monotonic())
        if still is not None:
            more += f',"still":{still}'
        file = self._vitals_file.here()
        beat = '{"kind":"%s","ts":%.6f,"mono":%.6f,"pid":%d,"seq":%d%s}\n'
        row = beat % (vitals.BEAT, _time(), _monotonic(), self.pid, file.next_seq(), more)
        file.write(row.encode("ascii"))
        self.tell_ends()
        if self._watch is None or not near:
            return False
        line = self._watch.probe(near, late_for, _monotonic(), own_ident, file.next_seq)
        if line is not None:
            file.write(line)
        return self._watch.has_moved(near, late_for, _monotonic())

    def tell_ends(self) -> None:
        """Say which workers ended, and how; once more at the process' own end, which a worker's may bring about."""
        for pid, code in self._children.ended():
            by, exit_code = (-code, None) if code < 0 else (None, code)
            told = vitals.Vital(vitals.GONE, pid=pid, host=HERE.host, signal=by, exit_code=exit_code)
            self._vitals_file.append(told)

    def _dump(self, why: str, own_ident: int, request: str | None = None) -> None:
        now, before = _monotonic(), _thread_time()
        file = self._stacks_file.here()
        first = [span.thread_id for span in SPANS.all()]
        file.write(self._stacks.take(why, file.next_seq(), first, own_ident, request))
        self._looks.taken(why, now, _thread_time() - before)
        if self._watch is not None:
            self._watch.dumped(now)

    def start(self) -> None:
        """Start the thread; where the system has none to give, there are no beats and no dumps."""
        with self._mutex:
            self._begin_strand()

    def _begin_strand(self) -> None:
        try:
            self._strand = Strand(self)
        except RuntimeError:
            self._strand = None

    def pause(self) -> None:
        """End the thread until ``resume``. May be called by several threads at once, each of which then resumes."""
        with self._mutex:
            self._pauses += 1
            strand = self._strand
        if strand is not None:
            strand.stop()

    def resume(self) -> None:
        """Start the thread again once nobody needs it paused."""
        with self._mutex:
            self._pauses -= 1
            if self._pauses == 0 and self._strand is not None:
                self._begin_strand()


def _watch(shown: Stacks) -> "Watch | None":
    """What probes this process, where this interpreter lets it."""
    if not _CAN_PROBE:
        return None
    watch, fault = attempt(Watch, shown)
    if fault is not None:
        FAULTS.note("probe", fault)
    return watch


class _Here:
    """This process' sampler, and what forks and the interpreter's end do to it.

    ``late`` where the main thread's forks resume it only once ``os.fork`` has returned; ``owed`` counts these.
    """

    def __init__(self) -> None:
        self.sampler: Sampler | None = None
        self.late = False
        self.owed = 0

    def before_fork(self) -> None:
        if self.sampler is not None:
            self.sampler.pause()

    def after_fork_in_parent(self) -> None:
        if self.sampler is None:
            return
        # A fork by any other thread makes the process multi-threaded, and Python warn, without us.
        if self.late and get_ident() == threading.main_thread().ident:
            self.owed += 1
        else:
            self.sampler.resume()

    def resume_owed(self, _: object = None) -> int:
        while self.owed and self.sampler is not None:
            self.owed -= 1
            self.sampler.resume()
        return 0

    def after_fork_in_child(self) -> None:
        for relay in () if self.sampler is None else self.sampler.relays:
            relay.close()
        self.sampler = None
        self.owed = 0

    def at_exit(self) -> None:
        if self.sampler is not None:
            self.sampler.pause()
            attempt(self.sampler.tell_ends)
            while self.sampler.relays:
                relay = self.sampler.relays.pop()
                attempt(relay.drain, DRAIN_S)
                relay.close()


_here = _Here()
_at_fork = os.register_at_fork


def be_last_after_forks() -> None:
    """Have Python 3.13 not count our thread at a fork by the main thread. To be called once all is imported.

    It counts when the hooks after a fork have run, so the sampler is resumed later still: by Py_AddPendingCall, at
    the first bytecode after ``fork``. The hook that adds the call is C from end to end, because a line of Python
    would be that first bytecode; so would a hook of Python that somebody registers after this one.
    """
    if not _COUNTS_LATE or _here.late:
        return
    try:
        import ctypes  # noqa: PLC0415 - a big thing, for one version's sake
    except ImportError:
        return
    called = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(_here.resume_owed)
    _at_fork(after_in_parent=functools.partial(ctypes.pythonapi.Py_AddPendingCall, called, None))
    _here.late = True


def begin(settings: Settings) -> None:
    """Start this process' sampler, if it has none for this launch. It goes on until the launch or the interpreter ends.

    A cluster's worker may have worked for another launch before: what that still has to send goes on being sent.
    """
    last = _here.sampler
    if last is not None and last.launch_dir == settings.launch_dir:
        return
    _here.sampler = Sampler(settings)
    if last is not None:
        last.pause()
        _here.sampler.relays += last.relays
    elif settings.relay is not None:
        _end_with_children()
    _here.sampler.start()


def _end_with_children() -> None:
    """``multiprocessing`` ends its children without ``atexit``."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, _here.at_exit, exitpriority=-100)


_at_fork(
    before=_here.before_fork,
    after_in_parent=_here.after_fork_in_parent,
    after_in_child=_here.after_fork_in_child,
)
atexit.register(_here.at_exit)
