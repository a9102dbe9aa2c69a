"""What the screen looks like, whole, at the sizes people have.

Behaviour is asserted elsewhere; these show what a change does to the eye. Drawings hold for one version of
everything that draws, so they are compared there alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screenshots import replay
from tests.tui.driving import drawn

pytestmark = [
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="snapshots are kept for Python 3.11"),
    pytest.mark.skipif(version("textual") != "8.2.8", reason="snapshots are kept for textual 8.2.8"),
    pytest.mark.skipif(version("rich") != "15.0.0", reason="snapshots are kept for rich 15.0.0"),
]

SIZES = [(80, 24), (120, 36), (160, 50)]
Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


async def _settled(pilot: Pilot[Any]) -> None:
    await drawn(pilot)
    await pilot.pause(0.3)


def _compare(snap_compare: Compare, folder: Path, scene: str, size: tuple[int, int], **options: Any) -> bool:
    return snap_compare(replay(scene, folder, **options), terminal_size=size, run_before=_settled)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", ["running", "suspected", "failed", "cached", "parallel", "empty"])
def test_scene(snap_compare: Compare, tmp_path: Path, scene: str, size: tuple[int, int]) -> None:
    assert _compare(snap_compare, tmp_path, scene, size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_colour(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert _compare(snap_compare, tmp_path, "suspected", size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_terminals_own_colours(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert _compare(snap_compare, tmp_path, "suspected", size, theme="ansi")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_ascii(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert _compare(snap_compare, tmp_path, "suspected", size, ascii=True)


@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", ["deadlocked", "child_socket", "blocks", "ticking", "killed"])
def test_a_diagnosis(snap_compare: Compare, tmp_path: Path, scene: str, size: tuple[int, int]) -> None:
    assert _compare(snap_compare, tmp_path, scene, size)


@pytest.mark.parametrize("scene", ["deadlocked", "ticking"])
def test_a_diagnosis_in_ascii_without_colour(
    snap_compare: Compare, tmp_path: Path, scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert _compare(snap_compare, tmp_path, scene, (80, 24), ascii=True)


def test_light(snap_compare: Compare, tmp_path: Path) -> None:
    assert _compare(snap_compare, tmp_path, "suspected", (120, 36), theme="light")


@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_search(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    async def search(pilot: Pilot[Any]) -> None:
        await drawn(pilot)
        await pilot.press("5", "s", *"risk", "enter")
        await _settled(pilot)

    assert snap_compare(replay("failed", tmp_path), terminal_size=size, run_before=search)
