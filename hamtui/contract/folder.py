"""Making a launch's folder: a name of its own, for the owner alone, and ``latest`` pointing at it."""

import contextlib
import os
import time
from pathlib import Path

from hamtui.contract import files
from hamtui.contract.layout import LATEST, LAUNCH_TIME_FORMAT
from hamtui.contract.owner import stranger

_TRIES = 100


class LaunchFolderError(Exception):
    """The launch folder can't be made; the text is one sentence for the user."""


def make_launch(diag_dir: Path, *, trust: bool = False) -> Path:
    """A new launch folder in ``diag_dir``, absolute.

    ``trust``: also in a folder that belongs to another user, who can then read and change what is in it.

    Raises:
        LaunchFolderError: ``diag_dir`` is a file, can't be written, or belongs to somebody else.
    """
    diag = Path(os.path.abspath(diag_dir))
    owner = None if trust else stranger(diag)
    if owner is not None:
        raise LaunchFolderError(
            f"{diag} belongs to {owner}, not to you; name another --diag-dir, or give --trust"
        )
    try:
        _make_diag(diag)
        folder = _fresh_folder(diag)
    except FileExistsError:
        raise LaunchFolderError(f"{diag} is a file, not a folder; name another --diag-dir") from None
    except NotADirectoryError:
        raise LaunchFolderError(f"{diag} can't be made: a part of its path is a file") from None
    except OSError as fault:
        raise LaunchFolderError(f"{diag} can't be written: {fault.strerror or fault}") from None
    _point_latest(diag, folder.name)
    return folder


def _make_diag(diag: Path) -> None:
    diag.parent.mkdir(parents=True, exist_ok=True)
    try:
        files.make_folder(diag)
    except FileExistsError:
        if not diag.is_dir():
            raise


def _fresh_folder(diag: Path) -> Path:
    for _ in range(_TRIES):
        folder = diag / f"{time.strftime(LAUNCH_TIME_FORMAT, time.gmtime())}-{os.getpid()}"
        try:
            files.make_folder(folder)
        except FileExistsError:
            if not diag.is_dir():
                raise
            # This process already made one within this second.
            time.sleep(1.0 - time.time() % 1.0 + 0.001)
        else:
            return folder
    raise LaunchFolderError(f"{diag} has no free name for a launch")


def _point_latest(diag: Path, name: str) -> None:
    """Re-point ``latest``; a file system without links, or a folder of that name, costs the link alone."""
    half = diag / f".{LATEST}.{os.getpid()}"
    with contextlib.suppress(OSError):
        half.unlink()
    try:
        os.symlink(name, half)
        os.replace(half, diag / LATEST)
    except OSError:
        with contextlib.suppress(OSError):
            half.unlink()
