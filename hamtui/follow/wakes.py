"""When to look at a folder again: when it tells of a change, or every so often."""

import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing

from hamtui.follow import inotify
from hamtui.follow.folder import Folder

#: What is told sooner after the last is handed over together with what follows: seconds.
STEP_S = 0.015
#: So long at most until ``stop`` is seen.
TIMEOUT_S = 0.1
#: Milliseconds. watchfiles looks so often whether paths changed, and hands them over when no further path came
#: until the next look, or at the first after DEBOUNCE: a folder in which files keep appearing must not wait.
LOOK_MS, DEBOUNCE_MS = 8, 5
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
    except (FileNotFoundError, inotify.FolderGone):
        yield None
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
    with closing(watch(roots, stop)) as told:
        for paths in told:
            now = time.monotonic()
            if paths is None or paths:
                unheard_since = None
                yield paths
            elif unheard_since is not None and now - unheard_since > DEAF_AFTER_S:
                raise Deaf
            if now >= next_look:
                first, next_look = next_look == 0.0, now + SAFETY_S
                if folder.roots() != roots or [_identity(root) for root in roots] != before:
                    yield None
                    raise Gone
                if folder.scan() and not first and paths == set():
                    unheard_since = unheard_since or now
                yield set()  # what the look found


#: Paths that are told of in folders; empty within ``TIMEOUT_S`` where none is, None: look at everything.
Tellings = Generator[set[str] | None, None, None]


def by_inotify(roots: list[str], stop: threading.Event) -> Tellings:
    """Sleeps until the kernel tells of something."""
    with closing(inotify.Watch(roots)) as kernel:
        yield set()
        while not stop.is_set():
            told = kernel.wait(TIMEOUT_S)
            yield told
            if told != set():
                stop.wait(STEP_S)


def by_watchfiles(roots: list[str], stop: threading.Event) -> Tellings:
    """Looks every step whether something changed, which costs a hundredth of a processor; where there is no inotify."""
    import watchfiles  # noqa: PLC0415 - takes longer to import than the rest of this room

    watching = watchfiles.watch(
        *roots,
        watch_filter=None,
        debounce=DEBOUNCE_MS,
        step=LOOK_MS,
        stop_event=stop,
        rust_timeout=round(TIMEOUT_S * 1000),
        yield_on_timeout=True,
        force_polling=False,
        recursive=False,
        ignore_permission_denied=True,
    )
    with closing(watching):
        for changes in watching:
            if any(kind is watchfiles.Change.deleted and path in roots for kind, path in changes):
                raise inotify.FolderGone
            yield {path for _, path in changes}


#: What tells of folders here.
watch: Callable[[list[str], threading.Event], Tellings] = by_inotify if inotify.HERE else by_watchfiles


def polls(stop: threading.Event) -> Generator[set[str] | None, None, None]:
    """Yield None every 50 ms: look at every file's size. Ends when ``stop`` is set."""
    while not stop.wait(POLL_S):
        yield None
