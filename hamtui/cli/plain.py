"""``run`` in the foreground without a screen: one line a change, and the run's own exit code."""

import errno
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator

from hamtui.cli import bar, ending, look
from hamtui.cli.narrate import Narrator
from hamtui.contract.launch import ExitInfo
from hamtui.follow import process, prompt
from hamtui.follow.follower import Batch, Follower
from hamtui.follow.past import read_past
from hamtui.model import keeping, verdict
from hamtui.model.counts import counts
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Error, Halt, ProcessFact, SpanKey
from hamtui.model.text import visible
from hamtui.probe import procs
from hamtui.probe.onlooker import Onlooker
from hamtui.supervise.ladder import Target
from hamtui.supervise.start import Started

#: The exit code for a run whose end nobody recorded.
LOST = 1
EXIT_RECORD_WITHIN_S = 5.0
_PACE_S = 0.2
_LOOK_EVERY_S = 1.0
_LOOKS_UNTIL_LOST = 3
_BATCHES_AHEAD = 4
_MOST_ERRORS = 5


def code_of(left: ExitInfo) -> int:
    """A shell's exit code for how the run ended."""
    return 128 + left.signal if left.signal is not None else (left.exit_code or 0)


def told_error(error: Error) -> Iterator[str]:
    """What ended the run's process: its traceback, or the one sentence of a usage error."""
    for line in (error.traceback or error.message or error.type).rstrip("\n").split("\n"):
        yield visible(line)


def foreground(started: Started, caught: list[int], *, poll: bool, progress: str | None = None) -> int:
    """Tell the run's changes until it ends. INT and TERM stop it by the ladder; HUP leaves it going.

    ``caught`` grows with the signals that came, from before the start on; they are acted on between two looks.
    ``progress``: whose bar is drawn below, where there is a terminal.
    """
    watch = _Foreground(started, caught, poll, progress)
    try:
        return watch.until_the_end()
    finally:
        watch.reading_ends.set()
        watch.bar.close()


