"""One run after the other, as a service has them: what is drawn anew, and what stays where it was."""

from __future__ import annotations

import time
from typing import Any

import pytest
from textual.geometry import Region
from textual.strip import Strip

from hamtui.contract.graph import Graph
from hamtui.contract.layout import graph_name
from hamtui.tui.pace import Effort
from hamtui.tui.widgets.rowlist import RowList
from hamtui.tui.widgets.seams import Edge, Seam
from tests.tui import scenes
from tests.tui.driving import drawn, until


def service(*names: tuple[str, ...]) -> scenes.Scene:
    """A launch with a run for each of these, a second apart, of nodes that bear these names; it goes on."""
    scene = scenes.Scene()
    for number, nodes in enumerate(names):
        scene.run_id = f"run-{number}"
        scene.add(graph_name(f"g{number}"), Graph(nodes=[scenes.node(name) for name in nodes]))
        scene.event("graph_start", number, final_vars=[nodes[-1]], graph=f"g{number}")
        for name in nodes:
            scene.ran(name, number + 0.1, 0.2)
        scene.event("graph_end", number + 0.5, success=True, elapsed_s=0.5)
    scene.at = len(names) + 0.3
    return scene


def cells(strip: Strip) -> list[tuple[str, object]]:
    return [(char, segment.style) for segment in strip for char in segment.text]


SHORT, LONG = ("read", "sum"), ("read", "a_name_of_some_thirty_letters_", "sum")


async def test_of_another_run_only_what_differs_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = service(SHORT, SHORT, LONG, ("read", "max", "sum"))
    async with scene.app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        compared = 0
        # The longest names first: their column stays as wide for the next.
        for run in ("run-2", "run-3", "run-0", "run-1", "run-3", "run-2"):
            height, width = timeline.size.height, timeline.size.width
            before = [cells(timeline.render_line(y)) for y in range(height)]
            asked: list[Any] = []
            with monkeypatch.context() as patch:
                patch.setattr(timeline, "refresh", lambda *regions, asked=asked, **_: asked.append(regions))
                app.session.picked = run
                timeline.show(app.session.whole(scene.now()))
            assert timeline.glance is not None and timeline.glance.run is not None
            assert timeline.glance.run.run_id == run
            assert () not in asked or not compared, "all of it was drawn"
            regions: list[Region] = [region for call in asked for region in call]
            for y in range(height):
                after = cells(timeline.render_line(y))
                for x, (old, new) in enumerate(zip(before[y], after, strict=True)):
                    if old != new and () not in asked:
                        assert any(region.contains(x, y) for region in regions), (x, y, before[y], after)
            assert sum(region.area for region in regions) < width * height / 4
            compared += 1


async def test_the_names_column_stays_for_runs_that_follow_quickly_and_only_for_them() -> None:
    scene = service(SHORT, LONG, SHORT)
    async with scene.app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)

        def widest(run: str, at: float) -> int:
            scene.at = at
            app.session.picked = run
            rows.update(app.session.whole(scene.now()))
            return rows.longest

        rows = RowList()
        short, wide = widest("run-0", 5.0), widest("run-1", 6.0)
        assert short < wide
        assert widest("run-2", 7.0) == widest("run-1", 15.0) == widest("run-0", 24.0) == wide
        assert widest("run-2", 26.0) == short
        # Where somebody folds in the same run there is room at once.
        assert widest("run-1", 27.0) == wide
        module = next(row for row in rows.rows if row.fold is not None)
        rows.view = rows.view.close(module.fold or "")
        assert widest("run-1", 27.1) < wide


async def test_seams_move_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each move lays the screen out and paints all of it."""
    scene = scenes.running()
    async with scene.app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        dashboard, clock = app.dashboard, [time.monotonic()]
        glance = app.session.whole(scene.now())
        monkeypatch.setattr(time, "monotonic", lambda: clock[0])

        def after(seconds: float, column: int, *, tick: bool = False) -> int:
            """Where the first seam of the rows is when the edge is wanted in this column, so much later."""
            clock[0] += seconds
            monkeypatch.setattr(dashboard.timeline, "seams", lambda: [Edge(column, 5, 3)])
            dashboard.tick(glance, pane=True) if tick else dashboard.show(glance)
            offsets = [seam.styles.offset for seam in dashboard._seams if seam.display]
            return next(int(offset.x.value) for offset in offsets if offset.y.value)

        assert after(60.0, 30) == 30
        assert after(0.3, 40) == after(0.3, 50) == 30
        assert after(0.5, 60, tick=True) == 60
        assert after(60.0, 70) == 70


async def test_seams_are_no_longer_than_there_are_rows() -> None:
    async with scenes.running().app().run_test(size=(120, 60)) as pilot:
        app = await drawn(pilot)
        timeline = app.dashboard.timeline
        rows, below = len(timeline.list), timeline.size.height - 1
        for edge in timeline.seams():
            assert rows <= edge.lines < rows + 8 < below


def test_a_seam_is_one_line_for_all_of_its_lines() -> None:
    """Textual keeps how it cut a line with the line."""
    lines = Seam().render_lines(Region(3, 2, 7, 4))
    assert len(lines) == 4 and len({id(line) for line in lines}) == 1
    assert lines[0].text == " " * 7


async def test_what_painting_takes_counts_as_the_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(120, 40)) as pilot:
        app = await drawn(pilot)
        assert app._beat is not None
        app._beat.stop()
        timeline, painted, cpu = app.dashboard.timeline, app.dashboard.timeline.render_line, [0.0]
        effort = app._effort = Effort(cpu=lambda: cpu[0])

        def paint(y: int) -> Strip:
            cpu[0] += 0.25
            return painted(y)

        monkeypatch.setattr(timeline, "render_line", paint)
        timeline.redraw()
        app._draw()
        assert effort.took == 0.0
        frame = app.post_display_hook
        costs: list[float] = []

        def after() -> None:
            frame()
            costs.append(effort.took)

        monkeypatch.setattr(app, "post_display_hook", after)
        await until(pilot, lambda: bool(costs))
        assert costs[0] >= 0.25
        waits: list[float] = []
        monkeypatch.setattr(app, "set_timer", lambda wait, _: waits.append(wait))
        app._draw_timer = None
        app.draw_soon()
        assert effort.MOST / 2 < waits[0] <= effort.MOST


def test_a_burst_is_drawn_as_it_comes_and_what_goes_on_takes_its_share() -> None:
    now, cpu = [100.0], [5.0]
    effort = Effort(lambda: now[0], lambda: cpu[0])

    def draw(known: float, painting: float) -> None:
        effort.begin()
        for step, then in ((known, effort.known), (painting, effort.painted)):
            cpu[0] += step
            now[0] += step
            then()

    assert effort.rest <= 0.0
    draw(0.001, 0.1)  # the first is dear
    now[0] += 0.02
    assert effort.rest <= 0.0

    began, spent = now[0], cpu[0]
    while now[0] - began < 60.0:
        now[0] += max(0.02, effort.rest)
        draw(0.002, 0.04)
    assert (cpu[0] - spent) / (now[0] - began) == pytest.approx(effort.SHARE, abs=0.02)

    now[0] += 60.0
    assert effort.rest <= 0.0
    draw(0.1, 0.0)  # what is dear to know holds keys up
    assert effort.rest == pytest.approx(0.4)
    now[0] += 0.3
    assert effort.rest == pytest.approx(0.1)
    effort.begin()  # of which no frame comes
    cpu[0] += 9.0  # a terminal took nothing, and a lot was read meanwhile
    effort.begin()
    assert effort.rest == pytest.approx(effort.MOST)
