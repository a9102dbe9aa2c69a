"""Room and keys: what may cover what, what reaches whom, and sizes that come two at once."""

from __future__ import annotations

from typing import Any

import pytest
from textual.events import Key, Resize
from textual.geometry import Size
from textual.widgets import Input
from textual.widgets._toast import Toast

from hamtui.tui.messages import ViewChanged
from hamtui.tui.screens.dashboard import Dashboard
from hamtui.tui.screens.help import Help
from hamtui.tui.widgets.output_pane import OutputPane
from tests.tui import scenes
from tests.tui.driving import drawn, screen, until


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


async def test_what_is_told_covers_no_name_and_no_verdict() -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(80, 24), notifications=True) as pilot:
        app = await drawn(pilot)
        scene.at = 53 + 121
        await until(pilot, lambda: app.screen.query(Toast))
        await pilot.pause()
        toast = app.screen.query_one(Toast).region
        assert toast.height == 1
        assert toast.bottom <= app.dashboard.panes.region.y
        draw = app.dashboard.timeline._draw
        assert draw is not None
        assert toast.x >= draw.columns.bars_at


async def test_a_panes_own_keys_work_from_the_nodes() -> None:
    async with scenes.suspected().app().run_test(size=(80, 40)) as pilot:
        app = await drawn(pilot)
        assert app.dashboard.timeline.has_focus
        folded = screen(app)
        await pilot.press("t")
        await until(pilot, lambda: screen(app) != folded, "threads unfolded")
        unfolded = screen(app)
        await pilot.press("u")
        await until(pilot, lambda: screen(app) != unfolded, "library frames unfolded")
        await pilot.press("5")
        pane = app.dashboard.panes.current
        assert isinstance(pane, OutputPane)
        only = pane.only
        await pilot.press("n")
        assert pane.only is not only
        assert app.dashboard.timeline.has_focus


async def test_stopping_is_offered_at_80_columns() -> None:
    async with scenes.suspected().app(stop=lambda: iter(())).run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        keys = screen(app)[-1]
        assert keys.index("d dump") < keys.index("x stop") < keys.index("g group") < keys.index("? keys")


async def test_two_sizes_at_once_come_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the terminal says another size than TERM=dumb lets one assume."""
    seen: list[object] = []
    laid = Dashboard._refresh_layout

    def counted(board: Dashboard, *args: Any, **keys: Any) -> None:
        seen.append(args)
        laid(board, *args, **keys)

    async with scenes.suspected().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        monkeypatch.setattr(Dashboard, "_refresh_layout", counted)
        for height in (25, 24):
            app.dashboard.post_message(Resize(Size(80, height), Size(80, height)))
            app.dashboard.post_message(ViewChanged())  # between them, or the newer would replace the older
        await pilot.pause(0.5)
        assert len(seen) < 10
        assert len(screen(app)) == 24


async def test_what_is_typed_at_one_go_is_all_in_the_filter() -> None:
    async with scenes.suspected().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        for key in ("slash", *"customers", "enter", "end"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: "2 with 'customers'" in screen(app)[1])
        await until(pilot, lambda: app.dashboard.timeline.cursor == 3)
        assert app.dashboard.timeline.has_focus
        assert not app.dashboard.has_class("-filtering")


async def test_a_pane_that_was_asked_for_stays_when_the_screen_gets_low() -> None:
    async with scenes.running().app().run_test(size=(80, 30)) as pilot:
        app = await drawn(pilot)
        panes = app.dashboard.panes
        await pilot.press("3")
        assert panes.size.height
        await pilot.resize_terminal(80, 16)
        await until(pilot, lambda: app.dashboard.size.height == 16 and panes.size.height, "the pane")
        await pilot.press("escape")
        await until(pilot, lambda: not panes.size.height, "no pane")
        await pilot.resize_terminal(80, 30)
        await until(pilot, lambda: app.dashboard.size.height == 30 and panes.size.height, "the pane again")


async def test_keys_that_come_together_each_reach_what_it_is_for_by_then() -> None:
    """As on a slow line, or from somebody who types quickly: x would ask to stop the run, q would leave."""
    async with scenes.suspected().app(stop=lambda: iter(())).run_test(size=(80, 40)) as pilot:
        app = await drawn(pilot)
        for key, character in (("slash", "/"), ("q", "q"), ("x", "x"), ("question_mark", "?")):
            app.post_message(Key(key, character))
        field = app.dashboard.filter.query_one(Input)
        await until(pilot, lambda: field.value == "qx?")
        assert app.screen is app.dashboard and app.dashboard.timeline.list.view.filter == "qx?"
        await pilot.press("escape")
        await until(pilot, lambda: not app.dashboard.timeline.list.view.filter)
        for key in ("question_mark", "x"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: isinstance(app.screen, Help))
        await pilot.pause()
        assert isinstance(app.screen, Help), "x is none of its keys"


@pytest.mark.parametrize("keys", [("5", "enter", "slash", "q"), ("5", "m", "s", "q")])
async def test_a_pane_that_is_opened_takes_nobody_s_line_away(keys: tuple[str, ...]) -> None:
    async with scenes.suspected().app().run_test(size=(100, 40)) as pilot:
        app = await drawn(pilot)
        for key in keys:
            app.post_message(Key(key, {"slash": "/"}.get(key, key if len(key) == 1 else None)))
        await until(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == "q")
        await pilot.pause()
        await pilot.press("x")
        assert isinstance(app.focused, Input) and app.focused.value == "qx"
