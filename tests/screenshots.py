"""The README's pictures: recorded launches replayed through the real app. ``python -m tests.screenshots [NAME…]``.

Writes screenshots/NAME.svg, and a PNG of the first beside it where cairosvg is installed.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hamtui.follow.follower import Batch, Follower
from hamtui.follow.launches import LaunchRef, find
from hamtui.tui.app import HamtuiApp
from tests.data.generate import generate
from tests.tui.driving import drawn

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
#: What Textual's SVG asks for comes from the network; this is what is there.
_FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"


@dataclass(frozen=True)
class Picture:
    """A scene of tests/data at a size, after some keys."""

    scene: str
    size: tuple[int, int] = (110, 32)
    keys: tuple[str, ...] = ()
    theme: str = "dark"


PICTURES = {
    "suspected": Picture("suspected"),
    "suspected-80x24": Picture("suspected", (80, 24)),
    "deadlocked": Picture("deadlocked"),
    "deadlocked-80x24": Picture("deadlocked", (80, 24)),
    "stragglers": Picture("blocks", keys=("up",)),
    "ticking": Picture("ticking"),
    "killed": Picture("killed"),
    "running": Picture("running"),
    "failed": Picture("failed"),
    "cached": Picture("cached", keys=("2",)),
    "parallel": Picture("parallel"),
    "catalog": Picture("published", keys=("7",)),
    "catalog-80x24": Picture("published", (80, 24), keys=("7",)),
    "search": Picture("failed", keys=("5", "s", *"region", "enter")),
    "light": Picture("suspected", theme="light"),
}


class _Once:
    """Reads a folder to its end, as a folder that tells of its changes; no watcher, so no picture depends on one."""

    def __init__(self, ref: LaunchRef) -> None:
        self._follower = Follower(ref)

    def batches(self, stop: threading.Event) -> Iterator[Batch]:
        caught_up = False
        while not caught_up and not stop.is_set():
            batch = self._follower.read_once()
            caught_up = batch.caught_up
            yield replace(batch, notified=True)
        self._follower.close()
        stop.wait()


def replay(scene: str, folder: str | Path, **options: bool | str) -> HamtuiApp:
    """The app on a generated launch, at the instant and with the processes that the scene says."""
    made = generate(scene, folder)
    ref = find(made.dir)
    return HamtuiApp(
        ref,
        follower=_Once(ref),
        clock=lambda _: made.now,
        fact=lambda _, __: made.fact,
        ascii=bool(options.get("ascii")),
        theme=str(options.get("theme", "dark")),
    )


async def take(picture: Picture) -> str:
    """The picture as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        app = replay(picture.scene, folder, theme=picture.theme)
        async with app.run_test(size=picture.size) as pilot:
            await drawn(pilot)
            for key in picture.keys:
                await pilot.press(key)
            await pilot.pause(0.3)
            return app.export_screenshot(title="hamtui", simplify=True)


def main(names: list[str]) -> None:
    """Take the named pictures, or all."""
    FOLDER.mkdir(exist_ok=True)
    try:
        cairosvg = importlib.import_module("cairosvg")
    except ImportError:
        cairosvg = None
    for name in names or list(PICTURES):
        svg = asyncio.run(take(PICTURES[name])).replace("Fira Code", _FONT)
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        if cairosvg is not None and name == next(iter(PICTURES)):
            cairosvg.svg2png(bytestring=svg.encode(), write_to=str(FOLDER / f"{name}.png"), output_width=1400)
        print(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
