"""The run's parent: starts it, looks at it until it ends, and writes how it ended, whatever happens."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO

from hamtui.contract import files, holding, identity, layout
from hamtui.contract import spec as contract_spec
from hamtui.contract.launch import ExitInfo
from hamtui.contract.spec import RunSpec
from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import after, beside, bounded, cache_view, ladder, leftover, write
from hamtui.supervise.durable import Durable
from hamtui.supervise.ladder import Target
from hamtui.supervise.listen import ListenError, listen
from hamtui.supervise.receiver import Receiver
from hamtui.supervise.watch import PACE_S, Watch

#: Executors whose workers may be on other machines.
_AFAR = frozenset({"ray", "dask"})
#: What workers get at the end to send what is left, seconds.
_FAREWELL_S = 5.0

BOOT = Path(__file__).resolve().parent.parent / "recorder" / "boot.py"


class Supervisor:
    """One run and its launch folder. ``start`` it, then ``see_to_the_end``."""

    def __init__(self, spec: RunSpec, boot: Path = BOOT) -> None:
        start = identity.process_start(os.getpid())
        self.spec = replace(spec, supervisor_pid=os.getpid(), supervisor_start=start)
        self._boot = boot
        self._folder = Path(spec.launch_dir)
        holding.hold(self._folder)
        self._durable = Durable(self._folder)
        self.ended: ExitInfo | None = None
        self._told_to_stop: str | None = None
        self._receiver: Receiver | None = None
        self._wake_read, self._wake_write = os.pipe()
        for fd in (self._wake_read, self._wake_write):
            os.set_blocking(fd, False)

    def start(self) -> int:
        """Start the run; its pid.

        Raises:
            OSError: the interpreter can't be started; the launch folder says so already.
            ListenError: there is no listening for workers; the same.
        """
        self._catch_signals()
        try:
            self._open_the_door()
            self._run = start_run(self.spec, self._boot)
        except ListenError as fault:
            self._give_up(f"{type(fault).__name__}: {fault}")
            raise
        except OSError as fault:
            self._give_up(
                f"{type(fault).__name__}: {self.spec.python} can't be started: {fault.strerror or fault}"
            )
            raise
        found = procs.stat(self._run.pid)
        self._main = Known(self._run.pid, found.start if found else 0.0)
        self._watch = Watch(self._folder, self._main, self.spec.diagnostics.dump_every, self.spec.cwd)
        most = self.spec.diagnostics.max_size
        share = None if most is None else int(most * bounded.SHARE)
        self._output = bounded.Bounded(self._folder / layout.OUTPUT, share)
        self._durable.start()
        self._watch_for_suspects()
        self._keep_newest()
        self._tell_others()
        return self._run.pid

    def _give_up(self, reason: str) -> None:
        after.write_launch_if_missing(self.spec, None, reason)
        write.document(self._folder / layout.EXIT, after.exit_info(after.NOT_STARTED, None))

    def _open_the_door(self) -> None:
        """Listen for workers that can't write the launch folder, where there may be any."""
        wanted = self.spec.diagnostics
        if wanted.executor in _AFAR or wanted.listen is not None:
            sock, door = listen(wanted.listen)
            self._receiver = Receiver(self._folder, sock, door)
            self._receiver.start()
            self.spec = replace(self.spec, door=door)

    def _keep_newest(self) -> None:
        """Delete old launches as ``--keep`` asks, beside the run: a disk may take its time."""
        keep = self.spec.diagnostics.keep
        if keep is None:
            return
        # What reads launches takes time and memory, which a supervisor that is not asked for it saves.
        from hamtui.supervise.prune import keep_newest  # noqa: PLC0415

        about = self._folder.parent, keep
        threading.Thread(target=keep_newest, args=about, name="keep", daemon=True).start()

    def _watch_for_suspects(self) -> None:
        if self.spec.on_suspect is not None:
            # Without it the run goes on: watching must not break what is watched.
            with contextlib.suppress(OSError):
                watch_for_suspects(self.spec)

    def _tell_others(self) -> None:
        """The tracker's sender and the spans', where they are wanted; without them the run goes on."""
        folder, wanted = self.spec.launch_dir, self.spec.diagnostics
        if wanted.track is not None:
            from hamtui.supervise import track  # noqa: PLC0415 - readers, HTTP: most launches need none of it

            with contextlib.suppress(OSError):
                track.start(folder, self.spec.cwd, wanted)
        if "otlp" in wanted.trace:
            from hamtui.supervise import otlp  # noqa: PLC0415

            with contextlib.suppress(OSError):
                otlp.start(folder, wanted)

    def _catch_signals(self) -> None:
        """The terminal's signals are not for us, and TERM stops the run first.

        They are caught, not ignored: what is ignored stays ignored in the run, which must get its INT.
        """
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_term)

    def _on_term(self, *_: object) -> None:
        self._told_to_stop = "SIGTERM to the supervisor"

    def see_to_the_end(self) -> None:
        """Look at the run until it ends, then write what there is to write."""
        try:
            while not self._ended_within(PACE_S):
                if self._told_to_stop is not None:
                    self._stop()
        finally:
            self._write_the_end()

    def _target(self) -> Target:
        return Target(self._main, tuple(self._watch.descendants.values()))

    def _stop(self) -> None:
        for _ in ladder.stop(self._target(), self._ended_within):
            pass

    def _ended_within(self, seconds: float) -> bool:
        """Look on for ``seconds``, or until the run has ended; whether it has."""
        deadline = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            self._watch.look(now)
            self._output.look(now)
            if self._receiver is not None:
                self._receiver.look()
                for (host, pid), back in self._receiver.news(now):
                    self._watch.tell_gone(host, pid, back=back)
            if self._run.poll() is not None:
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._sleep(min(left, PACE_S))
            if self._run.poll() is not None:
                return True

    def _sleep(self, seconds: float) -> None:
        """At most that long; a child's end wakes at once."""
        with contextlib.suppress(OSError):
            ready, _, _ = select.select([self._wake_read], [], [], seconds)
            if ready:
                os.read(self._wake_read, 4096)

    def _write_the_end(self) -> None:
        returncode = self._run.wait()
        self._watch.close()
        if self._receiver is not None:
            self._receiver.finish(_FAREWELL_S)
        asked_by = after.asked_by(self._folder) or self._told_to_stop
        ended_at = time.time()
        if returncode != 0 or asked_by is not None:
            # A run that ended well may have left something on purpose; a dead one left its workers behind.
            ladder.clear(self._target())
        if self._receiver is not None:
            leftover.collect(self._folder, self._main.pid)
        after.write_launch_if_missing(
            self.spec, self._main, "EarlyExit: the run ended before it could say anything; see its output"
        )
        with contextlib.suppress(OSError):
            after.write_crashes(self._folder, self._main.pid, ended_at)
        cache_view.start(self._folder, self.spec.diagnostics)
        info = replace(after.exit_info(returncode, asked_by), ended_at=ended_at)
        write.document(self._folder / layout.EXIT, info)
        self.ended = info
        self._durable.finish()


