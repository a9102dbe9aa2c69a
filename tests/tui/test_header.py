"""The line at the top, by size and by state."""

from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from hamtui.contract.launch import ExitInfo
from hamtui.model.baseline import Past
from hamtui.model.state import ProcessFact, Unread
from hamtui.tui.glance import Glance
from hamtui.tui.session import Session
from hamtui.tui.widgets.header import Header
from tests.tui import scenes
from tests.tui.driving import drawn, screen, until
from tests.tui.scenes import T0, Scene


def glance_of(scene: Scene) -> Glance:
    app = scene.app()
    session = Session(app.session.ref, 1)
    for source, record in scene.records:
        session.launch.apply(source, record)
    session._caught_up = True
    session.fact = scene.fact()
    return session.whole(scene.now())


async def header(scene: Scene, width: int, **changes: Any) -> str:
    async with scene.app().run_test(size=(width, 24)) as pilot:
        app = await drawn(pilot)
        bar = app.dashboard.query_one(Header)
        glance = app.session.glance
        assert glance is not None
        bar.show(replace(glance, **changes))
        return "".join(segment.text for segment in bar.segments(width))


@pytest.mark.parametrize("width", [1, 9, 20, 40, 60, 80, 100, 120, 160, 240])
async def test_it_fits_and_the_state_stays(width: int) -> None:
    line = await header(scenes.suspected(), width)
    assert cell_len(line) <= max(width, 15)
    if width >= 16:
        assert "running 3m12s" in line
    if width >= 60:
        assert "8/14 done" in line
        assert "⚠ 1 suspected" in line
    if width >= 160:
        assert "orders.py → daily_report" in line
        assert line.rstrip().endswith("ago")
        assert "box7:4121" in line


async def test_confirmed_is_said_apart() -> None:
    scene = scenes.suspected()
    glance = glance_of(scene)
    marks = {key: replace(mark, level="confirmed") for key, mark in glance.marks.items()}
    assert "⚠ 1 confirmed" in await header(scene, 120, marks=marks)


async def test_notices() -> None:
    scene = scenes.suspected()
    scene.unread = Unread(2, 300)
    line = await header(scene, 200, polling=True, lost="gone")
    for part in ("2 lines unread", "polling", "source lost"):
        assert part in line


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        (scenes.cached, "✓ succeeded 0.5s"),
        (scenes.failed, "✗ failed 54s"),
        (scenes.empty, "○ starting"),
        (scenes.import_error, "✗ failed"),
    ],
)
async def test_states(scene: Any, said: str) -> None:
    assert said in await header(scene(), 100)


async def test_what_is_over_does_not_tick() -> None:
    scene = scenes.cached()
    async with scene.app().run_test(size=(120, 24)) as pilot:
        app = await drawn(pilot)
        before = screen(app)[0]
        scene.at += 1000
        app.draw_soon()
        await until(pilot, lambda: app._draw_timer is None)
        assert screen(app)[0] == before


async def test_names_in_it_are_text() -> None:
    scene = (
        Scene(at=3.0)
        .launch(["[red]m\x1b[31m.py"], ["\u202eevil"])
        .plan([scenes.node("a")])
        .begin(["\u202eevil"])
    )
    scene.start("a", T0 - T0)
    line = await header(scene, 140)
    assert "[red]m␛[31m.py" in line
    assert "\\u202eevil" in line


PAST = Past(durations={(node.name, node.version): (20.0, 30.0, 40.0, 50.0) for node in scenes.SHOP})


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_what_is_left_of_the_run_is_a_range(ascii_only: bool) -> None:
    async with scenes.running().app(ascii=ascii_only).run_test(size=(160, 24)) as pilot:
        app = await drawn(pilot)
        assert "left" not in screen(app)[0]
        app.session.remember(PAST)
        app.draw_soon()
        await until(pilot, lambda: " min left" in screen(app)[0])
        assert ("–" in screen(app)[0]) is not ascii_only  # noqa: RUF001


async def test_what_is_left_gives_way_first() -> None:
    scene = scenes.shop().start("risk_score", 191.0).start("churn", 180.4)
    async with scene.app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        app.session.remember(PAST)
        app.draw_soon()
        await until(pilot, lambda: " min left" in screen(app)[0])
        bar = app.dashboard.query_one(Header)
        for width in range(76, 40, -1):
            line = "".join(segment.text for segment in bar.segments(width))
            assert " left" not in line or "2 running" in line, "what it is worth less than stays"
            assert "8/14 done" in line
        assert " left" not in line


async def test_a_run_that_is_over_has_nothing_left() -> None:
    async with scenes.shop().finish(100.0).app().run_test(size=(160, 24)) as pilot:
        app = await drawn(pilot)
        app.session.remember(PAST)
        app.draw_soon()
        await pilot.pause(0.2)
        assert "left" not in screen(app)[0]


async def test_another_run_at_the_same_time_is_told() -> None:
    scene = scenes.suspected()
    glance = glance_of(scene)
    assert "in flight" not in await header(scene, 120, launch=glance.launch, run=glance.run)
    glance.launch.run("another", T0)
    assert "run 2/2  +1 run in flight" in await header(scene, 120, launch=glance.launch, run=glance.run)


async def test_a_launch_of_many_runs_that_is_over_has_its_own_time_and_each_run_its_own_end() -> None:
    scene = scenes.many_runs()
    scene.add("exit.json", ExitInfo(signal=9, ended_at=T0 + 59.8))
    scene.alive = False
    glance = glance_of(scene)
    line = await header(scene, 160)
    assert "■ killed 1m00s  run 12/12 ■ aborted" in line
    line = await header(scene, 160, run=glance.launch.runs["run-3"], run_state="succeeded")
    assert "■ killed 1m00s  run 4/12 ✓ succeeded 1.1s" in line


async def test_what_hangs_in_another_run_is_told_whatever_run_is_shown() -> None:
    scene = scenes.many_runs()
    scene.start("raw_orders", 24.0)
    scene.at = 24.0 + 500
    glance = glance_of(scene)
    assert (glance.elsewhere, len(glance.marks)) == (0, 1)
    app = scene.app()
    session = Session(app.session.ref, 1)
    session.launch, session._caught_up, session.fact = glance.launch, True, scene.fact()
    session.picked = "run-3"
    assert session.whole(replace(scene.now(), unix=T0 + 30, mono=scenes.MONO0 + 30)).elsewhere == 0
    later, news = session.later(scene.now())
    assert (news, later.elsewhere, len(later.marks)) == (True, 1, 0)
    assert "⚠ 1 in another run" in await header(scene, 120, run=later.run, run_state="succeeded", elsewhere=1)


async def test_a_supervisor_that_is_gone_is_told_while_the_run_goes_on() -> None:
    scene = scenes.running()
    for fact, said in (
        (ProcessFact(alive=True, supervisor_alive=False), True),
        (ProcessFact(alive=True, supervisor_alive=None), False),
        (ProcessFact(alive=None, supervisor_alive=False), False),
        (scene.fact(), False),
    ):
        assert ("supervisor gone" in await header(scene, 120, fact=fact)) == said
