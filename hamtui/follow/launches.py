"""Which launches a folder holds, and which one is meant."""

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from hamtui.contract import layout
from hamtui.contract.layout import Kind
from hamtui.contract.owner import stranger

#: Any of these in a diag folder itself makes it a flat one.
_FLAT = frozenset({Kind.FLIGHT, Kind.STACKS, Kind.CRASH, Kind.APP_LOG, Kind.CACHE_LOG})


class NoLaunch(Exception):  # noqa: N818 - it reads as what it says
    """There is no such launch. The message is one clear sentence that says what to do."""


@dataclass(frozen=True)
class LaunchRef:
    """A launch's folder. ``flat``: files that lie in the diag folder itself, by somebody's own scripts.

    ``written_at``: Unix seconds of the newest write to any of its files (requests not counted).
    """

    id: str
    dir: Path
    flat: bool
    written_at: float


def launches(path: str | os.PathLike[str]) -> list[LaunchRef]:
    """The launches of a diag folder, launch folder or flat folder, newest first; ``[]`` if none.

    Where somebody's own files lie among launch folders nobody knows when they were begun: last written first.
    Of others' launches in it those of its own owner alone: who looks into a folder trusts that one.
    """
    folder = Path(os.path.realpath(path))
    try:
        return _launches(folder, {os.geteuid(), folder.stat().st_uid})
    except OSError:
        return []


def find(path: str | os.PathLike[str], launch: str | None = None, *, trust: bool = False) -> LaunchRef:
    """The first of ``launches``, or the one whose id is (or uniquely begins with) ``launch``. Raises NoLaunch.

    ``trust``: folders that belong to somebody else too.
    """
    folder = Path(path)
    owner = None if trust else stranger(folder)
    if owner is not None:
        raise NoLaunch(
            f"{folder} belongs to {owner}, not to you, and may be made to deceive; --trust reads it all the same."
        )
    try:
        found = _launches(Path(os.path.realpath(folder)), None if trust else {os.geteuid()})
    except FileNotFoundError:
        raise NoLaunch(
            f"There is no folder {folder}; start a run with hamtui run, or name its diag folder."
        ) from None
    except NotADirectoryError:
        raise NoLaunch(
            f"{folder} is a file; name the diag folder or launch folder that it lies in."
        ) from None
    except PermissionError:
        raise NoLaunch(f"{folder} may not be read by you; ask its owner, or look at it as them.") from None
    except OSError as error:
        raise NoLaunch(f"{folder} cannot be read: {error.strerror or error}.") from None
    if not found:
        raise NoLaunch(f"There is no launch in {folder}; {_advice(folder)}.")
    return found[0] if launch is None else _named(found, launch, folder)


def _advice(folder: Path) -> str:
    below = folder / layout.DEFAULT_DIAG_DIR
    if folder.name != layout.DEFAULT_DIAG_DIR and launches(below):
        return f"name {below}"
    return "start one with hamtui run, or name another diag folder"


def _named(found: list[LaunchRef], launch: str, folder: Path) -> LaunchRef:
    for ref in found:
        if ref.id == launch:
            return ref
    begun = [ref for ref in found if launch and ref.id.startswith(launch)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise NoLaunch(f"{launch} is the beginning of {len(begun)} launches in {folder}: {_few(begun)}.")
    near = difflib.get_close_matches(launch, [ref.id for ref in found], n=3, cutoff=0.4)
    nearest = ", ".join(near) if near else _few(found)
    raise NoLaunch(f"There is no launch {launch} in {folder}; nearest: {nearest}.")


def _few(refs: list[LaunchRef]) -> str:
    shown = ", ".join(ref.id for ref in refs[:5])
    return f"{shown}, …" if len(refs) > 5 else shown


def _launches(folder: Path, owners: set[int] | None) -> list[LaunchRef]:
    """``owners``: whose launches count; None: everybody's."""
    with os.scandir(folder) as entries:
        inside = list(entries)
    names = {entry.name for entry in inside}
    if layout.LAUNCH in names or layout.EXIT in names or layout.LAUNCH_ID.match(folder.name):
        return [_ref(folder, inside, flat=False)]
    found = [ref for entry in inside if (ref := _launch_in(entry, owners)) is not None]
    if any(source.kind in _FLAT for source in _sources(names)):
        found.append(_ref(folder, inside, flat=True))
    mixed = any(ref.flat for ref in found)
    return sorted(found, key=lambda ref: (ref.written_at if mixed else _begun(ref), ref.id), reverse=True)


def _begun(ref: LaunchRef) -> float:
    """When the launch was made: several of one second by their launch.json, which is written once."""
    named = layout.LAUNCH_ID.match(ref.id)
    try:
        made = (ref.dir / layout.LAUNCH).stat().st_mtime
    except OSError:
        made = ref.written_at
    try:
        told = datetime.strptime(named[1] if named else "", layout.LAUNCH_TIME_FORMAT).replace(
            tzinfo=timezone.utc
        )
    except ValueError:
        return made
    second = told.timestamp()
    return min(max(made, second), second + 0.999)


def _launch_in(entry: "os.DirEntry[str]", owners: set[int] | None) -> LaunchRef | None:
    """The launch that a diag folder's entry is. ``latest`` is a link to one that is listed by itself."""
    try:
        if not entry.is_dir(follow_symlinks=False):
            return None
        if owners is not None and entry.stat().st_uid not in owners:
            return None
        with os.scandir(entry.path) as entries:
            inside = list(entries)
    except OSError:
        return None
    named = layout.LAUNCH_ID.match(entry.name) is not None
    if not named and not any(file.name == layout.LAUNCH for file in inside):
        return None
    return _ref(Path(entry.path), inside, flat=False)


def _sources(names: Iterable[str]) -> list[layout.Source]:
    return [source for name in names if (source := layout.classify(name)) is not None]


def _ref(folder: Path, inside: "list[os.DirEntry[str]]", *, flat: bool) -> LaunchRef:
    times = []
    for entry in inside:
        source = layout.classify(entry.name)
        if source is not None and source.kind is not Kind.REQUESTS:
            try:
                times.append(entry.stat().st_mtime)
            except OSError:
                continue
    written_at = max(times) if times else folder.stat().st_mtime
    return LaunchRef(folder.name, folder, flat, written_at)