class _Foreground:
    def __init__(self, started: Started, caught: list[int], poll: bool, progress: str | None) -> None:
        self.bar = bar.make(progress)
        self._drawn: tuple[dict[str, int], int] | None = None
        self._started = started
        self._ref = look.ref_of(started.folder)
        self._launch = Launch(self._ref.id)
        keeping.watch(self._launch)
        self._past = read_past(self._ref)
        self._narrator = Narrator(self._launch, self._past)
        self._follower = Follower(self._ref, poll)
        self._batches: queue.Queue[Batch] = queue.Queue(_BATCHES_AHEAD)
        self.reading_ends = threading.Event()
        self._signals = caught
        self._caught_up = False
        self._fact = ProcessFact()
        self._next_look = 0.0
        self._gone_looks = 0
        self._unheard = self._left = False
        self._onlooker = Onlooker(self._ref.dir)
        self._terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self._handed: set[tuple[SpanKey, Halt | None]] = set()

    def until_the_end(self) -> int:
        """The exit code."""
        threading.Thread(target=self._read, name="follower", daemon=True).start()
        asked = None
        while not self._over():
            self._pump()
            if signal.SIGHUP in self._signals:
                return 128 + signal.SIGHUP
            if self._terminal and not self._signals:
                self._debug()
            if self._signals:
                asked = asked or self._signals[0]
                self._stop()
            if self._left and asked is None:
                return 0
        self._wait_for_the_tracker()
        return self._say_the_end(asked)

    def _debug(self) -> None:
        """Hand the terminal to a node that stopped in the debugger; each stop once, for who leaves it means to."""
        for span in prompt.waiting(self._launch):
            stop = span.key, span.halt
            if span.halt is None or span.halt.attached or stop in self._handed:
                continue
            self._handed.add(stop)
            try:
                went_on = prompt.talk(
                    prompt.socket_of(span),
                    prompt.greeting(span, "the run's log"),
                    lambda: bool(self._signals),
                )
            except prompt.Unreachable as reason:
                self._print(f"{time.strftime('%H:%M:%S')} debug  {visible(reason)}")
                return
            if not went_on:
                self._print(
                    f"{time.strftime('%H:%M:%S')} debug  back to it with p in: hamtui attach {self._ref.dir}"
                )
            return

    def _read(self) -> None:
        for batch in self._follower.batches(self.reading_ends):
            while not self.reading_ends.is_set():
                try:
                    self._batches.put(batch, timeout=_PACE_S)
                except queue.Full:
                    continue
                break

    def _pump(self, seconds: float = _PACE_S) -> None:
        """Take in what comes within ``seconds`` and say what it changed."""
        try:
            batch = self._batches.get(timeout=seconds)
        except queue.Empty:
            batch = None
        records = [] if batch is None else batch.records
        for source, record in records:
            self._launch.apply(source, record)
        if batch is not None:
            self._launch.unread = batch.unread
            self._caught_up = batch.caught_up
        self._look()
        now = process.now(self._launch.info)
        settle(self._launch, self._fact, now, self._past)
        for line in self._narrator.changes(records, self._fact, now):
            self._print(line)
        self._draw()

    def _draw(self) -> None:
        """The bar, of the newest run; what nobody reads is not drawn."""
        run = next(reversed(self._launch.runs.values()), None)
        if run is None or self._unheard or isinstance(self.bar, bar.Lines):
            return
        now = process.now(self._launch.info)
        found = counts(run, verdict.marks(self._launch, run, self._fact, now, self._past))
        if self._drawn == (found, int(now.unix)):
            return
        self._drawn = found, int(now.unix)
        try:
            self.bar.show(found)
        except OSError as fault:
            self._stop_talking(fault)

    def _print(self, line: str) -> None:
        """Print, unless it can't be: a full disk costs the lines alone."""
        if self._unheard:
            return
        try:
            self.bar.line(line)
        except OSError as fault:
            self._stop_talking(fault)

    def _stop_talking(self, fault: OSError) -> None:
        """Where nobody reads any more (``| head``, a closed terminal) the run goes on without us."""
        self._unheard = True
        self._left = fault.errno in {errno.EPIPE, errno.EIO}
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY_S
        self._fact = process.look(self._launch.info, self._ref.dir)
        unguarded = self._fact.supervisor_alive is False or procs.known(self._started.supervisor_pid) is None
        gone = unguarded and self._fact.alive is not True and procs.known(self._started.pid) is None
        self._gone_looks = self._gone_looks + 1 if gone else 0
        seen = look.Look(self._ref, self._launch, self._fact, process.now(self._launch.info))
        look.add_sample(seen, self._onlooker, self._past)

    def _over(self) -> bool:
        ended = self._launch.exit is not None and self._caught_up and self._batches.empty()
        return ended or self._gone_looks >= _LOOKS_UNTIL_LOST

    def _wait_for_the_tracker(self) -> None:
        """For a moment: what it has to say, and its last calls, should a container end with us."""
        from hamtui.supervise import track

        folder, deadline = self._ref.dir, time.monotonic() + track.WAIT_S
        if not track.is_busy(folder):
            return
        while track.is_busy(folder) and time.monotonic() < deadline and not self._signals:
            self._pump(0.05)
        self._pump()
        warned = any(notice.startswith("tracker:") for notice in self._launch.notices)
        if track.is_busy(folder) and not warned:
            self._print(
                f"{time.strftime('%H:%M:%S')} note   tracker: not all is sent yet; that goes on for a while, "
                "and hamtui track sends what is left then"
            )

    def _stop(self) -> None:
        """Climb down the ladder, telling changes meanwhile; another signal is the next rung at once."""
        first = signal.Signals(self._signals[0]).name
        target = ending.target_of(self._launch.info)
        if target is None:
            # Launched this very moment: launch.json is not there yet, but we know the process.
            known = procs.known(self._started.pid)
            target = None if known is None else Target(known)
        if target is None:
            self._signals.clear()
            return

        def wait(seconds: float) -> bool:
            self._signals.clear()
            deadline = time.monotonic() + seconds
            while target.main_is_there():
                self._pump(0.05)
                if time.monotonic() >= deadline or self._signals:
                    return False
            return True

        for sentence in ending.end(self._ref, target, f"{ending.asker('run')}, {first}", wait):
            self._print(f"{time.strftime('%H:%M:%S')} stop   {sentence}")
        self._signals.clear()

    def _say_the_end(self, asked: int | None) -> int:
        self._fact = process.look(self._launch.info, self._ref.dir)
        now = process.now(self._launch.info)
        if self._launch.exit is None and (told := self._started.end()) is not None:
            self._launch.exit = told
            settle(self._launch, self._fact, now, self._past)
        for line in self._narrator.rest(now):
            self._print(line)
        self._draw()
        self.bar.close()
        print(self._narrator.ending(self._fact, now), flush=True)
        print(
            f"{time.strftime('%H:%M:%S')} launch look at it with: hamtui attach {self._ref.dir}", flush=True
        )
        self._say_errors()
        if asked is not None:
            return 128 + asked
        return LOST if self._launch.exit is None else code_of(self._launch.exit)

    def _say_errors(self) -> None:
        """What ended it, on stderr, as Python would have said it; of a service's many failed runs the newest few."""
        left = self._launch.exit
        if left is not None and code_of(left) == 0:
            return  # a service answers some requests by an error, and ends well
        of_runs = [run.error for run in self._launch.runs.values()]
        errors = [*of_runs[-_MOST_ERRORS:], self._launch.error]
        for error in dict.fromkeys(error for error in errors if error is not None):
            for line in told_error(error):
                print(line, file=sys.stderr)
