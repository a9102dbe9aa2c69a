"""A person's terminal at a node's pdb: lines there, what pdb says back, until one of the two has enough.

The terminal's own line editing is all there is, so that it works over any line. Nothing here knows a screen: the
dashboard steps aside for it, ``--plain`` waits for it.
"""

import codecs
import contextlib
import os
import re
import select
import signal
import socket
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

from hamtui.contract import identity
from hamtui.model.fold import Launch
from hamtui.model.state import Span
from hamtui.model.text import visible

#: Between two looks whether the one who waits for the terminal wants it back, seconds.
_PACE_S = 0.5
_READ = 65_536
#: Kept as they are: what pdb says has lines and columns.
_KEPT = re.compile(r"([\n\t]+)")
_HINT = "(c: it goes on; q: without the debugger; ctrl-d: leave it here; h: help)"
#: After so many looks at which nothing came since the beginning, that is said.
_QUIET_TURNS = 3
_QUIET = "(nothing yet: somebody else is at its prompt, or the node runs on; ctrl-d leaves)\n"


class Unreachable(Exception):  # noqa: N818 - it reads as what it says
    """The prompt can't be reached. The message is one clear sentence."""


def greeting(span: Span, back: str) -> str:
    """What a person is told who comes to a span's prompt. ``back``: what has the terminal after it."""
    node = visible(span.key.node)
    task = f" [{visible(span.key.task_id)}]" if span.key.task_id is not None else ""
    return (
        f"{node}{task} in pdb, process {span.pid}.\n"
        f"c lets it go on, q too and without the debugger; then {back} comes back.\n"
        "ctrl-d comes back at once and leaves it waiting here. h is help.\n\n"
    )


def waiting(launch: Launch) -> list[Span]:
    """The spans in the debugger, the one that waits longest first."""
    if not launch.debugged:
        return []
    found = [span for run in launch.runs.values() for span in run.spans.values() if span.in_debugger]
    return sorted(found, key=lambda span: (span.halt.at if span.halt is not None else None) or 0.0)


def socket_of(span: Span) -> str:
    """Where the span's prompt is. Raises Unreachable where that is not here."""
    halt = span.halt
    if halt is None or halt.socket is None:
        raise Unreachable(f"{span.key.node} is not in the debugger any more")
    if not Path(halt.socket).exists():
        where = f", on {span.host}" if span.host not in {None, identity.host()} else ""
        raise Unreachable(f"{span.key.node} waits in the debugger where it runs{where}: attach there")
    return halt.socket


def talk(path: str, said: str, wanted_back: Callable[[], bool] = lambda: False) -> bool:
    """Give this process' terminal to the pdb behind ``path``; whether it went on, and not the person.

    ``said`` is printed first. ``wanted_back`` is asked now and then. For the main thread. Raises Unreachable.
    """
    with _connected(path) as pdb, _lines(0):
        relay = _Relay(pdb)
        before = signal.signal(signal.SIGINT, relay.on_interrupt)
        try:
            _write(said)
            return relay.run(wanted_back)
        finally:
            signal.signal(signal.SIGINT, before)


class _Relay:
    """Both directions, until one of the two hangs up."""

    def __init__(self, pdb: socket.socket) -> None:
        self._pdb = pdb
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        #: What stands on the terminal's last line: pdb's prompt, most of the time.
        self._line = ""

    def run(self, wanted_back: Callable[[], bool]) -> bool:
        """Whether it was pdb that hung up, and not the person."""
        poll = select.poll()
        poll.register(self._pdb, select.POLLIN)
        poll.register(0, select.POLLIN)
        quiet = 0
        while not wanted_back():
            ready = {number for number, _ in poll.poll(_PACE_S * 1000)}
            quiet = quiet + 1 if quiet >= 0 and not ready else -1
            if quiet == _QUIET_TURNS:
                _write(_QUIET)
            try:
                if self._pdb.fileno() in ready:
                    data = self._pdb.recv(_READ)
                    if not data:
                        return True
                    self._show(shown(self._decode(data)))
                elif 0 in ready:
                    typed = _typed()
                    if not typed:
                        _write("\n")
                        return False
                    self._pdb.sendall(typed)
            except ConnectionError:
                return True
        return False

    def _show(self, text: str) -> None:
        self._line = (self._line + text).rpartition("\n")[2]
        _write(text)

    def on_interrupt(self, *_: object) -> None:
        """Ctrl-C drops the line that was typed, as in a shell, and says how to leave: it is not for the run."""
        _write(f"\n{_HINT}\n{self._line}")


def _typed() -> bytes:
    try:
        return os.read(0, _READ)
    except OSError:
        return b""  # the terminal is gone


def _write(text: str) -> None:
    with contextlib.suppress(OSError):
        data = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
        while data:
            data = data[os.write(1, data) :]


def shown(text: str) -> str:
    """What pdb says, with nothing in it that a terminal would obey but line ends and tabs."""
    return "".join(part if number % 2 else visible(part) for number, part in enumerate(_KEPT.split(text)))


@contextlib.contextmanager
def _connected(path: str) -> Iterator[socket.socket]:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as pdb:
        try:
            pdb.connect(path)
        except OSError as error:
            raise Unreachable(f"the debugger can't be reached: {error.strerror or error}") from None
        asks = getattr(socket, "SO_PEERCRED", None)
        if asks is not None:
            _, user, _ = struct.unpack("iII", pdb.getsockopt(socket.SOL_SOCKET, asks, struct.calcsize("iII")))
            if user != os.geteuid():
                raise Unreachable(f"the debugger belongs to another user (uid {user})")
        yield pdb


@contextlib.contextmanager
def _lines(terminal: int) -> Iterator[None]:
    """Whole lines, echoed, whatever mode the terminal was in."""
    try:
        before = termios.tcgetattr(terminal)
    except termios.error:
        yield
        return
    cooked = [*before]
    cooked[0] |= termios.ICRNL
    cooked[1] |= termios.OPOST
    cooked[3] |= termios.ICANON | termios.ECHO | termios.ECHOE | termios.ISIG | termios.IEXTEN
    termios.tcsetattr(terminal, termios.TCSADRAIN, cooked)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
