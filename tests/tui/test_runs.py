"""The run list of a service: newest first, what failed found by a key, a filter or a text."""

from functools import partial

import pytest
from textual.widgets import OptionList

from hamtui.model import keeping, runlist
from hamtui.tui.app import HamtuiApp
from hamtui.tui.screens.pick import MOST
from hamtui.tui.screens.runs import PickRun
from tests.model.streams import MAIN
from tests.model.test_keeping import folded, run_of
from tests.tui import scenes
from tests.tui.driving import drawn, line_with, screen, until


def service(number: int) -> scenes.Scene:
    """So many runs, each 300th of which failed; the scene's own run is the first."""
    scene = scenes.shop(at=5.0)
    scene.records = [
        (MAIN, event) for one in range(number) for event in run_of(one, fails=bool(one) and one % 300 == 0)
    ]
    return scene


def highlighted(app: HamtuiApp) -> str:
    options = app.screen.query_one(OptionList)
    assert options.highlighted is not None
    return str(options.get_option_at_index(options.highlighted).prompt)


def at(app: HamtuiApp, number: str) -> bool:
    return highlighted(app).strip().startswith(number)


def ids(app: HamtuiApp) -> list[str | None]:
    return [option.id for option in app.screen.query_one(OptionList).options]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_one_line_a_run_with_what_failed_and_all_of_them_above(size: tuple[int, int]) -> None:
    async with service(1_000).app().run_test(size=size) as pilot:
        app = await drawn(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, PickRun))
        await until(pilot, lambda: any("median" in line for line in screen(app)))
        assert "1,000 runs, 3 failed, median 0.4s, p95 0.4s" in line_with(app, "median")
        assert ids(app)[:3] == ["", "run-999", "run-998"] and len(ids(app)) == MOST + 1
        assert "and 500 more" in line_with(app, "only failed") and "esc leave" in line_with(
            app, "only failed"
        )
        await pilot.press("f")
        await until(pilot, lambda: len(ids(app)) == 4)
        line = line_with(app, "901 ")
        assert "✗ failed" in line and "0.4s" in line and "3 nodes" in line and "c: ValueError: no" in line
        assert "3 of 1,000" in line_with(app, "only failed")
        await pilot.press("f")
        await until(pilot, lambda: len(ids(app)) == MOST + 1)


async def test_older_runs_are_only_counted_and_the_list_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_LINES", 100)
    async with service(1_000).app().run_test(size=(120, 30)) as pilot:
        app = await drawn(pilot)
        assert "run 1,000/1,000" in screen(app)[0]
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, PickRun))
        await until(pilot, lambda: any("median" in line for line in screen(app)))
        counted = 1_000 - 3 - keeping.MAX_RUNS - 100
        assert f"1,000 runs, 3 failed, median 0.4s, p95 0.4s, {counted} older ones only counted" in line_with(
            app, "median"
        )
        await pilot.press("f")
        await until(pilot, lambda: len(ids(app)) == 4)
        assert ids(app)[1:] == ["run-900", "run-600", "run-300"]
        assert "301 " in line_with(app, "301 ")


async def test_the_next_failed_run_is_a_key_away_however_far_it_is() -> None:
    async with service(1_000).app().run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, PickRun))
        for number in ("901", "601", "301"):
            await pilot.press("n")
            await until(pilot, partial(at, app, number))
        assert "run-300" in ids(app)  # older than all that were shown at first
        await pilot.press("N")
        await until(pilot, lambda: highlighted(app).strip().startswith("601"))
        await pilot.press("enter")
        await until(pilot, lambda: "run 601/1,000" in screen(app)[0])
        assert app.session.picked == "run-600"


async def test_a_text_finds_runs_by_what_failed_in_them() -> None:
    async with service(1_000).app().run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, PickRun))
        await pilot.press("slash", *"valueerror")
        await until(pilot, lambda: len(ids(app)) == 4)
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: app.session.picked == "run-600")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, PickRun))
        await pilot.press("slash", *"no such", "escape")
        await until(pilot, lambda: len(ids(app)) == MOST + 1)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, PickRun))
        assert app.session.picked == "run-600"


def test_an_entry_says_what_failed_of_whole_runs_and_of_lines() -> None:
    launch = folded(*range(1, keeping.MAX_TROUBLED + 11), every=1)
    entries = runlist.entries(launch)
    assert launch.runs["run-1"].line is not None
    assert {(one.failed, one.nodes, one.failure) for one in entries} == {(True, 3, "c: ValueError: no")}
    assert entries[-1].fits("FAILED") and entries[-1].fits("run-1") and not entries[-1].fits("succeeded")
