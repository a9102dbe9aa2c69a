"""The whole dashboard, driven by its keys over made-up launches."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from textual.binding import Binding

from hamtui.contract.launch import ExitInfo
from hamtui.follow.follower import Batch
from hamtui.model.state import SpanKey, Unread
from hamtui.tui.app import HamtuiApp
from hamtui.tui.screens.help import Help
from tests.tui import scenes
from tests.tui.driving import drawn, line_with, screen, until
from tests.tui.scenes import T0


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def selected(app: HamtuiApp) -> str | None:
    row = app.dashboard.timeline.selected
    return None if row is None else row.label


async def test_the_stuck_node_and_its_stack_at_one_glance() -> None:
    async with scenes.suspected().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        assert selected(app) == "risk_score"
        assert "⚠ risk_score" in line_with(app, "2m19s")
        assert "▶" in line_with(app, "2m19s")
        assert app.dashboard.panes.opened == "stacks"
        assert "risk.py:88" in line_with(app, "with ledger_lock:")
        header = screen(app)[0]
        for part in ("● running 3m12s", "8/14 done", "⚠ 1 suspected"):
            assert part in header


@pytest.mark.parametrize("size", [(1, 1), (2, 30), (12, 3), (40, 10), (60, 15), (80, 24), (200, 60)])
@pytest.mark.parametrize("scene", [scenes.suspected, scenes.empty, scenes.parallel])
async def test_any_size_draws(size: tuple[int, int], scene: Any) -> None:
    async with scene().app().run_test(size=size) as pilot:
        app = await drawn(pilot)
        for key in ("tab", "enter", "escape", "g", "m", "m", "slash", "a", "escape"):
            await pilot.press(key)
        lines = screen(app)
        assert len(lines) == size[1]
        assert all(cell_len(line) == size[0] for line in lines)


async def test_a_small_screen_gives_the_pane_up_until_asked() -> None:
    async with scenes.suspected().app().run_test(size=(60, 15)) as pilot:
        app = await drawn(pilot)
        assert not app.dashboard.panes.display or not app.dashboard.panes.size.height
        assert "risk_score" in line_with(app, "2m19s")
        await pilot.press("enter")
        await until(pilot, lambda: any("risk.py:88" in line for line in screen(app)))
        assert "⚠ risk_score" in line_with(app, "2m19s")
        await pilot.press("escape")
        await until(pilot, lambda: not app.dashboard.panes.size.height)


async def test_what_was_stuck_when_it_died_is_aborted_and_late_no_more() -> None:
    scene = scenes.suspected()
    async with scene.app().run_test(size=(120, 30)) as pilot:
        app = await drawn(pilot)
        scene.add("exit.json", ExitInfo(signal=9, ended_at=T0 + 193))
        scene.alive = False
        await until(pilot, lambda: "■ killed" in screen(app)[0])
        assert "aborted" in line_with(app, "■ risk_score")
        assert "▶" not in line_with(app, "■ risk_score")
        assert "suspected" not in screen(app)[0]
        assert "2 aborted" in screen(app)[0]
        await until(pilot, lambda: app._beat is None)


async def test_nothing_ticks_when_the_launch_is_over() -> None:
    async with scenes.failed().app().run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        assert app._beat is None
        assert app._draw_timer is None
        assert "✗ failed 54s" in screen(app)[0]
        assert "heard" not in screen(app)[0]


async def test_time_goes_on_while_it_runs() -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(120, 30)) as pilot:
        app = await drawn(pilot)
        assert app._beat is not None
        assert "22s" in line_with(app, "risk_score")
        scene.at += 20
        await until(pilot, lambda: "42s" in line_with(app, "● risk_score"))
        assert "1m35s" in screen(app)[0]


async def test_a_span_grows_late_by_time_alone() -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(80, 24), notifications=True) as pilot:
        app = await drawn(pilot)
        assert "suspected" not in screen(app)[0]
        scene.at = 53 + 121
        await until(pilot, lambda: "⚠ 1 suspected" in screen(app)[0])
        await until(pilot, lambda: selected(app) == "risk_score")
        assert [note.message for note in app._notifications] == ["risk_score: suspected hang · 2m01s"]


async def test_what_comes_is_told_once() -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(100, 30), notifications=True) as pilot:
        app = await drawn(pilot)
        assert not app._notifications
        scene.end(
            "churn", 75.2, 4.7, success=False, error="ValueError: [red]x\x1b[0m", error_type="ValueError"
        )
        await until(pilot, lambda: len(app._notifications))
        scene.end("basket", 75.3, 15.0)
        await until(pilot, lambda: "✓ basket" in "\n".join(screen(app)))
        notes = list(app._notifications)
        assert [note.message for note in notes] == ["churn failed · ValueError: [red]x␛[0m"]
        assert not notes[0].markup
        scene.finish(76.0, success=False, error="ValueError: x", code=1)
        await until(pilot, lambda: len(app._notifications) == 2)
        assert "exit code 1" in list(app._notifications)[1].message
        await until(pilot, lambda: app._beat is None)


async def test_many_at_once_are_one_notice() -> None:
    scene = scenes.wide(40, flying=20)
    scene.at = 60.0
    async with scene.app().run_test(size=(100, 30), notifications=True) as pilot:
        app = await drawn(pilot)
        scene.at = 4000.0
        await until(pilot, lambda: len(app._notifications))
        await pilot.pause(0.1)
        assert [note.message.split(" · ")[0] for note in app._notifications] == ["20 nodes are late"]


async def test_filter_as_you_type() -> None:
    async with scenes.suspected().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("slash", *"customers")
        names = [row.label for row in app.dashboard.timeline.list.rows if row.span_key]
        assert names == ["raw_customers", "customers"]
        await pilot.press("enter")
        assert app.dashboard.timeline.has_focus
        assert "2 with 'customers'" in screen(app)[1]
        await pilot.press("escape")
        assert len(app.dashboard.timeline.list.rows) == 18
        await pilot.press("end", "up", "up")
        chosen = app.dashboard.timeline.selected
        await pilot.press("slash", *"zzz")
        assert "no node has 'zzz'" in "\n".join(screen(app))
        await pilot.press("escape")
        assert len(app.dashboard.timeline.list.rows) == 18
        assert chosen is not None and app.dashboard.timeline.selected == chosen
        await pilot.press("slash", "q")
        assert app.is_running


async def test_moving_pauses_following() -> None:
    async with scenes.suspected().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("home")
        assert app.dashboard.timeline.cursor == 0
        assert not app.dashboard.timeline.follow
        app.draw_soon()
        await pilot.pause(0.1)
        assert app.dashboard.timeline.cursor == 0
        await pilot.press("f")
        assert selected(app) == "risk_score"


async def test_panes_by_key_and_tab() -> None:
    async with scenes.suspected().app().run_test(size=(100, 40)) as pilot:
        app = await drawn(pilot)
        for key, slug in zip("123456", ("stacks", "cache", "node", "log", "output", "source"), strict=True):
            await pilot.press(key)
            assert app.dashboard.panes.opened == slug
            assert [pane.slug for pane in app.dashboard.panes.all if pane.display] == [slug]
        await pilot.press("tab")
        assert app.dashboard.panes.opened == "stacks"
        await pilot.press("shift+tab")
        assert app.dashboard.panes.opened == "source"
        await pilot.click("Tabs", offset=(12, 0))
        await until(pilot, lambda: app.dashboard.panes.opened == "cache")


async def test_the_reason_of_a_run_that_never_was() -> None:
    async with scenes.import_error().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        assert app.dashboard.panes.opened == "output"
        assert "No module named 'polars'" in "\n".join(screen(app))


async def test_opening_on_a_node() -> None:
    async with scenes.suspected().app(open_node="orders").run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: selected(app) == "orders")
        assert not app.dashboard.timeline.follow
    async with scenes.suspected().app(open_node="nope").run_test(size=(80, 24), notifications=True) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: len(app._notifications))
        assert selected(app) == "risk_score"


async def test_opening_on_a_node_of_a_folded_group_goes_to_what_is_late_of_it() -> None:
    async with scenes.parallel().app(open_node="score").run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: selected(app) == "score[7]")


async def test_help_and_palette_and_themes() -> None:
    async with scenes.suspected().app().run_test(size=(100, 40)) as pilot:
        app = await drawn(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        page = app.screen.text().plain
        for word in ("suspected", "cached", "Half as much time", "An older dump", "Leave; the run goes on"):
            assert word in page
        await pilot.press("q")
        assert app.is_running
        names = [command.name for command in app.possible()]
        assert all(": " in name for name in names)
        assert "run: pick another" not in names
        assert "run: stop" not in names
        for theme in ("light", "ansi", "mono", "dark"):
            app.theme = theme
            await pilot.pause()
            assert app.look.name == theme
        await pilot.press("ctrl+p", *"theme: li")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "light")


async def test_every_binding_says_what_it_is_for() -> None:
    async with scenes.suspected().app().run_test(size=(100, 40)) as pilot:
        app = await drawn(pilot)
        taken = {"ctrl+b", "ctrl+s", "ctrl+a", "ctrl+z"}
        ours = [app, app.dashboard, app.dashboard.timeline, *app.dashboard.panes.all]
        for node in ours:
            for binding in type(node).BINDINGS:
                assert isinstance(binding, Binding)
                assert binding.id, binding
                assert binding.tooltip, binding
                assert binding.description, binding
                assert not taken & set(binding.key.split(","))


async def test_no_colour_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with scenes.suspected().app(theme="dark").run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        assert app.look.name == "mono"
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert colour is None or colour.is_default


async def test_ascii_is_ascii() -> None:
    for scene in (scenes.suspected(), scenes.parallel(), scenes.hostile(), scenes.failed()):
        async with scene.app(ascii=True).run_test(size=(100, 30)) as pilot:
            app = await drawn(pilot)
            for key in ("1", "2", "3", "6"):
                await pilot.press(key)
                assert not [line for line in screen(app) if not line.isascii()]


async def test_what_the_run_names_is_text_and_keeps_the_columns() -> None:
    async with scenes.hostile().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        text = "\n".join(screen(app))
        assert "[red]x[/red]" in text
        assert "a␛[31mb" in text
        assert "\\u202ecba" in text
        assert not set(text) & {"\x1b", "\u202e", "\x07"}
        rows = screen(app)[2:10]
        columns = {cell_len(line[: line.index("│")]) for line in rows}
        assert len(columns) == 1


async def test_unread_lines_and_a_lost_source_are_said() -> None:
    class Broken:
        def batches(self, stop: threading.Event) -> Iterator[Batch]:
            yield Batch(scenes.shop().records, Unread(3, 120), caught_up=True, notified=False)
            raise PermissionError(13, "Permission denied", "/x/flight")

    app = scenes.shop().app()
    app._source = Broken()
    async with app.run_test(size=(160, 24), notifications=True) as pilot:
        await drawn(pilot)
        await until(pilot, lambda: "source lost" in screen(app)[0])
        assert "3 lines unread" in screen(app)[0]
        assert "polling" in screen(app)[0]


async def test_back_pressure_waits_for_the_fold() -> None:
    taken: list[int] = []
    shop = scenes.shop()

    class Flood:
        def batches(self, stop: threading.Event) -> Iterator[Batch]:
            for number, record in enumerate(shop.records):
                taken.append(number)
                yield Batch([record], Unread(), caught_up=False, notified=True)
                if stop.is_set():
                    return
            yield Batch([], Unread(), caught_up=True, notified=True)

    app = shop.app()
    app._source = Flood()
    async with app.run_test(size=(80, 24)) as pilot:
        await drawn(pilot)
        assert len(taken) == len(shop.records)
        assert app.session.launch.runs["run-1"].spans[SpanKey("run-1", None, "joined")].status == "succeeded"
        assert asyncio.get_running_loop().is_running()
