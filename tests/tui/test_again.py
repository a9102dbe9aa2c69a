"""Running again from the dashboard: what is offered, what is launched, and the pictures' key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamtui.contract.logs import CacheEvent
from hamtui.follow.launches import LaunchRef
from hamtui.tui.again import picture_of
from hamtui.tui.hands import CantAgain, Change
from hamtui.tui.opener import tool
from hamtui.tui.screens.ask import Ask
from tests.tui import scenes
from tests.tui.driving import drawn, screen, until
from tests.tui.scenes import T0, Scene


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


class Recorded:
    """Notes how it is to run again; the new launch is a folder of the test's."""

    def __init__(self, folder: Path, refuses: str | None = None) -> None:
        self.asked: list[Change] = []
        self.ref = LaunchRef("20261122T220000Z-5000", folder, False, T0)
        self._refuses = refuses

    def again(self, change: Change) -> LaunchRef:
        self.asked.append(change)
        if self._refuses is not None:
            raise CantAgain(self._refuses)
        return self.ref


def stored(node: str) -> Scene:
    scene = scenes.cached()
    scene.add(
        "cache_logs.jsonl",
        CacheEvent("set_result", scene.run_id, T0 + 1, node, None, "result_store", None, "version-1"),
    )
    return scene


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("a", Change()),
        ("n", Change(target="joined")),
        ("f", Change(recompute="joined")),
        ("v", Change(saved=("joined", "version-1"))),
    ],
)
async def test_each_way_to_run_it_again(tmp_path: Path, key: str, change: Change) -> None:
    again = Recorded(tmp_path)
    async with stored("joined").app(hands=again).run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        assert app.dashboard.select_node("joined")
        await pilot.press("a")
        assert isinstance(app.screen, Ask)
        page = "\n".join(screen(app))
        assert "Only joined and what it needs" in page and "With the saved value of joined" in page
        await pilot.press(key)
        await until(pilot, lambda: again.asked == [change])
        await until(pilot, lambda: app.session.ref is again.ref, "the new launch on the screen")
        assert app.own_launch


async def test_escape_launches_nothing(tmp_path: Path) -> None:
    again = Recorded(tmp_path)
    async with stored("joined").app(hands=again).run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("a", "escape", "a", "enter")
        await until(pilot, lambda: not isinstance(app.screen, Ask))
    assert again.asked == []


async def test_without_a_cache_only_what_can_be_is_offered(tmp_path: Path) -> None:
    async with scenes.failed().app(hands=Recorded(tmp_path)).run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        app.dashboard.select_node("joined")
        await pilot.press("a")
        page = "\n".join(screen(app))
        assert "All of it" in page and "saved value" not in page


async def test_why_it_cannot_be_is_said(tmp_path: Path) -> None:
    again = Recorded(tmp_path, refuses="no-can-do")
    async with stored("joined").app(hands=again).run_test(size=(120, 30), notifications=True) as pilot:
        app = await drawn(pilot)
        before = app.session.ref
        await pilot.press("a", "a")
        await until(pilot, lambda: "no-can-do" in "\n".join(screen(app)))
        assert app.session.ref is before


async def test_readonly_offers_nothing(tmp_path: Path) -> None:
    async with (
        stored("joined").app(hands=Recorded(tmp_path), readonly=True).run_test(size=(100, 30)) as pilot
    ):
        app = await drawn(pilot)
        await pilot.press("a")
        assert not isinstance(app.screen, Ask)
        assert "launch: run it again" not in {command.name for command in app.possible()}


async def test_the_picture_is_named_where_nothing_can_open_it(tmp_path: Path) -> None:
    (tmp_path / "execution_path.dot").touch()
    async with stored("joined").app(tmp_path).run_test(size=(160, 30), notifications=True) as pilot:
        app = await drawn(pilot)
        await pilot.press("o")
        await until(pilot, lambda: "execution_path.dot" in "\n".join(screen(app)))


async def test_a_launch_without_a_picture_says_so(tmp_path: Path) -> None:
    async with stored("joined").app(tmp_path).run_test(size=(120, 30), notifications=True) as pilot:
        app = await drawn(pilot)
        await pilot.press("o")
        await until(pilot, lambda: "no picture of its plan" in "\n".join(screen(app)))


def test_the_picture_that_tells_most_comes_first(tmp_path: Path) -> None:
    assert picture_of(tmp_path) is None
    for name in ("execution_path.dot", "execution_path.svg", "cache_view_run.dot", "cache_view_run.png"):
        (tmp_path / name).touch()
        assert picture_of(tmp_path) == tmp_path / name


def test_nothing_is_opened_without_a_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xdg-open").write_text("#!/bin/sh\n")
    (tmp_path / "xdg-open").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tool({}, "linux") is None
    assert tool({"DISPLAY": ":0"}, "linux") == str(tmp_path / "xdg-open")
