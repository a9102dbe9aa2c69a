"""``python -m hamtui.supervise.cache_view FOLDER PICTURE``: draws the last run's plan with what the cache did.

A process of its own, so that neither reading a launch nor graphviz holds the supervisor up or makes it grow.
"""

import contextlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import hamtui
from hamtui.contract import dot, files, layout
from hamtui.contract.diagnostics import Diagnostics

#: The exit record waits so long for the picture, seconds; a larger graph is drawn behind it.
WITHIN_S = 2.0
#: graphviz is given up after so long, seconds.
_GRAPHVIZ_S = 60.0


def start(folder: Path, wanted: Diagnostics) -> None:
    """Draw it, in a process of its own, if the launch had a cache; wait a moment for it. Never raises OSError."""
    if wanted.draw == "none" or not _had_cache(folder):
        return
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.Popen(
            [sys.executable, "-m", "hamtui.supervise.cache_view", str(folder), wanted.draw],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # `-m` looks in the working folder first: there must be nothing but packages in it.
            cwd=Path(hamtui.__file__).resolve().parent.parent,
            start_new_session=True,
        ).wait(WITHIN_S)


def _had_cache(folder: Path) -> bool:
    try:
        told = json.loads((folder / layout.LAUNCH).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("cache_dir") is not None


def draw(folder: Path, picture: str) -> None:
    """Write cache_view_run.dot, and beside it the picture where graphviz is installed. Raises OSError."""
    # Here, for the supervisor imports this module to start it and is to stay small.
    from hamtui.follow.follower import read_launch  # noqa: PLC0415
    from hamtui.follow.launches import LaunchRef  # noqa: PLC0415
    from hamtui.follow.past import read_past  # noqa: PLC0415
    from hamtui.model import cache_view  # noqa: PLC0415

    ref = LaunchRef(folder.name, folder, flat=False, written_at=time.time())
    launch = read_launch(ref)
    run = next(reversed(launch.runs.values()), None)
    if run is None or not run.nodes:
        return
    text = dot.text(
        run.nodes.values(),
        run.others.values(),
        title=f"{launch.id or folder.name}: what the cache did",
        targets=run.targets,
        marks=cache_view.marks(launch, run, read_past(ref)),
    )
    made = folder / f"{dot.CACHE_VIEW}.dot"
    files.put(made, text.encode("utf-8", "backslashreplace"))
    program = shutil.which("dot")
    if picture not in dot.PICTURES or program is None:
        return
    drawn = subprocess.run(
        [program, f"-T{picture}", str(made)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_GRAPHVIZ_S,
        check=False,
    )
    if drawn.returncode == 0:
        files.put(made.with_suffix(f".{picture}"), drawn.stdout)


if __name__ == "__main__":
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        draw(Path(sys.argv[1]), sys.argv[2])
