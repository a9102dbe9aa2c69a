"""When to look at a folder again: when it tells of a change, or every so often."""

import os
import threading
import time
from collections.abc import Generator
from contextlib import closing

from watchfiles import Change, watch

from hamtui.follow.folder import Folder

#: Milliseconds. watchfiles looks every STEP whether paths changed, and hands them over when no further path
#: came within a STEP, or at the first look after DEBOUNCE: a folder in which files keep appearing must not wait.
STEP_MS = 8
DEBOUNCE_MS = 5
TIMEOUT_MS = 100
POLL_S = 0.05
#: So long after a change that only the full look found, the folder must have told of something.
DEAF_AFTER_S = 0.5
SAFETY_S = 1.0


class Gone(Exception):  # noqa: N818 - it reads as what it says
    """The folder is another one now, or was not there: watch anew."""


class Deaf(Exception):  # noqa: N818 - it reads as what it says
    """The folder does not tell of its changes."""


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _wait_for(path: str, stop: threading.Event) -> None:
    """Until there is such a folder."""
    while not os.path.isdir(path) and not stop.wait(POLL_S):
        pass


def tellings(folder: Folder, stop: threading.Event) -> Generator[set[str] | None, None, None]:
    """Yield the paths of which the folder tells; None means "look at everything". Ends when ``stop`` is set.

    Raises:
        Gone: the folder was deleted, replaced, or another one to watch appeared.
        Deaf: it told nothing of a change that a full look found, or can't be watched at all.
    """
    _wait_for(folder.root, stop)
    roots = folder.roots()
    if stop.is_set() or folder.root not in roots:
        return
    # An open descriptor keeps the inode number from being given to the folder's successor.
    held = _hold(folder.root)
    try:
        yield from _tellings(folder, roots, stop)
    except FileNotFoundError:
        raise Gone from None
    except (OSError, RuntimeError, UnicodeError):
        # No more inotify watches, no such thing here, or a path that is no UTF-8.
        raise Deaf from None
    finally:
        if held >= 0:
            os.close(held)


def _hold(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return -1


def _tellings(
    folder: Folder, roots: list[str], stop: threading.Event
) -> Generator[set[str] | None, None, None]:
    before = [_identity(root) for root in roots]
    next_look = 0.0
    unheard_since: float | None = None
    watching = watch(
        *roots,
        watch_filter=None,
        debounce=DEBOUNCE_MS,
        step=STEP_MS,
        stop_event=stop,
        rust_timeout=TIMEOUT_MS,
        yield_on_timeout=True,
        force_polling=False,
        recursive=False,
        ignore_permission_denied=True,
    )
    with closing(watching):
        for changes in watching:
            now = time.monotonic()
            if changes:
                unheard_since = None
                if any(kind is Change.deleted and path in roots for kind, path in changes):
                    yield None
                    raise Gone
                yield {path for _, path in changes}
            elif unheard_since is not None and now - unheard_since > DEAF_AFTER_S:
                raise Deaf
            if now >= next_look:
                first, next_look = next_look == 0.0, now + SAFETY_S
                if folder.roots() != roots or [_identity(root) for root in roots] != before:
                    yield None
                    raise Gone
                if folder.scan() and not first and not changes:
                    unheard_since = unheard_since or now
                yield set()  # what the look found


def polls(stop: threading.Event) -> Generator[set[str] | None, None, None]:
    """Yield None every 50 ms: look at every file's size. Ends when ``stop`` is set."""
    while not stop.wait(POLL_S):
        yield None
