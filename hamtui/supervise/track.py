"""``python -m hamtui.supervise.track``: tells the Hamilton UI of a launch while it runs, and for a while after it.

A process of its own beside the supervisor: whatever the server does, the run and the supervisor never wait for
it. On its stdin, as JSON: the launch folder, the working folder, and where to send. The API key is in its environment alone.
"""

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hamtui.contract import flight, layout, tracking
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Kind
from hamtui.contract.tracking import Destination
from hamtui.follow import process
from hamtui.follow.decode import decode
from hamtui.supervise import beside, uploads, vcs
from hamtui.supervise import progress as spooled
from hamtui.supervise.notices import Notices
from hamtui.supervise.progress import Progress
from hamtui.supervise.uploads import Upload
from hamtui.supervise.web import PATIENCE, Patience, Refused, Unanswered, WebError

#: Between two looks for new calls, seconds.
EVERY_S = 0.3
#: So long after the launch's end a server that does not answer is tried again, seconds; then `hamtui track` is for that.
AFTER_S = 60.0

#: Of somebody who waits for the answer: he is told at the end.
ASKED = Patience(slow_s=20.0)

#: The longest pause between two tries while the launch runs, and after it, seconds.
RUNNING_PAUSE_S, OVER_PAUSE_S = 15.0, 4.0
#: A command in the foreground waits so long for the last calls when the run has ended: a container may end with it.
WAIT_S = 2.0


class BusyError(Exception):
    """Another process sends this launch's calls."""


def start(folder: str, cwd: str, wanted: Diagnostics) -> None:
    """Start the process, where a tracker is wanted. Its key travels by the environment. Raises OSError."""
    if wanted.track is None or tracking.trouble(wanted, os.environ) is not None:
        return
    told = {
        "folder": folder,
        "cwd": cwd,
        "destination": asdict(tracking.destination(wanted, os.environ)),
    }
    beside.start("hamtui.supervise.track", told)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else sends this launch's calls meanwhile. Raises BusyError; OSError where the folder can't be read."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError from None
        yield
    finally:
        os.close(fd)


class Sender:
    """Follows one launch's spool. ``say`` writes a notice into the launch; of warnings there is one."""

    def __init__(
        self, folder: Path, where: Destination, progress: Progress, patience: Patience = PATIENCE
    ) -> None:
        self.folder, self.where, self.progress = folder, where, progress
        self._key = tracking.api_key(where.tracker, os.environ)
        self.upload = Upload(folder, where, self._key, progress, patience=patience, on_slow=self.warn)
        self._notices = Notices(folder, "tracker")

    def warn(self, error: WebError) -> None:
        """Say once what is wrong with the server, and what becomes of the calls."""
        self.progress.state = tracking.WAITING
        if self.progress.warning is None:
            self.progress.warning = str(error)
            self._notices.say(self.warning(), flight.WARNING)
        self._write()

    def warning(self) -> str:
        """One sentence."""
        return (
            f"tracker: {self.where.api_url} {self.progress.warning}; the run goes on, "
            "and hamtui track sends later what is left"
        )

    def _write(self) -> None:
        with suppress(OSError):
            spooled.write(self.folder, self.progress)

    def _rest(self, tries: int, over: bool) -> None:
        """Until the next try. The launch's end is one more reason for it, and its folder's for none."""
        until = time.monotonic() + uploads.pause(tries, OVER_PAUSE_S if over else RUNNING_PAUSE_S)
        while time.monotonic() < until and self.folder.is_dir() and (over or ended(self.folder) is None):
            time.sleep(min(EVERY_S, max(0.0, until - time.monotonic())))

    def follow(self) -> None:
        """Until all is told, or the launch is over for ``AFTER_S`` and nobody answers."""
        tries, url, checked, gone_at = 0, None, False, None
        while self.folder.is_dir():
            over = ended(self.folder)
            if over is not None:
                gone_at = gone_at or time.monotonic()
            try:
                if not checked:
                    self.upload.check()
                    checked = True
                self.upload.turn()
                if over is not None:
                    self.upload.finish(over)
            except Unanswered as error:
                self.warn(error)
                if gone_at is not None and time.monotonic() - gone_at > AFTER_S:
                    break
                self._rest(tries, over is not None)
                tries += 1
                continue
            except (Refused, KeyError, TypeError, ValueError) as error:
                self.warn(error if isinstance(error, WebError) else WebError(f"answers oddly: {error!r}"))
                break
            tries = 0
            if self.progress.url is not None and url is None:
                url = self.progress.url
                self._notices.say(f"tracker: {url}", flight.INFO)
            self.progress.state = tracking.DONE if over is not None else tracking.SENDING
            if over is not None:
                self._write()
                return
            time.sleep(EVERY_S)
        self.progress.state = tracking.KEPT
        self._write()


def ended(folder: Path) -> float | None:
    """When the launch was over, Unix seconds; None while it runs, or where that can't be told."""
    left = _document(folder, layout.EXIT, Kind.EXIT)
    if isinstance(left, ExitInfo):
        return left.ended_at or time.time()
    info = _document(folder, layout.LAUNCH, Kind.LAUNCH)
    fact = process.look(info if isinstance(info, LaunchInfo) else None, folder)
    if fact.alive is False and fact.supervisor_alive is not True:
        return time.time()
    return None


def _document(folder: Path, name: str, kind: Kind) -> Any:
    try:
        return decode(kind, (folder / name).read_bytes())
    except OSError:
        return None


def begin(folder: Path, cwd: str, where: Destination) -> Progress:
    """What is written first: where it goes, and the version of the code as it is now."""
    found = vcs.version(cwd)
    tags = {"host": socket.gethostname(), **(found.tags() if found is not None else {})}
    version = None if found is None else {**found.tags(), "repository": found.repository}
    fresh = Progress(destination=asdict(where), tags=tags, version=version)
    spooled.write(folder, fresh)
    return fresh


def is_busy(folder: Path) -> bool:
    """Whether there are calls to be made, of which nobody has said yet that they can't be."""
    if not (folder / layout.TRACKER_SPOOL).exists():
        return False
    found = spooled.read(folder)
    return found is None or (found.state not in (tracking.DONE, tracking.KEPT) and found.warning is None)


def resend(folder: Path, patience: Patience = ASKED) -> Progress:
    """Send what is left of a launch that is over. Raises WebError, BusyError, OSError, LookupError (no tracker)."""
    progress = spooled.read(folder)
    if progress is None:
        raise LookupError(folder)
    sender = Sender(folder, Destination(**progress.destination), progress, patience)
    with alone(folder):
        sender.upload.check()
        sender.upload.turn()
        over = ended(folder)
        if over is not None:
            sender.upload.finish(over)
        sender.progress = replace(progress, state=tracking.DONE, warning=None)
        spooled.write(folder, sender.progress)
    return sender.progress


def main() -> int:
    """Do what the supervisor asked for on stdin."""
    told = json.loads(sys.stdin.buffer.read())
    folder, where = Path(told["folder"]), Destination(**told["destination"])
    with suppress(OSError, BusyError), alone(folder):
        Sender(folder, where, begin(folder, told["cwd"], where)).follow()
    return 0


if __name__ == "__main__":
    sys.exit(main())