def watch_for_suspects(spec: RunSpec) -> None:
    """The process that runs the command of ``--on-suspect``; it ends by itself when the launch is over.

    Raises:
        OSError: it can't be started.
    """
    asked = {"folder": spec.launch_dir, "cwd": spec.cwd, "command": spec.on_suspect}
    beside.start("hamtui.supervise.suspects", asked)


def start_run(spec: RunSpec, boot: Path) -> "subprocess.Popen[bytes]":
    """The run in a session of its own, output to one appended file, the spec in a file without a name."""
    output = files.open_to_append(Path(spec.launch_dir) / layout.OUTPUT)
    try:
        with _nameless(contract_spec.pack(replace(spec, on_suspect=None))) as handed:
            return subprocess.Popen(
                [spec.python, str(boot), "--spec-fd", str(handed.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=spec.cwd,
                start_new_session=True,
                pass_fds=(handed.fileno(),),
            )
    finally:
        os.close(output)


def _nameless(data: bytes) -> IO[bytes]:
    """``data`` in an open file that has no name, at its start: in memory where the system can."""
    if hasattr(os, "memfd_create"):
        file: IO[bytes] = os.fdopen(os.memfd_create("hamtui-spec"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    file.write(data)
    file.flush()
    file.seek(0)
    return file
