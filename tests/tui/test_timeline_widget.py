"""The rows: what is drawn, what is drawn again, and where the cursor goes."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len
from textual.geometry import Region

from hamtui.contract.flight import FlightEvent
from hamtui.model.state import SpanKey
from hamtui.tui.glyphs import ASCII
from hamtui.tui.theme import LOOKS
from hamtui.tui.widgets import bars, rowdraw
from hamtui.tui.widgets.rowdraw import columns
from hamtui.tui.widgets.timeline import Timeline
from tests.tui import scenes
from tests.tui.driving import drawn, line_with, screen, until

DARK = LOOKS["dark"]


def labels(timeline: Timeline) -> list[str]:
    return [row.label for row in timeline.list.rows]


@pytest.mark.parametrize(
    "state", ["succeeded", "running", "suspect", "failed", "cached", "aborted", "skipped"]
)
@pytest.mark.parametrize("look", [DARK, DARK.with_glyphs(ASCII)])
def test_a_bar_fills_its_cells_exactly(state: str, look: Any) -> None:
    for width in (1, 2, 7, 40):
        for left in range(0, width * 8, 3):
            for length in range(1, width * 8 - left + 1, 3):
                drawn = bars.segments((left, length), width, state, look)
                text = "".join(segment.text for segment in drawn)
                assert cell_len(text) == width
                assert text.strip(), (left, length, width)
                first = len(text) - len(text.lstrip())
                assert first == left // 8
    assert "".join(segment.text for segment in bars.segments((0, 0), 5, state, look)) == "     "


def test_what_is_in_flight_ends_in_an_arrow() -> None:
    assert "".join(s.text for s in bars.segments((0, 40), 8, "running", DARK)) == "████▶   "
    assert "".join(s.text for s in bars.segments((0, 40), 8, "succeeded", DARK)) == "█████   "
    assert "".join(s.text for s in bars.segments((4, 12), 3, "succeeded", DARK)) == "▐█ "
    plain = DARK.with_glyphs(ASCII)
    assert "".join(s.text for s in bars.segments((0, 40), 8, "suspect", plain)) == "####>   "


@pytest.mark.parametrize("width", range(1, 220, 7))
@pytest.mark.parametrize("longest", [0, 20, 200])
@pytest.mark.parametrize("place", [0, 5, 60])
def test_columns_fill_the_line(width: int, longest: int, place: int) -> None:
    cols = columns(width, longest, 0, place)
    assert min(cols.name, cols.word, cols.time, cols.place, cols.bars) >= 0
    used = 1 + cols.name + cols.word + cols.time + cols.place + (2 + cols.bars if cols.bars else 0)
    assert used <= width or width < 12


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_rows_say_in_which_process_they_ran_where_that_is_another(size: tuple[int, int]) -> None:
    scene = scenes.parallel(6)
    far = "ip-10-0-44-7.eu-west-1.compute.internal"
    for number, (host, pid) in enumerate([("box7", 51_234), (far, 61_235)]):
        scene.add(
            f"hamilton_flight.{host}.{pid}.jsonl",
            FlightEvent(
                "node_start", ts=scenes.T0 + 100, run_id=scene.run_id, pid=pid, seq=0, node="score",
                task_id=f"expand-score.{4 + number}.block-score",
            ),
        )  # fmt: skip
    async with scene.app(open_node="score").run_test(size=size) as pilot:
        app = await drawn(pilot)
        await pilot.press("right", "right")
        await pilot.pause()
        here, there = line_with(app, "score[4]"), line_with(app, "score[5]")
        assert " 51234 │" in here
        assert ":61235 │" in there
        assert "host:pid │" in line_with(app, "host:pid")
        assert "│" in here and here.index("│") == there.index("│") < size[0] * 3 // 4
        assert not any(mark in line_with(app, "score[1]") for mark in ("4121", "pid"))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_row_says_which_try_it_is(size: tuple[int, int]) -> None:
    scene = scenes.parallel(6)
    for number, pid in enumerate((51_234, 51_235)):
        scene.add(
            f"hamilton_flight.box7.{pid}.jsonl",
            FlightEvent(
                "node_start", ts=scenes.T0 + 100 + number, run_id=scene.run_id, pid=pid, seq=0, node="score",
                task_id="expand-score.4.block-score",
            ),
        )  # fmt: skip
    async with scene.app(open_node="score").run_test(size=size) as pilot:
        app = await drawn(pilot)
        await pilot.press("right", "right")
        await pilot.pause()
        assert "score[4] try 2 " in line_with(app, "score[4]") and " 51235 │" in line_with(app, "score[4]")
        assert "try" not in line_with(app, "score[1]")


async def test_the_row_stays_on_its_line_when_rows_come_above() -> None:
    scene = scenes.parallel(20)
    async with scene.app(open_node="total").run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        await until(pilot, lambda: timeline.selected is not None and timeline.selected.label == "total")
        group = next(row for row in timeline.list.rows if row.times)
        timeline.set_view(timeline.list.view.open(group.fold or ""))
        assert timeline.selected is not None
        assert timeline.selected.label == "total"
        await pilot.pause()
        assert "❯" in line_with(app, "total")


async def test_keys_fold_and_unfold() -> None:
    async with scenes.suspected().app().run_test(size=(100, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        await pilot.press("home", "left")
        assert "raw_orders" not in labels(timeline)
        assert "▸ ≡" not in line_with(app, "ingest")
        assert "▸ ✓ ingest" in line_with(app, "ingest")
        await pilot.press("right")
        assert "raw_orders" in labels(timeline)
        await pilot.press("space")
        assert "raw_orders" not in labels(timeline)
        await pilot.press("enter", "down", "down", "left")
        assert timeline.cursor == 0
        await pilot.press("end")
        assert timeline.selected is not None
        assert timeline.selected.label == "daily_report"


async def test_a_folded_module_with_trouble_says_so() -> None:
    async with scenes.suspected().app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        timeline.follow = False
        timeline.set_view(timeline.list.view.close("module:features"))
        await pilot.pause()
        line = line_with(app, "features")
        assert "▸ ⚠ features" in line
        assert "1 late" in line
        assert "1/5" in line


async def test_from_a_group_that_is_no_more_the_cursor_goes_to_what_was_in_it() -> None:
    async with scenes.parallel().app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        group = next(number for number, row in enumerate(timeline.list.rows) if row.times)
        timeline.move_to(group)
        inside = set(timeline.list.rows[group].members)
        await pilot.press("g", "g")
        assert timeline.selected is not None and timeline.selected.key in inside
        await pilot.press("g")
        assert timeline.selected.times == len(inside), "a span that its group hides: the group"


async def test_regroup_keeps_the_selection() -> None:
    async with scenes.suspected().app().run_test(size=(100, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        for title in ("by lineage", "Running first", "Nodes"):
            await pilot.press("g")
            assert title in screen(app)[1]
            assert timeline.selected is not None
            assert timeline.selected.label == "risk_score"


async def test_a_tree_that_is_kept_is_made_anew_for_what_came_meanwhile() -> None:
    scene = scenes.parallel()
    async with scene.app().run_test(size=(80, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        first = labels(timeline)
        await pilot.press("g")
        other = labels(timeline)
        assert other != first
        scene.start("unheard_of", scene.at)
        await until(pilot, lambda: "unheard_of" in labels(timeline))
        await pilot.press("g", "g")
        assert timeline.list.view.grouping == "module"
        assert sorted(labels(timeline)) == sorted([*first, "unheard_of"])


async def test_zoom_and_pan() -> None:
    async with scenes.suspected().app().run_test(size=(100, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        whole = timeline.window()
        await pilot.press("plus")
        assert timeline.window().length == pytest.approx(whole.length / 2)
        await pilot.press("comma")
        assert timeline.window().start < whole.length / 2
        await pilot.press("minus", "0")
        assert timeline.window() == whole


async def test_the_mouse_selects_folds_and_scrolls() -> None:
    async with scenes.wide(200, 2).app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        await pilot.press("home")
        await pilot.click(Timeline, offset=(10, 5))
        assert timeline.cursor == 4
        assert not timeline.follow
        await pilot.click(Timeline, offset=(4, 1))
        assert timeline.list.rows[0].folded


async def test_ten_thousand_rows_draw_only_what_is_seen() -> None:
    async with scenes.wide(10_000, 8).app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        await until(pilot, lambda: len(timeline.list.rows) > 10_000)
        await pilot.press("end", "home", "pagedown")
        await pilot.pause()
        assert len(timeline._strips) < 200


async def test_a_tick_draws_only_cells_that_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        assert app._beat is not None
        app._beat.stop()
        asked: list[Any] = []
        monkeypatch.setattr(
            timeline, "refresh", lambda *regions, **_: asked.extend(regions or ["everything"])
        )
        scene.at += 0.3
        glance, changed = app.session.later(scene.now())
        assert not changed
        timeline.tick(glance)
        assert asked
        assert "everything" not in asked
        lines = {"risk_score", "basket", "churn"}
        rows = {timeline.list.rows[region.y - 1 + timeline.scroll_offset.y].label for region in asked}
        assert rows <= lines
        assert sum(region.width for region in asked) < 60
        asked.clear()
        timeline.tick(glance)
        assert not asked


async def test_a_tick_shows_what_a_whole_drawing_would() -> None:
    """What is left out of a tick must not have changed."""
    scene = scenes.running()
    async with scene.app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        for _ in range(12):
            scene.at += 1.7
            glance, changed = app.session.later(scene.now())
            if not changed:
                timeline.tick(glance)
            await pilot.pause()
            before = screen(app)
            timeline.redraw()
            await pilot.pause()
            assert screen(app)[1:20] == before[1:20]


async def test_a_run_picked_later_starts_at_its_whole_time() -> None:
    scene = scenes.many_runs(3)
    async with scene.app().run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        await pilot.press("plus", "plus", "plus")
        zoomed = timeline.window().length
        app.session.picked = "run-0"
        app.draw_soon()
        await until(pilot, lambda: "run 1/3" in screen(app)[0])
        assert timeline.window().length > zoomed
        assert timeline.find("raw_orders") == SpanKey("run-0", None, "raw_orders")


async def test_following_leaves_parallel_tasks_folded() -> None:
    scene = scenes.parallel(20)
    scene.at = 60.0
    async with scene.app().run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        assert timeline.selected is not None
        assert (timeline.selected.times, timeline.selected.folded) == (20, True)
        assert timeline.span_key == SpanKey("run-1", "expand-score.7.block-score", "score")
        assert "● score[7]  running" in "\n".join(screen(app)[16:])
        await pilot.press("enter")
        timeline.select(SpanKey("run-1", "expand-score.15.block-score", "score"))
        await pilot.pause()
        assert "❯" in line_with(app, "score[15]")


async def test_what_is_selected_is_in_sight_also_deep_in_a_folded_group() -> None:
    async with scenes.parallel(64).app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        spans = app.session.launch.runs["run-1"].spans
        assert app.dashboard.timeline.select([key for key in spans if key.node == "score"][-1])
        await until(pilot, lambda: any("❯" in line and "score[60]" in line for line in screen(app)))


@pytest.mark.parametrize("scene", [scenes.running, scenes.parallel])
async def test_the_cells_that_a_tick_names_hold_all_that_changed(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal is sent no other cells."""
    made = scene()
    async with made.app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        assert app._beat is not None
        app._beat.stop()
        compared = 0
        for _ in range(40):
            height = timeline.size.height
            before = [timeline.render_line(y).text for y in range(height)]
            asked: list[Any] = []
            with monkeypatch.context() as patch:
                patch.setattr(timeline, "refresh", lambda *regions, asked=asked, **_: asked.append(regions))
                made.at += 0.7
                glance, changed = app.session.later(made.now())
                timeline.tick(glance)
            if changed or () in asked:
                continue
            regions = [region for call in asked for region in call]
            for y in range(height):
                after = timeline.render_line(y).text
                for x, (old, new) in enumerate(zip(before[y], after, strict=True)):
                    if old != new:
                        compared += 1
                        assert any(region.contains(x, y) for region in regions), (x, y, before[y], after)
        assert compared > 40


async def test_a_launch_that_starts_is_not_drawn_again_while_it_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = scenes.empty()
    async with scene.app().run_test(size=(120, 36)) as pilot:
        app = await drawn(pilot)
        timeline, redrawn = app.dashboard.timeline, list[Region]()
        assert not timeline.list.rows
        monkeypatch.setattr(timeline, "refresh", lambda *regions: redrawn.extend(regions))
        glance = app.session.whole(app.clock())
        for _ in range(3):
            timeline.show(glance)
            timeline.tick(glance)
        assert not redrawn
        app.dashboard.timeline.list.view = timeline.list.view.regroup()
        timeline.show(glance)
        assert redrawn


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (3, 40, "3/40"),
        (999, 999, "999/999"),
        (7377, 7530, "97.9%"),
        (151_599, 151_600, "99.9%"),
        (10**6, 10**6, "100.0%"),
    ],
)
def test_what_of_a_great_group_is_done_finds_room(done: int, total: int, said: str) -> None:
    assert rowdraw._share(done, total, 7) == said
